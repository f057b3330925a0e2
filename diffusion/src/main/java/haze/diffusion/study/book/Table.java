package haze.diffusion.study.book;

import java.util.ArrayList;
import java.util.List;

/// Numbers in rows and columns, of which a chapter writes one row after the other.
public final class Table {
  private final List<String> header;
  private final List<List<String>> rows = new ArrayList<>();

  /// An empty table.
  ///
  /// @param header what stands above each column, as Markdown
  public Table(String... header) {
    this.header = List.of(header);
  }

  /// Adds a row.
  ///
  /// @param cells numbers, which are written with six digits, or texts, which are Markdown
  /// @return this table
  /// @throws IllegalArgumentException if there are more or fewer than columns
  public Table row(Object... cells) {
    if (cells.length != header.size()) {
      throw new IllegalArgumentException(
          "table: a row of " + cells.length + " cells below " + header.size() + " columns");
    }
    List<String> row = new ArrayList<>();
    for (Object cell : cells) {
      row.add(cell instanceof Double number ? Numbers.text(number) : cell.toString());
    }
    rows.add(row);
    return this;
  }

  Output.NumberTable captioned(String caption) {
    return new Output.NumberTable(caption, header, rows);
  }
}
