package haze.diffusion.sampler.schedule;

import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.NoiseSchedule;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The noise levels that a sampler visits: the level at which each step begins, and the timestep at
/// which the network is evaluated there.
public final class SamplingSchedule {
  /// How much the square of a root may be off.
  private static final double ROUNDING = 1e-14;

  private final double[] timesteps;
  private final List<NoiseLevel> levels;
  private final double initialNoise;

  /// @param timesteps the timestep at the beginning of each step, as networks count
  /// @param levels the noise level at the beginning of each step, and at last where the last one
  ///   arrives
  /// @param initialNoise the standard deviation of the noise that sampling begins with
  /// @throws IllegalArgumentException if there is no step, or not one level more than timesteps
  SamplingSchedule(double[] timesteps, List<NoiseLevel> levels, double initialNoise) {
    if (timesteps.length == 0 || levels.size() != timesteps.length + 1) {
      throw new IllegalArgumentException(
          "sampling schedule: "
              + timesteps.length
              + " timesteps and "
              + levels.size()
              + " noise levels, expected at least one and one level more");
    }
    this.timesteps = timesteps.clone();
    this.levels = List.copyOf(levels);
    this.initialNoise = initialNoise;
  }

  /// {@return the levels of some timesteps of a chain}
  ///
  /// @param schedule the schedule that the network was trained with
  /// @param timesteps the timesteps to visit, falling, each in 1..T; see [TimestepSpacing]
  /// @param end where the last step arrives
  /// @throws IllegalArgumentException if there are no timesteps or they do not fall within 1..T
  public static SamplingSchedule of(NoiseSchedule schedule, int[] timesteps, NoiseLevel end) {
    for (int i = 0; i < timesteps.length; i++) {
      int above = i == 0 ? schedule.timesteps() + 1 : timesteps[i - 1];
      if (timesteps[i] < 1 || timesteps[i] >= above) {
        throw new IllegalArgumentException(
            "sampling schedule: timesteps do not fall within 1.."
                + schedule.timesteps()
                + ": "
                + Arrays.toString(timesteps));
      }
    }
    List<NoiseLevel> levels =
        Stream.concat(
                Arrays.stream(timesteps).mapToObj(t -> NoiseLevel.ofAlphaBar(schedule.alphaBar(t))),
                Stream.of(end))
            .toList();
    return new SamplingSchedule(
        Arrays.stream(timesteps).mapToDouble(NoiseSchedule::modelTimestep).toArray(), levels, 1);
  }

  /// The levels of flow matching (diffusers' `FlowMatchEulerDiscreteScheduler`): even steps from
  /// pure noise, `s = 1`, to the first of the T training steps, `s = 1/T`, then the clean image. A
  /// shift above 1 takes smaller steps where there is much noise, `s' = shift s / (1 + (shift - 1)
  /// s)` (Esser et al. 2024, section 5.3.2). The network's timestep is `T s`.
  ///
  /// As in diffusers the shift is also applied to the end of the even steps, `1/T`.
  ///
  /// @param trained T
  /// @param steps how many steps to take, at least 1
  /// @param shift 1 for none, positive
  public static SamplingSchedule flow(int trained, int steps, double shift) {
    double last = shifted(1.0 / trained, shift);
    double[] s =
        IntStream.range(0, steps)
            .mapToDouble(i -> steps == 1 ? 1 : 1 + i * (last - 1) / (steps - 1))
            .map(even -> shifted(even, shift))
            .toArray();
    List<NoiseLevel> levels =
        Stream.concat(
                Arrays.stream(s).mapToObj(noise -> new NoiseLevel(1 - noise, noise)),
                Stream.of(NoiseLevel.CLEAN))
            .toList();
    return new SamplingSchedule(
        Arrays.stream(s).map(noise -> trained * noise).toArray(), levels, 1);
  }

  private static double shifted(double s, double shift) {
    return shift * s / (1 + (shift - 1) * s);
  }

  /// {@return the same levels, at timesteps that are rounded to whole ones}
  public SamplingSchedule withWholeTimesteps() {
    return new SamplingSchedule(
        Arrays.stream(timesteps).map(Math::rint).toArray(), levels, initialNoise);
  }

  /// {@return the number of steps, at least 1}
  public int steps() {
    return timesteps.length;
  }

  /// {@return the timestep at the beginning of a step, as networks count: 0..T-1, perhaps
  /// fractional; 0..T for flow matching}
  ///
  /// @param step which step, from 0 (noise) to `steps() - 1`
  public double timestep(int step) {
    return timesteps[step];
  }

  /// {@return the noise level at which a step begins}
  ///
  /// @param step which step, from 0 (noise) to `steps()`, the finished sample
  public NoiseLevel level(int step) {
    return levels.get(step);
  }

  /// {@return the standard deviation of the noise that sampling begins with: 1, or the noise of the
  /// first level}
  public double initialNoise() {
    return initialNoise;
  }

  /// {@return the last step at whose beginning the noise has at least a given power; 0 if there is
  /// none} The noise level of a timestep that is visited finds its own step, whatever is rounded.
  ///
  /// @param noise the share of the noise in the power, 0..1
  public int stepAt(double noise) {
    for (int i = steps() - 1; i > 0; i--) {
      NoiseLevel level = levels.get(i);
      if (level.noise() * level.noise() >= noise - ROUNDING) {
        return i;
      }
    }
    return 0;
  }

  @Override
  public String toString() {
    return "SamplingSchedule["
        + steps()
        + " steps, timesteps "
        + timesteps[0]
        + " to "
        + timesteps[steps() - 1]
        + "]";
  }
}
