package haze.diffusion.sampler;

import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Posterior;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.process.WeightedSum;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import haze.tensor.Tensor;
import java.util.List;
import java.util.function.IntFunction;

/// The learned Markov chain itself: DDPM's sampler (Ho et al. 2020, algorithm 2).
///
/// A step predicts `x_0` and draws from the posterior with the prediction in its place:
///
/// ```
/// x_0     = clip( (x_t - sqrt(1 - alphaBar_t) epsilon) / sqrt(alphaBar_t) )
/// x_{t-1} = posterior mean(x_0, x_t) + sigma_t z,     z ~ N(0, I) if t > 1, else z = 0
/// ```
///
/// Without the clip this is the algorithm's own line `(x_t - beta_t / sqrt(1 - alphaBar_t) epsilon)
/// / sqrt(alpha_t) + sigma_t z`. With fewer steps than T the chain is the respaced one,
/// [NoiseSchedule#respaced]; the network is evaluated at the original timestep. Equal to diffusers'
/// `DDPMScheduler`, also in this: where the last timestep to be visited is above 1 (trailing
/// spacing, an offset), [ReverseVariance#FIXED_LARGE] leaves noise in the sample;
/// [ReverseVariance#FIXED_SMALL] never does.
public final class AncestralSampler implements Sampler {
  /// Diffusers' least variance, so that its logarithm is finite where the posterior's is 0.
  private static final double LEAST_VARIANCE = 1e-20;

  private final SamplingSchedule schedule;
  private final int[] timesteps;
  private final NoiseSchedule respaced;
  private final Posterior posterior;
  private final ReverseVariance variance;

  /// A sampler for a network that was trained with a schedule.
  ///
  /// @param noiseSchedule the schedule that the network was trained with
  /// @param timesteps the timesteps to visit, falling, each in 1..T; see [TimestepSpacing]
  /// @param variance how much noise a step adds
  /// @throws IllegalArgumentException if there are no timesteps or they do not fall within 1..T
  public AncestralSampler(NoiseSchedule noiseSchedule, int[] timesteps, ReverseVariance variance) {
    this.schedule = SamplingSchedule.of(noiseSchedule, timesteps, NoiseLevel.CLEAN);
    this.timesteps = timesteps.clone();
    int[] rising = new int[timesteps.length];
    for (int i = 0; i < rising.length; i++) {
      rising[i] = timesteps[rising.length - 1 - i];
    }
    this.respaced = noiseSchedule.respaced(rising);
    this.posterior = new Posterior(respaced);
    this.variance = variance;
  }

  @Override
  public SamplingSchedule schedule() {
    return schedule;
  }

  @Override
  public State step(int step, State from, Denoiser denoiser, IntFunction<Tensor> noise) {
    // The last timestep of the respaced chain is the first to be visited.
    int t = timesteps.length - step;
    Tensor xt = from.xt();
    Denoised denoised = denoiser.at(xt, schedule.level(step), schedule.timestep(step));
    Tensor mean = posterior.mean(denoised.x0(), xt, t);
    Tensor next = timesteps[step] > 1 ? noisy(mean, t, denoised, noise) : mean;
    return new State(next, List.of(denoised.x0()));
  }

  private Tensor noisy(Tensor mean, int t, Denoised denoised, IntFunction<Tensor> noise) {
    if (variance != ReverseVariance.LEARNED_RANGE) {
      double sigma = Math.sqrt(variance.at(t, respaced));
      return sigma == 0 ? mean : WeightedSum.of(1, mean, sigma, noise.apply(0));
    }
    return learned(
        mean,
        t,
        denoised
            .variance()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "ancestral step: the network's output for "
                            + mean.shape()
                            + " has no learned variance, expected twice the channels")),
        noise.apply(0));
  }

  /// Nichol & Dhariwal 2021, eq. 15, with the network's f from -1 to 1.
  private Tensor learned(Tensor mean, int t, Tensor output, Tensor noise) {
    double large = StrictMath.log(respaced.beta(t));
    double small = StrictMath.log(Math.max(posterior.variance(t), LEAST_VARIANCE));
    float[] next = mean.toArray();
    for (int i = 0; i < next.length; i++) {
      double share = (output.data()[output.offset() + i] + 1) / 2;
      double sigma = StrictMath.exp((share * large + (1 - share) * small) / 2);
      next[i] += (float) (sigma * noise.data()[noise.offset() + i]);
    }
    return Tensor.of(mean.shape(), next);
  }

  @Override
  public String toString() {
    return "AncestralSampler[" + schedule + ", variance " + variance + "]";
  }
}
