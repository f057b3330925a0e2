package haze.diffusion.cli.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.cli.CommandHarness;
import haze.diffusion.evaluation.frechet.BarsFixture;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DryRunTest extends CommandHarness {
  /// What a real start refuses is refused before it.
  @Test
  void imagesToValidateWithMustBeThere() throws IOException {
    String data = BarsFixture.images(file("bars.idx"), 20).toString();
    String[] options = {
      "train", "--preset", "tiny", "--data", data, "--held-out", "0", "--validate-every", "5"
    };
    String[] dry = Stream.concat(Stream.of(options), Stream.of("--dry-run")).toArray(String[]::new);
    for (String[] command : new String[][] {options, dry}) {
      assertFails(
          2,
          "haze: --validate-every needs images that are held out, but of bars.idx there are none:"
              + " --held-out is 0, --held-out 10 keeps one in 10; see haze train --help",
          command);
    }
  }

  @Test
  void aWarmUpThatTheRunDoesNotEndIsNamed() {
    assertEquals(
        0, haze("train", "--preset", "tiny", "--steps", "9", "--warm-up", "9", "--dry-run"));
    assertTrue(
        out.toString().contains("note        the warm-up ends after the run: its rate never comes"),
        out.toString());
  }
}
