package haze.diffusion.training;

import haze.diffusion.data.DataSource;
import haze.diffusion.io.JsonLine;
import haze.diffusion.loss.LossKind;
import haze.nn.file.PrintableText;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// What a run has learned from, and how, for people.
public final class RunDescription {
  private static final int LAST_STEPS = 100;
  private static final double SECOND = 1000;
  private static final int MINUTE = 60;

  private RunDescription() {}

  /// {@return lines such as `training step 300 of 300, batch 32, seed 1`; none for a pipeline that
  /// is no run}
  ///
  /// @throws IOException if a file of the run cannot be read or is damaged
  public static List<String> lines(RunDirectory run) throws IOException {
    List<String> lines = new ArrayList<>();
    String plan = "";
    if (run.exists()) {
      TrainingSettings settings = TrainingSettings.read(run.config());
      DataSource source = settings.source();
      lines.add("data        " + source.title() + size(source));
      lines.add("objective   " + objective(settings));
      String from = settings.get(Settings.FROM);
      if (!from.isEmpty()) {
        lines.add("from        " + from);
      }
      plan =
          " of "
              + settings.get(Settings.STEPS)
              + ", batch "
              + settings.get(Settings.BATCH)
              + ", seed "
              + settings.get(Settings.SEED);
    }
    OptionalInt step = run.checkpointStep();
    if (step.isPresent()) {
      lines.add("training    step " + step.getAsInt() + plan);
      if (step.getAsInt() > 0 && Files.exists(run.metrics())) {
        lines.add("steps       " + steps(Metrics.read(run)));
      }
      ValidationLog.upTo(step.getAsInt(), run.validation())
          .best()
          .ifPresent(best -> lines.add("best        " + best));
    }
    // The settings may be another's.
    return lines.stream().map(PrintableText::harmless).toList();
  }

  /// {@return the same for programs: `settings` as in the file of the run, and `step` of its last
  /// checkpoint; none for a pipeline that is no run}
  ///
  /// @throws IOException if a file of the run cannot be read or is damaged
  public static @Nullable Map<String, @Nullable Object> json(RunDirectory run) throws IOException {
    if (!run.exists()) {
      return null;
    }
    return new JsonLine()
        .put("step", run.checkpointStep().orElse(0))
        .put("settings", new JsonLine().putAll(Files.readString(run.config())))
        .members();
  }

  /// What is known without reading a file that may be large, or gone.
  private static String size(DataSource source) throws IOException {
    return source instanceof DataSource.Embedded
        ? String.format(Locale.ROOT, ", %,d images", source.load().count())
        : "";
  }

  private static String objective(TrainingSettings settings) {
    LossKind loss = settings.get(Settings.LOSS);
    return "loss "
        + loss
        + (loss == LossKind.MIN_SNR ? ", gamma " + settings.get(Settings.MIN_SNR_GAMMA) : "")
        + ", timesteps "
        + settings.get(Settings.TIMESTEP_SAMPLING)
        + (settings.isConditional()
            ? ", a share of " + settings.get(Settings.LABEL_DROPOUT) + " without labels"
            : "");
  }

  private static String steps(Metrics metrics) {
    double[] losses = metrics.losses();
    int last = Math.min(LAST_STEPS, losses.length);
    double mean =
        Arrays.stream(losses, losses.length - last, losses.length).average().orElseThrow();
    long seconds = Math.round(Arrays.stream(metrics.milliseconds()).sum() / SECOND);
    int refused = metrics.refused().length;
    return String.format(
        Locale.ROOT,
        "took %d:%02d, mean loss of the last %d: %.4f%s",
        seconds / MINUTE,
        seconds % MINUTE,
        last,
        mean,
        refused == 0 ? "" : ", " + refused + " not applied");
  }
}
