package haze.diffusion.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.study.chapter.Chapters;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

class StudyCommandTest extends CommandHarness {
  @Test
  void aChapterIsWrittenIntoADirectory() throws IOException {
    assertEquals(0, haze("study", "1", "--out", directory.toString()), err.toString());
    String page = Files.readString(file("book.html"));
    assertTrue(page.contains("id=\"chapter-1\""));
    assertFalse(page.contains("id=\"chapter-2\""));
    assertTrue(
        out.toString().startsWith(" 1  Chains without memory")
            && out.toString().contains(" statements hold ")
            && out.toString().endsWith("wrote " + file("book.html") + System.lineSeparator()),
        out.toString());
  }

  @Test
  void aProgramGetsAnObjectAChapter() throws IOException {
    assertEquals(
        0, haze("--json", "study", "1", "1", "--out", file("b.html").toString()), err.toString());
    assertEquals(2, out.toString().lines().filter(line -> line.startsWith("{\"event\":")).count());
    assertTrue(out.toString().startsWith("{\"event\":\"chapter\",\"chapter\":1,"), out.toString());
  }

  @Test
  void whatMakesNoSenseIsRefusedBeforeTheWork() {
    int last = Chapters.ALL.size();
    assertFails(
        2,
        "haze: there is no chapter 0, expected 1 to " + last + "; see haze study --help",
        "study",
        "0");
    assertFails(
        2,
        "haze: there is no chapter 99, expected 1 to " + last + "; see haze study --help",
        "study",
        "1",
        "99");
    assertFails(
        2,
        "haze: --out is book.pdf, expected a directory, or a name that ends in .html; see haze"
            + " study --help",
        "study",
        "--out",
        file("book.pdf").toString());
  }
}
