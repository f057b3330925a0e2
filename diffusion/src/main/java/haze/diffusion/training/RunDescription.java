package haze.diffusion.training;

import static haze.diffusion.io.Quantities.counted;

import haze.diffusion.data.DataSource;
import haze.diffusion.io.JsonLine;
import haze.diffusion.loss.LossKind;
import haze.diffusion.loss.TimestepDistribution;
import haze.nn.file.PrintableText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a run has learned from, and how, for people.
public final class RunDescription {
  private static final int LAST_STEPS = 100;
  private static final double SECOND = 1000;
  private static final int MINUTE = 60;

  private RunDescription() {}

  /// {@return lines such as `training step 300 of 300, batch 32, seed 1`; of a model that is no run
  /// what it learned from, if that is known}
  ///
  /// @param path the directory of a run or of another pipeline
  /// @throws IOException if a file of the run cannot be read or is damaged
  public static List<String> lines(Path path) throws IOException {
    RunDirectory run = new RunDirectory(path);
    List<String> lines = new ArrayList<>();
    if (!run.exists()) {
      Optional<LearnedData> learned = LearnedData.of(path);
      if (learned.isPresent()) {
        DataSource source = learned.get().source();
        lines.add("data        " + source.title() + size(source));
      }
      run.checkpointStep().ifPresent(step -> lines.add("training    step " + step));
      return lines.stream().map(PrintableText::harmless).toList();
    }
    RunState state = RunState.of(run);
    TrainingSettings settings = state.settings();
    DataSource source = settings.source();
    lines.add("data        " + source.title() + size(source));
    lines.add("objective   " + objective(settings));
    String from = settings.get(Settings.FROM);
    if (!from.isEmpty()) {
      lines.add("from        " + from);
    }
    lines.add(
        "training    step "
            + state.step()
            + " of "
            + state.steps()
            + ", batch "
            + settings.get(Settings.BATCH)
            + ", seed "
            + settings.get(Settings.SEED));
    state
        .stoppedEarly()
        .ifPresent(
            why ->
                lines.add(
                    "ended       "
                        + why
                        + " (--patience "
                        + settings.get(Settings.PATIENCE)
                        + ")"));
    if (state.lacksSamples()) {
      lines.add("missing     " + run.missingSamples());
    }
    if (state.step() > 0 && Files.exists(run.metrics())) {
      lines.add("steps       " + steps(Metrics.read(run)));
    }
    state
        .validations()
        .last()
        .ifPresent(
            last ->
                lines.add(
                    "validated   "
                        + counted(state.validations().count(), "time")
                        + " on held-out images, last "
                        + last.result()));
    String model = Files.isDirectory(run.best()) ? "; its model is in " + run.best() : "";
    state.validations().best().ifPresent(best -> lines.add("best        " + best.result() + model));
    // The settings may be another's.
    return lines.stream().map(PrintableText::harmless).toList();
  }

  /// {@return a line for each run, such as `a step 300 of 300, mean loss 0.0425`, which is that of
  /// the last steps; of one that cannot be read the reason}
  public static List<String> lines(List<RunDirectory> runs) {
    int width = runs.stream().mapToInt(run -> name(run).length()).max().orElse(0);
    return runs.stream()
        .map(run -> name(run) + " ".repeat(width - name(run).length() + 2) + line(run))
        .toList();
  }

  private static String name(RunDirectory run) {
    return PrintableText.harmless(String.valueOf(run.path().getFileName()));
  }

  private static String line(RunDirectory run) {
    try {
      RunState state = RunState.of(run);
      return "step "
          + state.step()
          + " of "
          + state.steps()
          + (state.stoppedEarly().isPresent() ? ", stopped early" : "")
          + (state.lacksSamples() ? ", without its last samples" : "")
          + (state.step() > 0 && Files.exists(run.metrics())
              ? String.format(Locale.ROOT, ", mean loss %.4f", lastLoss(Metrics.read(run)))
              : "")
          + state.validations().best().map(best -> ", best " + best).orElse("");
    } catch (IOException e) {
      return PrintableText.harmless(String.valueOf(e.getMessage()));
    }
  }

  /// {@return the runs in a directory, in the order of their names}
  ///
  /// @throws IOException if it cannot be read
  public static List<RunDirectory> runs(Path parent) throws IOException {
    try (Stream<Path> entries = Files.list(parent)) {
      return entries.sorted().map(RunDirectory::new).filter(RunDirectory::exists).toList();
    }
  }

  /// {@return the same for programs: `step` of the last checkpoint, `steps` in all, `finished`,
  /// `stopped_early` with the reason or null, `missing_samples`, the number of `validations`,
  /// `best` with its step, loss and bound or null, and `settings` as in the file of the run; none
  /// for a pipeline that is no run}
  ///
  /// @throws IOException if a file of the run cannot be read or is damaged
  public static @Nullable Map<String, @Nullable Object> json(RunDirectory run) throws IOException {
    if (!run.exists()) {
      return null;
    }
    RunState state = RunState.of(run);
    return new JsonLine()
        .put("step", state.step())
        .put("steps", state.steps())
        .put("finished", state.isFinished())
        .put("stopped_early", state.stoppedEarly().orElse(null))
        .put("missing_samples", state.lacksSamples())
        .put("validations", state.validations().count())
        .put("best", state.validations().best().map(RunDescription::json).orElse(null))
        .put("settings", new JsonLine().putAll(Files.readString(run.config())))
        .members();
  }

  private static JsonLine json(Validation validation) {
    return new JsonLine()
        .put("step", validation.step())
        .put("loss", validation.loss())
        .put("bound", validation.bound().map(Validation.Bound::total).orElse(null));
  }

  private static double lastLoss(Metrics metrics) {
    double[] losses = metrics.losses();
    return Arrays.stream(losses, Math.max(0, losses.length - LAST_STEPS), losses.length)
        .average()
        .orElseThrow();
  }

  /// What is known without reading a file that may be large, or gone.
  private static String size(DataSource source) throws IOException {
    return source instanceof DataSource.Embedded
        ? String.format(Locale.ROOT, ", %,d images", source.load().count())
        : "";
  }

  /// {@return loss, timesteps and labels, in words}
  static String objective(TrainingSettings settings) {
    LossKind loss = settings.get(Settings.LOSS);
    return "loss "
        + loss
        + (loss == LossKind.MIN_SNR ? ", gamma " + settings.get(Settings.MIN_SNR_GAMMA) : "")
        + ", timesteps "
        + settings.get(Settings.TIMESTEP_SAMPLING)
        + (settings.get(Settings.TIMESTEP_SAMPLING) == TimestepDistribution.LOGIT_NORMAL
            ? " of mean "
                + settings.get(Settings.LOGIT_MEAN)
                + ", "
                + settings.get(Settings.UNIFORM_SHARE)
                + " of them uniform"
            : "")
        + (settings.isConditional()
            ? ", a share of " + settings.get(Settings.LABEL_DROPOUT) + " without their class"
            : "");
  }

  private static String steps(Metrics metrics) {
    int last = Math.min(LAST_STEPS, metrics.losses().length);
    long seconds = Math.round(Arrays.stream(metrics.milliseconds()).sum() / SECOND);
    int refused = metrics.refused().length;
    return String.format(
        Locale.ROOT,
        "took %d:%02d, mean loss of the last %d: %.4f%s",
        seconds / MINUTE,
        seconds % MINUTE,
        last,
        lastLoss(metrics),
        refused == 0 ? "" : ", " + refused + " not applied");
  }
}
