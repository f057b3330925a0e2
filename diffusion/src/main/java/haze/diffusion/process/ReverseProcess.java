package haze.diffusion.process;

/// The chain from noise to picture that the network makes: a Markov chain like the one forwards,
/// but learned.
///
/// ```
/// p(x_T) = N(0, I),   p_theta(x_{t-1} | x_t) = N( mu_theta(x_t, t), Sigma_theta(x_t, t) )
/// ```
///
/// (Ho et al. 2020, eq. 1). The network's output at `x_t` gives a guess at the picture,
/// [Prediction]; the guess in the place of `x_0` in the posterior gives the mean, [Posterior]; and
/// the variance is fixed or learned, [ReverseVariance].
///
/// An image is an array of all its elements in double, channels innermost. The output is an array
/// of as many elements, or, if the variance is learned, of twice as many: for every pixel first the
/// channels of the prediction, then those of the variance.
///
/// @param schedule how much noise each forward step adds
/// @param prediction what the network predicts
/// @param variance the variance of a step
/// @param channels the channels of a pixel, for a learned variance; otherwise it does not matter
/// @param clip whether the guess at the picture is clipped to [-1, 1], as sampling does; training
///   does not
public record ReverseProcess(
    NoiseSchedule schedule,
    Prediction prediction,
    ReverseVariance variance,
    int channels,
    boolean clip) {

  /// Checks the channels.
  ///
  /// @throws IllegalArgumentException if their number is not positive
  public ReverseProcess {
    if (channels < 1) {
      throw new IllegalArgumentException("reverse process: " + channels + " channels");
    }
  }

  /// The picture that the network expects at the end.
  ///
  /// @param t the timestep of `xt`, 1..T
  /// @param xt the noisy image
  /// @param output what the network says of it
  /// @return `x_0`, clipped if this process clips
  /// @throws IllegalArgumentException if the output's length does not fit, or there is no such
  ///   timestep
  public double[] x0(int t, double[] xt, double[] output) {
    requireFitting(xt.length, output.length);
    schedule.beta(t);
    double xtWeight = prediction.x0FromXt(schedule.alphaBar(t));
    double outputWeight = prediction.x0FromOutput(schedule.alphaBar(t));
    double[] x0 = new double[xt.length];
    for (int i = 0; i < xt.length; i++) {
      double guess = xtWeight * xt[i] + outputWeight * output[predictionIndex(i)];
      x0[i] = clip ? Math.clamp(guess, -1.0, 1.0) : guess;
    }
    return x0;
  }

  /// The distribution of the next image on the way back, `p_theta(x_{t-1} | x_t)`.
  ///
  /// @param t the timestep of `xt`, 1..T
  /// @param xt the noisy image
  /// @param output what the network says of it
  /// @return the distribution of `x_{t-1}`
  /// @throws IllegalArgumentException if the output's length does not fit, or there is no such
  ///   timestep
  public DiagonalGaussian step(int t, double[] xt, double[] output) {
    DiagonalGaussian step = new Posterior(schedule).distribution(x0(t, xt, output), xt, t);
    for (int i = 0; i < xt.length; i++) {
      step.logVariance()[i] =
          variance.log(t, schedule, isLearned() ? output[predictionIndex(i) + channels] : 0);
    }
    return step;
  }

  private boolean isLearned() {
    return variance == ReverseVariance.LEARNED_RANGE;
  }

  /// Where the output has the prediction of an image's element.
  private int predictionIndex(int i) {
    return isLearned() ? i / channels * 2 * channels + i % channels : i;
  }

  private void requireFitting(int elements, int outputs) {
    int expected = isLearned() ? 2 * elements : elements;
    if (outputs != expected || (isLearned() && elements % channels != 0)) {
      throw new IllegalArgumentException(
          "reverse process: "
              + outputs
              + " outputs for "
              + elements
              + " elements of "
              + channels
              + " channels, expected "
              + expected);
    }
  }
}
