package haze.diffusion.watch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.report.RunFixture;
import haze.diffusion.report.RunReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// The pages as a browser shows them.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BrowserTest {
  private static final String CURVES =
      "document.querySelectorAll('figure:not([hidden]) svg path.smooth').length";
  private static final String STEP = "document.querySelector('.fact dd')?.textContent";
  private static final String CURVE =
      "document.querySelector('figure path.smooth').getAttribute('d')";

  @TempDir Path directory;

  private Browser browser;

  @BeforeAll
  void start(@TempDir Path profile) throws Exception {
    Optional<Path> executable = Browser.find();
    Assumptions.assumeTrue(
        executable.isPresent(), "there is no Chromium here: pages are not shown");
    browser = new Browser(executable.get(), profile);
  }

  @AfterAll
  void stop() throws Exception {
    if (browser != null) {
      browser.close();
    }
  }

  private Path run(String name) throws Exception {
    Path run = RunFixture.begun(directory.resolve(name));
    RunFixture.steps(run, 1, 60);
    RunFixture.samples(run, 20);
    RunFixture.samples(run, 60);
    return run;
  }

  private void openReport(Path run) throws Exception {
    Path file = directory.resolve("report.html");
    RunReport.of(run).write(file);
    browser.look(1280, 1000, false);
    browser.open(file.toUri());
  }

  @Test
  void aReportShowsChartsSamplesAndConfiguration() throws Exception {
    Path run = run("a");
    Files.writeString(
        run.resolve("validation.csv"),
        "step,loss,bound,prior,noise\n20,0.5,4,1,3\n40,0.4,3.5,1,2.5\n");
    openReport(run);
    assertEquals("60 of 100", browser.eval(STEP));
    // Loss, gradient norm, learning rate, images per second; validation loss, and three of the
    // bound.
    assertEquals("8", browser.eval(CURVES));
    assertEquals(
        "6",
        browser.eval("document.querySelectorAll('figure:not([hidden]) svg[role=img]').length"));
    assertEquals("2", browser.eval("document.querySelectorAll('.strip img').length"));
    assertEquals("step 60", browser.eval("document.getElementById('chosen').textContent"));
    browser.eval("document.querySelector('.strip button').click()");
    assertEquals("step 20", browser.eval("document.getElementById('chosen').textContent"));
    assertEquals(
        "true",
        browser.eval(
            "document.querySelector('.large').src === document.querySelector('.strip img').src"));
    assertEquals("tiny", browser.eval("document.querySelector('td.changed').textContent"));
    // One mean, in the tile and beside the chart's title: of 1 / step + 0.01 (step mod 7).
    double mean =
        IntStream.rangeClosed(1, 60)
            .mapToDouble(i -> 1.0 / i + 0.01 * (i % 7))
            .average()
            .orElseThrow();
    String shown = String.format(Locale.ROOT, "%.4f", mean);
    assertEquals(
        shown + ", mean of the last 60 steps",
        browser.eval("document.querySelector('figure .now').textContent"));
    assertEquals(
        "Loss" + shown + "mean of the last 60 steps",
        browser.eval("document.querySelectorAll('.fact')[1].textContent"));
    String pressed = "document.querySelector('figure button').getAttribute('aria-pressed')";
    assertEquals("true", browser.eval(pressed));
    browser.eval("document.querySelector('figure button').click()");
    assertEquals("false", browser.eval(pressed));
    assertEquals("log", browser.eval("document.querySelector('figure button').textContent"));
    // One value alone, as of the learning rate, has no logarithmic axis.
    assertEquals("true", browser.eval("document.querySelectorAll('figure button')[2].hidden"));
    assertEquals(List.of(), browser.errors());
  }

  @Test
  void thePointerShowsTheNumbersOfAStep() throws Exception {
    openReport(run("b"));
    browser.eval(
        "(() => { const svg = document.querySelector('figure svg'); const box ="
            + " svg.getBoundingClientRect(); svg.dispatchEvent(new PointerEvent('pointermove',"
            + " {clientX: box.right - 12, clientY: box.top + 50})); })()");
    String tip = browser.eval("document.querySelector('.tip:not([hidden])').textContent");
    assertTrue(tip.startsWith("step 60"), tip);
    // Over its own chart.
    assertEquals(
        "true",
        browser.eval(
            "(() => { const tip ="
                + " document.querySelector('.tip:not([hidden])').getBoundingClientRect(); const svg"
                + " = document.querySelector('figure svg').getBoundingClientRect(); return tip.top"
                + " >= svg.top && tip.bottom <= svg.bottom && tip.right <= svg.right; })()"));
    // 1 / 60 + 0.01 * (60 mod 7)
    assertTrue(tip.endsWith("this step 0.05667"), tip);
    assertEquals(List.of(), browser.errors());
  }

  @Test
  void aReportFitsAPhoneAndHasADarkFace() throws Exception {
    openReport(run("c"));
    String light = browser.eval("getComputedStyle(document.body).backgroundColor");
    browser.look(360, 800, true);
    assertNotEquals(light, browser.eval("getComputedStyle(document.body).backgroundColor"));
    browser.awaitTrue("document.querySelector('figure svg').clientWidth < 340");
    assertEquals("360", browser.eval("document.documentElement.scrollWidth"));
    assertEquals(
        "0",
        browser.eval(
            "[...document.querySelectorAll('.fact dd')].filter(e => e.scrollWidth >"
                + " e.clientWidth).length"));
    assertEquals(List.of(), browser.errors());
  }

  @Test
  void textsOfFilesRunNothing() throws Exception {
    Path run = run("<img src=x onerror=top.hacked=1>'\"&");
    Files.writeString(
        run.resolve("metrics.csv"),
        "step,<img src=y onerror=top.hacked=1>,__proto__,constructor,"
            + "loss_</script><script>top.hacked=1</script>\n"
            + "1,2,3,4,5\n");
    openReport(run);
    assertTrue(browser.eval("document.querySelector('h1').textContent").startsWith("<img src=x"));
    assertEquals("2", browser.eval("document.querySelectorAll('.strip img').length"));
    assertEquals("3", browser.eval("document.querySelectorAll('#page img').length"));
    assertEquals(List.of(), browser.errors());
    // Even if there were one: the page's policy runs no script but its own.
    browser.eval(
        "document.body.append(Object.assign(document.createElement('script'), {textContent:"
            + " 'top.hacked = 1'}))");
    assertEquals("undefined", browser.eval("top.hacked"));
    assertEquals(1, browser.errors().size());
  }

  @Test
  void aLivePageFollowsItsRuns() throws Exception {
    Path run = run("live");
    Path other = run("other");
    try (WatchServer server = WatchServer.start(List.of(run), "127.0.0.1", 0)) {
      browser.look(1280, 1000, false);
      browser.open(server.address());
      browser.awaitTrue(STEP + " === '60 of 100'");
      String curve = browser.eval(CURVE);
      RunFixture.steps(run, 61, 70);
      RunFixture.samples(run, 70);
      browser.awaitTrue(STEP + " === '70 of 100'");
      assertEquals("70", browser.eval(CURVE + ".split(/[ML]/).length - 1"));
      assertNotEquals(curve, browser.eval(CURVE));
      assertEquals("3", browser.eval("document.querySelectorAll('.strip img').length"));
      browser.awaitTrue("document.querySelector('.large')?.naturalWidth === 64");
      assertEquals("4", browser.eval(CURVES));
      assertEquals("running", browser.eval("document.querySelector('.state').textContent"));
      RunFixture.steps(run, 71, 100);
      RunFixture.samples(run, 100);
      browser.awaitTrue("document.querySelector('.state')?.textContent === 'finished'");
      assertEquals(List.of(), browser.errors());
    }
    browser.awaitTrue(
        "document.querySelector('.written')?.textContent.includes('does not answer')");
    try (WatchServer server = WatchServer.start(List.of(run, other), "127.0.0.1", 0)) {
      browser.open(server.address());
      browser.awaitTrue(CURVES + " === 8");
      assertEquals(
          "live,other",
          browser.eval(
              "[...document.querySelectorAll('figure"
                  + " .legend')][0].innerText.trim().split(/\\s+/)"));
      assertEquals("2", browser.eval("document.querySelectorAll('.large').length"));
      assertEquals(List.of(), browser.errors());
    }
  }

  @Test
  void aRunThatHasNotBegunIsShown() throws Exception {
    openReport(RunFixture.begun(directory.resolve("new")));
    assertEquals("no step yet", browser.eval("document.querySelector('.state').textContent"));
    assertFalse(browser.eval("document.getElementById('about').textContent").isEmpty());
    assertEquals(List.of(), browser.errors());
  }
}
