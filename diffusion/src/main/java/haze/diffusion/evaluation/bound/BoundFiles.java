package haze.diffusion.evaluation.bound;

import haze.diffusion.evaluation.bound.BoundResult.Estimate;
import haze.diffusion.evaluation.bound.BoundResult.Timestep;
import haze.diffusion.io.AtomicFile;
import haze.diffusion.io.BadFileException;
import haze.diffusion.io.EvaluationDirectory;
import haze.diffusion.io.JsonObject;
import haze.diffusion.io.JsonWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A directory that keeps a bound:
///
/// ```
/// bound.json    the terms, and everything that is needed to measure them again
/// bound.csv     one line a timestep: L_{t-1} in bits per dimension, its standard error, the
///               number of images, the mean squared errors of epsilon and of the predicted x_0
/// bound.png     the bound per timestep
/// earlier-1/    the three files of a result that another took the place of
/// ```
///
/// A standard error that is not known, because there was one image, is left empty, in JSON null.
public record BoundFiles(Path directory) {
  private static final String HEADER = "t,bits_per_dim,standard_error,images,epsilon_mse,x0_mse";
  private static final List<String> COLUMNS = List.of(HEADER.split(","));

  /// A line takes 60 bytes: more than any schedule's.
  private static final int MAX_BYTES = 1 << 24;

  /// The images of two timesteps are fewer than an `int` can count.
  private static final int MAX_IMAGES = 1 << 30;

  private static final String ERROR = "_standard_error";

  /// {@return the place for the bound of a run}
  ///
  /// @param run the directory of the run, or of another pipeline
  public static BoundFiles of(Path run) {
    return new BoundFiles(EvaluationDirectory.of(run).path());
  }

  /// {@return the place where a bound is: the directory itself, or that of a run}
  ///
  /// @param directory one that a bound was written to, or a run
  /// @throws IOException if no bound is there
  public static BoundFiles find(Path directory) throws IOException {
    return Stream.of(new BoundFiles(directory), of(directory))
        .filter(files -> Files.exists(files.json()))
        .findFirst()
        .orElseThrow(
            () ->
                new BadFileException(
                    directory,
                    "no bound was measured there: haze evaluate " + directory + " does it"));
  }

  /// {@return the bounds of several models by their names, which are the last names of their
  /// directories, or all of the path where two have the same}
  ///
  /// @param directories as for [#find]
  /// @throws IOException as for [#find] and [#read]
  public static Map<String, StoredBound> readAll(List<Path> directories) throws IOException {
    Map<String, StoredBound> bounds = new LinkedHashMap<>();
    for (Path directory : directories) {
      String name = name(directory);
      bounds.put(bounds.containsKey(name) ? directory.toString() : name, find(directory).read());
    }
    return bounds;
  }

  private static String name(Path directory) {
    Path name = directory.toAbsolutePath().normalize().getFileName();
    return name == null ? directory.toString() : name.toString();
  }

  /// {@return the summary, `bound.json`}
  public Path json() {
    return directory.resolve("bound.json");
  }

  /// {@return the table, `bound.csv`}
  public Path csv() {
    return directory.resolve("bound.csv");
  }

  /// {@return the chart, `bound.png`}
  public Path png() {
    return directory.resolve("bound.png");
  }

  /// Makes the directory: to be called before an hour's work.
  ///
  /// @throws IOException if that fails, or nothing can be written there
  public void prepare() throws IOException {
    new EvaluationDirectory(directory).prepare();
  }

  /// Writes summary, table and chart.
  ///
  /// @param result the bound
  /// @param model the directory of the model, or what the one that comes with Haze is called
  /// @return where an earlier result now is, if there was one that differs
  /// @throws IOException if a file cannot be written
  public Optional<Path> write(BoundResult result, String model) throws IOException {
    prepare();
    byte[] summary = summary(result, model).toString().getBytes(StandardCharsets.UTF_8);
    byte[] table = table(result).getBytes(StandardCharsets.UTF_8);
    Optional<Path> earlier =
        new EvaluationDirectory(directory)
            .setAside(Map.of(json(), summary, csv(), table), List.of(json(), csv(), png()));
    AtomicFile.write(csv(), out -> out.write(table));
    AtomicFile.write(json(), out -> out.write(summary));
    BoundChart.of(Map.of(name(Path.of(model)), result.stored())).write(png());
    return earlier;
  }

  private static JsonWriter summary(BoundResult result, String model) {
    BoundResult.Measurement measurement = result.measurement();
    JsonWriter json =
        new JsonWriter()
            .put("model", model)
            .put("seed", Long.toString(measurement.seed()))
            .put("labels", measurement.condition().equals("labels"))
            .put("clusters", measurement.condition().equals("clusters"))
            .put("prediction", measurement.prediction().name().toLowerCase(Locale.ROOT))
            .put("variance", measurement.variance().name().toLowerCase(Locale.ROOT))
            .put("clip", measurement.clip())
            .put("data", measurement.data())
            .put("images", result.images())
            .put("dimensions", result.dimensions())
            .put("timesteps", result.selection().timesteps())
            .put("timesteps_per_image", result.selection().measured())
            .put("unit", "bits per dimension")
            .put("epsilon_mse", result.epsilonError())
            .put("x0_mse", result.x0Error());
    put(json, "prior", result.prior());
    put(json, "transitions", result.transitions());
    put(json, "decoder", result.decoder());
    put(json, "total", result.total());
    return json;
  }

  static void put(JsonWriter json, String key, Estimate estimate) {
    json.put(key, estimate.mean())
        .put(
            key + ERROR,
            Double.isNaN(estimate.standardError()) ? null : (Double) estimate.standardError());
  }

  private static String table(BoundResult result) {
    StringBuilder table = new StringBuilder(HEADER).append('\n');
    for (Timestep row : result.timesteps()) {
      double error = row.term().standardError();
      table.append(
          String.format(
              Locale.ROOT,
              "%d,%.9g,%s,%d,%.9g,%.9g\n",
              row.t(),
              row.term().mean(),
              Double.isNaN(error) ? "" : String.format(Locale.ROOT, "%.9g", error),
              row.images(),
              row.epsilonError(),
              row.x0Error()));
    }
    return table.toString();
  }

  /// {@return the bound that summary and table hold}
  ///
  /// @throws IOException if a file is missing or wrong, in one line
  public StoredBound read() throws IOException {
    JsonObject json = JsonObject.read(json());
    int images = json.integer("images", 1, 1, MAX_IMAGES);
    return new StoredBound(
        BadFileException.shown(json.string("data", "unknown data")),
        images,
        json.integer("dimensions", 1, 1, Integer.MAX_VALUE),
        estimate(json, "prior"),
        estimate(json, "transitions"),
        estimate(json, "decoder"),
        estimate(json, "total"),
        terms(images));
  }

  private static Estimate estimate(JsonObject json, String key) throws IOException {
    if (!json.has(key)) {
      throw json.invalid(key, "expected a number");
    }
    String error = key + ERROR;
    return new Estimate(
        json.number(key, 0), json.isNull(error) ? Double.NaN : json.number(error, Double.NaN));
  }

  private List<StoredBound.Term> terms(int images) throws IOException {
    if (!Files.isRegularFile(csv())) {
      throw new BadFileException(csv(), Files.exists(csv()) ? "not a file" : "no such file");
    }
    byte[] content;
    try (InputStream in = Files.newInputStream(csv())) {
      content = in.readNBytes(MAX_BYTES + 1);
    }
    if (content.length > MAX_BYTES) {
      throw new BadFileException(csv(), "more than " + MAX_BYTES + " bytes, too long for its kind");
    }
    List<String> lines = new String(content, StandardCharsets.UTF_8).lines().toList();
    if (lines.isEmpty() || !lines.getFirst().equals(HEADER)) {
      throw new BadFileException(csv(), "line 1: expected " + HEADER);
    }
    List<StoredBound.Term> terms = new ArrayList<>();
    int last = 0;
    for (int i = 1; i < lines.size(); i++) {
      StoredBound.Term term = term(lines.get(i), last, images);
      if (term == null) {
        throw new BadFileException(
            csv(),
            "line "
                + (i + 1)
                + ": expected "
                + COLUMNS.size()
                + " cells, a timestep above "
                + last
                + ", its bits, and the number of"
                + " images among them, found '"
                + BadFileException.shown(lines.get(i))
                + "'");
      }
      terms.add(term);
      last = term.t();
    }
    if (terms.isEmpty()) {
      throw new BadFileException(csv(), "line 2: expected the first timestep, found the end");
    }
    return terms;
  }

  /// {@return a line of the table, or null if it is none}
  ///
  /// @param last the timestep of the line before
  /// @param most the number of images
  private static StoredBound.@Nullable Term term(String line, int last, int most) {
    String[] cells = line.split(",", COLUMNS.size() + 1);
    if (cells.length != COLUMNS.size()) {
      return null;
    }
    try {
      int t = Integer.parseInt(cells[0]);
      double bits = Double.parseDouble(cells[1]);
      boolean unknown = cells[2].isEmpty();
      double error = unknown ? Double.NaN : Double.parseDouble(cells[2]);
      int images = Integer.parseInt(cells[COLUMNS.indexOf("images")]);
      return t > last
              && Double.isFinite(bits)
              && (unknown || error >= 0)
              && images > 0
              && images <= most
          ? new StoredBound.Term(t, bits, error, images)
          : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
