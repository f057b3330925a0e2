package haze.diffusion.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.cli.CommandHarness;
import haze.diffusion.report.RunFixture;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

class ReportCommandTest extends CommandHarness {
  @Test
  void aPageIsWrittenIntoTheRunOrWhereItIsWanted() throws IOException {
    String run = RunFixture.begun(file("a")).toString();
    assertEquals(0, haze("report", run));
    assertTrue(Files.size(file("a/report.html")) > 0);
    assertEquals(0, haze("report", run, "--out", file("b.html").toString()));
    assertEquals("wrote " + file("b.html") + System.lineSeparator(), out.toString());
    assertEquals("", err.toString());
  }

  @Test
  void failuresAreOneLine() throws IOException {
    assertFails(1, "haze: a: no such directory", "report", file("a").toString());
    String run = RunFixture.begun(file("a")).toString();
    assertFails(1, "haze: a: is a directory", "report", run, "--out", run);
    assertFails(
        2,
        "haze: --out is b.png, expected a name that ends in .html; see haze report --help",
        "report",
        run,
        "--out",
        file("b.png").toString());
  }

  @Test
  void trainingWritesIt() {
    String run = file("a").toString();
    assertEquals(0, haze("train", "--preset", "tiny", "--steps", "1", "--out", run));
    assertTrue(Files.exists(file("a/report.html")));
  }
}
