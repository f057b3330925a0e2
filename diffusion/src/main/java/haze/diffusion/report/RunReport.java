package haze.diffusion.report;

import haze.diffusion.io.AtomicFile;
import haze.diffusion.io.BadFileException;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.training.Preset;
import haze.diffusion.training.RunDirectory;
import haze.diffusion.training.Settings;
import haze.diffusion.training.TrainingSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;

/// What there is to see of a run, from its files alone: configuration, charts of every column of
/// `metrics.csv` and `validation.csv`, sample grids, and the machine.
///
/// [#write] makes a page of it that opens without a network. A file that is damaged or missing is a
/// note on the page: a report is what one opens when something went wrong.
public final class RunReport {
  /// The report's name in the directory of its run.
  public static final String FILE = "report.html";

  /// A run whose process is unknown here is taken for running so long after its last line.
  private static final Duration SILENCE = Duration.ofMinutes(1);

  private final Path path;
  private final RunDirectory directory;
  private final List<String> model;
  private final List<String> modelNotes;
  private final MetricsTable metrics;
  private final SequencedMap<String, MetricsTable> tables = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();
  private Optional<TrainingSettings> settings = Optional.empty();
  private Optional<Session> session = Optional.empty();
  private SortedMap<Integer, Path> samples = new TreeMap<>();
  private Instant updated = Instant.EPOCH;

  private RunReport(Path path) {
    this.path = path;
    directory = new RunDirectory(path);
    model = read(() -> Optional.of(Pipeline.describe(path).lines())).orElse(List.of());
    modelNotes = List.copyOf(notes);
    settings = read(() -> Optional.of(TrainingSettings.read(directory.config())));
    metrics =
        new MetricsTable(directory.metrics(), settings.map(s -> s.get(Settings.BATCH)).orElse(0));
    tables.put("metrics", metrics);
    tables.put("validation", new MetricsTable(directory.validation(), 0));
    tables.put("session", new MetricsTable(SessionLog.file(path), 0));
  }

  /// {@return the report of a run as it is now}
  ///
  /// @throws IOException if there is no run in the directory
  public static RunReport of(Path run) throws IOException {
    if (!new RunDirectory(run).exists()) {
      throw new BadFileException(run, "no run: there is no training/config.json");
    }
    RunReport report = new RunReport(run);
    report.refresh();
    return report;
  }

  /// Reads what is new in the run's files.
  public void refresh() {
    notes.clear();
    notes.addAll(modelNotes);
    settings = read(() -> Optional.of(TrainingSettings.read(directory.config())));
    session = read(() -> Session.read(path));
    tables.values().forEach(this::refresh);
    samples = read(() -> Optional.of(SampleFiles.of(path))).orElse(new TreeMap<>());
    updated =
        read(() ->
                Files.exists(directory.metrics())
                    ? Optional.of(Files.getLastModifiedTime(directory.metrics()).toInstant())
                    : Optional.<Instant>empty())
            .orElse(Instant.EPOCH);
  }

  private void refresh(MetricsTable table) {
    read(
        () -> {
          table.refresh();
          return Optional.of(table);
        });
    if (!table.problem().isEmpty()) {
      notes.add(table.problem());
    }
  }

  /// Reads a part of the report.
  private interface Part<T> {
    Optional<T> read() throws IOException;
  }

  private <T> Optional<T> read(Part<T> part) {
    try {
      return part.read();
    } catch (IOException e) {
      notes.add(String.valueOf(e.getMessage()));
      return Optional.empty();
    }
  }

  /// {@return the name of the run: that of its directory}
  public String name() {
    Path name = path.toAbsolutePath().normalize().getFileName();
    return name == null ? path.toString() : name.toString();
  }

  /// {@return what is damaged or missing of the run's files, a line each}
  public List<String> notes() {
    return List.copyOf(notes);
  }

  /// {@return the sample grids by their steps}
  public SortedMap<Integer, Path> samples() {
    return samples;
  }

  /// What a run is at.
  private enum State {
    NEW,
    RUNNING,
    FINISHED,
    STOPPED
  }

  private State state() {
    long steps = settings.map(s -> s.get(Settings.STEPS)).orElse(Integer.MAX_VALUE);
    if (metrics.lastStep() >= steps) {
      return State.FINISHED;
    }
    boolean ended = session.flatMap(Session::ended).isPresent();
    boolean recent = metrics.lastStep() > 0 && updated.isAfter(Instant.now().minus(SILENCE));
    if (session.filter(Session::isRunning).isPresent() || (recent && !ended)) {
      return State.RUNNING;
    }
    return metrics.lastStep() == 0 ? State.NEW : State.STOPPED;
  }

  /// {@return what a page shows, as maps and lists of JSON}
  ///
  /// @param known what the page has of the tables: their versions in the answer that it had last,
  ///   with `~` between them; anything else for everything
  /// @param pictures the sample grids, as a page finds them
  public Map<String, Object> json(String known, List<Map<String, Object>> pictures) {
    Map<String, Object> run = new LinkedHashMap<>();
    run.put("name", name());
    run.put("state", state().name().toLowerCase(Locale.ROOT));
    run.put("step", metrics.lastStep());
    settings.ifPresent(s -> run.put("steps", s.get(Settings.STEPS)));
    run.put("seconds", metrics.seconds());
    run.put("notes", notes());
    run.put("settings", settings.map(RunReport::rows).orElse(List.of()));
    run.put("model", model);
    run.put(
        "machine",
        session.map(Session::machine).orElse(List.of()).stream()
            .map(entry -> List.of(entry.getKey(), entry.getValue()))
            .toList());
    String[] versions = known.split("~", -1);
    boolean all = versions.length != tables.size();
    int table = 0;
    for (Map.Entry<String, MetricsTable> entry : tables.entrySet()) {
      run.put(entry.getKey(), entry.getValue().json(all ? "" : versions[table++]));
    }
    run.put("samples", pictures);
    return run;
  }

  /// Key, value, and whether it is another than that of `haze train` without options. The digest of
  /// the images is not chosen.
  private static List<List<Object>> rows(TrainingSettings settings) {
    Map<String, Object> usual =
        Preset.MNIST
            .settings()
            .with(Settings.FINGERPRINT, settings.get(Settings.FINGERPRINT))
            .stored();
    List<List<Object>> rows = new ArrayList<>();
    settings
        .stored()
        .forEach(
            (key, value) ->
                rows.add(List.of(key, value.toString(), !value.equals(usual.get(key)))));
    return rows;
  }

  /// Writes the page.
  ///
  /// @param file its place, in an existing directory; replaced if it exists
  /// @throws IOException if it cannot be written
  public void write(Path file) throws IOException {
    AtomicFile.write(file, out -> ReportPage.write(this, out));
  }
}
