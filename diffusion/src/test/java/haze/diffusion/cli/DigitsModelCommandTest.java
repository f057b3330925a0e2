package haze.diffusion.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.pipeline.DigitsModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Commands without a directory use the model that comes with Haze.
class DigitsModelCommandTest extends CommandHarness {
  private byte[] samples(String... options) throws IOException {
    Path out = file("samples.npy");
    Files.deleteIfExists(out);
    String[] command = {"sample", "--count", "2", "--steps", "2", "--out", out.toString()};
    assertEquals(
        0,
        haze(Stream.of(command, options).flatMap(Arrays::stream).toArray(String[]::new)),
        err.toString());
    return Files.readAllBytes(out);
  }

  @Test
  void aSevenIsSampledAtOnce() throws IOException {
    byte[] sevens = samples("--class", "7");
    Path copy = Files.createDirectory(file("copy"));
    DigitsModel.copyTo(copy);
    assertArrayEquals(samples(copy.toString(), "--class", "7"), sevens);
    assertFalse(Arrays.equals(samples("--class", "3"), sevens));
  }

  /// Its guidance scale is 2 unless another is given.
  @Test
  void samplesAreGuided() throws IOException {
    byte[] usual = samples("--class", "7");
    assertArrayEquals(samples("--class", "7", "--guidance", "2"), usual);
    assertFalse(Arrays.equals(samples("--class", "7", "--guidance", "1"), usual));
  }

  @Test
  void theOtherCommandsUseItToo() throws IOException {
    Path evaluation = file("evaluation");
    String bound = "evaluate --images 2 --timesteps 2 --out " + evaluation;
    assertEquals(0, haze(bound.split(" ")), err.toString());
    assertTrue(out.toString().contains("bound of " + DigitsModel.TITLE + " on "), out.toString());
    assertTrue(
        Files.readString(evaluation.resolve("bound.json"))
            .contains("\"model\": \"" + DigitsModel.TITLE + '"'));
    for (List<String> command :
        List.of(
            List.of("interpolate", "--from", "test:4", "--to", "test:20", "--steps", "2"),
            List.of("show", "reverse", "--steps", "2"))) {
      List<String> complete = new ArrayList<>(command);
      complete.addAll(List.of("--out", file("figure.png").toString()));
      assertEquals(0, haze(complete.toArray(String[]::new)), complete + ": " + err);
    }
  }
}
