package haze.diffusion.sampler;

import haze.diffusion.process.NoiseLevel;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.diffusion.sampler.schedule.SigmaSchedule;
import haze.tensor.Tensor;
import java.util.List;
import java.util.function.IntFunction;

/// Euler's method: the differential equation of the process, solved to first order.
///
/// The images of the process have the same distributions as those that follow `dx = epsilon(x,
/// sigma) d sigma` for an image of full strength (Karras et al. 2022, eq. 1 and 3), and as those
/// that follow `dx = (epsilon - x_0) ds` on the straight line of a rectified flow. A step keeps the
/// predicted `x_0` and epsilon and takes them to the next noise level:
///
/// ```
/// x' = signal' x_0 + noise' epsilon
/// ```
///
/// With the levels of [SigmaSchedule] equal to diffusers' `EulerDiscreteScheduler`, whose images
/// are these times `sqrt(sigma^2 + 1)`; with those of [SamplingSchedule#flow] to its
/// `FlowMatchEulerDiscreteScheduler`.
///
/// @param schedule the noise levels
public record EulerSampler(SamplingSchedule schedule) implements Sampler {
  @Override
  public State step(int step, State from, Denoiser denoiser, IntFunction<Tensor> noise) {
    NoiseLevel level = schedule.level(step);
    Tensor x0 = denoiser.at(from.xt(), level, schedule.timestep(step)).x0();
    return new State(level.toLevel(from.xt(), x0, schedule.level(step + 1)), List.of(x0));
  }
}
