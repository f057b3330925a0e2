package haze.diffusion.sampler;

import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.WeightedSum;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// DDIM: the same trained network with less fresh noise, or none (Song et al. 2021, "Denoising
/// Diffusion Implicit Models", eq. 12 and 16).
///
/// Training saw `q(x_t | x_0)` only, and many processes share it; one of them forgets nothing
/// between steps. A step from t to an earlier s predicts `x_0`, then puts back as much noise as
/// `x_s` has, mostly the predicted epsilon:
///
/// ```
/// x_0   = clip( (x_t - sqrt(1 - alphaBar_t) epsilon) / sqrt(alphaBar_t) )
/// sigma = eta sqrt( (1 - alphaBar_s) / (1 - alphaBar_t) ) sqrt( 1 - alphaBar_t / alphaBar_s )
/// x_s   = sqrt(alphaBar_s) x_0 + sqrt(1 - alphaBar_s - sigma^2) epsilon + sigma z,   z ~ N(0, I)
/// ```
///
/// With eta = 0 the sample is a function of `x_T`, smooth and nearly invertible, and some 50 steps
/// do; eta = 1 has the ancestral chain's variance. A step arrives where the next begins, or, as in
/// diffusers' `DDIMScheduler`, [a fixed stride][#withStride] below where it begins itself.
public final class DdimSampler implements Sampler {
  private final SamplingSchedule schedule;
  private final Options options;

  /// Where each step arrives, and how much of its noise is fresh.
  private final List<NoiseLevel> arrivals;

  private final double[] sigmas;

  /// What may be chosen; the names are diffusers'.
  ///
  /// @param eta how much of the ancestral chain's noise is added, 0..1
  /// @param setAlphaToOne whether a step that reaches t = 0 or passes it arrives at the clean
  ///   image, `alphaBar = 1`; or else at `x_1`, `alphaBar_1`
  /// @param useClippedModelOutput whether epsilon is computed anew from the clipped `x_0`; or else
  ///   the network's own is put back
  public record Options(double eta, boolean setAlphaToOne, boolean useClippedModelOutput) {
    /// Diffusers' defaults: no noise.
    public static final Options DEFAULT = new Options(0, true, false);

    /// @throws IllegalArgumentException if eta is not in 0..1
    public Options {
      if (!(eta >= 0 && eta <= 1)) {
        throw new IllegalArgumentException("DDIM: eta " + eta + " is not in 0..1");
      }
    }

    private NoiseLevel end(NoiseSchedule schedule) {
      return setAlphaToOne ? NoiseLevel.CLEAN : NoiseLevel.ofAlphaBar(schedule.alphaBar(1));
    }
  }

  /// A sampler for a network that was trained with a schedule.
  ///
  /// @param noiseSchedule the schedule that the network was trained with
  /// @param timesteps the timesteps to visit, falling, each in 1..T; see [TimestepSpacing]
  /// @param options the rest
  /// @throws IllegalArgumentException if there are no timesteps or they do not fall within 1..T
  public DdimSampler(NoiseSchedule noiseSchedule, int[] timesteps, Options options) {
    this(SamplingSchedule.of(noiseSchedule, timesteps, options.end(noiseSchedule)), options);
  }

  /// A sampler that visits given noise levels.
  ///
  /// @param schedule the noise levels, of a process that keeps the sum of the powers of signal and
  ///   noise at 1; the last is that of the samples, whatever the options say of it
  public DdimSampler(SamplingSchedule schedule, Options options) {
    this(
        schedule,
        options,
        IntStream.rangeClosed(1, schedule.steps()).mapToObj(schedule::level).toList());
  }

  /// {@return diffusers' `DDIMScheduler` to the letter} A step from t arrives at `t - T / n`,
  /// rounded down, for every spacing, even where the next step begins at another timestep
  /// (linspace, or n that does not divide T).
  ///
  /// @param noiseSchedule the schedule that the network was trained with
  /// @param timesteps the timesteps to visit, falling, each in 1..T
  /// @throws IllegalArgumentException if there are no timesteps or they do not fall within 1..T
  public static DdimSampler withStride(
      NoiseSchedule noiseSchedule, int[] timesteps, Options options) {
    NoiseLevel end = options.end(noiseSchedule);
    int stride = noiseSchedule.timesteps() / Math.max(1, timesteps.length);
    List<NoiseLevel> arrivals = new ArrayList<>();
    for (int t : timesteps) {
      int s = t - stride;
      arrivals.add(s >= 1 ? NoiseLevel.ofAlphaBar(noiseSchedule.alphaBar(s)) : end);
    }
    return new DdimSampler(
        SamplingSchedule.of(
            noiseSchedule, timesteps, timesteps.length == 0 ? end : arrivals.getLast()),
        options,
        arrivals);
  }

  private DdimSampler(SamplingSchedule schedule, Options options, List<NoiseLevel> arrivals) {
    this.schedule = schedule;
    this.options = options;
    this.arrivals = List.copyOf(arrivals);
    this.sigmas = new double[schedule.steps()];
    for (int i = 0; i < sigmas.length; i++) {
      double alphaBarT = schedule.level(i).alphaBar();
      double alphaBarS = arrivals.get(i).alphaBar();
      sigmas[i] =
          options.eta()
              * arrivals.get(i).noise()
              / schedule.level(i).noise()
              * Math.sqrt(1 - alphaBarT / alphaBarS);
    }
  }

  @Override
  public SamplingSchedule schedule() {
    return schedule;
  }

  @Override
  public State step(int step, State from, Denoiser denoiser, IntFunction<Tensor> noise) {
    NoiseLevel level = schedule.level(step);
    Tensor xt = from.xt();
    Denoised denoised = denoiser.at(xt, level, schedule.timestep(step));
    Tensor x0 = denoised.x0();
    Tensor epsilon = options.useClippedModelOutput() ? epsilon(xt, x0, level) : denoised.epsilon();
    NoiseLevel to = arrivals.get(step);
    double sigma = sigmas[step];
    // For eta = 1 the difference may be rounded to less than 0.
    double direction = Math.sqrt(Math.max(0, to.noise() * to.noise() - sigma * sigma));
    Tensor mean = WeightedSum.of(to.signal(), x0, direction, epsilon);
    Tensor next = sigma > 0 ? WeightedSum.of(1, mean, sigma, noise.apply(0)) : mean;
    return new State(next, List.of(x0));
  }

  /// The noise that is in an image beside a clean one.
  private static Tensor epsilon(Tensor xt, Tensor x0, NoiseLevel level) {
    return WeightedSum.of(
        Prediction.X0.epsilonFromXt(level.alphaBar()),
        xt,
        Prediction.X0.epsilonFromOutput(level.alphaBar()),
        x0);
  }

  @Override
  public String toString() {
    return "DdimSampler[" + schedule + ", " + options + "]";
  }
}
