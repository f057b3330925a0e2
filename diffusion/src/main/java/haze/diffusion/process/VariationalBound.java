package haze.diffusion.process;

/// How well a diffusion model explains a picture: a bound on `-ln p_theta(x_0)`, which is the
/// length of the shortest code that the model allows for the picture, in nats.
///
/// The probability itself is an integral over all chains that end at the picture. As for a
/// variational autoencoder, Jensen's inequality bounds it by an expectation over the chains that
/// begin there, and Bayes' rule turns that expectation into divergences of normal distributions,
/// each in closed form:
///
/// ```
/// -ln p(x_0) <= E_q[ ln q(x_1..x_T | x_0) - ln p(x_0..x_T) ]
///             = E_q[ L_T + L_{T-1} + .. + L_1 + L_0 ]                                    eq. 5
///
/// L_T     = KL( q(x_T | x_0) || N(0, I) )                        the end: nothing to learn
/// L_{t-1} = KL( q(x_{t-1} | x_t, x_0) || p(x_{t-1} | x_t) )      one step back: what is learned
/// L_0     = -ln p(x_0 | x_1)                                     DiscretizedGaussian: 256 levels
/// ```
///
/// (Ho et al. 2020, section 2, appendix A). The methods are these pieces, for one picture, in nats.
/// `x_t` is a draw from `q(x_t | x_0)`, so the second and third are draws too, whose mean is meant:
/// one draw for every t, averaged over a test set, is what papers report, in [#bitsPerDimension].
///
/// @param reverse the model
/// @param greyLevels how the probability of grey levels is computed
public record VariationalBound(ReverseProcess reverse, DiscretizedGaussian greyLevels) {

  /// The bound as improved-diffusion measures it, [DiscretizedGaussian#TANH].
  ///
  /// @param reverse the model
  public VariationalBound(ReverseProcess reverse) {
    this(reverse, DiscretizedGaussian.TANH);
  }

  /// `L_T = KL(q(x_T | x_0) || N(0, I))`: how far the end of the chain is from the noise that
  /// sampling starts from. No draw, and no network, is in it.
  ///
  /// @param x0 the picture, in [-1, 1]
  /// @return nats
  public double prior(double[] x0) {
    NoiseSchedule schedule = reverse.schedule();
    return new ForwardProcess(schedule)
        .distribution(x0, schedule.timesteps())
        .kl(DiagonalGaussian.standard(x0.length));
  }

  /// `L_{t-1} = KL(q(x_{t-1} | x_t, x_0) || p(x_{t-1} | x_t))`, t > 1: how far the model's step is
  /// from the one that knows the picture.
  ///
  /// @param t the timestep of `xt`, 2..T
  /// @param x0 the picture
  /// @param xt a draw from `q(x_t | x_0)`
  /// @param output what the network says of it, laid out as [ReverseProcess] has it
  /// @return nats
  /// @throws IllegalArgumentException if lengths do not fit, or t is not in 2..T
  public double transition(int t, double[] x0, double[] xt, double[] output) {
    if (t == 1) {
      throw new IllegalArgumentException("variational bound: at t = 1 there is no KL, but L_0");
    }
    return new Posterior(reverse.schedule())
        .distribution(x0, xt, t)
        .kl(reverse.step(t, xt, output));
  }

  /// `L_0 = -ln p(x_0 | x_1)`: what it costs to tell the picture's grey levels from the almost
  /// clean image.
  ///
  /// @param x0 the picture: grey levels `2 k / 255 - 1`
  /// @param x1 a draw from `q(x_1 | x_0)`
  /// @param output what the network says of it, laid out as [ReverseProcess] has it
  /// @return nats
  /// @throws IllegalArgumentException if lengths do not fit
  public double decoder(double[] x0, double[] x1, double[] output) {
    return -greyLevels.logProbability(reverse.step(1, x1, output), x0);
  }

  /// The term that the network's output at `x_t` decides: [#transition], or for t = 1 [#decoder].
  ///
  /// @param t the timestep of `xt`, 1..T
  /// @param x0 the picture: grey levels `2 k / 255 - 1`
  /// @param xt a draw from `q(x_t | x_0)`
  /// @param output what the network says of it, laid out as [ReverseProcess] has it
  /// @return `L_{t-1}`, in nats
  /// @throws IllegalArgumentException if lengths do not fit or there is no such timestep
  public double term(int t, double[] x0, double[] xt, double[] output) {
    return t == 1 ? decoder(x0, xt, output) : transition(t, x0, xt, output);
  }

  /// Nats of a whole picture as bits for each of its elements, the unit that papers compare: a grey
  /// level takes 8 without compression.
  ///
  /// @param nats of all elements together
  /// @param dimensions the number of elements: pixels times channels
  /// @return `nats / (dimensions ln 2)`
  public static double bitsPerDimension(double nats, int dimensions) {
    return nats / (dimensions * Math.log(2));
  }
}
