package haze.diffusion.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/// `haze average`: models of snapshots, and lengths that they do not give.
class AverageCommandTest extends CommandHarness {
  @Test
  void anAverageOfAnotherLengthIsAModel() throws IOException {
    String run = file("run").toString();
    String model = file("model").toString();
    String options = "train --preset tiny --steps 3 --batch 2 --ema-snapshots 1 --out " + run;
    assertEquals(0, haze(options.split(" ")), err.toString());
    assertEquals(0, haze("average", run, "--length", "0.1", "--out", model), err.toString());
    String text = out.toString();
    assertTrue(
        text.contains(
            "average of length 0.1 at step 3, of 3 snapshots, its profile off by less than 0.01 %"),
        text);
    assertEquals(0, haze("info", model), err.toString());
    assertFails(
        1,
        "haze: model: is not empty, expected a new directory",
        "average",
        run,
        "--length",
        "0.2",
        "--out",
        model);
    assertFails(
        2,
        "haze: --length is 0.3, expected 0.001 to 0.28; see haze average --help",
        "average",
        run,
        "--length",
        "0.3",
        "--out",
        file("other").toString());
    assertFalse(Files.exists(file("other")));
  }

  @Test
  void anAverageThatTheSnapshotsDoNotGiveIsRefused() throws IOException {
    String run = file("run").toString();
    String model = file("model").toString();
    String options =
        "train --preset tiny --steps 4 --batch 2 --ema-snapshots 2 --no-samples --out ";
    assertEquals(0, haze((options + run).split(" ")), err.toString());
    assertFails(
        2,
        "haze: --length is 0.28, but its profile, made of 2 snapshots, is off by 96 %, more than"
            + " 10 %; the nearest length within that is 0.126, and more snapshots (haze train"
            + " --ema-snapshots) reach others; see haze average --help",
        "average",
        run,
        "--length",
        "0.28",
        "--out",
        model);
    assertFails(
        2,
        "haze: --length is 0.01, but its profile, made of 1 snapshot, is off by 61 %, more than"
            + " 50 %; the nearest length within that is 0.014, and more snapshots (haze train"
            + " --ema-snapshots) reach others; see haze average --help",
        "average",
        run,
        "--length",
        "0.01",
        "--step",
        "2",
        "--distance",
        "0.5",
        "--out",
        model);
    assertFails(
        2,
        "haze: --step is 3, which has no snapshot, and the profile is off by 140 %, more than 10 %;"
            + " the nearest snapshots are of steps 2 and 4; see haze average --help",
        "average",
        run,
        "--length",
        "0.1",
        "--step",
        "3",
        "--out",
        model);
    assertFails(
        2,
        "haze: --distance is NaN, expected at least 0; see haze average --help",
        "average",
        run,
        "--length",
        "0.1",
        "--distance",
        "NaN",
        "--out",
        model);
    assertFalse(Files.exists(file("model")));
    assertEquals(
        0,
        haze("average", run, "--length", "0.28", "--distance", "1", "--out", model),
        err.toString());
    assertTrue(
        out.toString()
            .startsWith("warning: this length needs more snapshots (haze train --ema-snapshots)"),
        out.toString());
    assertTrue(out.toString().contains("its profile off by 96 %"), out.toString());
  }
}
