package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.diffusion.io.BadFileException;
import haze.nn.file.Disk;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MetricsTest {
  private static final String HEADER = "step,loss,gradient_norm,learning_rate,ms\n";

  @TempDir Path directory;

  private Metrics read(String text) throws IOException {
    Files.writeString(directory.resolve("metrics.csv"), text, StandardCharsets.ISO_8859_1);
    return Metrics.read(new RunDirectory(directory));
  }

  @Test
  void whatTrainingWritesIsRead() throws IOException {
    RunDirectory run = new RunDirectory(directory);
    MetricsLog log = new MetricsLog(run.metrics(), Disk.system());
    log.append(new Trainer.Step(1, 0.5, 4, 1e-5, 12));
    log.append(new Trainer.Step(2, 0.25, 3, 2e-5, 13));
    Metrics metrics = Metrics.read(run);
    assertArrayEquals(new double[] {1, 2}, metrics.steps());
    assertArrayEquals(new double[] {0.5, 0.25}, metrics.losses());
    assertArrayEquals(new double[] {4, 3}, metrics.gradientNorms());
    assertArrayEquals(new double[] {1e-5, 2e-5}, metrics.learningRates());
    assertArrayEquals(new double[] {12, 13}, metrics.milliseconds());
  }

  @Test
  void stepsThatWereNotAppliedStandApart() throws IOException {
    Metrics metrics =
        read(HEADER + "1,2,3,4,5\n2,NaN,3,4,5\n3,2,Infinity,4,5\n4,-Infinity,NaN,4,5\n5,6,7,8,9\n");
    assertArrayEquals(new double[] {1, 5}, metrics.steps());
    assertArrayEquals(new double[] {2, 6}, metrics.losses());
    assertArrayEquals(new double[] {5, 9}, metrics.milliseconds());
    assertArrayEquals(new double[] {2, 3, 4}, metrics.refused());
  }

  @Test
  void columnsAreFoundByTheirNamesAndHalfALineIsLeftOut() throws IOException {
    Metrics metrics = read("loss,x,learning_rate,step,gradient_norm\n9,a,8,1,7\n6,b,5,2,4\n3,c");
    assertArrayEquals(new double[] {9, 6}, metrics.losses());
    assertArrayEquals(new double[] {1, 2}, metrics.steps());
    assertArrayEquals(new double[] {7, 4}, metrics.gradientNorms());
    assertArrayEquals(new double[] {8, 5}, metrics.learningRates());
    assertEquals(0, metrics.milliseconds().length);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|has no header, expected step,loss,gradient_norm,learning_rate",
        "'step,loss'|has no header, expected step,loss,gradient_norm,learning_rate",
        "'step,loss\n'|line 1: no column gradient_norm in 'step,loss'",
        "'\u0007[31m\n'|line 1: no column step in '?[31m'",
        "'H'|has no line for a step yet",
        "'H1,2,3,4,5\n2,x\u001b,3,4,5\n'|line 3: loss is 'x?', expected a number",
        "'H1,2,3\n'|line 2: learning_rate is '', expected a number",
        "'H1,NaN,3,4,5\n'|has no step with a finite loss and gradient",
        "'H1,nan,3,4,5\n'|line 2: loss is 'nan', expected a number",
        "'H1,2,3,NaN,5\n'|line 2: learning_rate is 'NaN', expected a number",
        "'H2,NaN,3,4,5\n1,2,3,4,5\n'|line 3: the step does not rise",
        "'H1,2,1e999,4,5\n'|line 2: gradient_norm is '1e999', expected a number",
        "'H1,2,3,4\n'|line 2: ms is '', expected a number",
        "'H2,2,3,4,5\n1,2,3,4,5\n'|line 3: the step does not rise",
        "'H\u00e9\n'|is not a text in UTF-8"
      })
  void aDamagedFileIsRefusedWithItsPlace(String text, String problem) {
    assertEquals(
        directory.resolve("metrics.csv") + ": " + problem,
        assertThrows(BadFileException.class, () -> read(text.replace("H", HEADER))).getMessage());
  }

  @Test
  void aFileThatIsTooLargeIsRefusedBeforeItIsRead() throws IOException {
    Path file = directory.resolve("metrics.csv");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(1L << 40);
    }
    assertEquals(
        file + ": has 1099511627776 bytes, expected at most 268435456",
        assertThrows(BadFileException.class, () -> Metrics.read(file)).getMessage());
  }
}
