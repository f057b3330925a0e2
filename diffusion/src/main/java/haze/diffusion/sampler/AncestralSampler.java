package haze.diffusion.sampler;

import haze.diffusion.process.ForwardProcess;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Posterior;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.process.WeightedSum;
import haze.tensor.Tensor;

/// The learned Markov chain, walked as it was trained: DDPM's sampler (Ho et al. 2020, algorithm 2).
///
/// A step guesses the picture from the network's epsilon and draws from the posterior as if the guess
/// were true:
///
/// ```
/// x_0     = clip( (x_t - sqrt(1 - alphaBar_t) epsilon) / sqrt(alphaBar_t) )
/// x_{t-1} = posterior mean(x_0, x_t) + sigma_t z,     z ~ N(0, I) if t > 1, else z = 0
/// ```
///
/// Without the clip this is the algorithm's own line
/// `(x_t - beta_t / sqrt(1 - alphaBar_t) epsilon) / sqrt(alpha_t) + sigma_t z`. With fewer steps than T
/// the chain is the respaced one, [NoiseSchedule#respaced]; the network is told the original timestep.
/// Equal to diffusers' `DDPMScheduler` for epsilon prediction, also in this: where the last timestep to
/// be visited is above 1 (trailing spacing, an offset), [ReverseVariance#FIXED_LARGE] leaves noise in the
/// finished picture; [ReverseVariance#FIXED_SMALL] never does.
public final class AncestralSampler implements Sampler {
  private final int[] timesteps;
  private final ForwardProcess forward;
  private final Posterior posterior;
  private final Clip clip;
  // sigma by step; 0 where no noise is added.
  private final double[] sigmas;

  /// A sampler of the chain that adds noise by a schedule.
  ///
  /// @param schedule the schedule that the network was trained with
  /// @param timesteps the timesteps to visit, falling, each in 1..T; see [TimestepSpacing]
  /// @param variance how much noise a step adds
  /// @param clip keeps the guess at the picture in range
  /// @throws IllegalArgumentException if there are no timesteps or they do not fall within 1..T
  public AncestralSampler(NoiseSchedule schedule, int[] timesteps, ReverseVariance variance,
      Clip clip) {
    int steps = timesteps.length;
    int[] rising = new int[steps];
    for (int i = 0; i < steps; i++) {
      rising[i] = timesteps[steps - 1 - i];
    }
    NoiseSchedule respaced = schedule.respaced(rising);
    this.timesteps = timesteps.clone();
    this.forward = new ForwardProcess(respaced);
    this.posterior = new Posterior(respaced);
    this.clip = clip;
    this.sigmas = new double[steps];
    for (int i = 0; i < steps; i++) {
      sigmas[i] = timesteps[i] > 1 ? Math.sqrt(variance.at(respacedTimestep(i), respaced)) : 0;
    }
  }

  /// The timestep in the respaced chain, whose last is the first to be visited.
  private int respacedTimestep(int step) {
    return timesteps.length - step;
  }

  @Override
  public int steps() {
    return timesteps.length;
  }

  @Override
  public int timestep(int step) {
    return timesteps[step];
  }

  @Override
  public boolean needsNoise(int step) {
    return sigmas[step] > 0;
  }

  @Override
  public Step step(int step, Tensor xt, Tensor epsilon, Tensor noise) {
    int t = respacedTimestep(step);
    Tensor x0 = clip.apply(forward.x0(xt, epsilon, t));
    Tensor mean = posterior.mean(x0, xt, t);
    Tensor previous = needsNoise(step) ? WeightedSum.of(1, mean, sigmas[step], noise) : mean;
    return new Step(previous, x0);
  }
}
