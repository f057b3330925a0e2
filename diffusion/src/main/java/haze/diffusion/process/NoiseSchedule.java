package haze.diffusion.process;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntToDoubleFunction;

/// How much noise each step of the forward chain adds: the variances `beta_1 .. beta_T`, and what
/// follows from them alone.
///
/// ```
/// alpha_t    = 1 - beta_t                              the share of the power that step t keeps
/// alphaBar_t = alpha_1 alpha_2 ... alpha_t             the share that is left after t steps
/// ```
///
/// (Ho et al. 2020, section 2). `alphaBar` falls from `alphaBar_0 = 1`, the image, to nearly 0 at
/// T; to 0 itself only with `beta_T = 1`, see [#withZeroTerminalSnr]. All tables are `double`;
/// immutable.
public final class NoiseSchedule {
  /// The schedule of Ho et al. 2020, section 4, is given for this T.
  private static final double HO_TIMESTEPS = 1000;

  /// The first beta of the linear schedule with T = 1000 (Ho et al. 2020, section 4).
  public static final double BETA_START = 1e-4;

  /// Its last beta.
  public static final double BETA_END = 0.02;

  /// Nichol & Dhariwal 2021, "Improved Denoising Diffusion Probabilistic Models", section 3.2:
  /// keeps the first betas from being too small to matter beside the quantisation of the pixels.
  private static final double COSINE_OFFSET = 0.008;

  /// The same section: keeps the last steps from removing all signal at once.
  private static final double MAX_BETA = 0.999;

  /// Jabri et al. 2022, "Scalable Adaptive Computation for Iterative Generation", and
  /// lucidrains/denoising-diffusion-pytorch: the part of the sigmoid that is used.
  private static final double JABRI_RANGE = 3;

  /// The part of the sigmoid that diffusers uses (after Xu et al. 2022, GeoDiff).
  private static final double GEODIFF_RANGE = 6;

  /// Diffusers' `alpha_transform_type` "exp": alphaBar falls to e^-12.
  private static final double EXPONENTIAL_RATE = 12;

  /// Keeps diffusers' Laplace schedule finite at both ends.
  private static final double LAPLACE_OFFSET = 1e-6;

  /// The logarithm of the signal-to-noise ratio where [#logSnr] begins and ends.
  private static final double LOG_SNR_START = 13.3;

  private static final double LOG_SNR_END = -7;

  // Index t; betas[0] is unused, alphaBars[0] is 1.
  private final double[] betas;
  private final double[] alphaBars;

  private NoiseSchedule(double[] betas, double[] alphaBars) {
    this.betas = betas;
    this.alphaBars = alphaBars;
    for (int t = 1; t < betas.length; t++) {
      boolean erasesAll = betas[t] == 1 && t == betas.length - 1;
      if (!(betas[t] > 0 && betas[t] < 1) && !erasesAll) {
        throw new IllegalArgumentException(
            "noise schedule: beta " + betas[t] + " at t = " + t + " is not between 0 and 1");
      }
    }
  }

  /// {@return the linear schedule for any T: betas in even steps from `1e-4 * 1000/T` to `0.02 *
  /// 1000/T`}
  ///
  /// For T = 1000 it is the schedule of Ho et al. 2020, section 4. The scale keeps the noise at the
  /// end of the chain about the same for another T (improved-diffusion's rule; diffusers has none).
  ///
  /// @param timesteps T, at least 20 so that no beta is above 1
  /// @throws IllegalArgumentException if T is too small
  public static NoiseSchedule linear(int timesteps) {
    double scale = HO_TIMESTEPS / timesteps;
    return linear(timesteps, scale * BETA_START, scale * BETA_END);
  }

  /// {@return betas in even steps from `betaStart` to `betaEnd`, both in (0, 1)}
  ///
  /// `"beta_schedule": "linear"` in diffusers.
  ///
  /// @param timesteps T, at least 1
  /// @throws IllegalArgumentException if T or a beta is outside its range
  public static NoiseSchedule linear(int timesteps, double betaStart, double betaEnd) {
    return of(timesteps, t -> between(betaStart, betaEnd, t, timesteps));
  }

  /// {@return betas whose square roots, the standard deviations, are in even steps from
  /// `sqrt(betaStart)` to `sqrt(betaEnd)`; both betas in (0, 1)}
  ///
  /// Rombach et al. 2022, latent diffusion; `"beta_schedule": "scaled_linear"` in diffusers.
  ///
  /// @param timesteps T, at least 1
  /// @throws IllegalArgumentException if T or a beta is outside its range
  public static NoiseSchedule scaledLinear(int timesteps, double betaStart, double betaEnd) {
    double first = Math.sqrt(betaStart);
    double last = Math.sqrt(betaEnd);
    return of(timesteps, t -> square(between(first, last, t, timesteps)));
  }

  /// {@return the cosine schedule of Nichol & Dhariwal 2021, eq. 17}
  ///
  /// ```
  /// alphaBar_t = f(t) / f(0),   f(t) = cos^2( (t/T + 0.008) / 1.008 * pi/2 )
  /// beta_t     = min(1 - alphaBar_t / alphaBar_{t-1}, 0.999)
  /// ```
  ///
  /// It spends fewer steps on nearly pure noise than the linear one. `alphaBar` is the product of
  /// the capped `1 - beta`, so `alphaBar_T` is small but not 0. `"beta_schedule":
  /// "squaredcos_cap_v2"` in diffusers.
  ///
  /// @param timesteps T, at least 1
  /// @throws IllegalArgumentException if T is not positive
  public static NoiseSchedule cosine(int timesteps) {
    return ofAlphaBar(
        timesteps,
        s -> square(StrictMath.cos((s + COSINE_OFFSET) / (1 + COSINE_OFFSET) * Math.PI / 2)));
  }

  /// {@return the sigmoid schedule of Jabri et al. 2022 with start -3, end 3 and tau 1, in which
  /// **alphaBar** is a sigmoid of time}
  ///
  /// ```
  /// alphaBar_t = (sigmoid(3) - sigmoid(6 t/T - 3)) / (sigmoid(3) - sigmoid(-3)),   beta_t <= 0.999
  /// ```
  ///
  /// lucidrains' `sigmoid_beta_schedule`; diffusers' schedule of that name is [#sigmoidBetas].
  ///
  /// @param timesteps T, at least 1
  /// @throws IllegalArgumentException if T is not positive
  public static NoiseSchedule sigmoid(int timesteps) {
    double end = sigmoid(JABRI_RANGE);
    return ofAlphaBar(timesteps, s -> end - sigmoid(JABRI_RANGE * (2 * s - 1)));
  }

  /// {@return the sigmoid schedule of diffusers, in which **beta** is a sigmoid of time}
  ///
  /// `beta_t = betaStart + (betaEnd - betaStart) sigmoid(z)`, z from -6 to 6 in even steps, both
  /// betas in (0, 1). `"beta_schedule": "sigmoid"` in diffusers.
  ///
  /// @param timesteps T, at least 1
  /// @throws IllegalArgumentException if T or a beta is outside its range
  public static NoiseSchedule sigmoidBetas(int timesteps, double betaStart, double betaEnd) {
    return of(
        timesteps,
        t ->
            betaStart
                + (betaEnd - betaStart)
                    * sigmoid(between(-GEODIFF_RANGE, GEODIFF_RANGE, t, timesteps)));
  }

  /// {@return `alphaBar_t = e^(-12 t/T)`, diffusers' `"beta_schedule": "exp"`}
  ///
  /// @param timesteps T, at least 1
  /// @throws IllegalArgumentException if T is not positive
  public static NoiseSchedule exponential(int timesteps) {
    return ofAlphaBar(timesteps, s -> StrictMath.exp(-EXPONENTIAL_RATE * s));
  }

  /// {@return the Laplace schedule as diffusers has it (`"beta_schedule": "laplace"`, after Hang &
  /// Gu 2024), most of whose timesteps lie near equal parts of signal and noise}
  ///
  /// ```
  /// ln snr   = -0.5 sign(0.5 - s) ln(1 - 2 |0.5 - s| + 1e-6),   s = t/T
  /// alphaBar = f(s) / f(0),   f = sqrt( snr / (1 + snr) )
  /// ```
  ///
  /// @param timesteps T, at least 1
  /// @throws IllegalArgumentException if T is not positive
  public static NoiseSchedule laplace(int timesteps) {
    return ofAlphaBar(
        timesteps,
        s ->
            Math.sqrt(
                sigmoid(
                    -0.5
                        * Math.copySign(1, 0.5 - s)
                        * StrictMath.log(1 - 2 * Math.abs(0.5 - s) + LAPLACE_OFFSET))));
  }

  /// {@return the schedule with the noise-to-signal ratios of EDM (Karras et al. 2022, eq. 5)}
  ///
  /// `alphaBar_t = 1 / (1 + sigma_t^2)`, sigma rising from `sigmaMin` to `sigmaMax`, see
  /// [Sigmas#karras].
  ///
  /// @param timesteps T, at least 1
  /// @param sigmaMin sigma of the first timestep, positive
  /// @param sigmaMax sigma of the last timestep, above `sigmaMin`
  /// @throws IllegalArgumentException if T is not positive or the sigmas do not rise
  public static NoiseSchedule karras(int timesteps, double sigmaMin, double sigmaMax) {
    double[] falling = Sigmas.karras(timesteps, sigmaMin, sigmaMax);
    return ofAlphaBars(timesteps, t -> t == 0 ? 1 : Sigmas.alphaBar(falling[timesteps - t]));
  }

  /// {@return the schedule with even steps of `ln SNR`, from 13.3 at t = 1 to -7 at T}
  ///
  /// In the limit of many steps the bound is an integral over the log-SNR alone (Kingma et al.
  /// 2021, "Variational Diffusion Models", section 5):
  ///
  /// ```
  /// sum of L_{t-1}  ->  1/2 integral of E |epsilon - epsilon_theta|^2 d(ln SNR)
  /// ```
  ///
  /// With even steps of it a term is `(e^d - 1) / 2 |epsilon - epsilon_theta|^2`, `d = 20.3 / (T -
  /// 1)`, at every t: the squared error of epsilon, DDPM's loss, is then the bound but for a
  /// constant factor, and every timestep counts as much as its part of the code's length. This is
  /// exact for any T with the posterior's variance.
  ///
  /// The ends are for images of 256 levels in [-1, 1], which are 2/255 apart. At t = 1 the noise is
  /// `e^(-13.3/2) = 0.0013`, a third of half of that: one level of 400 is nearer to another, and
  /// `L_0` is 0.004 bits for a network that has learned the levels, 0.05 for one that takes `x_1`
  /// for the image (the paper's start, for the same range). At T the signal's amplitude is
  /// `e^(-7/2)`, 3 %, so that `L_T` is below 0.001 bits, and sampling may begin with pure noise; at
  /// the paper's end, -5, it is 8 %, and `L_T` of black images 0.005 bits.
  ///
  /// @param timesteps T, at least 1; a single one is at the end
  /// @throws IllegalArgumentException if T is not positive
  public static NoiseSchedule logSnr(int timesteps) {
    // Counted from the end, where a single timestep is.
    return of(
        timesteps,
        t -> {
          double next = between(LOG_SNR_END, LOG_SNR_START, timesteps + 1 - t, timesteps);
          if (t == 1) {
            return sigmoid(-next);
          }
          double d = (LOG_SNR_START - LOG_SNR_END) / (timesteps - 1);
          // 1 - sigmoid(next) / sigmoid(next + d), without the difference of two numbers near 1.
          return -StrictMath.expm1(-d) * sigmoid(-next);
        });
  }

  /// {@return the schedule with these betas}
  ///
  /// @param betas `beta_1 .. beta_T`, each in (0, 1); the last may be 1
  /// @throws IllegalArgumentException if there is none or one is outside its range
  public static NoiseSchedule ofBetas(double... betas) {
    double[] given = betas.clone();
    return of(given.length, t -> given[t - 1]);
  }

  /// {@return the schedule whose `alphaBar` follows a curve, with betas up to 0.999}
  ///
  /// ```
  /// beta_t = min(1 - f(t/T) / f((t-1)/T), 0.999)
  /// ```
  ///
  /// @param timesteps T, at least 1
  /// @param f positive and falling for arguments from 0 to 1; may end at 0
  /// @throws IllegalArgumentException if T is not positive or the curve does not fall
  public static NoiseSchedule ofAlphaBar(int timesteps, DoubleUnaryOperator f) {
    return of(
        timesteps,
        t ->
            Math.min(
                MAX_BETA,
                1
                    - f.applyAsDouble((double) t / timesteps)
                        / f.applyAsDouble((t - 1.0) / timesteps)));
  }

  private static NoiseSchedule of(int timesteps, IntToDoubleFunction beta) {
    if (timesteps < 1) {
      throw new IllegalArgumentException("noise schedule: not a positive length: " + timesteps);
    }
    double[] betas = new double[timesteps + 1];
    double[] alphaBars = new double[timesteps + 1];
    alphaBars[0] = 1;
    for (int t = 1; t <= timesteps; t++) {
      betas[t] = beta.applyAsDouble(t);
      alphaBars[t] = alphaBars[t - 1] * (1 - betas[t]);
    }
    return new NoiseSchedule(betas, alphaBars);
  }

  /// {@return the schedule of the same chain, seen at some of its timesteps only}
  ///
  /// A Markov chain seen at some of its times is a Markov chain. Here it is a diffusion again: the
  /// `alphaBar` of the chosen timesteps `t_1 < .. < t_S` stay, and one step of the new chain does
  /// what the steps `t_{k-1} + 1 .. t_k` of the old one did:
  ///
  /// ```
  /// alphaBar'_k = alphaBar_{t_k}
  /// beta'_k     = 1 - alphaBar_{t_k} / alphaBar_{t_{k-1}},   t_0 = 0
  /// ```
  ///
  /// (Nichol & Dhariwal 2021, eq. 19). A model trained on T steps is sampled in S steps so.
  ///
  /// @param timesteps the chosen timesteps, rising, each in 1..T
  /// @throws IllegalArgumentException if none is chosen, or they do not rise within 1..T
  public NoiseSchedule respaced(int... timesteps) {
    int previous = 0;
    for (int t : timesteps) {
      if (t <= previous || t > timesteps()) {
        throw new IllegalArgumentException(
            "noise schedule: timesteps do not rise within 1.."
                + timesteps()
                + ": "
                + Arrays.toString(timesteps));
      }
      previous = t;
    }
    if (previous == 0) {
      throw new IllegalArgumentException("noise schedule: no timesteps chosen");
    }
    return ofAlphaBars(timesteps.length, k -> k == 0 ? 1 : alphaBars[timesteps[k - 1]]);
  }

  /// {@return this schedule, rescaled so that no signal is left at T: `alphaBar'_T = 0`, `beta'_T =
  /// 1`}
  ///
  /// ```
  /// sqrt(alphaBar'_t) = (sqrt(alphaBar_t) - sqrt(alphaBar_T)) sqrt(alphaBar_1)
  ///                     / (sqrt(alphaBar_1) - sqrt(alphaBar_T))
  /// ```
  ///
  /// (Lin et al. 2023, algorithm 1; `"rescale_betas_zero_snr"` in diffusers). The first step stays
  /// as it was. The signal that is otherwise left at T tells the network how bright the image is,
  /// which is missing when sampling begins at pure noise. At T epsilon then tells nothing about the
  /// image: the network has to predict x0 or v.
  ///
  /// @throws IllegalArgumentException if there is but one timestep
  public NoiseSchedule withZeroTerminalSnr() {
    if (timesteps() == 1) {
      throw new IllegalArgumentException("zero terminal SNR: the schedule has a single timestep");
    }
    double first = Math.sqrt(alphaBars[1]);
    double last = Math.sqrt(alphaBars[timesteps()]);
    return ofAlphaBars(
        timesteps(),
        t -> t == 0 ? 1 : square((Math.sqrt(alphaBars[t]) - last) * (first / (first - last))));
  }

  private static NoiseSchedule ofAlphaBars(int timesteps, IntToDoubleFunction alphaBar) {
    double[] betas = new double[timesteps + 1];
    double[] alphaBars = new double[timesteps + 1];
    for (int t = 0; t <= timesteps; t++) {
      alphaBars[t] = alphaBar.applyAsDouble(t);
      betas[t] = t == 0 ? 0 : 1 - alphaBars[t] / alphaBars[t - 1];
    }
    return new NoiseSchedule(betas, alphaBars);
  }

  /// {@return `t - 1`: a timestep of the mathematics, 1..T, as networks and files count it, 0..T-1}
  ///
  /// The network's embedding is computed of it. Only this method and
  /// [haze.diffusion.sampler.schedule.TimestepSpacing] convert.
  public static int modelTimestep(int t) {
    return t - 1;
  }

  /// {@return T, the number of steps from image to noise}
  public int timesteps() {
    return betas.length - 1;
  }

  /// {@return `beta_t`, the variance of the noise that step t adds, in (0, 1); the last may be 1}
  ///
  /// @throws IllegalArgumentException if t is not in 1..T
  public double beta(int t) {
    check(t, 1);
    return betas[t];
  }

  /// {@return `alpha_t = 1 - beta_t`, the share of the power that step t keeps, in (0, 1); the last
  /// may be 0}
  ///
  /// @throws IllegalArgumentException if t is not in 1..T
  public double alpha(int t) {
    return 1 - beta(t);
  }

  /// {@return `alphaBar_t`, the share of the image's power in `x_t`, the product of `alpha_1 ..
  /// alpha_t`; 1 for t = 0}
  ///
  /// @throws IllegalArgumentException if t is not in 0..T
  public double alphaBar(int t) {
    check(t, 0);
    return alphaBars[t];
  }

  /// {@return the signal-to-noise ratio `alphaBar_t / (1 - alphaBar_t)`, of powers, falling;
  /// infinite for t = 0}
  ///
  /// (Kingma et al. 2021, eq. 2.)
  ///
  /// @throws IllegalArgumentException if t is not in 0..T
  public double snr(int t) {
    return alphaBar(t) / (1 - alphaBar(t));
  }

  /// {@return `sqrt((1 - alphaBar_t) / alphaBar_t)`, the noise level of EDM, rising from 0;
  /// infinite if `alphaBar_t` is 0}
  ///
  /// It is the standard deviation of the noise in `x_t / sqrt(alphaBar_t)` (Karras et al. 2022).
  ///
  /// @throws IllegalArgumentException if t is not in 0..T
  public double sigma(int t) {
    return Math.sqrt((1 - alphaBar(t)) / alphaBar(t));
  }

  /// {@return T and both ends of beta and alphaBar}
  @Override
  public String toString() {
    int last = timesteps();
    return String.format(
        Locale.ROOT,
        "NoiseSchedule[T = %d, beta %.3g .. %.3g, alphaBar %.3g .. %.3g]",
        last,
        beta(1),
        beta(last),
        alphaBar(1),
        alphaBar(last));
  }

  private void check(int t, int first) {
    if (t < first || t > timesteps()) {
      throw new IllegalArgumentException(
          "noise schedule: timestep " + t + " is not in " + first + ".." + timesteps());
    }
  }

  /// The value at t of a line from `first` at 1 to `last` at T.
  private static double between(double first, double last, int t, int timesteps) {
    return timesteps == 1 ? first : first + (last - first) * (t - 1) / (timesteps - 1);
  }

  private static double sigmoid(double a) {
    return 1 / (1 + StrictMath.exp(-a));
  }

  private static double square(double a) {
    return a * a;
  }
}
