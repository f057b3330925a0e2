package haze.diffusion.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvTailTest {
  @TempDir Path directory;

  private final List<String> seen = new ArrayList<>();

  private CsvTail tail() {
    return new CsvTail(
        file(),
        new CsvTail.Rows() {
          @Override
          public void begin(List<String> columns) {
            seen.add("begin " + columns);
          }

          @Override
          public void row(long step, double[] values) {
            seen.add(step + " " + Arrays.toString(values));
          }
        });
  }

  private Path file() {
    return directory.resolve("metrics.csv");
  }

  private void append(String text) throws IOException {
    Files.writeString(file(), text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private void assertSees(CsvTail tail, String... expected) throws IOException {
    tail.refresh();
    assertEquals(List.of(expected), seen);
    seen.clear();
  }

  @Test
  void eachLineIsReadOnceWhenItIsWhole() throws IOException {
    CsvTail tail = tail();
    assertSees(tail);
    append("loss,st");
    assertSees(tail);
    append("ep\n0.5,1\n0.25,");
    assertSees(tail, "begin [loss]", "1 [0.5]");
    append("2\r\n");
    assertSees(tail, "2 [0.25]");
    assertSees(tail);
  }

  @Test
  void aFileInItsPlaceIsReadFromItsBeginning() throws IOException {
    CsvTail tail = tail();
    append("step,loss\n1,0.5\n2,0.4\n3,0.3\n");
    assertSees(tail, "begin [loss]", "1 [0.5]", "2 [0.4]", "3 [0.3]");
    // A run that goes on from step 1 gives the file fewer lines, and soon more than before.
    Files.writeString(file(), "step,loss\n1,0.5\n2,0.7\n3,0.6\n4,0.5\n");
    assertSees(tail, "begin []", "begin [loss]", "1 [0.5]", "2 [0.7]", "3 [0.6]", "4 [0.5]");
    Files.writeString(file(), "step,loss\n1,0.5\n");
    assertSees(tail, "begin []", "begin [loss]", "1 [0.5]");
    Files.delete(file());
    assertSees(tail, "begin []");
  }

  @Test
  void linesWithoutSenseAreCountedAndNumbersThatAreNoneAreNaN() throws IOException {
    CsvTail tail = tail();
    append("step,loss\n1,NaN\n\0\0\0\n2\n2,x\n2,1\n3,1,2\n1e99,1\n4,Infinity\n");
    assertSees(tail, "begin [loss]", "1 [NaN]", "2 [NaN]", "4 [Infinity]");
    assertEquals("metrics.csv: 5 lines make no sense, the first is line 3", tail.problem());
  }

  @Test
  void longFilesAreReadInPieces() throws IOException {
    StringBuilder text = new StringBuilder("step,loss\n");
    for (int i = 1; i <= 20_000; i++) {
      text.append(i).append(",0.123456\n");
    }
    append(text.toString());
    tail().refresh();
    assertEquals(20_001, seen.size());
    assertEquals("20000 [0.123456]", seen.getLast());
  }

  @Test
  void whatIsNoTableIsRefusedInOneLine() throws IOException {
    append("epoch,loss\n1,2\n");
    CsvTail tail = tail();
    String problem = assertThrows(IOException.class, tail::refresh).getMessage();
    assertEquals(file() + ": line 1: no column step in 'epoch,loss'", problem);
    assertEquals(problem, assertThrows(IOException.class, tail::refresh).getMessage());
    Files.writeString(file(), "x".repeat(1 << 17));
    assertEquals(
        file() + ": line 1 is longer than 65536 bytes",
        assertThrows(IOException.class, tail::refresh).getMessage());
  }

  @Test
  void aColumnTwiceIsTwoColumns() throws IOException {
    append("step,step,loss\n1,2,3\n");
    assertSees(tail(), "begin [step, loss]", "1 [2.0, 3.0]");
  }
}
