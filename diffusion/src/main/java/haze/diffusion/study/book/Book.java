package haze.diffusion.study.book;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Chapters after they were run: their texts beside their numbers and figures.
///
/// @param chapters in their order
public record Book(List<Written> chapters) {
  /// Copies the list.
  public Book {
    chapters = List.copyOf(chapters);
  }

  /// A chapter after it was run.
  ///
  /// @param number from 1
  /// @param source its text and code
  /// @param outputs what each of its sections wrote
  record Written(int number, ChapterSource source, List<List<Output>> outputs) {
    Written {
      outputs = outputs.stream().map(List::copyOf).toList();
    }
  }

  /// What is told while chapters run.
  public interface Progress {
    /// A chapter begins.
    ///
    /// @param number its number
    void begun(int number, String title);

    /// It has ended.
    ///
    /// @param statements how many were checked
    /// @param figures how many were drawn
    void ended(int statements, int figures);
  }

  /// Runs chapters.
  ///
  /// @param all the chapters of the book
  /// @param numbers which of them, from 1
  /// @throws FalseStatementException if a statement is not true
  /// @throws IOException if a model or images cannot be read
  public static Book run(
      List<Chapter> all, List<Integer> numbers, Edition edition, Progress progress)
      throws IOException {
    List<Written> written = new ArrayList<>();
    for (int number : numbers) {
      written.add(run(number, all.get(number - 1), edition, progress));
    }
    return new Book(written);
  }

  private static Written run(int number, Chapter chapter, Edition edition, Progress progress)
      throws IOException {
    ChapterSource source = ChapterSource.of(chapter);
    List<String> stated = chapter.sections().stream().map(Section::name).toList();
    List<String> inFile = source.sections().stream().map(ChapterSource.Part::name).toList();
    if (!stated.equals(inFile)) {
      throw new IllegalStateException(
          source.path() + ": sections() are " + stated + ", the methods in the file " + inFile);
    }
    progress.begun(number, source.intro().title());
    List<List<Output>> outputs = new ArrayList<>();
    for (int i = 0; i < stated.size(); i++) {
      Page page = new Page(chapter.getClass().getSimpleName() + "." + stated.get(i), edition);
      chapter.sections().get(i).body().run(page);
      outputs.add(page.outputs());
    }
    List<Output> all = outputs.stream().flatMap(List::stream).toList();
    progress.ended(
        (int) all.stream().filter(Book::isStatement).count(),
        (int) all.stream().filter(Output.Drawn.class::isInstance).count());
    return new Written(number, source, outputs);
  }

  private static boolean isStatement(Output output) {
    return switch (output) {
      case Output.Check _, Output.Question _ -> true;
      case Output.NumberTable _, Output.Drawn _ -> false;
    };
  }
}
