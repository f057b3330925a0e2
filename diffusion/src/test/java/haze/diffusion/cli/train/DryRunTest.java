package haze.diffusion.cli.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.cli.CommandHarness;
import haze.diffusion.evaluation.frechet.BarsFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DryRunTest extends CommandHarness {
  @Test
  void aDryRunShowsTheRunAndWritesNothing() throws IOException {
    String run = file("run").toString();
    String options = "train --preset tiny --channels 8,16 --groups 4 --batch 8 --dry-run --out ";
    assertEquals(0, haze((options + run + " --threads 3").split(" ")), err.toString());
    assertTrue(out.toString().contains("of 3 threads idle"), out.toString());
    assertEquals(0, haze((options + run + " --threads 1").split(" ")), err.toString());
    assertFalse(out.toString().contains("idle"), out.toString());
    List<String> lines = out.toString().lines().toList();
    assertEquals("images      28 x 28, 1 channel", lines.get(0));
    assertTrue(lines.get(3).matches("parameters  \\d\\d,\\d{3}"), lines.get(3));
    assertTrue(lines.get(4).startsWith("training    40 steps of 8 images, "), lines.get(4));
    assertEquals("schedule    20 timesteps, cosine", lines.get(5));
    assertTrue(lines.get(6).startsWith("sampling    predicts epsilon, "), lines.get(6));
    assertEquals("objective   loss simple, timesteps uniform", lines.get(7));
    assertEquals(
        "rate        inverse-sqrt, warm-up of 0 steps, 0.00200 at most, 0.00200 halfway, 0.00200 at"
            + " the last step",
        lines.get(8));
    assertTrue(lines.get(9).matches("memory      about \\d\\.\\d\\d GB: .*"), lines.get(9));
    assertTrue(
        lines.get(10).matches("time        about .* from measured steps of 8 images"),
        lines.get(10));
    assertFalse(Files.exists(file("run")));
    assertFails(
        2,
        "haze: --dry-run is for a new run, not with --resume; see haze train --help",
        "train",
        "--resume",
        "--dry-run",
        "--out",
        run);
  }

  /// What a real start refuses is refused before it.
  @Test
  void aDirectoryThatIsTakenIsRefused() throws IOException {
    Path taken = Files.createDirectories(file("taken"));
    Files.writeString(taken.resolve("notes.txt"), "mine");
    String[] options = {"train", "--preset", "tiny", "--out", taken.toString()};
    String[] dry = Stream.concat(Stream.of(options), Stream.of("--dry-run")).toArray(String[]::new);
    for (String[] command : new String[][] {options, dry}) {
      assertFails(1, "haze: taken: is not empty, expected a new directory", command);
    }
  }

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
