package haze.diffusion.sampler;

import haze.diffusion.process.NoiseLevel;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.diffusion.sampler.schedule.SigmaSchedule;
import haze.tensor.Tensor;
import java.util.List;
import java.util.function.IntFunction;

/// The differential equation of the process, solved in straight steps: Euler's method, first order.
///
/// The images of the process have the same distributions as those that follow `dx = epsilon(x,
/// sigma) d sigma` for a picture of full strength (Karras et al. 2022, eq. 1 and 3), and as those
/// that follow `dx = (epsilon - x_0) ds` on the straight line of a rectified flow. A step of
/// Euler's method keeps the picture and the noise that the network sees and takes them to the next
/// noise level:
///
/// ```
/// x' = signal' x_0 + noise' epsilon
/// ```
///
/// With the levels of [SigmaSchedule] equal to diffusers' `EulerDiscreteScheduler`, whose images
/// are these times `sqrt(sigma^2 + 1)`; with those of [SamplingSchedule#flow] to its
/// `FlowMatchEulerDiscreteScheduler`.
public final class EulerSampler implements Sampler {
  private final SamplingSchedule schedule;

  /// A sampler along a way.
  ///
  /// @param schedule the way
  public EulerSampler(SamplingSchedule schedule) {
    this.schedule = schedule;
  }

  @Override
  public SamplingSchedule schedule() {
    return schedule;
  }

  @Override
  public State step(int step, State from, Denoiser denoiser, IntFunction<Tensor> noise) {
    NoiseLevel level = schedule.level(step);
    Tensor x0 = denoiser.at(from.xt(), level, schedule.timestep(step)).x0();
    return new State(level.toLevel(from.xt(), x0, schedule.level(step + 1)), List.of(x0));
  }
}
