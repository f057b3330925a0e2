package haze.diffusion.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProgressTest {
  private final StringWriter written = new StringWriter();

  /// A moment at which a clock that overflows soon would show it.
  private long nanos = Long.MAX_VALUE - 1_000_000_000L;

  /// The terminal's width, which a test may change.
  private OptionalInt width = OptionalInt.empty();

  private Progress progress(OptionalInt width, int from, int total, double imagesPerStep) {
    this.width = width;
    var out = new PrintWriter(written);
    var terminal = new TerminalLine(out, () -> this.width, false, () -> nanos);
    return new Progress(out, () -> nanos, terminal, "train", from, total, imagesPerStep);
  }

  private Progress terminal(int width) {
    return progress(OptionalInt.of(width), 0, 100, 8);
  }

  private Progress plain() {
    return progress(OptionalInt.empty(), 0, 100, 8);
  }

  private void passMillis(long millis) {
    nanos += millis * 1_000_000;
  }

  private String text() {
    return written.toString().replace(System.lineSeparator(), "\n");
  }

  /// What a terminal shows after the output: carriage return goes back, other characters write
  /// over.
  private List<String> screen() {
    return Arrays.stream(text().split("\n", -1))
        .map(
            line -> {
              StringBuilder shown = new StringBuilder();
              for (String over : line.split("\r", -1)) {
                shown.replace(0, Math.min(over.length(), shown.length()), over);
              }
              return shown.toString().stripTrailing();
            })
        .toList();
  }

  @Test
  void aTerminalShowsALineBeforeTheFirstStep() {
    terminal(80);
    assertEquals(
        List.of("train  step   0/100 [>                             ]  warming up  elapsed 0:00"),
        screen());
  }

  @Test
  void workOfOnesOwnShowsItsProgress() {
    var console = new PrintWriter(written);
    // @start region="progress"
    try (Progress progress = Progress.start(console, "count", 0, 3, 8)) {
      for (int step = 1; step <= 3; step++) {
        progress.update(step, "loss 0.5");
      }
      progress.finish("loss 0.5");
    }
    // @end
    String last = text().lines().toList().getLast();
    assertTrue(last.matches("count  step 3/3  loss 0.5(  [0-9.]+ images/s)?  elapsed 0:00"), last);
  }

  @Test
  void workThatGoesOnCountsTheTimeSinceItBegan() {
    Progress progress = plain().elapsedSince(nanos - 60_000_000_000L);
    passMillis(5_000);
    progress.update(10, "");
    assertEquals("train  step  10/100  16.0 images/s  elapsed 1:05  left ?\n", text());
  }

  @Test
  void aTerminalHasOneLineThatIsWrittenOver() {
    Progress progress = terminal(80);
    for (int i = 1; i <= 10; i++) {
      passMillis(500);
      progress.update(i, "loss 0." + i);
    }
    assertEquals(
        List.of("train  step  10/100  loss 0.10  16.0 images/s  elapsed 0:05  left 0:45"),
        screen());
    progress.finish("loss 0.5");
    assertEquals(
        List.of("train  step  10/100  loss 0.5  16.0 images/s  elapsed 0:05  left 0:45", ""),
        screen());
  }

  @Test
  void aLongerLineIsWipedOut() {
    Progress progress = terminal(80);
    passMillis(200);
    progress.update(50, "a long explanation");
    passMillis(200);
    progress.update(100, "");
    assertEquals(
        List.of("train  step 100/100 [============================]  2000 images/s  elapsed 0:00"),
        screen());
  }

  @Test
  void aTerminalIsUpdatedTenTimesASecondAtMost() {
    Progress progress = terminal(80);
    for (int i = 1; i <= 100; i++) {
      passMillis(10);
      progress.update(i, "");
    }
    assertEquals(11, text().chars().filter(c -> c == '\r').count());
  }

  @ParameterizedTest
  @CsvSource({"80", "40", "10", "1", "0"})
  void aLineNeverReachesTheTerminalsLastColumn(int width) {
    Progress progress = terminal(width);
    passMillis(3_600_000);
    progress.update(1, "a text that makes the line longer than most terminals are wide, or nearly");
    progress.finish("done");
    for (String line : text().split("[\r\n]")) {
      assertTrue(line.length() <= Math.max(0, width - 1), line);
    }
  }

  @Test
  void aPipeGetsAPlainLineAfterHalfASecondThenEveryFiveSecondsAndTheLast() {
    Progress progress = plain();
    for (int i = 1; i <= 100; i++) {
      passMillis(130);
      progress.update(i, "loss " + i);
    }
    progress.finish("loss 7");
    assertEquals(
        """
        train  step   4/100  loss 4  61.5 images/s  elapsed 0:01  left ?
        train  step  43/100  loss 43  61.5 images/s  elapsed 0:06  left 0:07
        train  step  82/100  loss 82  61.5 images/s  elapsed 0:11  left 0:02
        train  step 100/100  loss 7  61.5 images/s  elapsed 0:13
        """,
        text());
  }

  @Test
  void aLineOfItsOwnStandsAboveTheProgress() {
    Progress progress = terminal(50);
    progress.say("wrote a.png");
    assertEquals(List.of("wrote a.png", "train  step   0/100  warming up  elapsed 0:00"), screen());
    progress.finish("");
    progress.say("wrote b.png");
    assertEquals(
        List.of("wrote a.png", "train  step   0/100  warming up  elapsed 0:00", "wrote b.png", ""),
        screen());
  }

  @Test
  void aLineOfItsOwnIsAPlainLineInAPipe() {
    plain().say("wrote a.png");
    assertEquals("wrote a.png\n", text());
  }

  @Test
  void stepsOfAnEarlierRunDoNotCountForTheRate() {
    Progress progress = progress(OptionalInt.empty(), 90, 100, 1);
    passMillis(5000);
    progress.update(95, "");
    assertEquals("train  step  95/100  1.00 images/s  elapsed 0:05  left ?\n", text());
  }

  @Test
  void theRateForgetsASlowStartButTheLastLineDoesNot() {
    Progress progress = progress(OptionalInt.empty(), 0, 1000, 1);
    passMillis(20_000);
    progress.update(1, "");
    for (int i = 2; i <= 201; i++) {
      passMillis(100);
      progress.update(i, "");
    }
    progress.finish("");
    assertEquals(
        """
        train  step    1/1000  0.05 images/s  elapsed 0:20  left ?
        train  step   51/1000  10.0 images/s  elapsed 0:25  left 1:35
        train  step  101/1000  10.0 images/s  elapsed 0:30  left 1:30
        train  step  151/1000  10.0 images/s  elapsed 0:35  left 1:25
        train  step  201/1000  10.0 images/s  elapsed 0:40  left 1:20
        train  step  201/1000  5.03 images/s  elapsed 0:40  left 2:39
        """,
        text());
  }

  @Test
  void theTimeLeftIsShownWhenTwoSecondsAgree() {
    Progress progress = progress(OptionalInt.empty(), 0, 1000, 1);
    int step = 0;
    // The speed doubles every second for six seconds, then stays: as while loops are compiled.
    for (int second = 0; second < 16; second++) {
      int steps = 1 << Math.min(second, 6);
      for (int i = 0; i < steps; i++) {
        nanos += 1_000_000_000L / steps;
        progress.update(++step, "");
      }
    }
    List<String> lines = text().lines().toList();
    assertTrue(lines.get(0).endsWith("left ?"), lines.get(0));
    assertTrue(lines.get(1).endsWith("left ?"), lines.get(1));
    // 703 steps are done after 16 seconds, 64 a second.
    assertTrue(
        lines.getLast().matches(".*  6\\d\\.\\d images/s  elapsed 0:16  left 0:0[45]"), text());
  }

  @Test
  void aTerminalThatIsMadeNarrowerGetsShorterLines() {
    Progress progress = terminal(80);
    width = OptionalInt.of(30);
    for (int i = 1; i <= 40; i++) {
      passMillis(100);
      progress.update(i, "a text");
    }
    String last = text().substring(text().lastIndexOf('\r') + 1);
    assertEquals("train  40 %  left 0:06", last.stripTrailing());
    assertTrue(text().indexOf('\n') < 0, text());
  }

  /// Also where a step takes longer than a drawing.
  @Test
  void theWidthIsAskedForAfterTwoSeconds() {
    Progress progress = terminal(80);
    width = OptionalInt.of(40);
    passMillis(1900);
    progress.update(1, "loss 1");
    assertTrue(screen().getLast().length() > 40, text());
    passMillis(200);
    progress.update(2, "loss 1");
    String last = text().substring(text().lastIndexOf('\r') + 1);
    assertEquals("train  step   2/100 [>        ]  left ?", last.stripTrailing());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          100 | train  step  40/100 [=========>              ]  loss 0.0312  80.0 images/s  elapsed 0:04  left 0:06
          80  | train  step  40/100  loss 0.0312  80.0 images/s  elapsed 0:04  left 0:06
          70  | train  step  40/100 [===>    ]  loss 0.0312  80.0 images/s  left 0:06
          60  | train  step  40/100  loss 0.0312  80.0 images/s  left 0:06
          50  | train  step  40/100  80.0 images/s  left 0:06
          40  | train  step  40/100  left 0:06
          30  | train  40 %  left 0:06
          """)
  void aNarrowTerminalShowsWhatMattersMost(int columns, String line) {
    Progress progress = terminal(columns);
    for (int i = 1; i <= 40; i++) {
      passMillis(100);
      progress.update(i, "loss 0.0312");
    }
    assertEquals(List.of(line), screen());
  }

  @Test
  void aTerminalThatKnowsEscapesIsToldNotToWrap() {
    var out = new PrintWriter(written);
    new TerminalLine(out, () -> OptionalInt.of(20), true, () -> 0)
        .draw("a line of more than 20 columns");
    assertEquals("\r\u001b[?7la line of more than\u001b[J\u001b[?7h\r", text());
  }

  @ParameterizedTest
  @CsvSource({"24 80, 80", "50 40, 40", "0 0,", "'',", "stty: no tty,", "24 -1,", "24 999999,"})
  void theWidthIsWhatSttySays(String said, @Nullable Integer columns) {
    OptionalInt expected = columns == null ? OptionalInt.empty() : OptionalInt.of(columns);
    assertEquals(expected, TerminalLine.columns(said + "\n"));
  }

  @Test
  void aDumbTerminalIsNone() {
    assertFalse(TerminalLine.writesOver("dumb"));
    assertTrue(TerminalLine.writesOver("xterm-256color"));
    assertTrue(TerminalLine.writesOver(null));
  }

  @Test
  void closingEndsTheLineOnce() {
    Progress progress = terminal(80);
    progress.close();
    progress.close();
    progress.finish("");
    assertEquals(1, text().chars().filter(c -> c == '\n').count());
    Progress plain = plain();
    String before = text();
    plain.close();
    assertEquals(before, text());
  }

  @ParameterizedTest
  @CsvSource({
    "0.4, 0:00",
    "59.4, 0:59",
    "59.6, 1:00",
    "3599, 59:59",
    "3600, 1:00:00",
    "360000, 100:00:00"
  })
  void timesAreReadAtAGlance(double seconds, String text) {
    assertEquals(text, Progress.time(seconds));
  }
}
