package haze.diffusion.process;

/// The chain from noise to image: a Markov chain like the forward one, but learned.
///
/// ```
/// p(x_T) = N(0, I),   p_theta(x_{t-1} | x_t) = N( mu_theta(x_t, t), Sigma_theta(x_t, t) )
/// ```
///
/// (Ho et al. 2020, eq. 1). The network's output at `x_t` gives the predicted `x_0`, [Prediction];
/// the posterior's mean with the predicted `x_0` is the mean of the step, [Posterior]; its variance
/// is fixed or learned, [ReverseVariance].
///
/// An image is an array of all its elements in double, channels innermost. The output is an array
/// of as many elements, or, if the variance is learned, of twice as many: for every pixel first the
/// channels of the prediction, then those of the variance.
///
/// @param schedule how much noise each forward step adds
/// @param prediction what the network predicts
/// @param variance the variance of a step
/// @param channels the channels of a pixel, at least 1; read only if the variance is learned
/// @param clip whether the predicted `x_0` is clipped to [-1, 1], as sampling does; training does
///   not
public record ReverseProcess(
    NoiseSchedule schedule,
    Prediction prediction,
    ReverseVariance variance,
    int channels,
    boolean clip) {

  /// @throws IllegalArgumentException if the number of channels is not positive
  public ReverseProcess {
    if (channels < 1) {
      throw new IllegalArgumentException("reverse process: " + channels + " channels");
    }
  }

  /// {@return the predicted `x_0`, clipped if this process clips}
  ///
  /// @param t the timestep of `xt`, 1..T
  /// @param output the network's output at `xt`
  /// @throws IllegalArgumentException if the output's length does not fit, or there is no such
  ///   timestep
  public double[] x0(int t, double[] xt, double[] output) {
    schedule.beta(t);
    return x0At(schedule.alphaBar(t), xt, output);
  }

  /// {@return the predicted `x_0` at a noise level that need not be a timestep's, clipped if this
  /// process clips}
  ///
  /// @param alphaBar the share of the image's power in `xt`, in [0, 1)
  /// @param output the network's output at `xt`
  /// @throws IllegalArgumentException if the output's length does not fit
  public double[] x0At(double alphaBar, double[] xt, double[] output) {
    requireFitting(xt.length, output.length);
    double xtWeight = prediction.x0FromXt(alphaBar);
    double outputWeight = prediction.x0FromOutput(alphaBar);
    double[] x0 = new double[xt.length];
    for (int i = 0; i < xt.length; i++) {
      double predicted = xtWeight * xt[i] + outputWeight * output[predictionIndex(i)];
      x0[i] = clip ? Math.clamp(predicted, -1.0, 1.0) : predicted;
    }
    return x0;
  }

  /// {@return `p_theta(x_{t-1} | x_t)`}
  ///
  /// @param t the timestep of `xt`, 1..T
  /// @param output the network's output at `xt`
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

  /// The index of an element's prediction in the output.
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
