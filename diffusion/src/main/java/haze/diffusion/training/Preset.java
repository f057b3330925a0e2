package haze.diffusion.training;

import haze.diffusion.pipeline.BetaSchedule;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.nn.unet.UNetConfig;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/// A network and a way to train it that go well together, by name.
///
/// @param name the name on the command line
/// @param network sizes and switches, for 28x28 images of one channel
/// @param scheduler noise schedule and sampler
/// @param settings how to train
public record Preset(
    String name, UNetConfig network, SchedulerConfig scheduler, TrainingSettings settings) {
  /// Handwritten digits in about ten minutes on two cores.
  public static final Preset MNIST =
      new Preset(
          "mnist",
          levels(1, List.of(32, 64, 64), OptionalInt.of(32), 1e-5),
          cosine(1000),
          new TrainingSettings(2400, 32, 16, 1e-3, 100, 800, 1, 0.998, true, 0, 1));

  /// A network for tests, trained in seconds; its samples are no digits.
  public static final Preset TINY =
      new Preset(
          "tiny",
          levels(1, List.of(8, 16), OptionalInt.of(8), 1e-5),
          cosine(20),
          new TrainingSettings(40, 16, 4, 2e-3, 0, 0, 1, 0.9, false, 0, 1));

  /// The reference workload R1 that speed is measured on: 3,939,393 parameters, DDPM's learning
  /// rate.
  public static final Preset REFERENCE =
      new Preset(
          "reference",
          levels(2, List.of(32, 64, 128), OptionalInt.empty(), 1e-6),
          SchedulerConfig.DDPM,
          new TrainingSettings(5000, 64, 16, 2e-4, 0, 0, 1, 0.999, false, 0, 1));

  private static final List<Preset> ALL = List.of(MNIST, TINY, REFERENCE);

  /// A U-Net with attention at the coarsest level and groups of a quarter of the finest level's
  /// channels.
  private static UNetConfig levels(
      int layers, List<Integer> channels, OptionalInt headDim, double eps) {
    int coarsest = channels.size() - 1;
    List<Boolean> down = channels.stream().map(_ -> false).collect(Collectors.toList());
    down.set(coarsest, true);
    List<Boolean> up = down.reversed();
    int groups = Math.min(8, channels.getFirst() / 2);
    return new UNetConfig(
        28,
        1,
        1,
        layers,
        channels,
        down,
        up,
        true,
        headDim,
        groups,
        eps,
        1,
        true,
        0,
        OptionalInt.empty());
  }

  /// A cosine schedule destroys a small picture more evenly over time than the linear one (Nichol
  /// and Dhariwal 2021).
  private static SchedulerConfig cosine(int timesteps) {
    return SchedulerConfig.DDPM.withTimesteps(timesteps).withBetaSchedule(BetaSchedule.COSINE);
  }

  /// The preset of a name.
  ///
  /// @param name the name
  /// @return the preset
  /// @throws IllegalArgumentException listing the names, if there is none of this one
  public static Preset named(String name) {
    return ALL.stream()
        .filter(preset -> preset.name.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown preset '"
                        + name
                        + "', expected one of "
                        + ALL.stream().map(Preset::name).collect(Collectors.joining(", "))));
  }
}
