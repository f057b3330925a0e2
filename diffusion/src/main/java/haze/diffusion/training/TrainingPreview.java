package haze.diffusion.training;

import haze.diffusion.pipeline.NetworkDescription;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.pipeline.SchedulerDescription;
import haze.nn.ShardedStep;
import haze.nn.optim.LearningRateSchedule;
import haze.nn.unet.UNetConfig;
import haze.tensor.Workers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What a run would be: its network, memory and time, before anything is written.
///
/// @param network sizes and switches
/// @param scheduler the noise schedule, and what the network predicts
/// @param settings all settings of the run
/// @param parameters number of parameters
/// @param threads number of threads
/// @param imageBytes memory of one image's forward and backward pass, measured
/// @param stepSeconds time of a step, estimated from measured ones
/// @param measuredImages how many images the measured steps had
public record TrainingPreview(
    UNetConfig network,
    SchedulerConfig scheduler,
    TrainingSettings settings,
    long parameters,
    int threads,
    long imageBytes,
    double stepSeconds,
    int measuredImages) {
  /// The JVM compiles meanwhile: after so many steps nearly all loops are fast.
  private static final int MOST_STEPS = 100;

  /// In nanoseconds.
  private static final long PATIENCE = 5_000_000_000L;

  /// In seconds.
  private static final double SHORT_STEP = 20;

  private static final double GIGA = 1e9;
  private static final int MINUTE = 60;
  private static final int HOUR = 60 * MINUTE;

  /// Makes steps for some seconds, of which the fastest counts: of one image a thread, and of whole
  /// batches if those take no longer than some seconds. Writes nothing.
  ///
  /// @param request what the run is to be
  /// @param workers the threads, which the caller closes
  /// @throws IOException as for [TrainingRun#begin]
  public static TrainingPreview of(TrainingRequest request, Workers workers) throws IOException {
    RunDirectory.requireUnused(request.directory());
    TrainingPlan plan = TrainingPlan.of(request, workers);
    TrainingSettings settings = plan.settings();
    int threads = workers.threads();
    Trainer trainer =
        trainer(
            plan, settings.with(Settings.BATCH, threads).with(Settings.MICRO_BATCH, 0), 1, workers);
    // As a real beginning does: what is held out must be there, and fit.
    plan.validator(request.heldOut(), trainer, workers);
    trainer.warmUp(() -> false);
    double seconds = fastest(trainer);
    long imageBytes = trainer.imageBytes();
    int shard = Math.min(settings.get(Settings.SHARD), settings.get(Settings.BATCH));
    int measured = threads;
    double step =
        seconds
            * shard
            * Math.ceilDiv(settings.shards(), Math.min(threads, settings.shardsAtOnce()));
    if (step < SHORT_STEP) {
      step = fastest(trainer(plan, settings, settings.get(Settings.SHARD), workers));
      measured = settings.get(Settings.BATCH);
    }
    return new TrainingPreview(
        plan.network(),
        plan.scheduler(),
        settings,
        trainer.emaWeights().length,
        threads,
        imageBytes,
        step,
        measured);
  }

  private static Trainer trainer(
      TrainingPlan plan, TrainingSettings settings, int shard, Workers workers) {
    return new TrainingPlan(
            settings.with(Settings.SHARD, shard),
            plan.scheduler(),
            plan.network(),
            plan.data(),
            plan.clusters(),
            Optional.empty())
        .trainer(workers, ShardedStep::new);
  }

  /// The time of the fastest step in seconds.
  private static double fastest(Trainer trainer) {
    long start = System.nanoTime();
    double fastest = trainer.step().milliseconds();
    for (int step = 1; step < MOST_STEPS && System.nanoTime() - start < PATIENCE; step++) {
      fastest = Math.min(fastest, trainer.step().milliseconds());
    }
    return fastest / 1000;
  }

  private TrainingMemory memory() {
    return new TrainingMemory(settings, parameters, imageBytes, threads);
  }

  /// {@return the estimated memory of training, in bytes: weights, average, moments, gradients, and
  /// the passes that run at the same time}
  public long bytes() {
    return memory().bytes();
  }

  /// {@return what the run would be, for people}
  public List<String> lines() {
    List<String> lines = new ArrayList<>(NetworkDescription.lines(network));
    int steps = settings.get(Settings.STEPS);
    TrainingMemory memory = memory();
    lines.add(String.format(Locale.ROOT, "parameters  %,d", parameters));
    lines.add(
        String.format(
            Locale.ROOT,
            "training    %d steps of %d images, %d %s",
            steps,
            settings.get(Settings.BATCH),
            threads,
            threads == 1 ? "thread" : "threads"));
    lines.addAll(SchedulerDescription.lines(scheduler));
    lines.add("objective   " + RunDescription.objective(settings));
    LearningRateSchedule rate = LearningRateDecay.of(settings);
    lines.add(
        String.format(
            Locale.ROOT,
            "rate        %s, warm-up of %d steps, %.3g at most, %.3g halfway, %.3g at the last"
                + " step",
            settings.get(Settings.LR_SCHEDULE),
            settings.get(Settings.WARM_UP_STEPS),
            settings.get(Settings.LEARNING_RATE),
            rate.rate(Math.ceilDiv(steps, 2)),
            rate.rate(steps)));
    lines.add(
        String.format(
            Locale.ROOT,
            "memory      about %.2f GB: %.2f for weights, average and moments, %.2f for gradients,"
                + " %.2f for %d x %d images; the heap may have %.2f",
            memory.bytes() / GIGA,
            memory.weights() / GIGA,
            memory.gradients() / GIGA,
            memory.activations() / GIGA,
            memory.passes(),
            memory.shard(),
            Runtime.getRuntime().maxMemory() / GIGA));
    lines.add(
        String.format(
            Locale.ROOT,
            "time        about %.2f s a step, %s in all, from measured steps of %d images",
            stepSeconds,
            duration(stepSeconds * steps),
            measuredImages));
    long heap = Runtime.getRuntime().maxMemory();
    if (!memory.fits(heap)) {
      lines.add("warning     that does not fit: " + memory.remedy(heap, true));
    }
    if (settings.get(Settings.WARM_UP_STEPS) >= steps) {
      lines.add(
          "note        the warm-up ends after the run: its rate never comes to "
              + settings.get(Settings.LEARNING_RATE));
    }
    memory.idle().ifPresent(text -> lines.add("note        " + text));
    return lines;
  }

  private static String duration(double seconds) {
    if (seconds < MINUTE) {
      return String.format(Locale.ROOT, "%.0f s", seconds);
    }
    return seconds < HOUR
        ? String.format(Locale.ROOT, "%.0f min", seconds / MINUTE)
        : String.format(Locale.ROOT, "%.1f h", seconds / HOUR);
  }
}
