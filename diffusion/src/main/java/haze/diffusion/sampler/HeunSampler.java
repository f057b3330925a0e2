package haze.diffusion.sampler;

import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.WeightedSum;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.diffusion.sampler.schedule.SigmaSchedule;
import haze.tensor.Tensor;
import java.util.List;
import java.util.function.IntFunction;

/// The differential equation of the process, solved to second order by looking ahead: Heun's method
/// (Karras et al. 2022, EDM, algorithm 1, without churn).
///
/// A step of [EulerSampler] tries where it would lead; the network is asked there too, and the step
/// is taken again in the mean of both directions:
///
/// ```
/// x~ = x + (sigma' - sigma) d,             d  = (x - x_0) / sigma
/// x' = x + (sigma' - sigma) (d + d') / 2,  d' = (x~ - x_0') / sigma'
/// ```
///
/// for a picture of full strength. Summed up, and in the images that the network is shown, where a
/// is the signal and s the noise:
///
/// ```
/// x' = (s' / s) x + a' (sigma' - sigma) / 2 (1 / sigma' - 2 / sigma) x_0
///    + a' (sigma - sigma') / (2 sigma') x_0'
/// ```
///
/// The last step, to the picture, is Euler's. So n steps ask the network 2n - 1 times. Equal to
/// diffusers' `HeunDiscreteScheduler` with the levels of [SigmaSchedule].
public final class HeunSampler implements Sampler {
  private final SamplingSchedule schedule;

  /// A sampler along a way.
  ///
  /// @param schedule the way, of a process that keeps the sum of the powers of signal and noise at
  ///   1
  public HeunSampler(SamplingSchedule schedule) {
    this.schedule = schedule;
  }

  @Override
  public SamplingSchedule schedule() {
    return schedule;
  }

  @Override
  public State step(int step, State from, Denoiser denoiser, IntFunction<Tensor> noise) {
    NoiseLevel level = schedule.level(step);
    NoiseLevel to = schedule.level(step + 1);
    Tensor x = from.xt();
    Tensor x0 = denoiser.at(x, level, schedule.timestep(step)).x0();
    Tensor tried = level.toLevel(x, x0, to);
    if (to.noise() == 0 || step == schedule.steps() - 1) {
      return new State(tried, List.of(x0));
    }
    Tensor ahead = denoiser.at(tried, to, schedule.timestep(step + 1)).x0();
    double half = to.signal() * (to.sigma() - level.sigma()) / 2;
    Tensor pictures =
        WeightedSum.of(half * (1 / to.sigma() - 2 / level.sigma()), x0, -half / to.sigma(), ahead);
    return new State(WeightedSum.of(to.noise() / level.noise(), x, 1, pictures), List.of(ahead));
  }
}
