package haze.diffusion.training;

import haze.diffusion.data.ImageDataset;
import haze.nn.unet.ImageSize;
import haze.nn.unet.UNetConfig;
import haze.nn.unet.UNetSwitch;
import haze.tensor.Shape;
import haze.tensor.Workers;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Trains a miniature of a run's network for a few steps, on a thread of its own, so that the JVM
/// compiles the loops while the run is made ready.
///
/// Until a loop is compiled its vectors are objects, and a step takes a hundred times as long. The
/// miniature has the blocks of the network, but few channels and few pixels: it calls every loop,
/// and is soon through each. Data, weights and random numbers are its own, so that nothing but the
/// time of the run's first steps depends on it.
final class Miniature implements AutoCloseable {
  /// Channels of a level, if it has more: a whole panel of the matrix product's tiles.
  private static final int CHANNELS = 64;

  /// Least side of the coarsest level, in pixels.
  private static final int COARSEST = 3;

  /// After these nearly everything is compiled; the next one changes little.
  private static final int STEPS = 4;

  private static final int NANOSECONDS = 1_000_000;

  private final Thread thread;
  private volatile boolean closed;
  private volatile @Nullable Throwable failure;

  private Miniature(TrainingPlan plan) {
    thread = Thread.ofPlatform().daemon().name("haze-miniature").unstarted(() -> run(plan));
  }

  /// Begins.
  static Miniature start(TrainingPlan plan) {
    Miniature miniature = new Miniature(plan);
    miniature.thread.start();
    return miniature;
  }

  /// Waits for the last step.
  ///
  /// @param stop whether to end before that, asked again and again
  void await(BooleanSupplier stop) {
    while (thread.isAlive()) {
      if (stop.getAsBoolean()) {
        closed = true;
      }
      LockSupport.parkNanos(NANOSECONDS);
    }
    switch (failure) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    }
  }

  /// Ends it after the current step.
  @Override
  public void close() {
    closed = true;
  }

  private void run(TrainingPlan plan) {
    try (Workers workers = new Workers(1)) {
      Trainer trainer = of(plan).trainer(workers);
      for (int step = 0; step < STEPS && !closed; step++) {
        trainer.step();
      }
    } catch (RuntimeException | Error e) {
      failure = e;
    }
  }

  /// {@return the same in small: steps of one grey image of its own}
  static TrainingPlan of(TrainingPlan plan) {
    UNetConfig network = network(plan.network(), plan.data().imageShape());
    ImageSize size = network.sampleSize().orElseThrow();
    Shape image = Shape.of(size.height(), size.width(), network.inChannels());
    int[] labels = new int[plan.settings().isConditional() ? 1 : 0];
    return new TrainingPlan(
        plan.settings()
            .with(Settings.BATCH, 1)
            .with(Settings.SHARD, 1)
            .with(Settings.MICRO_BATCH, 0)
            .with(Settings.EMA_SNAPSHOTS, 0),
        plan.scheduler(),
        network,
        ImageDataset.of(new float[image.size()], image, labels),
        Optional.empty());
  }

  private static UNetConfig network(UNetConfig network, Shape image) {
    int[] channels =
        network.blockOutChannels().stream().mapToInt(count -> channels(network, count)).toArray();
    // One class, and none.
    OptionalInt labels =
        network.numClassEmbeds().isPresent() ? OptionalInt.of(2) : OptionalInt.empty();
    return network.toBuilder()
        .size(side(network, image.dim(0)), side(network, image.dim(1)))
        .channels(channels)
        .labels(labels)
        .build();
  }

  /// Fewer channels, if groups, heads and the embedding of time allow that.
  private static int channels(UNetConfig network, int count) {
    boolean may =
        CHANNELS % network.normNumGroups().orElse(1) == 0
            && CHANNELS % network.get(UNetSwitch.ATTN_NORM_NUM_GROUPS).orElse(1) == 0
            && network.attentionHeadDim().orElse(1) <= CHANNELS
            && network.freqShift() < CHANNELS / 2;
    return may ? Math.min(count, CHANNELS) : count;
  }

  /// Height or width: every level is to have some pixels.
  private static int side(UNetConfig network, int side) {
    int multiple = network.imageMultiple();
    int least = COARSEST << (network.blockOutChannels().size() - 1);
    return Math.min(side, Math.ceilDiv(least, multiple) * multiple);
  }
}
