package haze.diffusion.sampler;

import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.WeightedSum;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.diffusion.sampler.schedule.SigmaTable;
import haze.tensor.Tensor;
import java.util.List;
import java.util.function.IntFunction;

/// The midpoint method with its middle in `ln sigma`, as DPM-Solver-2 has it (Lu et al. 2022,
/// "DPM-Solver", algorithm 1, r = 1/2), for images of full strength: diffusers'
/// `KDPM2DiscreteScheduler` and `KDPM2AncestralDiscreteScheduler`.
///
/// A step goes half of its way, in the logarithm, and takes the direction that it finds there for
/// the whole one:
///
/// ```
/// sigma~ = sqrt(sigma sigma'),   x~ = x + (sigma~ - sigma) epsilon(x, sigma)
/// x'     = x + (sigma' - sigma) epsilon(x~, sigma~)
/// ```
///
/// With fresh noise the step goes to `sigma_down = sigma'^2 / sigma`, as in
/// [EulerAncestralSampler], whose middle is sigma'. The last step, to the clean image, is Euler's,
/// so n steps take 2n - 1 network evaluations.
///
/// @param schedule the noise levels
/// @param table the chain's noise levels, which give the network's timestep in the middle of a step
/// @param ancestral whether fresh noise is added
/// @param longest a step over which sigma falls by a larger factor is Euler's, see [HeunSampler]
public record Kdpm2Sampler(
    SamplingSchedule schedule, SigmaTable table, boolean ancestral, double longest)
    implements Sampler {
  @Override
  public State step(int step, State from, Denoiser denoiser, IntFunction<Tensor> noise) {
    NoiseLevel level = schedule.level(step);
    NoiseLevel to = schedule.level(step + 1);
    Tensor x = from.xt();
    Tensor x0 = denoiser.at(x, level, schedule.timestep(step)).x0();
    if (to.noise() == 0 || level.sigma() > longest * to.sigma()) {
      return new State(level.toLevel(x, x0, to), List.of(x0));
    }
    double ratio = to.sigma() / level.sigma();
    NoiseLevel down = ancestral ? NoiseLevel.ofSigma(to.sigma() * ratio) : to;
    NoiseLevel middle = NoiseLevel.ofSigma(Math.sqrt(level.sigma() * down.sigma()));
    Tensor trial = level.toLevel(x, x0, middle);
    Tensor ahead = denoiser.at(trial, middle, table.timestep(middle.sigma())).x0();
    double length = to.signal() * (down.sigma() - level.sigma());
    Tensor next =
        WeightedSum.of(to.signal() / level.signal(), x, length, middle.epsilon(trial, ahead));
    if (ancestral) {
      double up = to.sigma() * Math.sqrt(1 - ratio * ratio);
      next = WeightedSum.of(1, next, to.signal() * up, noise.apply(0));
    }
    return new State(next, List.of(ahead));
  }
}
