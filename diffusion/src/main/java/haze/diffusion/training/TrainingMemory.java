package haze.diffusion.training;

import static haze.diffusion.io.Quantities.counted;

import haze.nn.ShardedStep;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The memory that training takes, estimated, and what would take less.
///
/// @param settings all settings of the run
/// @param parameters number of parameters
/// @param imageBytes memory of one image's forward and backward pass, measured
/// @param threads number of threads
record TrainingMemory(TrainingSettings settings, long parameters, long imageBytes, int threads) {
  /// Weights, their average, and the two moments of the optimizer.
  private static final int ARRAYS = 4;

  /// What the heap should have beyond the estimate: images, samples, checkpoints.
  private static final double RESERVE = 1.2;

  private static final double GIGA = 1e9;
  private static final double GIBIBYTE = 1L << 30;

  /// {@return memory of weights, averages and moments, in bytes}
  long weights() {
    int averages = settings.get(Settings.EMA_SNAPSHOTS) > 0 ? EmaSnapshots.LENGTHS.size() : 0;
    return (ARRAYS + averages) * parameters * Float.BYTES;
  }

  /// {@return memory of the gradients, in bytes: of the shards that are computed at the same time,
  /// and of their sum}
  long gradients() {
    return ShardedStep.gradients(settings.shards(), passes()) * parameters * Float.BYTES;
  }

  /// {@return images of a shard}
  int shard() {
    return Math.min(settings.get(Settings.SHARD), settings.get(Settings.BATCH));
  }

  /// {@return the passes that run at the same time}
  int passes() {
    return Math.min(threads, settings.shardsAtOnce());
  }

  /// {@return memory of the passes that run at the same time, in bytes}
  long activations() {
    return imageBytes * shard() * passes();
  }

  /// {@return all of it, in bytes}
  long bytes() {
    return weights() + gradients() + activations();
  }

  boolean fits(long heap) {
    return RESERVE * bytes() <= heap;
  }

  /// {@return that some threads have no shard to work on, and what gives them one; empty if all
  /// have}
  Optional<String> idle() {
    if (passes() == threads) {
      return Optional.empty();
    }
    int batch = settings.get(Settings.BATCH);
    boolean cut = settings.shardsAtOnce() < settings.shards();
    String remedy =
        cut
            ? "a larger --micro-batch is faster"
            : batch < threads
                ? "a larger --batch takes no longer"
                : "--shard " + batch / threads + " is faster, a larger --batch takes no longer";
    return Optional.of(
        String.format(
            Locale.ROOT,
            "a %s is %s of %s, a thread each: %d of %d threads idle; %s",
            cut ? "micro-batch" : "batch",
            counted(passes(), "shard"),
            counted(shard(), "image"),
            threads - passes(),
            threads,
            remedy));
  }

  /// {@return what takes less memory, and how much the heap needs as it is}
  ///
  /// @param heap its limit, in bytes
  /// @param begins whether the run is a new one, whose shards may be others
  String remedy(long heap, boolean begins) {
    // Where the estimate fits and the heap was full all the same, the estimate was too low.
    double need = fits(heap) ? 2.0 * heap : RESERVE * bytes();
    String larger =
        String.format(
            Locale.ROOT,
            "set the environment variable JDK_JAVA_OPTIONS=-Xmx%dg, where the machine has more"
                + " memory than that",
            (int) Math.ceil(need / GIBIBYTE));
    return smaller(begins).stream()
        .filter(option -> option.memory.fits(heap) && option.memory.bytes() < bytes())
        .findFirst()
        .map(
            option ->
                String.format(
                    Locale.ROOT,
                    "%s takes about %.2f GB; or %s",
                    option.text,
                    option.memory.bytes() / GIGA,
                    larger))
        .orElse(larger);
  }

  private record Smaller(String text, TrainingMemory memory) {}

  /// What takes less memory, what costs least first.
  private List<Smaller> smaller(boolean begins) {
    List<Smaller> options = new ArrayList<>();
    add(options, shard(), threads);
    add(options, shard(), 1);
    for (int shard = shard() / 2; begins && shard > 0; shard /= 2) {
      add(options, shard, threads);
      add(options, shard, 1);
    }
    return options;
  }

  private void add(List<Smaller> options, int shard, int some) {
    int images = Math.min(some * shard, settings.get(Settings.BATCH));
    TrainingSettings less = settings.with(Settings.SHARD, shard).with(Settings.MICRO_BATCH, images);
    options.add(
        new Smaller(
            "--micro-batch "
                + images
                + (shard < shard() ? " --shard " + shard : "")
                + (some < threads ? " --threads " + some : ""),
            new TrainingMemory(less, parameters, imageBytes, some)));
  }
}
