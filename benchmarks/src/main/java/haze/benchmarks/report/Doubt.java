package haze.benchmarks.report;

/// Why a score may not be what the next run gives.
enum Doubt {
  ONE_ITERATION("1 iteration", "nothing says how far apart two iterations are."),

  ONE_FORK(
      "1 fork",
      "where code and arrays come to lie differs from one JVM to the next, which moves a score by"
          + " up to 20 %; within one JVM it does not change."),

  WIDE("± > 20 %", "the error is more than a fifth of the score."),

  COLD(
      "cold",
      "the JVM was still compiling: a warm-up of less than 1.5 s (of whole steps less than 5 s),"
          + " or every iteration shorter than the one before it and the first over 20 % longer than"
          + " the last.");

  /// Of the score, from which on an error is wide.
  static final double WIDEST = 0.2;

  private final String mark;
  private final String meaning;

  Doubt(String mark, String meaning) {
    this.mark = mark;
    this.meaning = meaning;
  }

  /// What stands in a table.
  String mark() {
    return mark;
  }

  String meaning() {
    return meaning;
  }
}
