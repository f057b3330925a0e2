package haze.diffusion.evaluation.bound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.evaluation.bound.BoundResult.Estimate;
import haze.diffusion.evaluation.bound.BoundResult.Measurement;
import haze.diffusion.evaluation.bound.BoundResult.Timestep;
import haze.diffusion.io.BadFileException;
import haze.diffusion.io.JsonObject;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BoundFilesTest {
  private static final String HEADER = "t,bits_per_dim,standard_error,images,epsilon_mse,x0_mse";
  private static final BoundResult RESULT =
      new BoundResult(
          new Measurement(
              "mnist test", "", 7, Prediction.EPSILON, ReverseVariance.FIXED_SMALL, true),
          3,
          784,
          new SystematicTimesteps(1000, 3),
          new Estimate(1e-9, 1e-12),
          new Estimate(1.25, .5),
          new Estimate(.5, .25),
          new Estimate(1.75, .625),
          .03,
          .04,
          List.of(
              new Timestep(1, 3, new Estimate(.5, .25), .1, .2, .5),
              new Timestep(2, 2, new Estimate(.125, .0625), .01, .02, .25),
              new Timestep(900, 1, new Estimate(1e-5, Double.NaN), 1e-6, 2, .0001)));

  @TempDir Path directory;

  private BoundFiles files;

  @BeforeEach
  void write() throws IOException {
    files = new BoundFiles(directory);
    files.write(RESULT, "runs/model");
  }

  @Test
  void whatIsWrittenIsReadAgain() throws IOException {
    assertEquals(
        new StoredBound(
            "mnist test",
            3,
            784,
            RESULT.prior(),
            RESULT.transitions(),
            RESULT.decoder(),
            RESULT.total(),
            List.of(
                new StoredBound.Term(1, .5, .25, 3),
                new StoredBound.Term(2, .125, .0625, 2),
                new StoredBound.Term(900, 1e-5, Double.NaN, 1))),
        files.read());
    assertEquals(
        """
        t,bits_per_dim,standard_error,images,epsilon_mse,x0_mse
        1,0.500000000,0.250000000,3,0.100000000,0.200000000
        2,0.125000000,0.0625000000,2,0.0100000000,0.0200000000
        900,1.00000000e-05,,1,1.00000000e-06,2.00000000
        """,
        Files.readString(directory.resolve("bound.csv")));
    JsonObject json = JsonObject.read(directory.resolve("bound.json"));
    assertEquals("7", json.string("seed", ""));
    assertEquals(1000, json.integer("timesteps", 0, 0, 9999));
    assertEquals(3, json.integer("timesteps_per_image", 0, 0, 9999));
    assertEquals(.03, json.number("epsilon_mse", 0));
    assertEquals(.04, json.number("x0_mse", 0));
  }

  @Test
  void anotherResultMovesTheEarlierOneAsideAndTheSameOneDoesNot() throws IOException {
    String model = "runs/model";
    assertEquals(Optional.empty(), files.write(RESULT, model));
    BoundResult other =
        new BoundResult(
            RESULT.measurement(),
            5,
            784,
            RESULT.selection(),
            RESULT.prior(),
            RESULT.transitions(),
            RESULT.decoder(),
            RESULT.total(),
            .03,
            .04,
            RESULT.timesteps());
    assertEquals(Optional.of(directory.resolve("earlier-1")), files.write(other, model));
    assertEquals(5, files.read().images());
    BoundFiles earlier = new BoundFiles(directory.resolve("earlier-1"));
    assertEquals(3, earlier.read().images());
    assertTrue(Files.exists(earlier.png()) && Files.exists(files.png()));
    assertEquals(
        List.of(directory.getFileName().toString(), "earlier-1"),
        List.copyOf(BoundFiles.readAll(List.of(directory, earlier.directory())).keySet()));
  }

  @Test
  void aBoundIsFoundInADirectoryOrInThatOfARun() throws IOException {
    Path run = directory.resolve("run");
    assertEquals(
        run + ": no bound was measured there: haze evaluate " + run + " does it",
        assertThrows(BadFileException.class, () -> BoundFiles.find(run)).getMessage());
    BoundFiles.of(run).write(RESULT, run.toString());
    assertEquals(run.resolve("evaluation"), BoundFiles.find(run).directory());
    assertEquals(directory, BoundFiles.find(directory).directory());
  }

  @Test
  void anUnknownStandardErrorIsNull() throws IOException {
    Estimate one = new Estimate(2, Double.NaN);
    files.write(
        new BoundResult(
            RESULT.measurement(),
            1,
            4,
            new SystematicTimesteps(1, 1),
            one,
            one,
            one,
            one,
            0,
            0,
            List.of(new Timestep(1, 1, one, 0, 0, 2))),
        "x");
    assertTrue(Files.readString(files.json()).contains("\"total_standard_error\": null"));
    assertEquals(one, files.read().total());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                            | line 1: expected t,bits_per_dim,standard_error,images,epsilon_mse,x0_mse
          t,bits                        | line 1: expected t,bits_per_dim,standard_error,images,epsilon_mse,x0_mse
          HEADER                        | line 2: expected the first timestep, found the end
          HEADER/1,2,3                  | line 2: expected 6 cells, a timestep above 0, its bits, and the number of images among them, found '1,2,3'
          HEADER/1,2,3,4,5,6,7          | line 2: expected 6 cells, a timestep above 0, its bits, and the number of images among them, found '1,2,3,4,5,6,7'
          HEADER/0,2,,4,5,6             | line 2: expected 6 cells, a timestep above 0, its bits, and the number of images among them, found '0,2,,4,5,6'
          HEADER/1,2,,3,5,6/1,2,,3,5,6  | line 3: expected 6 cells, a timestep above 1, its bits, and the number of images among them, found '1,2,,3,5,6'
          HEADER/1,NaN,,4,5,6           | line 2: expected 6 cells, a timestep above 0, its bits, and the number of images among them, found '1,NaN,,4,5,6'
          HEADER/1,2,-3,4,5,6           | line 2: expected 6 cells, a timestep above 0, its bits, and the number of images among them, found '1,2,-3,4,5,6'
          HEADER/1,two,,4,5,6           | line 2: expected 6 cells, a timestep above 0, its bits, and the number of images among them, found '1,two,,4,5,6'
          HEADER/1,2,,0,5,6             | line 2: expected 6 cells, a timestep above 0, its bits, and the number of images among them, found '1,2,,0,5,6'
          HEADER/1,2,,4,5,6             | line 2: expected 6 cells, a timestep above 0, its bits, and the number of images among them, found '1,2,,4,5,6'
          HEADER/99999999999,2,,1,5,6   | line 2: expected 6 cells, a timestep above 0, its bits, and the number of images among them, found '99999999999,2,,1,5,6'
          HEADER/ESC,2,,1,5,6           | line 2: expected 6 cells, a timestep above 0, its bits, and the number of images among them, found '?[2J,2,,1,5,6'
          """)
  void aWrongTableIsRefusedInOneLine(String content, String problem) throws IOException {
    Files.writeString(
        files.csv(),
        content.replace("HEADER", HEADER).replace('/', '\n').replace("ESC", "\u001b[2J"));
    assertEquals(
        files.csv() + ": " + problem,
        assertThrows(BadFileException.class, files::read).getMessage());
  }

  @Test
  void aTableThatIsNoneIsRefused() throws IOException {
    Files.write(files.csv(), new byte[(1 << 24) + 1]);
    assertTrue(
        assertThrows(BadFileException.class, files::read)
            .getMessage()
            .endsWith("bound.csv: more than 16777216 bytes, too long for its kind"));
    Files.delete(files.csv());
    assertTrue(
        assertThrows(BadFileException.class, files::read)
            .getMessage()
            .endsWith("bound.csv: no such file"));
    Files.createDirectory(files.csv());
    assertTrue(
        assertThrows(BadFileException.class, files::read)
            .getMessage()
            .endsWith("bound.csv: not a file"));
    Files.delete(files.json());
    assertTrue(
        assertThrows(BadFileException.class, files::read)
            .getMessage()
            .endsWith("bound.json: no such file"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "total": 1.75   | "other": 1   | total is null, expected a number
          "total": 1.75   | "total": "x" | total is "x", expected a number
          "images": 3     | "images": 0  | images is 0
          """)
  void aWrongSummaryIsRefusedInOneLine(String good, String bad, String problem) throws IOException {
    String content = Files.readString(files.json(), StandardCharsets.UTF_8);
    assertTrue(content.contains(good), content);
    Files.writeString(files.json(), content.replace(good, bad));
    String message = assertThrows(BadFileException.class, files::read).getMessage();
    assertTrue(
        message.startsWith(files.json() + ": " + problem) && !message.contains("\n"), message);
  }

  @Test
  void sparseTimestepsAreDrawnTogetherUntilAllImagesStandBehindAPoint() {
    Estimate zero = new Estimate(0, 0);
    StoredBound bound =
        new StoredBound(
            "x",
            4,
            4,
            zero,
            zero,
            zero,
            zero,
            List.of(
                new StoredBound.Term(1, 8, .5, 4),
                new StoredBound.Term(10, 2, .4, 3),
                new StoredBound.Term(14, 6, Double.NaN, 1),
                new StoredBound.Term(50, 3, Double.NaN, 2)));
    assertEquals(
        List.of(
            new StoredBound.Term(1, 8, .5, 4),
            // Of three numbers with squares 3 * 2 * 0.16, and a fourth: 0.96 + 3/4 4^2 = 12.96.
            new StoredBound.Term(11, 3, Math.sqrt(12.96 / (4 * 3)), 4),
            new StoredBound.Term(50, 3, Double.NaN, 2)),
        BoundChart.points(bound));
    List<StoredBound.Term> full =
        IntStream.rangeClosed(1, 50)
            .mapToObj(t -> new StoredBound.Term(t, 1.0 / t, .125, 4))
            .toList();
    assertEquals(full, BoundChart.points(new StoredBound("x", 4, 4, zero, zero, zero, zero, full)));
  }
}
