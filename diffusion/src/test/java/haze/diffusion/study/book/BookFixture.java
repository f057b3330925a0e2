package haze.diffusion.study.book;

import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/// Books of a few chapters with the small counts of tests.
public final class BookFixture {
  static final Book.Progress QUIET =
      new Book.Progress() {
        @Override
        public void begun(int number, String title) {}

        @Override
        public void ended(int statements, int figures) {}
      };

  private BookFixture() {}

  /// {@return a book of one chapter}
  public static Book small(List<Chapter> all, int number) throws IOException {
    try (Workers workers = new Workers(2)) {
      return Book.run(all, List.of(number), new Edition(false, workers, null), QUIET);
    }
  }

  /// {@return a page of a book about a pipeline of the reader's}
  public static Page page(Path model, Workers workers) {
    return new Page("", new Edition(false, workers, model));
  }

  /// {@return the full names of the classes that a book links to}
  public static Set<String> linked(Book book) {
    return BookPage.linked(book);
  }

  /// {@return whether there is a file for a class}
  public static boolean exists(String name) {
    return Files.exists(Path.of("..", ChapterSource.file(name)));
  }
}
