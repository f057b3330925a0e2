package haze.diffusion.study.book;

import haze.diffusion.figure.Figure;
import haze.diffusion.pipeline.Pipeline;
import haze.tensor.Rng;
import haze.tensor.Workers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// What a section writes on, and what it computes with: statements that are checked, tables,
/// figures; counts, random numbers, threads and a model.
///
/// All texts are Markdown of one paragraph, with formulas between a dollar sign and a backquote.
public final class Page {
  private final String place;
  private final Edition edition;
  private final List<Output> outputs = new ArrayList<>();
  private int streams;

  /// An empty page.
  ///
  /// @param place chapter and section, for messages and for the random numbers
  Page(String place, Edition edition) {
    this.place = place;
    this.edition = edition;
  }

  List<Output> outputs() {
    return List.copyOf(outputs);
  }

  /// States that a number is another one.
  ///
  /// @param statement in words
  /// @param value the number that was computed
  /// @param expected the number that it should be
  /// @param tolerance how far they may be apart, and why
  /// @throws FalseStatementException if they are farther apart
  public void check(String statement, double value, double expected, Tolerance tolerance) {
    outputs.add(checked(statement, value, expected, tolerance));
  }

  /// States that a number is not above another one.
  ///
  /// @throws FalseStatementException if it is
  public void checkAtMost(String statement, double value, double limit) {
    outputs.add(require(new Output.Check(statement, value, "≤", limit, ""), value <= limit));
  }

  /// States that a number is not below another one.
  ///
  /// @throws FalseStatementException if it is
  public void checkAtLeast(String statement, double value, double limit) {
    outputs.add(require(new Output.Check(statement, value, "≥", limit, ""), value >= limit));
  }

  /// Asks the reader, and gives the answer in a fold below the question.
  ///
  /// @param answer a sentence, to which the number is added
  /// @param value the number of the answer, computed
  /// @param expected the number that the sentence has
  /// @param tolerance how far they may be apart, and why
  /// @throws FalseStatementException if they are farther apart
  public void question(
      String question, String answer, double value, double expected, Tolerance tolerance) {
    outputs.add(
        new Output.Question(question, answer, checked(question, value, expected, tolerance)));
  }

  private Output.Check checked(
      String statement, double value, double expected, Tolerance tolerance) {
    String within = "± " + Numbers.roughly(tolerance.size()) + ", " + tolerance.reason();
    return require(
        new Output.Check(statement, value, "≈", expected, within),
        Math.abs(value - expected) <= tolerance.size());
  }

  private Output.Check require(Output.Check check, boolean holds) {
    if (!holds) {
      throw new FalseStatementException(
          place
              + ": '"
              + check.statement()
              + "' is not true: "
              + check.value()
              + " is not "
              + check.relation()
              + " "
              + (check.other() + " " + check.tolerance()).strip());
    }
    return check;
  }

  /// Shows numbers.
  public void table(String caption, Table table) {
    outputs.add(table.captioned(caption));
  }

  /// Shows a drawing.
  ///
  /// @param caption what is to be seen
  public void figure(String caption, Figure figure) {
    outputs.add(new Output.Drawn(caption, figure));
  }

  /// {@return how often something is done: a number for the book, or a smaller one for the tests,
  /// which run all chapters in seconds}
  ///
  /// A tolerance of [Tolerance#ofMean] follows the count.
  public int count(int full, int small) {
    return edition.isFull() ? full : small;
  }

  /// {@return random numbers: another stream at each call, the same at each run}
  public Rng rng() {
    return new Rng(0, place.hashCode(), streams++, 0);
  }

  /// {@return the threads for what takes long}
  public Workers workers() {
    return edition.workers();
  }

  /// {@return the trained model that the book is about: the one that comes with Haze, or that which
  /// the reader chose}
  ///
  /// @throws IOException if it cannot be read
  public Pipeline model() throws IOException {
    return edition.pipeline();
  }
}
