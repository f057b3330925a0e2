package haze.diffusion.evaluation.bound;

import haze.diffusion.evaluation.bound.BoundResult.Estimate;
import haze.diffusion.evaluation.bound.BoundResult.Timestep;
import haze.diffusion.io.AtomicFile;
import haze.diffusion.io.BadFileException;
import haze.diffusion.io.JsonObject;
import haze.diffusion.io.JsonWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A directory that keeps a bound for later:
///
/// ```
/// bound.json    the terms, and everything that is needed to measure them again
/// bound.csv     one line a timestep: L_{t-1} in bits per dimension, its standard error, the
///               number of images, the mean squared errors of the noise and of the picture
/// bound.png     the bound per timestep
/// ```
///
/// A standard error that is not known, because there was one image, is left empty, in JSON null.
///
/// @param directory the directory
public record BoundFiles(Path directory) {
  private static final String HEADER = "t,bits_per_dim,standard_error,images,epsilon_mse,x0_mse";
  private static final int IMAGES_COLUMN = List.of(HEADER.split(",")).indexOf("images");
  private static final int COLUMNS = HEADER.split(",").length;

  /// A line takes 60 bytes: more than any schedule's.
  private static final int MAX_BYTES = 1 << 24;

  private static final String ERROR = "_standard_error";

  /// The place for the evaluation of a run.
  ///
  /// @param run the directory of the run, or of another pipeline
  /// @return the directory `evaluation` in it
  public static BoundFiles of(Path run) {
    return new BoundFiles(run.resolve("evaluation"));
  }

  /// The summary.
  ///
  /// @return `bound.json`
  public Path json() {
    return directory.resolve("bound.json");
  }

  /// The table.
  ///
  /// @return `bound.csv`
  public Path csv() {
    return directory.resolve("bound.csv");
  }

  /// The chart.
  ///
  /// @return `bound.png`
  public Path png() {
    return directory.resolve("bound.png");
  }

  /// Writes summary and table.
  ///
  /// @param result the bound
  /// @param data what it was measured on, in words
  /// @param circumstances what else there is to know, added to the summary
  /// @throws IOException if a file cannot be written
  public void write(BoundResult result, String data, Map<String, Object> circumstances)
      throws IOException {
    byte[] table = table(result).getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(csv(), out -> out.write(table));
    JsonWriter json = new JsonWriter();
    circumstances.forEach(json::put);
    json.put("data", data)
        .put("images", result.images())
        .put("dimensions", result.dimensions())
        .put("timesteps", result.comb().timesteps())
        .put("timesteps_per_image", result.comb().measured())
        .put("unit", "bits per dimension")
        .put("epsilon_mse", result.epsilonError())
        .put("x0_mse", result.x0Error());
    put(json, "prior", result.prior());
    put(json, "transitions", result.transitions());
    put(json, "decoder", result.decoder());
    put(json, "total", result.total());
    json.write(json());
  }

  private static void put(JsonWriter json, String key, Estimate estimate) {
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

  /// Reads summary and table.
  ///
  /// @return the bound
  /// @throws IOException if a file is missing or wrong, in one line
  public StoredBound read() throws IOException {
    JsonObject json = JsonObject.read(json());
    int max = Integer.MAX_VALUE;
    return new StoredBound(
        BadFileException.shown(json.string("data", "unknown data")),
        json.integer("images", 1, 1, max),
        json.integer("dimensions", 1, 1, max),
        estimate(json, "prior"),
        estimate(json, "transitions"),
        estimate(json, "decoder"),
        estimate(json, "total"),
        terms());
  }

  private static Estimate estimate(JsonObject json, String key) throws IOException {
    if (!json.has(key)) {
      throw json.invalid(key, "expected a number");
    }
    String error = key + ERROR;
    return new Estimate(
        json.number(key, 0), json.isNull(error) ? Double.NaN : json.number(error, Double.NaN));
  }

  private List<StoredBound.Term> terms() throws IOException {
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
      StoredBound.Term term = term(lines.get(i), last);
      if (term == null) {
        throw new BadFileException(
            csv(),
            "line "
                + (i + 1)
                + ": expected "
                + COLUMNS
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

  /// A line of the table, or null if it is none.
  ///
  /// @param last the timestep of the line before
  private static StoredBound.@Nullable Term term(String line, int last) {
    String[] cells = line.split(",", COLUMNS + 1);
    if (cells.length != COLUMNS) {
      return null;
    }
    try {
      int t = Integer.parseInt(cells[0]);
      double bits = Double.parseDouble(cells[1]);
      int images = Integer.parseInt(cells[IMAGES_COLUMN]);
      return t > last && Double.isFinite(bits) && images > 0
          ? new StoredBound.Term(t, bits, images)
          : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
