package haze.diffusion.cli;

import haze.diffusion.io.AtomicFile;
import haze.diffusion.io.JsonLine;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.study.book.Book;
import haze.diffusion.study.book.BookPage;
import haze.diffusion.study.book.Edition;
import haze.diffusion.study.book.FalseStatementException;
import haze.diffusion.study.chapter.Chapters;
import haze.diffusion.terminal.Interrupt;
import haze.tensor.Workers;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `haze study`: the book that runs.
@Command(
    name = "study",
    description = {
      "Writes the book: diffusion from a Markov chain to a digit.",
      "Each chapter is a Java file of this program that is run: its numbers and figures are of this"
          + " run, and every statement about a number is checked. Writes one file of HTML, which"
          + " opens without a network."
    })
public final class StudyCommand implements Callable<Integer> {
  private static final Pattern END = Pattern.compile("(?i)\\.html?$");
  private static final String NAME = "book.html";
  private static final double NANOS_PER_SECOND = 1e9;

  @Parameters(
      paramLabel = "CHAPTER",
      arity = "0..*",
      description = "the numbers of chapters (default: all)")
  private List<Integer> chapters = List.of();

  @Option(
      names = "--out",
      paramLabel = "DIR|FILE.html",
      description = "where the book goes, replaced if it exists (default: " + NAME + " here)")
  private Path out = Path.of("");

  @Option(
      names = "--model",
      paramLabel = "RUN",
      description =
          "a run of haze train, or any diffusers pipeline of the kind that it makes, for the"
              + " chapters about a trained model (default: the model of digits that comes with"
              + " Haze)")
  private @Nullable Path model;

  @Spec private CommandSpec spec = CommandSpec.create();

  /// Made by picocli.
  StudyCommand() {}

  @Override
  public Integer call() throws IOException {
    int count = Chapters.ALL.size();
    for (int chapter : chapters) {
      if (chapter < 1 || chapter > count) {
        throw new RequestException("there is no chapter " + chapter + ", expected 1 to " + count);
      }
    }
    Path file = out.toString().isEmpty() || Files.isDirectory(out) ? out.resolve(NAME) : out;
    if (!END.matcher(file.toString()).find()) {
      throw new RequestException(
          "out", "is " + file + ", expected a directory, or a name that ends in .html");
    }
    AtomicFile.prepare(file);
    ModelOptions.requireFusedMultiplyAdd();
    List<Integer> wanted =
        chapters.isEmpty() ? IntStream.rangeClosed(1, count).boxed().toList() : chapters;
    ConsoleOptions console = ConsoleOptions.of(spec);
    Book book = run(wanted.stream().distinct().sorted().toList(), console);
    try (Interrupt _ = Interrupt.delay()) {
      AtomicFile.write(file, out -> BookPage.write(book, out));
    }
    console.wrote(file);
    return 0;
  }

  private Book run(List<Integer> numbers, ConsoleOptions console) throws IOException {
    try (Workers workers = new Workers(Runtime.getRuntime().availableProcessors())) {
      return Book.run(Chapters.ALL, numbers, new Edition(true, workers, model), new Lines(console));
    } catch (FalseStatementException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /// A line for each chapter.
  private static final class Lines implements Book.Progress {
    private final ConsoleOptions console;
    private int number;
    private long since;

    private Lines(ConsoleOptions console) {
      this.console = console;
    }

    @Override
    public void begun(int chapter, String title) {
      number = chapter;
      since = System.nanoTime();
      PrintWriter line = console.progress();
      line.print(String.format(Locale.ROOT, "%2d  %-48s", chapter, title));
      line.flush();
    }

    @Override
    public void ended(int statements, int figures) {
      double seconds = (System.nanoTime() - since) / NANOS_PER_SECOND;
      console
          .progress()
          .println(
              String.format(
                  Locale.ROOT,
                  "%3d statements hold  %2d %-7s  %5.1f s",
                  statements,
                  figures,
                  figures == 1 ? "figure" : "figures",
                  seconds));
      console.event(
          "chapter",
          new JsonLine()
              .put("chapter", number)
              .put("statements", statements)
              .put("figures", figures)
              .put("seconds", seconds));
    }
  }
}
