package haze.diffusion.study.chapter;

import static org.junit.jupiter.api.Assertions.assertEquals;

import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.study.book.Book;
import haze.diffusion.study.book.BookFixture;
import haze.diffusion.study.book.Chapter;
import haze.diffusion.study.book.Page;
import haze.diffusion.training.Preset;
import haze.nn.unet.UNet;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every statement of the book is true.
class ChaptersTest {
  static Stream<Integer> numbers() {
    return IntStream.rangeClosed(1, Chapters.ALL.size()).boxed();
  }

  @ParameterizedTest(name = "chapter {0}")
  @MethodSource("numbers")
  void everyStatementIsTrue(int number) throws IOException {
    Book book = BookFixture.small(Chapters.ALL, number);
    assertEquals(1, book.chapters().size());
  }

  /// A reader's model may have other channels: what is said of a network's sizes is said of that of
  /// the model of digits.
  @Test
  void aNetworkIsDescribedWhateverModelTheReaderChose(@TempDir Path directory) throws IOException {
    Preset preset = Preset.MNIST;
    new Pipeline(new UNet(preset.network()), preset.scheduler()).save(directory);
    try (Workers workers = new Workers(2)) {
      Page page = BookFixture.page(directory, workers);
      new Chapter08Tape().memory(page);
      new Chapter08Tape().questions(page);
      new Chapter10Network().shapes(page);
      new Chapter10Network().time(page);
      new Chapter10Network().questions(page);
    }
  }

  @ParameterizedTest(name = "chapter {0}")
  @MethodSource("numbers")
  void everyLinkOfTheTextLeadsToAClass(int number) throws Exception {
    List<String> problems = new ArrayList<>();
    for (String name : BookFixture.linked(BookFixture.small(Chapters.ALL, number))) {
      if (!BookFixture.exists(name)) {
        problems.add(name);
      }
    }
    assertEquals(List.of(), problems);
  }

  @Test
  void theFilesAreNumberedInTheirOrder() {
    for (int i = 0; i < Chapters.ALL.size(); i++) {
      Chapter chapter = Chapters.ALL.get(i);
      assertEquals(
          "Chapter%02d".formatted(i + 1), chapter.getClass().getSimpleName().substring(0, 9));
    }
  }
}
