package haze.diffusion.study.book;

import haze.diffusion.figure.Figure;
import java.util.List;

/// What stands below the code of a section. Texts are Markdown of one paragraph.
sealed interface Output {
  /// A statement that was found true.
  ///
  /// @param statement what is stated
  /// @param value the number that was computed
  /// @param relation `≈`, `≤` or `≥`
  /// @param other what it was compared with
  /// @param tolerance how far it may be from it and why; empty if nothing is to be said
  record Check(String statement, double value, String relation, double other, String tolerance)
      implements Output {}

  /// A question to the reader, and its answer.
  ///
  /// @param check the number of the answer
  record Question(String question, String answer, Check check) implements Output {}

  /// Numbers in rows and columns.
  record NumberTable(String caption, List<String> header, List<List<String>> rows)
      implements Output {
    public NumberTable {
      header = List.copyOf(header);
      rows = rows.stream().map(List::copyOf).toList();
    }
  }

  /// A drawing.
  record Drawn(String caption, Figure figure) implements Output {}
}
