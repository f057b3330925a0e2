package haze.diffusion.sampler;

import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.WeightedSum;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.tensor.Tensor;
import java.util.List;
import java.util.function.IntFunction;

// @start region="sampler"
/// Euler's method with fresh noise: the step goes to a lower level than the next one, and noise is
/// added up to that (diffusers' `EulerAncestralDiscreteScheduler`).
///
/// @param schedule the noise levels
public record EulerAncestralSampler(SamplingSchedule schedule) implements Sampler {
  @Override
  public State step(int step, State from, Denoiser denoiser, IntFunction<Tensor> noise) {
    NoiseLevel level = schedule.level(step);
    NoiseLevel to = schedule.level(step + 1);
    // sigma_down = sigma'^2 / sigma,   sigma_up^2 = sigma'^2 - sigma_down^2
    double ratio = to.sigma() / level.sigma();
    double up = to.sigma() * Math.sqrt(1 - ratio * ratio);
    NoiseLevel down = NoiseLevel.ofSigma(to.sigma() * ratio);
    Tensor x0 = denoiser.at(from.xt(), level, schedule.timestep(step)).x0();
    Tensor x = level.toLevel(from.xt(), x0, down);
    Tensor next =
        up == 0
            ? x
            : WeightedSum.of(to.signal() / down.signal(), x, to.signal() * up, noise.apply(0));
    return new State(next, List.of(x0));
  }
}
// @end
