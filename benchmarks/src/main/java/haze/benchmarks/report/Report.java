package haze.benchmarks.report;

import haze.diffusion.io.AtomicFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;

/// Turns JMH's files into what people look at: tables on the terminal and in Markdown, and charts.
public final class Report {
  private static final String TEXT = "report.md";

  private Report() {}

  /// Reads results and writes `report.md` and the charts that they allow; charts of an earlier
  /// report that this one does not have are deleted.
  ///
  /// @param directory where to; made if it does not exist
  /// @param places of results, files or directories of which the latest file is meant; where two
  ///   files measure the same, the later one in this list counts
  /// @return what stands in `report.md`, and where the files are
  /// @throws IOException if a file can't be read, holds no results or something else, or can't be
  ///   written; what cannot be read leaves the earlier report as it is
  public static String write(Path directory, List<Path> places) throws IOException {
    List<Result> results = new ArrayList<>();
    for (Path place : places) {
      results.addAll(ResultsFile.read(place));
    }
    List<Row> rows = Row.of(results);
    Roofs roofs = Roofs.of(results);
    String text = Head.of(results, rows, roofs) + Tables.markdown(rows);
    Map<String, BufferedImage> figures = Charts.draw(rows, roofs, Head.machine(results));

    Files.createDirectories(directory);
    for (String name : Charts.ALL) {
      Files.deleteIfExists(directory.resolve(name));
    }
    List<Path> written = new ArrayList<>(List.of(directory.resolve(TEXT)));
    AtomicFile.write(
        directory.resolve(TEXT), out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    for (Map.Entry<String, BufferedImage> figure : figures.entrySet()) {
      Path file = directory.resolve(figure.getKey());
      AtomicFile.write(file, out -> ImageIO.write(figure.getValue(), "png", out));
      written.add(file);
    }
    return text
        + "written: "
        + written.stream().map(Path::toString).collect(Collectors.joining(", "));
  }
}
