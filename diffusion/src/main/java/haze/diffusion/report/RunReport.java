package haze.diffusion.report;

import haze.diffusion.io.AtomicFile;
import haze.diffusion.io.BadFileException;
import haze.diffusion.pipeline.Pipeline;
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
import java.util.stream.Stream;

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

  /// So many runs are named where a directory of runs was meant for one.
  private static final int MOST_NAMES = 5;

  private final Path path;
  private final RunDirectory directory;
  private final List<String> model;
  private final List<String> modelNotes;
  private final MetricsTable metrics;
  private final SequencedMap<String, MetricsTable> tables = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();
  private Optional<TrainingSettings> settings = Optional.empty();
  private Optional<Session> session = Optional.empty();
  private Optional<String> stoppedEarly = Optional.empty();
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
    requireRun(run);
    RunReport report = new RunReport(run);
    report.refresh();
    return report;
  }

  private static void requireRun(Path path) throws IOException {
    if (new RunDirectory(path).exists()) {
      return;
    }
    if (!Files.isDirectory(path)) {
      throw new BadFileException(
          path,
          Files.exists(path) ? "is a file, expected the directory of a run" : "no such directory");
    }
    try (Stream<Path> inside = Files.list(path)) {
      List<String> runs =
          inside
              .filter(each -> new RunDirectory(each).exists())
              .map(Path::toString)
              .sorted()
              .limit(MOST_NAMES)
              .toList();
      throw new BadFileException(
          path,
          "no run: there is no training/config.json"
              + (runs.isEmpty() ? "" : "; runs in it: " + String.join(", ", runs)));
    }
  }

  /// Reads what is new in the run's files.
  public void refresh() {
    notes.clear();
    notes.addAll(modelNotes);
    settings = read(() -> Optional.of(TrainingSettings.read(directory.config())));
    session = read(() -> Session.read(path));
    stoppedEarly = settings.flatMap(own -> read(() -> directory.stoppedEarly(own)));
    stoppedEarly.ifPresent(notes::add);
    tables.values().forEach(this::refresh);
    samples = read(() -> Optional.of(SampleFiles.of(path))).orElse(new TreeMap<>());
    updated =
        read(() ->
                Files.exists(directory.metrics())
                    ? Optional.of(Files.getLastModifiedTime(directory.metrics()).toInstant())
                    : Optional.<Instant>empty())
            .orElse(Instant.EPOCH);
    if (hasHadLastStep() && lacksSamples() && !isRunning()) {
      notes.add("missing: " + directory.missingSamples());
    }
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
    NEW("no step yet"),
    RUNNING("running"),
    FINISHED("finished"),
    EARLY("stopped early"),
    STOPPED("stopped");

    private final String words;

    State(String words) {
      this.words = words;
    }
  }

  private State state() {
    boolean complete = hasHadLastStep() && !lacksSamples();
    if (complete && stoppedEarly.isEmpty()) {
      return State.FINISHED;
    }
    if (isRunning()) {
      return State.RUNNING;
    }
    if (complete) {
      return State.EARLY;
    }
    return metrics.lastStep() == 0 ? State.NEW : State.STOPPED;
  }

  private boolean hasHadLastStep() {
    return stoppedEarly.isPresent()
        || settings.map(s -> metrics.lastStep() >= s.get(Settings.STEPS)).orElse(false);
  }

  private boolean lacksSamples() {
    return settings.map(s -> directory.lacksSamples((int) metrics.lastStep(), s)).orElse(false);
  }

  /// Where nothing is known of the process, a run whose metrics grow is taken for running.
  private boolean isRunning() {
    boolean recent = metrics.lastStep() > 0 && updated.isAfter(Instant.now().minus(SILENCE));
    return session.flatMap(Session::isRunning).orElse(recent);
  }

  /// {@return what a page shows, as maps and lists of JSON}
  ///
  /// @param known what the page has of the tables: their versions in the answer that it had last,
  ///   with `~` between them; anything else for everything
  /// @param pictures the sample grids, as a page finds them
  public Map<String, Object> json(String known, List<Map<String, Object>> pictures) {
    Map<String, Object> run = new LinkedHashMap<>();
    run.put("name", name());
    State state = state();
    run.put("state", state.name().toLowerCase(Locale.ROOT));
    run.put("state_words", state.words);
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

  /// Key, value, and whether a person chose it: preset, data and classes, and what is another than
  /// the preset has for them. The digest of the images is not chosen.
  private static List<List<Object>> rows(TrainingSettings settings) {
    Map<String, Object> usual =
        settings.usual().with(Settings.FINGERPRINT, settings.get(Settings.FINGERPRINT)).stored();
    List<List<Object>> rows = new ArrayList<>();
    String preset = settings.get(Settings.PRESET);
    rows.add(List.of(Settings.PRESET.toString(), preset, !preset.isEmpty()));
    rows.add(
        List.of(
            Settings.CONDITIONAL.toString(),
            Boolean.toString(settings.isConditional()),
            settings.isConditional()));
    settings
        .stored()
        .forEach(
            (key, value) -> {
              if (!key.equals(Settings.PRESET.toString())) {
                rows.add(List.of(key, value.toString(), !value.equals(usual.get(key))));
              }
            });
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
