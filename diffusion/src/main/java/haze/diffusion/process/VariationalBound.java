package haze.diffusion.process;

/// The variational bound on `-ln p_theta(x_0)`, which is the length of the shortest code that the
/// model allows for an image, in nats.
///
/// The probability itself is an integral over all chains that end at the image. As for a
/// variational autoencoder, Jensen's inequality bounds it by an expectation over the chains that
/// begin there, and Bayes' rule turns that expectation into divergences of normal distributions,
/// each in closed form:
///
/// ```
/// -ln p(x_0) <= E_q[ ln q(x_1..x_T | x_0) - ln p(x_0..x_T) ]
///             = E_q[ L_T + L_{T-1} + .. + L_1 + L_0 ]                                    eq. 5
///
/// L_T     = KL( q(x_T | x_0) || N(0, I) )                        without weights of the network
/// L_{t-1} = KL( q(x_{t-1} | x_t, x_0) || p(x_{t-1} | x_t) )      one step back: what is learned
/// L_0     = -ln p(x_0 | x_1)                                     DiscretizedGaussian: 256 levels
/// ```
///
/// (Ho et al. 2020, section 2, appendix A). The methods are these terms for one image, in nats.
/// `x_t` is a draw from `q(x_t | x_0)`, so terms with it are draws too, whose mean is the bound's.
/// Papers report one draw for every t, averaged over a test set, in [#bitsPerDimension].
///
/// @param reverse the model
/// @param greyLevels how the probability of levels is computed
public record VariationalBound(ReverseProcess reverse, DiscretizedGaussian greyLevels) {

  /// The bound as improved-diffusion measures it, [DiscretizedGaussian#TANH].
  public VariationalBound(ReverseProcess reverse) {
    this(reverse, DiscretizedGaussian.TANH);
  }

  /// {@return `L_T = KL(q(x_T | x_0) || N(0, I))`, in nats}
  ///
  /// How far the end of the chain is from the noise that sampling starts from: it depends on
  /// neither a draw nor the network.
  ///
  /// @param x0 the image, in [-1, 1]
  public double prior(double[] x0) {
    NoiseSchedule schedule = reverse.schedule();
    return new ForwardProcess(schedule)
        .distribution(x0, schedule.timesteps())
        .kl(DiagonalGaussian.standard(x0.length));
  }

  /// {@return `L_{t-1} = KL(q(x_{t-1} | x_t, x_0) || p(x_{t-1} | x_t))`, in nats}
  ///
  /// @param t the timestep of `xt`, 2..T
  /// @param xt a draw from `q(x_t | x_0)`
  /// @param output the network's output at `xt`, laid out as in [ReverseProcess]
  /// @throws IllegalArgumentException if lengths do not fit, or t is not in 2..T
  public double transition(int t, double[] x0, double[] xt, double[] output) {
    if (t == 1) {
      throw new IllegalArgumentException("variational bound: at t = 1 there is no KL, but L_0");
    }
    return new Posterior(reverse.schedule())
        .distribution(x0, xt, t)
        .kl(reverse.step(t, xt, output));
  }

  /// {@return `L_0 = -ln p(x_0 | x_1)`, in nats}
  ///
  /// @param x0 the image: levels `2 k / 255 - 1`
  /// @param x1 a draw from `q(x_1 | x_0)`
  /// @param output the network's output at `x1`, laid out as in [ReverseProcess]
  /// @throws IllegalArgumentException if lengths do not fit
  public double decoder(double[] x0, double[] x1, double[] output) {
    return -greyLevels.logProbability(reverse.step(1, x1, output), x0);
  }

  /// {@return `L_{t-1}`, in nats: [#transition], or for t = 1 [#decoder]}
  ///
  /// @param t the timestep of `xt`, 1..T
  /// @param x0 the image: levels `2 k / 255 - 1`
  /// @param xt a draw from `q(x_t | x_0)`
  /// @param output the network's output at `xt`, laid out as in [ReverseProcess]
  /// @throws IllegalArgumentException if lengths do not fit or there is no such timestep
  public double term(int t, double[] x0, double[] xt, double[] output) {
    return t == 1 ? decoder(x0, xt, output) : transition(t, x0, xt, output);
  }

  /// {@return `nats / (dimensions ln 2)`, the unit that papers compare: without compression an
  /// element of 256 levels takes 8}
  ///
  /// @param nats of all elements together
  /// @param dimensions the number of elements: pixels times channels
  public static double bitsPerDimension(double nats, int dimensions) {
    return nats / (dimensions * StrictMath.log(2));
  }
}
