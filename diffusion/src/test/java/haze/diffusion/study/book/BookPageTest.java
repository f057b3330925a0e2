package haze.diffusion.study.book;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.study.chapter.Chapters;
import haze.diffusion.watch.Browser;
import haze.tensor.Workers;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// The whole book as a browser shows it.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BookPageTest {
  private static final long MOST_BYTES = 15_000_000;

  private Path file;
  private Browser browser;

  @BeforeAll
  void write(@TempDir Path directory, @TempDir Path profile) throws Exception {
    file = directory.resolve("book.html");
    List<Integer> all = IntStream.rangeClosed(1, Chapters.ALL.size()).boxed().toList();
    try (Workers workers = new Workers(2);
        OutputStream out = Files.newOutputStream(file)) {
      Book book = Book.run(Chapters.ALL, all, new Edition(false, workers, null), BookFixture.QUIET);
      BookPage.write(book, out);
    }
    Optional<Path> executable = Browser.find();
    if (executable.isPresent()) {
      browser = new Browser(executable.get(), profile);
    }
  }

  @AfterAll
  void stop() throws Exception {
    if (browser != null) {
      browser.close();
    }
  }

  private void open(int width, boolean dark) throws Exception {
    Assumptions.assumeTrue(browser != null, "there is no Chromium here: the book is not shown");
    browser.look(width, 1000, dark);
    browser.open(file.toUri());
  }

  private int count(String selector) throws Exception {
    return Integer.parseInt(browser.eval("document.querySelectorAll(\"" + selector + "\").length"));
  }

  @Test
  void everythingIsInTheFile() throws Exception {
    String html = Files.readString(file);
    assertTrue(html.length() < MOST_BYTES, html.length() + " bytes");
    assertFalse(html.contains("url(fonts/"));
    assertFalse(html.contains("/* style */") || html.contains("<!-- chapters -->"));
    assertTrue(html.contains("Khan Academy"), "KaTeX's licence");
  }

  @Test
  void formulasAreTypeset() throws Exception {
    open(1280, false);
    assertTrue(count(".math") > 20, count(".math") + " formulas");
    assertEquals(count(".math"), count(".math > .katex, .math > .katex-display"));
    assertEquals(0, count(".katex-error"));
    // Fonts that are not in the file.
    assertEquals(0, count(".mathfrak, .mathscr, .mathsf, .mathtt, .textsf, .texttt"));
    // A formula that is still text: its dollar sign has no partner.
    assertEquals(
        "false",
        browser.eval(
            "[...document.querySelectorAll('p, li, td, figcaption, summary')]"
                + ".some(e => /\\$`|`\\$|\\$\\s*$/.test(e.textContent))"));
    browser.awaitTrue("document.fonts.status === 'loaded'");
    assertEquals("0", browser.eval("[...document.fonts].filter(f => f.status === 'error').length"));
    assertEquals(List.of(), browser.errors());
  }

  @Test
  void everyLinkWithinTheBookHasItsPlace() throws Exception {
    open(1280, false);
    assertEquals(
        "",
        browser.eval(
            "[...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.getAttribute('href'))"
                + ".filter(h => !document.getElementById(h.slice(1))).join()"));
    assertEquals(
        "0",
        browser.eval("[...document.querySelectorAll('img')].filter(i => !i.naturalWidth).length"));
  }

  @Test
  void aPhoneShowsItWithoutScrollingSideways() throws Exception {
    open(390, true);
    browser.awaitTrue("document.fonts.status === 'loaded'");
    browser.eval("document.querySelectorAll('details').forEach(d => { d.open = true; })");
    assertEquals("390", browser.eval("document.documentElement.scrollWidth"));
    assertEquals(
        "rgb(22, 24, 29)", browser.eval("getComputedStyle(document.body).backgroundColor"));
    assertEquals(List.of(), browser.errors());
  }

  @Test
  void foldsAreOpenOnPaper() throws Exception {
    open(1280, false);
    int folds = count("main details");
    assertTrue(folds > 0 && count("main details[open]") == 0);
    browser.eval("dispatchEvent(new Event('beforeprint'))");
    assertEquals(folds, count("main details[open]"));
    browser.eval("dispatchEvent(new Event('afterprint'))");
    assertEquals(0, count("main details[open]"));
  }
}
