package haze.diffusion.study.chapter;

import haze.diffusion.figure.CaptionedGrid;
import haze.diffusion.figure.Figure;
import haze.diffusion.figure.LineChart;
import haze.diffusion.figure.LineChart.Axis;
import haze.diffusion.figure.LineChart.Legend;
import haze.diffusion.figure.LineChart.Line;
import haze.diffusion.figure.LineChart.Look;
import haze.diffusion.process.DiagonalGaussian;
import haze.diffusion.process.ForwardProcess;
import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Posterior;
import haze.diffusion.process.StandardNormal;
import haze.diffusion.process.WeightedSum;
import haze.diffusion.sampler.DdimSampler;
import haze.diffusion.sampler.Denoised;
import haze.diffusion.sampler.Denoiser;
import haze.diffusion.sampler.Sampler;
import haze.diffusion.study.book.Chapter;
import haze.diffusion.study.book.Page;
import haze.diffusion.study.book.Section;
import haze.diffusion.study.book.Tolerance;
import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// # The chain as a Gaussian process
///
/// So far we have looked at one time of the chain, or at two neighbouring ones. Now we take all
/// times together. For a given image the values $`x_1, \dots, x_T`$ of a pixel have one normal
/// distribution of $`T`$ dimensions, and its covariances have a formula. What the chapters before
/// showed step by step can be read off this formula: that the chain has no memory, that a step back
/// needs no more than $`x_t`$ and $`x_0`$, and that DDIM is allowed to use another process.
public final class Chapter14GaussianProcess implements Chapter {
  private static final NoiseSchedule FINE = NoiseSchedule.linear(1000);

  /// The chain of 1000 steps, watched at t = 50, 100, .. 1000: a chain of 20 steps, small enough
  /// for matrices.
  private static final NoiseSchedule SCHEDULE =
      FINE.respaced(IntStream.rangeClosed(1, 20).map(k -> 50 * k).toArray());

  private static final int T = SCHEDULE.timesteps();
  private static final ForwardProcess FORWARD = new ForwardProcess(SCHEDULE);

  /// The image, of a single pixel.
  private static final double X0 = 0.8;

  @Override
  public List<Section> sections() {
    return List.of(
        new Section("allTimes", this::allTimes),
        new Section("clock", this::clock),
        new Section("markov", this::markov),
        new Section("precision", this::precision),
        new Section("bridge", this::bridge),
        new Section("diagonal", this::diagonal),
        new Section("questions", this::questions));
  }

  /// ## All times at once
  ///
  /// A **Gaussian process** is a random function of time whose values at any times $`t_1, \dots,
  /// t_n`$ are *jointly* normal: every weighted sum of them is normal. Two functions determine it,
  /// the mean $`m(t)`$ and the covariance $`k(s, t) = \mathrm{Cov}(x_s, x_t)`$, which is also
  /// called its **kernel**.
  ///
  /// Given the image, the chain is one. Each $`x_t`$ is a weighted sum of the constant $`x_0`$ and
  /// the independent normal noises $`\epsilon_1, \dots, \epsilon_t`$, and a weighted sum of such
  /// sums is one again. The mean is that of the jump, $`m(t) = \sqrt{\bar\alpha_t} \, x_0`$. For
  /// the kernel let $`s \le t`$. The steps from $`s`$ to $`t`$ together multiply by
  /// $`\sqrt{\bar\alpha_t / \bar\alpha_s}`$ and add noise that is independent of $`x_s`$:
  ///
  /// ```math
  /// k(s, t) = \sqrt{\frac{\bar\alpha_t}{\bar\alpha_s}} \, \mathrm{Var}(x_s)
  ///         = \sqrt{\frac{\bar\alpha_t}{\bar\alpha_s}} \, (1 - \bar\alpha_s) , \qquad s \le t .
  /// ```
  ///
  /// We run many chains with [ForwardProcess#step] and compare all 210 pairs of times. Of so many
  /// differences one of three standard errors must be expected; five would be a mistake.
  ///
  /// "Given the image" matters. If the pixel is 0.8 or -0.8, each with probability 1/2, then $`0.64
  /// \sqrt{\bar\alpha_s \bar\alpha_t}`$ is added to the kernel, and this is right. But the process
  /// is not normal: two humps are not one, whatever their covariance. Whoever draws from the normal
  /// process with this kernel gets grey pixels that no image has. This is why a model must be
  /// learned at all, and cannot be computed from covariances.
  public void allTimes(Page page) {
    int chains = page.count(100_000, 4_000);
    List<Tensor> x = simulate(page, Tensor.full((float) X0, chains));
    double largest = 0;
    for (int s = 1; s <= T; s++) {
      for (int t = s; t <= T; t++) {
        double square = kernel(s, s) * kernel(t, t) + kernel(s, t) * kernel(s, t);
        double error = Math.sqrt(square / chains);
        largest = Math.max(largest, Math.abs(covariance(x, s, t) - kernel(s, t)) / error);
      }
    }
    page.checkAtMost("The largest of 210 differences, in standard errors.", largest, 5);
    page.check(
        "One of them: the covariance of $`x_{250}`$ and $`x_{500}`$.",
        covariance(x, 5, 10),
        kernel(5, 10),
        Tolerance.ofMean(Math.sqrt(kernel(5, 5) * kernel(10, 10)), chains));
    // The second difference, x_250 - 2 x_500 + x_750: a sum of three values.
    double[] weights = {1, -2, 1};
    double mean = mean(5) - 2 * mean(10) + mean(15);
    double variance = 0;
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 3; j++) {
        variance += weights[i] * weights[j] * kernel(5 * i + 5, 5 * j + 5);
      }
    }
    Tensor sum = WeightedSum.of(weights, List.of(x.get(5), x.get(10), x.get(15)));
    page.checkAtMost(
        "$`x_{250} - 2 x_{500} + x_{750}`$: the distance from the normal distribution with mean and"
            + " variance by $`m`$ and $`k`$, and what so many draws exceed once in 10,000 times.",
        distance(sum, mean, variance),
        exceededRarely(chains));

    Tensor signs = page.rng().normal(Tensor.zeros(chains));
    for (int i = 0; i < chains; i++) {
      signs.set((float) Math.copySign(X0, signs.get(i)), i);
    }
    Tensor humps = simulate(page, signs).get(2);
    page.checkAtLeast(
        "If the pixel is 0.8 or -0.8: the distance of $`x_{100}`$ from the normal distribution with"
            + " the right variance.",
        distance(humps, 0, kernel(2, 2) + SCHEDULE.alphaBar(2) * X0 * X0),
        0.1);
  }

  /// The covariance function given the image, in the chain of 20 steps.
  private static double kernel(int s, int t) {
    return kernel(SCHEDULE, s, t);
  }

  private static double kernel(NoiseSchedule schedule, int s, int t) {
    double early = schedule.alphaBar(Math.min(s, t));
    return Math.sqrt(schedule.alphaBar(Math.max(s, t)) / early) * (1 - early);
  }

  private static double mean(int t) {
    return Math.sqrt(SCHEDULE.alphaBar(t)) * X0;
  }

  /// Many chains: element t holds all their values at time t.
  private static List<Tensor> simulate(Page page, Tensor x0) {
    List<Tensor> x = new ArrayList<>(List.of(x0));
    for (int t = 1; t <= T; t++) {
      x.add(FORWARD.step(x.getLast(), page.rng().normal(Tensor.zeros(x0.size())), t));
    }
    return x;
  }

  /// The mean product of the deviations from the means, which are known.
  private static double covariance(List<Tensor> x, int s, int t) {
    return covariance(x.get(s), s, x.get(t), t);
  }

  private static double covariance(Tensor xs, int s, Tensor xt, int t) {
    double sum = 0;
    for (int i = 0; i < xs.size(); i++) {
      sum += (xs.get(i) - mean(s)) * (xt.get(i) - mean(t));
    }
    return sum / xs.size();
  }

  /// Kolmogorov's distance from a normal distribution.
  private static double distance(Tensor x, double mean, double variance) {
    double deviation = Math.sqrt(variance);
    return StandardNormal.distance(
        DoubleStream.of(x.toDoubles()).map(v -> (v - mean) / deviation).toArray());
  }

  /// The distance that draws from the right distribution exceed once in 10,000 times.
  private static double exceededRarely(int draws) {
    return Math.sqrt(Math.log(2 / 1e-4) / (2 * draws));
  }

  /// ## The right clock
  ///
  /// The kernel looks complicated because the chain shrinks its values. Divide that out: the value
  /// $`y_t = x_t / \sqrt{\bar\alpha_t}`$ has the mean $`x_0`$ at all times, and the kernel
  ///
  /// ```math
  /// \frac{k(s, t)}{\sqrt{\bar\alpha_s \bar\alpha_t}} = \frac{1 - \bar\alpha_s}{\bar\alpha_s}
  ///   = \sigma_s^2 , \qquad s \le t ,
  /// ```
  ///
  /// the smaller of $`\sigma_s^2`$ and $`\sigma_t^2`$, where $`\sigma_t`$ is [NoiseSchedule#sigma].
  /// The process with the kernel $`\min(u, v)`$ is the best known of all: **Brownian motion**,
  /// which collects independent noise at a constant rate. So every noise schedule gives the same
  /// process. The chain is Brownian motion that begins at the image, seen on a clock that shows
  /// $`\sigma^2`$, and shrunk so that it stays in range. A schedule chooses no more than the times
  /// at which we look.
  ///
  /// The correlation is simple too: $`k(s, t) / \sqrt{k(s, s) \, k(t, t)} = \sigma_s / \sigma_t`$.
  ///
  /// If the image is not given but standard normal, $`\sqrt{\bar\alpha_s \bar\alpha_t}`$ is added
  /// to the kernel, and the sum is $`\sqrt{\bar\alpha_t / \bar\alpha_s}`$. With the clock $`u = -
  /// \tfrac12 \ln \bar\alpha`$ it is $`e^{-|u_t - u_s|}`$, which depends on the difference of the
  /// times alone: the **Ornstein-Uhlenbeck process**, the stationary one. It is to images what the
  /// distribution $`\pi`$ was to the weather of [chapter 1](#chapter-1-stationary).
  public void clock(Page page) {
    OfTwoTimes signals = (s, t) -> Math.sqrt(SCHEDULE.alphaBar(s) * SCHEDULE.alphaBar(t));
    OfTwoTimes brownian = (s, t) -> Math.pow(SCHEDULE.sigma(Math.min(s, t)), 2);
    page.check(
        "Divided by the signals it is $`\\min(\\sigma_s^2, \\sigma_t^2)`$: the largest relative"
            + " difference.",
        largest((s, t) -> kernel(s, t) / (signals.at(s, t) * brownian.at(s, t)) - 1),
        0,
        Tolerance.DOUBLES);
    page.check(
        "The correlation of $`x_{250}`$ and $`x_{500}`$.",
        correlation(kernel(5, 10), kernel(5, 5), kernel(10, 10)),
        SCHEDULE.sigma(5) / SCHEDULE.sigma(10),
        Tolerance.DOUBLES);
    OfTwoTimes time = (s, t) -> 0.5 * Math.log(SCHEDULE.alphaBar(s) / SCHEDULE.alphaBar(t));
    page.check(
        "With a standard normal image it is $`e^{-|u_t - u_s|}`$: the largest difference.",
        largest((s, t) -> kernel(s, t) + signals.at(s, t) - Math.exp(-Math.abs(time.at(s, t)))),
        0,
        Tolerance.DOUBLES);
  }

  private static double correlation(double covariance, double variance1, double variance2) {
    return covariance / Math.sqrt(variance1 * variance2);
  }

  private interface OfTwoTimes {
    double at(int s, int t);
  }

  /// The largest size for all pairs of times.
  private static double largest(OfTwoTimes difference) {
    return IntStream.range(0, T * T)
        .mapToDouble(i -> Math.abs(difference.at(1 + i / T, 1 + i % T)))
        .max()
        .orElseThrow();
  }

  /// ## Where the Markov property is in the kernel
  ///
  /// For three times $`s < t < u`$ the formula says
  ///
  /// ```math
  /// k(s, u) = \frac{k(s, t) \, k(t, u)}{k(t, t)} ,
  /// ```
  ///
  /// since the factor $`\sqrt{\bar\alpha_u / \bar\alpha_s}`$ is a product of two. The right side is
  /// what $`x_s`$ and $`x_u`$ have in common *because both are related to* $`x_t`$. The rule for
  /// conditioning normal variables (Rasmussen & Williams 2006, eq. A.6) says that, once $`x_t`$ is
  /// known, their covariance is the difference of both sides:
  ///
  /// ```math
  /// \mathrm{Cov}(x_s, x_u \mid x_t) = k(s, u) - \frac{k(s, t) \, k(t, u)}{k(t, t)} .
  /// ```
  ///
  /// This is 0. *Jointly* normal variables with the covariance 0 are independent. So past and
  /// future are independent given the present: this is the Markov property, and for a normal
  /// process the factorisation is all of it. Divided by both standard deviations that are left, the
  /// covariance given $`x_t`$ is the **partial correlation**. In the chains $`x_{450}`$ and
  /// $`x_{550}`$ are strongly correlated; what is left of it once $`x_{500}`$ is known must be 0.
  /// We measure it: subtract from both the part that $`x_{500}`$ predicts, and correlate the rest.
  ///
  /// Normal alone is not enough. The kernel $`e^{-(s - t)^2 / 2}`$, whose paths are smooth, belongs
  /// to a Gaussian process too. There $`x_{t-1}`$ and $`x_t`$ together show where the path is
  /// heading. If $`x_t`$ is known and $`x_{t-1}`$ is below its prediction, the path rises, and
  /// $`x_{t+1}`$ will be above: the partial correlation of the two neighbours is $`-1/e`$.
  public void markov(Page page) {
    double largest = 0;
    for (int s = 1; s <= T; s++) {
      for (int t = s + 1; t <= T; t++) {
        for (int u = t + 1; u <= T; u++) {
          double through = kernel(s, t) * kernel(t, u) / kernel(t, t);
          largest = Math.max(largest, Math.abs(kernel(s, u) / through - 1));
        }
      }
    }
    page.check(
        "The largest relative difference of both sides, for all s < t < u.",
        largest,
        0,
        Tolerance.DOUBLES);

    int chains = page.count(100_000, 4_000);
    List<Tensor> x = simulate(page, Tensor.full((float) X0, chains));
    double direct = kernel(9, 11) / Math.sqrt(kernel(9, 9) * kernel(11, 11));
    page.check(
        "The correlation of $`x_{450}`$ and $`x_{550}`$ in the chains.",
        correlation(covariance(x, 9, 11), covariance(x, 9, 9), covariance(x, 11, 11)),
        direct,
        Tolerance.ofMean(1 - direct * direct, chains));
    page.check(
        "Their partial correlation given $`x_{500}`$.",
        partial((s, t) -> covariance(x, s, t), 9, 10, 11),
        0,
        Tolerance.ofMean(1, chains));
    page.check(
        "The same for the kernel of smooth paths: it has a memory.",
        partial((s, t) -> Math.exp(-0.5 * (s - t) * (s - t)), 1, 2, 3),
        -1 / Math.E,
        Tolerance.DOUBLES);
  }

  /// The partial correlation of the values at s and u given that at t.
  private static double partial(OfTwoTimes kernel, int s, int t, int u) {
    OfTwoTimes given =
        (i, j) -> kernel.at(i, j) - kernel.at(i, t) * kernel.at(t, j) / kernel.at(t, t);
    return correlation(given.at(s, u), given.at(s, s), given.at(u, u));
  }

  /// ## Neighbours only: the precision matrix
  ///
  /// The joint density of all times is the product of the steps, so its exponent is
  ///
  /// ```math
  /// -\frac12 \sum_{t=1}^{T} \frac{(x_t - \sqrt{\alpha_t} \, x_{t-1})^2}{\beta_t} .
  /// ```
  ///
  /// A product of two values occurs only for neighbours. In a normal density the factors of these
  /// products are the elements of the inverse of the covariance matrix, the **precision matrix**
  /// $`\Lambda = K^{-1}`$. So $`\Lambda`$ is tridiagonal, with
  ///
  /// ```math
  /// \Lambda_{tt} = \frac{1}{\beta_t} + \frac{\alpha_{t+1}}{\beta_{t+1}} , \qquad
  /// \Lambda_{t, t+1} = - \frac{\sqrt{\alpha_{t+1}}}{\beta_{t+1}} ,
  /// ```
  ///
  /// and 0 everywhere else; $`\Lambda_{TT} = 1 / \beta_T`$, since no step follows. The covariance
  /// matrix is full: every time is correlated with every other. Its inverse shows who is related to
  /// whom directly. To see it we fill in $`K`$ by the formula of the kernel and $`\Lambda`$ by the
  /// lines above; their product must be the unit matrix.
  ///
  /// The diagonal says more. $`1 / \Lambda_{tt}`$ is the variance of $`x_t`$ if all others are
  /// known, which means both neighbours: precisions add up as in [chapter 3](#chapter-3-square).
  /// And an element beside it, divided by the roots of the two diagonal ones and with the sign
  /// turned, is the partial correlation of both times given *all* others.
  public void precision(Page page) {
    page.check(
        "$`\\Lambda K`$ and the unit matrix: the largest difference.",
        largest((s, t) -> product(s, t) - (s == t ? 1 : 0)),
        0,
        new Tolerance(1e-11, "elements of size 100 cancel"));
    page.figure(
        "The 20 times, from t = 50 on the left and above to 1000 on the right and below; white is 0"
            + " and black is 1.",
        new CaptionedGrid(
            heatMaps(
                Chapter14GaussianProcess::kernel,
                (s, t) -> correlation(kernel(s, t), kernel(s, s), kernel(t, t)),
                (s, t) -> correlation(precision(s, t), precision(s, s), precision(t, t))),
            List.of("covariance", "correlation", "partial correlation\ngiven all others"),
            List.of("")));
  }

  private static double precision(int s, int t) {
    if (s == t) {
      double after = t == T ? 0 : SCHEDULE.alpha(t + 1) / SCHEDULE.beta(t + 1);
      return 1 / SCHEDULE.beta(t) + after;
    }
    int later = Math.max(s, t);
    return Math.abs(s - t) > 1 ? 0 : -Math.sqrt(SCHEDULE.alpha(later)) / SCHEDULE.beta(later);
  }

  private static double product(int s, int t) {
    return IntStream.rangeClosed(1, T).mapToDouble(u -> precision(s, u) * kernel(u, t)).sum();
  }

  /// The sizes of functions of two times as images, each pair of times a square.
  private static Tensor heatMaps(OfTwoTimes... functions) {
    int square = 12;
    int side = T * square;
    Tensor images = Tensor.zeros(functions.length, side, side, 1);
    for (int image = 0; image < functions.length; image++) {
      for (int i = 0; i < side * side; i++) {
        double value = functions[image].at(1 + i / side / square, 1 + i % side / square);
        images.set((float) (1 - 2 * Math.abs(value)), image, i / side, i % side, 0);
      }
    }
    return images;
  }

  /// ## A known end: the bridge
  ///
  /// Suppose that the end $`x_T`$ of a chain is known besides its beginning. What lies between is a
  /// **bridge**. For normal variables conditioning is a formula, the same for every Gaussian
  /// process (Rasmussen & Williams 2006, eq. A.6). For one known value $`x_t`$ and a time $`s`$
  /// before it,
  ///
  /// ```math
  /// \begin{aligned}
  /// E[x_s \mid x_t] &= m(s) + \frac{k(s, t)}{k(t, t)} (x_t - m(t)) , \\
  /// \mathrm{Var}(x_s \mid x_t) &= k(s, s) - \frac{k(s, t)^2}{k(t, t)} .
  /// \end{aligned}
  /// ```
  ///
  /// With $`s = t - 1`$ it must be the step back of [chapter 3](#chapter-3), which was found by
  /// Bayes' rule and completing the square: [Posterior] once more, from the kernel alone. And for
  /// $`s`$ far below $`t`$ it is the step back of a chain that is watched at these two times only.
  ///
  /// What if a later value $`x_u`$ is known too? In the formula for two known values its weight is
  /// $`k(s, u) \, k(t, t) - k(s, t) \, k(t, u)`$ over the determinant of their covariances. By the
  /// factorisation this is 0. So a bridge can be drawn from its end: each step back needs the value
  /// where it stands, and the image, but nothing of the path it came from. This is why sampling
  /// needs no memory either, and why the model can be a Markov chain.
  public void bridge(Page page) {
    Posterior posterior = new Posterior(FINE);
    double worst = 0;
    for (int t = 2; t <= FINE.timesteps(); t++) {
      DiagonalGaussian bayes = posterior.distribution(new double[] {X0}, new double[] {-1.5}, t);
      worst = Math.max(worst, difference(bayes, given(FINE, t - 1, t, -1.5)));
    }
    Tolerance lost = new Tolerance(1e-10, "differences of covariances lose a few digits");
    page.check(
        "The step back by the kernel and by Bayes' rule, over all t: the largest difference, of"
            + " means in standard deviations, of variances as a share.",
        worst,
        0,
        lost);
    page.check(
        "From $`t = 1000`$ to 500 at once, likewise.",
        difference(
            new Posterior(FINE.respaced(500, 1000))
                .distribution(new double[] {X0}, new double[] {-1.5}, 2),
            given(FINE, 500, 1000, -1.5)),
        0,
        lost);
    page.check(
        "The weight of $`x_{700}`$ beside $`x_{500}`$ in the mean of $`x_{400}`$, times the"
            + " determinant.",
        kernel(FINE, 400, 700) * kernel(FINE, 500, 500)
            - kernel(FINE, 400, 500) * kernel(FINE, 500, 700),
        0,
        Tolerance.DOUBLES);

    int bridges = page.count(100_000, 4_000);
    Posterior steps = new Posterior(SCHEDULE);
    Tensor x0 = Tensor.full((float) X0, bridges);
    Tensor x = Tensor.full(-1.5f, bridges);
    for (int t = T; t > 5; t--) {
      Tensor noise = page.rng().normal(Tensor.zeros(bridges));
      x = WeightedSum.of(1, steps.mean(x0, x, t), Math.sqrt(steps.variance(t)), noise);
    }
    DiagonalGaussian middle = given(SCHEDULE, 5, T, -1.5);
    page.checkAtMost(
        "15 steps back from $`x_{1000} = -1.5`$: the distance of $`x_{250}`$ from the formula, and"
            + " what so many draws exceed once in 10,000 times.",
        distance(x, middle.mean()[0], Math.exp(middle.logVariance()[0])),
        exceededRarely(bridges));
    page.figure(
        "Bridges from $`x_0 = 0.8`$ to $`x_{1000} = -1.5`$, drawn from the end by steps back, and"
            + " two standard deviations around their mean by the formula.",
        bridges(page, posterior));
  }

  /// The distribution at time s if the values at 0 and t are known.
  private static DiagonalGaussian given(NoiseSchedule schedule, int s, int t, double xt) {
    double gain = kernel(schedule, s, t) / kernel(schedule, t, t);
    double surprise = xt - Math.sqrt(schedule.alphaBar(t)) * X0;
    double variance = kernel(schedule, s, s) - gain * kernel(schedule, s, t);
    return new DiagonalGaussian(
        new double[] {Math.sqrt(schedule.alphaBar(s)) * X0 + gain * surprise},
        new double[] {Math.log(Math.max(variance, 0))});
  }

  private static double difference(DiagonalGaussian p, DiagonalGaussian q) {
    double means = Math.abs(p.mean()[0] - q.mean()[0]) * Math.exp(-0.5 * q.logVariance()[0]);
    return Math.max(means, Math.abs(Math.exp(p.logVariance()[0] - q.logVariance()[0]) - 1));
  }

  private static Figure bridges(Page page, Posterior posterior) {
    int paths = 6;
    int end = FINE.timesteps();
    double[] times = IntStream.rangeClosed(0, end).asDoubleStream().toArray();
    double[][] values = new double[paths][end + 1];
    Tensor x = Tensor.full(-1.5f, paths);
    for (int t = end; t >= 0; t--) {
      for (int i = 0; i < paths; i++) {
        values[i][t] = x.get(i);
      }
      if (t > 0) {
        Tensor mean = posterior.mean(Tensor.full((float) X0, paths), x, t);
        Tensor noise = page.rng().normal(Tensor.zeros(paths));
        x = WeightedSum.of(1, mean, Math.sqrt(posterior.variance(t)), noise);
      }
    }
    List<Line> lines = new ArrayList<>();
    for (double[] path : values) {
      lines.add(new Line("", times, path));
    }
    for (int side : List.of(-2, 2)) {
      lines.add(
          new Line(
              "",
              times,
              DoubleStream.of(times)
                  .map(t -> edge(given(FINE, (int) t, end, -1.5), side))
                  .toArray(),
              Look.THICK));
    }
    return new LineChart(
            "Both ends are known", Axis.linear("timestep t"), Axis.linear("x"), Legend.NONE, lines)
        .sized(1100, 520);
  }

  private static double edge(DiagonalGaussian at, int side) {
    return at.mean()[0] + side * Math.exp(0.5 * at.logVariance()[0]);
  }

  /// ## Training sees the diagonal
  ///
  /// A training step draws one time $`t`$ and $`x_t`$ given $`x_0`$ by the jump. It never sees two
  /// times of one chain. Of the whole kernel it uses the diagonal $`k(t, t) = 1 - \bar\alpha_t`$;
  /// the same network would come out for **every** process with this mean and this diagonal.
  ///
  /// That is DDIM's discovery (Song et al. 2021, eq. 7). A step from $`t`$ back to $`s`$ that keeps
  /// a part of the noise that is there, and replaces the rest by fresh noise of the variance
  /// $`\eta^2 \tilde\beta`$, has the right diagonal for each $`\eta`$ from 0 to 1. The correlation
  /// of both times is
  ///
  /// ```math
  /// \sqrt{1 - \eta^2 \left( 1 - \sigma_s^2 / \sigma_t^2 \right)} .
  /// ```
  ///
  /// For $`\eta = 1`$ it is $`\sigma_s / \sigma_t`$: the chain of this book. For $`\eta = 0`$ it is
  /// 1 for all pairs of times. Then the kernel is $`\sqrt{(1 - \bar\alpha_s)(1 - \bar\alpha_t)}`$,
  /// a matrix of rank 1, and a path is one noise $`\epsilon`$ for all times. Nothing random is left
  /// between the ends, and the path is a smooth curve: the subject of [chapter 13](#chapter-13).
  ///
  /// We let [DdimSampler] run with a denoiser that knows the image, and measure both.
  public void diagonal(Page page) {
    int chains = page.count(100_000, 4_000);
    int[] times = IntStream.iterate(T, t -> t > 0, t -> t - 1).toArray();
    Tensor x0 = Tensor.full((float) X0, chains);
    Denoiser knowing = (x, level, _) -> new Denoised(x0, level.epsilon(x, x0), Optional.empty());
    for (double eta : new double[] {0, 0.5, 1}) {
      Sampler sampler = new DdimSampler(SCHEDULE, times, new DdimSampler.Options(eta, true, false));
      Tensor later = Tensor.zeros(chains);
      Tensor x = FORWARD.addNoise(x0, page.rng().normal(Tensor.zeros(chains)), T);
      for (int step = 0; T - step > 5; step++) {
        later = x;
        Tensor z = page.rng().normal(Tensor.zeros(chains));
        x = sampler.step(step, Sampler.State.start(x), knowing, _ -> z).xt();
      }
      double ratio = SCHEDULE.sigma(5) / SCHEDULE.sigma(6);
      double expected = Math.sqrt(1 - eta * eta * (1 - ratio * ratio));
      double variance = covariance(x, 5, x, 5);
      double measured =
          correlation(covariance(x, 5, later, 6), variance, covariance(later, 6, later, 6));
      page.check(
          "$`\\eta = %.1f`$: the variance of $`x_{250}`$.".formatted(eta),
          variance,
          kernel(5, 5),
          Tolerance.ofMean(Math.sqrt(2) * kernel(5, 5), chains));
      Tolerance sampling = Tolerance.ofMean(1 - expected * expected, chains);
      page.check(
          "Its correlation with $`x_{300}`$.",
          measured,
          expected,
          new Tolerance(sampling.size() + 1e-6, sampling.reason() + ", and rounding of floats"));
    }
  }

  /// ## Three questions
  public void questions(Page page) {
    NoiseLevel half = NoiseLevel.ofAlphaBar(0.5);
    NoiseLevel tenth = NoiseLevel.ofAlphaBar(0.1);
    page.question(
        "At time s half of the image's power is left, at time t a tenth. How strongly are $`x_s`$"
            + " and $`x_t`$ correlated, if the image is given?",
        "$`\\sigma_s = 1`$ and $`\\sigma_t = 3`$, so the correlation is 1/3.",
        half.sigma() / tenth.sigma(),
        1.0 / 3,
        Tolerance.DOUBLES);
    page.question(
        "You know $`x_{300}`$ and $`x_{500}`$ of a chain, and the image. Someone offers to tell you"
            + " $`x_{700}`$. By how much does the variance of $`x_{400}`$ fall?",
        "Not at all, by 0: given $`x_{500}`$ the future is independent of all before.",
        partial((s, t) -> kernel(FINE, s, t), 400, 500, 700),
        0,
        Tolerance.DOUBLES);
    page.question(
        "Brownian motion from 0, $`k(u, v) = \\min(u, v)`$, is known to be 2 at time 4. What is its"
            + " variance at time 1?",
        "$`1 - 1^2 / 4 = 0.75`$; that it is 2, and not 0, moves only the mean.",
        Math.exp(given(NoiseSchedule.ofBetas(0.5, 0.6), 1, 2, 2).logVariance()[0]) / 0.5,
        0.75,
        Tolerance.DOUBLES);
  }
}
