package haze.diffusion.sampler;

import haze.diffusion.process.ForwardProcess;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.WeightedSum;
import haze.tensor.Tensor;
import java.util.Arrays;

/// The same trained network with less fresh noise, or none: DDIM (Song et al. 2021, "Denoising
/// Diffusion Implicit Models", eq. 12 and 16).
///
/// Training saw `q(x_t | x_0)` only, and many processes share it; one of them forgets nothing between
/// steps. A step from t to an earlier s guesses the picture, then puts back as much noise as `x_s` has,
/// mostly in the direction that the network found:
///
/// ```
/// x_0   = clip( (x_t - sqrt(1 - alphaBar_t) epsilon) / sqrt(alphaBar_t) )
/// sigma = eta sqrt( (1 - alphaBar_s) / (1 - alphaBar_t) ) sqrt( 1 - alphaBar_t / alphaBar_s )
/// x_s   = sqrt(alphaBar_s) x_0 + sqrt(1 - alphaBar_s - sigma^2) epsilon + sigma z,   z ~ N(0, I)
/// ```
///
/// With eta = 0 the picture is a function of `x_T`, smooth and nearly invertible, and some 50 steps do;
/// eta = 1 has the ancestral chain's variance. Equal to diffusers' `DDIMScheduler` for epsilon
/// prediction, also in this: s is `t - T / n`, rounded down, for every spacing, even where the next step
/// begins at another timestep (linspace, or n that does not divide T).
public final class DdimSampler implements Sampler {
  private final int[] timesteps;
  private final ForwardProcess forward;
  private final Options options;
  // By step.
  private final double[] x0Weights;
  private final double[] epsilonWeights;
  private final double[] sigmas;

  /// What may be chosen; the names are diffusers'.
  ///
  /// @param eta how much of the ancestral chain's noise is added, 0..1
  /// @param clip keeps the guess at the picture in range
  /// @param setAlphaToOne whether a step that reaches t = 0 or passes it arrives at the picture,
  ///     `alphaBar = 1`; or else at `x_1`, `alphaBar_1`
  /// @param useClippedModelOutput whether epsilon is computed anew from the clipped picture; or else
  ///     the network's own is put back
  public record Options(double eta, Clip clip, boolean setAlphaToOne,
      boolean useClippedModelOutput) {
    /// Diffusers' defaults: no noise, x0 clipped to [-1, 1].
    public static final Options DEFAULT = new Options(0, Clip.TO_DATA_RANGE, true, false);

    /// Checks eta.
    ///
    /// @throws IllegalArgumentException if eta is not in 0..1
    public Options {
      if (!(eta >= 0 && eta <= 1)) {
        throw new IllegalArgumentException("DDIM: eta " + eta + " is not in 0..1");
      }
    }
  }

  /// A sampler for a network that was trained with a schedule.
  ///
  /// @param schedule the schedule that the network was trained with
  /// @param timesteps the timesteps to visit, falling, each in 1..T; see [TimestepSpacing]
  /// @param options the rest
  /// @throws IllegalArgumentException if there are no timesteps or they do not fall within 1..T
  public DdimSampler(NoiseSchedule schedule, int[] timesteps, Options options) {
    int steps = timesteps.length;
    if (steps == 0) {
      throw new IllegalArgumentException("DDIM: no timesteps");
    }
    this.timesteps = timesteps.clone();
    this.forward = new ForwardProcess(schedule);
    this.options = options;
    this.x0Weights = new double[steps];
    this.epsilonWeights = new double[steps];
    this.sigmas = new double[steps];
    int stride = schedule.timesteps() / steps;
    double finalAlphaBar = options.setAlphaToOne() ? 1 : schedule.alphaBar(1);
    for (int i = 0; i < steps; i++) {
      int t = timesteps[i];
      if (t < 1 || t >= (i == 0 ? schedule.timesteps() + 1 : timesteps[i - 1])) {
        throw new IllegalArgumentException("DDIM: timesteps do not fall within 1.."
            + schedule.timesteps() + ": " + Arrays.toString(timesteps));
      }
      int s = t - stride;
      double alphaBarT = schedule.alphaBar(t);
      double alphaBarS = s >= 1 ? schedule.alphaBar(s) : finalAlphaBar;
      double sigma = options.eta() * Math.sqrt((1 - alphaBarS) / (1 - alphaBarT))
          * Math.sqrt(1 - alphaBarT / alphaBarS);
      x0Weights[i] = Math.sqrt(alphaBarS);
      // For eta = 1 the difference may be rounded to less than 0.
      epsilonWeights[i] = Math.sqrt(Math.max(0, 1 - alphaBarS - sigma * sigma));
      sigmas[i] = sigma;
    }
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
    int t = timesteps[step];
    Tensor x0 = options.clip().apply(forward.x0(xt, epsilon, t));
    Tensor direction = options.useClippedModelOutput() ? forward.epsilon(xt, x0, t) : epsilon;
    Tensor mean = WeightedSum.of(x0Weights[step], x0, epsilonWeights[step], direction);
    Tensor previous = needsNoise(step) ? WeightedSum.of(1, mean, sigmas[step], noise) : mean;
    return new Step(previous, x0);
  }
}
