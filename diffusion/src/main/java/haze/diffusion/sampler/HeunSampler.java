package haze.diffusion.sampler;

import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.WeightedSum;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.diffusion.sampler.schedule.SigmaSchedule;
import haze.tensor.Tensor;
import java.util.List;
import java.util.function.IntFunction;

/// Heun's method: the differential equation of the process, solved to second order by looking ahead
/// (Karras et al. 2022, EDM, algorithm 1, without churn).
///
/// The step of [EulerSampler] is a trial; the denoiser is evaluated there too, and the step is
/// taken again in the mean of both directions:
///
/// ```
/// x~ = x + (sigma' - sigma) d,             d  = (x - x_0) / sigma
/// x' = x + (sigma' - sigma) (d + d') / 2,  d' = (x~ - x_0') / sigma'
/// ```
///
/// for an image of full strength. Summed up, and for images of the process, where a is the signal
/// and s the noise:
///
/// ```
/// x' = (s' / s) x + a' (sigma' - sigma) / 2 (1 / sigma' - 2 / sigma) x_0
///    + a' (sigma - sigma') / (2 sigma') x_0'
/// ```
///
/// The last step, to the clean image, is Euler's, so n steps take 2n - 1 network evaluations. Equal
/// to diffusers' `HeunDiscreteScheduler` with the levels of [SigmaSchedule].
///
/// @param schedule the noise levels, of a process that keeps the sum of the powers of signal and
///   noise at 1
/// @param longest a step over which sigma falls by a larger factor is Euler's: the difference of
///   the two predictions counts `(sigma / sigma' - 1) / 2` times in the formula above, and with it
///   the network's error; infinite for none
public record HeunSampler(SamplingSchedule schedule, double longest) implements Sampler {
  /// The factor of [#longest] that keeps the error of few steps near that of Euler's method.
  public static final double STABLE_STEP = 12;

  /// Heun's method in every step.
  public HeunSampler(SamplingSchedule schedule) {
    this(schedule, Double.POSITIVE_INFINITY);
  }

  @Override
  public State step(int step, State from, Denoiser denoiser, IntFunction<Tensor> noise) {
    NoiseLevel level = schedule.level(step);
    NoiseLevel to = schedule.level(step + 1);
    Tensor x = from.xt();
    Tensor x0 = denoiser.at(x, level, schedule.timestep(step)).x0();
    Tensor trial = level.toLevel(x, x0, to);
    if (to.noise() == 0 || step == schedule.steps() - 1 || level.sigma() > longest * to.sigma()) {
      return new State(trial, List.of(x0));
    }
    Tensor ahead = denoiser.at(trial, to, schedule.timestep(step + 1)).x0();
    double half = to.signal() * (to.sigma() - level.sigma()) / 2;
    Tensor x0s =
        WeightedSum.of(half * (1 / to.sigma() - 2 / level.sigma()), x0, -half / to.sigma(), ahead);
    return new State(WeightedSum.of(to.noise() / level.noise(), x, 1, x0s), List.of(ahead));
  }
}
