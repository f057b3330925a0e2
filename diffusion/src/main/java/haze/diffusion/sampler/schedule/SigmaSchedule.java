package haze.diffusion.sampler.schedule;

import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.NoiseSchedule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The noise levels of the samplers that solve the differential equation of the process.
///
/// @param schedule the schedule that the network was trained with
/// @param timestepSpacing which timesteps are visited; does not matter for DPM-Solver++ if the
///   noise levels are chosen for themselves
/// @param stepsOffset moves leading timesteps up
/// @param sigmaSpacing whether the noise levels are those of timesteps
/// @param endsClean whether the last step arrives at the clean image (`"final_sigmas_type": "zero"`
///   in diffusers); or else at the least noise of the schedule (`"sigma_min"`)
/// @param highest the highest sigma that is visited, see [#STABLE]; infinite for any. Where the
///   spacing begins above it, all timesteps move down in proportion, and may lie between two of the
///   chain's
public record SigmaSchedule(
    NoiseSchedule schedule,
    TimestepSpacing timestepSpacing,
    int stepsOffset,
    SigmaSpacing sigmaSpacing,
    boolean endsClean,
    double highest) {
  /// `lambda = ln(signal / noise) = -5.1`, sigma 164: about where the linear schedule ends, at 157.
  ///
  /// An error of the predicted epsilon is one of the predicted `x_0` times sigma, and the sigma at
  /// the end of the cosine schedule of 1000 timesteps is 20291. At this level an image has 0.6 % of
  /// its amplitude left, so that pure noise stands in for it. (Diffusers' documentation recommends
  /// -5.1 as `lambda_min_clipped` for the cosine schedule.)
  public static final double STABLE = StrictMath.exp(5.1);

  /// What rounding may take from a whole timestep before it is cut to one.
  private static final double CUT_TOLERANCE = 1e-9;

  /// The levels without a highest one.
  public SigmaSchedule(
      NoiseSchedule schedule,
      TimestepSpacing timestepSpacing,
      int stepsOffset,
      SigmaSpacing sigmaSpacing,
      boolean endsClean) {
    this(schedule, timestepSpacing, stepsOffset, sigmaSpacing, endsClean, Double.POSITIVE_INFINITY);
  }

  /// {@return the levels of diffusers' `EulerDiscreteScheduler` and `HeunDiscreteScheduler`} Their
  /// timesteps may lie between two of the chain's.
  ///
  /// @param steps how many steps to take, 1..T
  /// @throws IllegalArgumentException if the number of steps is not in 1..T
  public SamplingSchedule euler(int steps) {
    return euler(steps, Double.NaN, Double.NaN);
  }

  /// {@return the levels of [#euler(int)] between given ones}
  ///
  /// @param steps how many steps to take, 1..T
  /// @param sigmaMin the last level of a spacing that chooses levels; NaN for that of the last
  ///   timestep
  /// @param sigmaMax its first; NaN for that of the first timestep
  /// @throws IllegalArgumentException if the number of steps is not in 1..T or the levels do not
  ///   fall
  public SamplingSchedule euler(int steps, double sigmaMin, double sigmaMax) {
    SigmaTable table = new SigmaTable(schedule);
    double[] timesteps =
        bounded(timestepSpacing.fractional(table.size(), steps, stepsOffset), table);
    double[] sigmas = Arrays.stream(timesteps).map(table::sigma).toArray();
    if (sigmaSpacing != SigmaSpacing.TIMESTEPS) {
      sigmas =
          sigmaSpacing.sigmas(
              steps,
              Double.isNaN(sigmaMin) ? sigmas[steps - 1] : sigmaMin,
              Double.isNaN(sigmaMax) ? sigmas[0] : sigmaMax);
      timesteps = Arrays.stream(sigmas).map(table::timestep).toArray();
    }
    List<NoiseLevel> levels = levels(sigmas, table);
    // Leading timesteps begin below T, where standard normal noise stands in for an image with
    // signal.
    double initialNoise = timestepSpacing == TimestepSpacing.LEADING ? 1 : levels.get(0).noise();
    return new SamplingSchedule(timesteps, levels, initialNoise);
  }

  /// {@return the levels of diffusers' `DPMSolverMultistepScheduler`} Timesteps are whole.
  ///
  /// @param steps how many steps to take, at least 1
  /// @param lambdaMin timesteps whose `ln(signal / noise)` is below are not visited by linspace and
  ///   trailing spacing, and leading goes by what is left; negative infinity for none
  /// @param rounded whether a chosen level's timestep is rounded to a whole one, not cut
  /// @throws IllegalArgumentException if there are not as many timesteps
  public SamplingSchedule dpmSolver(int steps, double lambdaMin, boolean rounded) {
    return dpmSolver(steps, lambdaMin, rounded, Double.NaN, Double.NaN);
  }

  /// {@return the levels of [#dpmSolver(int, double, boolean)] between given ones}
  ///
  /// @param sigmaMin the last level of a spacing that chooses levels; NaN for the schedule's lowest
  /// @param sigmaMax its first; NaN for the schedule's highest
  /// @throws IllegalArgumentException if there are not as many timesteps or the levels do not fall
  public SamplingSchedule dpmSolver(
      int steps, double lambdaMin, boolean rounded, double sigmaMin, double sigmaMax) {
    SigmaTable table = new SigmaTable(schedule);
    double[] timesteps;
    double[] sigmas;
    if (sigmaSpacing == SigmaSpacing.TIMESTEPS) {
      timesteps =
          bounded(
              timestepSpacing.beforeTheLast(
                  table.size(), table.countAbove(lambdaMin), steps, stepsOffset),
              table);
      sigmas = Arrays.stream(timesteps).map(table::sigma).toArray();
    } else {
      sigmas =
          sigmaSpacing.sigmas(
              steps,
              Double.isNaN(sigmaMin) ? table.min() : sigmaMin,
              Math.min(Double.isNaN(sigmaMax) ? table.max() : sigmaMax, highest));
      timesteps =
          Arrays.stream(sigmas)
              .map(table::timestep)
              .map(t -> rounded ? Math.rint(t) : Math.floor(t + CUT_TOLERANCE))
              .toArray();
    }
    return new SamplingSchedule(timesteps, levels(sigmas, table), 1);
  }

  /// The same timesteps, moved down in proportion if the first has a level above the highest.
  private double[] bounded(double[] timesteps, SigmaTable table) {
    double first = table.below(highest);
    if (timesteps[0] <= first) {
      return timesteps;
    }
    double share = first / timesteps[0];
    return Arrays.stream(timesteps).map(t -> t * share).toArray();
  }

  private List<NoiseLevel> levels(double[] sigmas, SigmaTable table) {
    List<NoiseLevel> levels = new ArrayList<>();
    for (double sigma : sigmas) {
      levels.add(NoiseLevel.ofSigma(sigma));
    }
    levels.add(endsClean ? NoiseLevel.CLEAN : NoiseLevel.ofSigma(table.min()));
    return levels;
  }
}
