package haze.diffusion.study.book;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.tensor.Workers;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/// A page takes true statements alone.
class PageTest {
  @AutoClose private final Workers workers = new Workers(1);
  private final Page page = new Page("Chapter.section", new Edition(false, workers, null));

  private static void refuses(String message, Executable statement) {
    assertEquals(message, assertThrows(FalseStatementException.class, statement).getMessage());
  }

  @Test
  void aFalseStatementFailsWithBothNumbers() {
    page.check("One is one.", 1, 1 + 1e-13, Tolerance.DOUBLES);
    refuses(
        "Chapter.section: 'Half.' is not true: 0.5 is not ≈ 0.52 ± 0.01, a reason",
        () -> page.check("Half.", 0.5, 0.52, new Tolerance(0.01, "a reason")));
    refuses(
        "Chapter.section: 'Less.' is not true: 2.0 is not ≤ 1.0",
        () -> page.checkAtMost("Less.", 2, 1));
    refuses(
        "Chapter.section: 'More.' is not true: 1.0 is not ≥ 2.0",
        () -> page.checkAtLeast("More.", 1, 2));
    refuses(
        "Chapter.section: 'Why?' is not true: 1.0 is not ≈ 2.0 ± 1e-12, rounding of doubles",
        () -> page.question("Why?", "So.", 1, 2, Tolerance.DOUBLES));
    assertEquals(1, page.outputs().size());
  }

  @Test
  void whatIsNoNumberIsFalse() {
    for (double nan : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(FalseStatementException.class, () -> page.check("", nan, 1, Tolerance.DOUBLES));
    }
    assertThrows(FalseStatementException.class, () -> page.checkAtMost("", Double.NaN, 1));
    assertThrows(FalseStatementException.class, () -> page.checkAtLeast("", 1, Double.NaN));
    assertThrows(
        FalseStatementException.class,
        () -> page.check("", 1, 1, new Tolerance(Double.NaN, "unknown")));
  }

  @Test
  void aToleranceFollowsTheNumberOfDraws() {
    assertEquals(0.04, Tolerance.ofMean(1, 10_000).size(), 1e-15);
    assertEquals("four standard errors of 10,000 draws", Tolerance.ofMean(1, 10_000).reason());
    assertEquals(0.02, Tolerance.ofShare(0.5, 10_000).size(), 1e-15);
    assertEquals(0.005, Tolerance.digits(2).size(), 1e-15);
  }

  @Test
  void countsAreSmallInTestsAndRandomNumbersDifferByCallAndPlace() {
    assertEquals(7, page.count(700, 7));
    assertEquals(700, new Page("", new Edition(true, workers, null)).count(700, 7));
    assertNotEquals(page.rng(), page.rng());
    Page same = new Page("Chapter.section", new Edition(true, workers, null));
    Page other = new Page("Chapter.other", new Edition(true, workers, null));
    assertNotEquals(same.rng(), other.rng());
    assertEquals(same.rng(), page(2).rng());
  }

  /// A page of the same section, after some calls.
  private Page page(int calls) {
    Page again = new Page("Chapter.section", new Edition(false, workers, null));
    for (int i = 1; i < calls; i++) {
      again.rng();
    }
    return again;
  }

  @Test
  void numbersHaveSixDigits() {
    assertEquals("0.333333", Numbers.text(1.0 / 3));
    assertEquals("0.5", Numbers.text(0.5));
    assertEquals("-2000", Numbers.text(-2000));
    assertEquals("1.5e-7", Numbers.text(1.5e-7));
    assertEquals("-1.23457e9", Numbers.text(-1_234_567_890.0));
    assertEquals("0", Numbers.text(-0.0));
    assertEquals("NaN", Numbers.text(Double.NaN));
    assertEquals("0.0022", Numbers.roughly(0.00223));
  }

  @Test
  void aTableHasRowsOfItsWidth() {
    Table table = new Table("n", "value").row(1, 1.0 / 3);
    assertEquals(
        "table: a row of 1 cells below 2 columns",
        assertThrows(IllegalArgumentException.class, () -> table.row(1)).getMessage());
    assertEquals(java.util.List.of("1", "0.333333"), table.captioned("").rows().getFirst());
  }
}
