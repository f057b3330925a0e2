package haze.diffusion.study.chapter;

import haze.diffusion.figure.Figure;
import haze.diffusion.figure.LineChart;
import haze.diffusion.figure.LineChart.Axis;
import haze.diffusion.figure.LineChart.Legend;
import haze.diffusion.figure.LineChart.Line;
import haze.diffusion.process.DiagonalGaussian;
import haze.diffusion.process.GaussianMixture;
import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.RectifiedFlow;
import haze.diffusion.process.StandardNormal;
import haze.diffusion.process.WeightedSum;
import haze.diffusion.sampler.Clip;
import haze.diffusion.sampler.DdimSampler;
import haze.diffusion.sampler.Denoised;
import haze.diffusion.sampler.Denoiser;
import haze.diffusion.sampler.EulerAncestralSampler;
import haze.diffusion.sampler.EulerSampler;
import haze.diffusion.sampler.Network;
import haze.diffusion.sampler.Parameterization;
import haze.diffusion.sampler.Sampler;
import haze.diffusion.sampler.SamplingLoop;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.diffusion.sampler.schedule.SigmaSchedule;
import haze.diffusion.sampler.schedule.SigmaSpacing;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import haze.diffusion.study.book.Chapter;
import haze.diffusion.study.book.Page;
import haze.diffusion.study.book.Section;
import haze.diffusion.study.book.Table;
import haze.diffusion.study.book.Tolerance;
import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// # The same thing as a differential equation
///
/// There are three languages for the same models. This book has used that of Markov chains. Others
/// speak of the score and of stochastic differential equations, or of flow matching. This chapter
/// translates. It does so for data whose distribution is known, two humps of one dimension, so that
/// each translation can be checked: at the end one sampler is written in all three languages, and
/// gives the same points.
public final class Chapter13DifferentialEquation implements Chapter {
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.linear(1000);

  /// Two humps: with probability 0.4 around -0.7, with 0.6 around 0.5.
  private static final GaussianMixture DATA =
      new GaussianMixture(
          new double[] {0.4, 0.6},
          new DiagonalGaussian(new double[] {-0.7}, new double[] {Math.log(0.04)}),
          new DiagonalGaussian(new double[] {0.5}, new double[] {Math.log(0.09)}));

  @Override
  public List<Section> sections() {
    return List.of(
        new Section("score", this::score),
        new Section("forwards", this::forwards),
        new Section("back", this::back),
        new Section("flowMatching", this::flowMatching),
        new Section("threeWays", this::threeWays),
        new Section("rightVariables", this::rightVariables),
        new Section("questions", this::questions));
  }

  /// ## The score
  ///
  /// Let $`p_t`$ be the density of $`x_t`$, over all images and all noise. The **score** is the
  /// derivative of its logarithm,
  ///
  /// ```math
  /// \nabla \ln p_t(x) .
  /// ```
  ///
  /// It points to where data is more likely. For the normal distribution $`\mathcal N(m, v)`$ it is
  /// $`-(x - m) / v`$. In it a constant factor of $`p_t`$ does not count, and this is its charm:
  /// the factor that makes the integral 1 is what nobody can compute for images.
  ///
  /// Who knows the best denoiser knows the score. With $`a = \sqrt{\bar\alpha_t}`$ and $`s =
  /// \sqrt{1 - \bar\alpha_t}`$ the density is $`p_t(x) = \int p(x_0) \, \mathcal N(x; a x_0, s^2)
  /// \, dx_0`$. The derivative of the normal density in it is the same density times $`(a x_0 - x)
  /// / s^2`$. Divide by $`p_t(x)`$, and what was an integral over $`x_0`$ becomes a mean given
  /// $`x`$:
  ///
  /// ```math
  /// \nabla \ln p_t(x) = \frac{a \, E[x_0 \mid x] - x}{s^2} = - \frac{E[\epsilon \mid x]}{s} .
  /// ```
  ///
  /// This is **Tweedie's formula** (Efron 2011). The mean of $`\epsilon`$ given $`x`$ is what
  /// training with the squared error arrives at. So a network that predicts the noise has learned
  /// the score, with the factor $`-1/s`$, and "score matching" (Vincent 2011) and "predicting the
  /// noise" are two names.
  ///
  /// We compare [GaussianMixture#denoise] with differences of [GaussianMixture#logDensity].
  public void score(Page page) {
    double h = 1e-5;
    double largest = 0;
    for (int t : List.of(50, 200, 500)) {
      NoiseLevel level = NoiseLevel.ofAlphaBar(SCHEDULE.alphaBar(t));
      GaussianMixture noisy = DATA.noised(level.signal(), level.noise());
      for (double x = -2; x <= 2; x += 0.1) {
        double rise =
            noisy.logDensity(new double[] {x + h}) - noisy.logDensity(new double[] {x - h});
        double score = score(x, level.signal(), level.noise());
        largest = Math.max(largest, Math.abs(rise / (2 * h) - score));
      }
    }
    page.check(
        "Tweedie's formula and the slope of the logarithm: the largest difference.",
        largest,
        0,
        new Tolerance(1e-6, "the slope is a difference over 0.00002"));
    page.figure("The density and the score at three noise levels.", densities());
  }

  /// The score of a x_0 + s epsilon, by the best denoiser.
  private static double score(double x, double a, double s) {
    return score(DATA, x, a, s);
  }

  private static double score(GaussianMixture data, double x, double a, double s) {
    return (a * data.denoise(new double[] {x}, a, s)[0] - x) / (s * s);
  }

  private static double denoise(double x, double a, double s) {
    return DATA.denoise(new double[] {x}, a, s)[0];
  }

  private static Figure densities() {
    double[] x = IntStream.rangeClosed(-250, 250).mapToDouble(i -> i / 100.0).toArray();
    List<Line> densities = new ArrayList<>();
    List<Line> scores = new ArrayList<>();
    for (int t : List.of(50, 200, 500)) {
      double a = Math.sqrt(SCHEDULE.alphaBar(t));
      double s = Math.sqrt(1 - SCHEDULE.alphaBar(t));
      densities.add(new Line("t = " + t, x, map(x, v -> density(v, a, s))));
      scores.add(new Line("t = " + t, x, map(x, v -> score(v, a, s))));
    }
    Axis axis = Axis.linear("x");
    return LineChart.grid(
        2,
        550,
        440,
        List.of(
            new LineChart("Density", axis, Axis.linear("density"), Legend.TOP_LEFT, densities),
            new LineChart("Score", axis, Axis.linear("score"), Legend.TOP_RIGHT, scores)));
  }

  private static double density(double x, double a, double s) {
    return Math.exp(DATA.noised(a, s).logDensity(new double[] {x}));
  }

  private static double[] map(double[] x, DoubleUnaryOperator f) {
    return DoubleStream.of(x).map(f).toArray();
  }

  /// ## Forwards: a stochastic differential equation
  ///
  /// Let the steps of the chain become many and small. For small $`\beta`$, $`\sqrt{1 - \beta}
  /// \approx 1 - \beta / 2`$. With the time $`\tau = t / T`$, the rate $`\beta(\tau) = T \beta_t`$
  /// and $`w`$ for Brownian motion, a step becomes
  ///
  /// ```math
  /// dx = - \tfrac12 \beta(\tau) \, x \, d\tau + \sqrt{\beta(\tau)} \, dw
  /// ```
  ///
  /// (Song, Sohl-Dickstein et al. 2021, arXiv:2011.13456, section 3.4, where it is called variance
  /// preserving; not DDIM's Song, Meng & Ermon). For the linear schedule $`\beta(\tau) = 0.1 + 19.9
  /// \tau`$, and $`\bar\alpha = \exp(-\int \beta)`$: in the middle $`e^{-2.5375}`$. The chain's
  /// value comes near it as $`1/T`$. The number 1000 has no deeper meaning: the steps are small
  /// enough.
  ///
  /// As in [chapter 14](#chapter-14-clock) it becomes simpler if we divide out the shrinking. The
  /// variable $`y = x / \sqrt{\bar\alpha}`$ only collects noise, up to the variance $`\sigma^2`$,
  /// and $`\sigma`$ may serve as the time (Karras et al. 2022). Let $`p(y, \sigma)`$ be its
  /// density. Adding noise blurs it, as heat spreads in a rod:
  ///
  /// ```math
  /// \frac{\partial p}{\partial \sigma} = \sigma \, \frac{\partial^2 p}{\partial y^2} .
  /// ```
  ///
  /// Each normal density of variance $`v + \sigma^2`$ satisfies it, and $`p`$ is a sum of such.
  /// This **heat equation** is all that the next section needs. We check it by differences.
  public void forwards(Page page) {
    double limit = Math.exp(-2.5375);
    double of100 = NoiseSchedule.linear(100).alphaBar(50) - limit;
    double of1000 = SCHEDULE.alphaBar(500) - limit;
    page.check(
        "$`\\bar\\alpha`$ in the middle of 1000 steps, its distance from the limit.",
        of1000,
        0,
        new Tolerance(1e-3, "1000 steps are a finite number"));
    page.check(
        "With 100 steps it is so many times as large.",
        of100 / of1000,
        10,
        new Tolerance(0.5, "terms with the square of 1/T"));

    double h = 1e-3;
    double largest = 0;
    for (double sigma : new double[] {0.3, 1, 3}) {
      for (double y = -3; y <= 3; y += 0.1) {
        double inSigma = (density(y, 1, sigma + h) - density(y, 1, sigma - h)) / (2 * h);
        double bend =
            (density(y + h, 1, sigma) - 2 * density(y, 1, sigma) + density(y - h, 1, sigma))
                / (h * h);
        largest = Math.max(largest, Math.abs(inSigma - sigma * bend));
      }
    }
    page.check(
        "Both sides of the heat equation: the largest difference.",
        largest,
        0,
        new Tolerance(1e-4, "differences over steps of 0.001, of numbers up to 2"));
  }

  /// ## Back: two equations with the same distributions
  ///
  /// Let all points move with a velocity $`u(y, \sigma)`$ and no noise. Then their density changes
  /// by $`\partial p / \partial \sigma = - \partial (p u) / \partial y`$: what leaves one place
  /// arrives at the next. Compare with the heat equation. It has the same form with $`p u = -
  /// \sigma \, \partial p / \partial y`$, that is, with $`u = - \sigma \, \partial \ln p / \partial
  /// y`$. So points that follow
  ///
  /// ```math
  /// \frac{dy}{d\sigma} = - \sigma \, \nabla \ln p(y, \sigma) = E[\epsilon \mid y]
  /// ```
  ///
  /// have the density $`p(y, \sigma)`$ at **every** $`\sigma`$, forwards and backwards, though
  /// nothing is random. This is the **probability flow** (Song, Sohl-Dickstein et al. 2021, section
  /// 4.3; Karras et al. 2022, eq. 1). Going down in $`\sigma`$ we may also follow the score twice
  /// as fast, and add the noise that makes up for it:
  ///
  /// ```math
  /// dy = 2 \sigma \, \nabla \ln p \; |d\sigma| + \sqrt{2 \sigma} \, dw ,
  /// ```
  ///
  /// the **reverse stochastic equation** (Anderson 1982; Song, Sohl-Dickstein et al. 2021, section
  /// 3.2). Half of its drift is the flow. The other half draws points together, and the noise
  /// spreads them, by the same amount: $`\sigma \nabla \ln p`$ with noise of the variance $`2
  /// \sigma`$ leaves $`p`$ as it is.
  ///
  /// [EulerSampler] solves the first equation in small steps, [EulerAncestralSampler] the second.
  /// Both begin with the same points, and we compare their distributions with the true one on the
  /// way. These agree. The paths do not. The flow in one dimension never lets two points pass each
  /// other, so each keeps its **rank**, the share of points below it. The stochastic path forgets
  /// where it began: its rank at the end is independent of the first one, and two independent ranks
  /// differ by 1/3 in the mean.
  public void back(Page page) {
    int points = page.count(5_000, 500);
    int steps = page.count(250, 60);
    SamplingSchedule levels =
        new SigmaSchedule(SCHEDULE, TimestepSpacing.LINSPACE, 0, SigmaSpacing.KARRAS, true)
            .euler(steps);
    Tensor start = Tensor.zeros(points);
    for (int i = 0; i < points; i++) {
      start.set((float) DATA.sample(page.rng())[0], i);
    }
    start = levels.level(0).mix(start, page.rng().normal(Tensor.zeros(points)));

    Table table = new Table("$`\\sigma`$", "flow", "stochastic");
    List<Tensor> flow = run(new EulerSampler(levels), start, page);
    List<Tensor> stochastic = run(new EulerAncestralSampler(levels), start, page);
    double largest = 0;
    for (int step = 0; step < steps; step += steps / 10) {
      NoiseLevel level = levels.level(step);
      double flows = distance(flow.get(step), level);
      double noisy = distance(stochastic.get(step), level);
      table.row(level.sigma(), flows, noisy);
      largest = Math.max(largest, Math.max(flows, noisy));
    }
    page.table("The distance from the true distribution at ten noise levels.", table);
    page.checkAtMost(
        "The largest, and what so many draws exceed once in 10,000 times.",
        largest,
        Math.sqrt(Math.log(2 / 1e-4) / (2 * points)));

    NoiseLevel last = levels.level(steps - 1);
    page.check(
        "How much a rank changes in the flow, in the mean.",
        rankChange(start, levels.level(0), flow.get(steps - 1), last),
        0,
        new Tolerance(2.0 / steps, "the steps are finite"));
    page.check(
        "In the stochastic equation.",
        rankChange(start, levels.level(0), stochastic.get(steps - 1), last),
        1.0 / 3,
        Tolerance.ofMean(Math.sqrt(1.0 / 18), points));
    page.figure(
        "Paths from noise on the left to data on the right, from the same beginnings: by the"
            + " flow and by the stochastic equation.",
        LineChart.grid(
            2,
            550,
            440,
            List.of(paths("Probability flow", flow), paths("With noise", stochastic))));
  }

  /// The best denoiser of the data.
  private static final Denoiser BEST =
      (x, level, _) -> {
        Tensor x0 = DATA.predict(Prediction.X0, x, level.alphaBar());
        return new Denoised(x0, level.epsilon(x, x0), Optional.empty());
      };

  /// All points at the beginning of each step, and at the end.
  private static List<Tensor> run(Sampler sampler, Tensor start, Page page) {
    List<Tensor> x = new ArrayList<>(List.of(start));
    for (int step = 0; step < sampler.schedule().steps(); step++) {
      Tensor z = page.rng().normal(Tensor.zeros(start.size()));
      x.add(sampler.step(step, Sampler.State.start(x.getLast()), BEST, _ -> z).xt());
    }
    return x;
  }

  /// The share of the data's noisy points below x.
  private static double rank(double x, NoiseLevel level) {
    double a = level.signal();
    double s = level.noise();
    return 0.4 * StandardNormal.cdf((x + 0.7 * a) / Math.sqrt(0.04 * a * a + s * s))
        + 0.6 * StandardNormal.cdf((x - 0.5 * a) / Math.sqrt(0.09 * a * a + s * s));
  }

  /// Kolmogorov's distance of some points from the true distribution.
  private static double distance(Tensor x, NoiseLevel level) {
    double[] ranks = map(x.toDoubles(), v -> rank(v, level));
    Arrays.sort(ranks);
    double largest = 0;
    for (int i = 0; i < ranks.length; i++) {
      double below = (double) i / ranks.length;
      double above = (i + 1.0) / ranks.length;
      largest = Math.max(largest, Math.max(ranks[i] - below, above - ranks[i]));
    }
    return largest;
  }

  private static double rankChange(Tensor x, NoiseLevel at, Tensor y, NoiseLevel later) {
    return IntStream.range(0, x.size())
        .mapToDouble(i -> Math.abs(rank(x.get(i), at) - rank(y.get(i), later)))
        .average()
        .orElseThrow();
  }

  private static LineChart paths(String title, List<Tensor> x) {
    double[] step = IntStream.range(0, x.size()).asDoubleStream().toArray();
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      int point = i;
      lines.add(new Line("", step, x.stream().mapToDouble(at -> at.get(point)).toArray()));
    }
    return new LineChart(
        title, Axis.linear("step"), Axis.linear("x").within(-3, 3), Legend.NONE, lines);
  }

  /// ## Flow matching
  ///
  /// The third language begins at the other end (Liu et al. 2022; Lipman et al. 2022). Join an
  /// image and a noise by a straight line, and let a network learn the velocity on it:
  ///
  /// ```math
  /// \begin{aligned}
  /// x_s &= (1 - s) \, x_0 + s \, \epsilon , \\
  /// \frac{dx_s}{ds} &= \epsilon - x_0 ,
  /// \end{aligned}
  /// ```
  ///
  /// for a time $`s`$ from 0 to 1 ([RectifiedFlow]). No chain, no score. But
  ///
  /// ```math
  /// \frac{x_s}{1 - s} = x_0 + \sigma \epsilon , \qquad \sigma = \frac{s}{1 - s} ,
  /// ```
  ///
  /// is our $`y`$ on another clock, drawn to another scale. Whoever has one of the models has the
  /// others.
  ///
  /// The lines are straight. Are the paths of samples straight, then, and is one step enough? No.
  /// Lines of different pairs cross. At a crossing the network cannot know which line is meant, and
  /// learns the mean of the velocities given $`x_s`$,
  ///
  /// ```math
  /// v(x, s) = E[\epsilon - x_0 \mid x_s = x] ,
  /// ```
  ///
  /// a field, whose paths never cross and therefore bend. It is the probability flow once more. To
  /// see that it is a different thing from a line, compare the mean squares. That of the lines'
  /// velocities is $`E[x_0^2] + 1 = 0.416 + 1`$. That of the field at $`s = 0.4`$ is 0.126: nine
  /// tenths of it are unknown to one who sees $`x_s`$ alone.
  public void flowMatching(Page page) {
    int points = page.count(100_000, 2_000);
    double s = 0.4;
    double sigma = s / (1 - s);
    Tensor x0 = Tensor.zeros(points);
    for (int i = 0; i < points; i++) {
      x0.set((float) DATA.sample(page.rng())[0], i);
    }
    Tensor epsilon = page.rng().normal(Tensor.zeros(points));
    Tensor line = RectifiedFlow.interpolate(x0, epsilon, s);
    Tensor chain = NoiseLevel.ofSigma(sigma).mix(x0, epsilon);
    page.check(
        "The point on the line and that of the chain, both over their signal: the largest"
            + " difference.",
        largestDifference(
            line.times((float) (1 / (1 - s))),
            chain.times((float) (1 / NoiseLevel.ofSigma(sigma).signal()))),
        0,
        new Tolerance(1e-5, "floats of size 4"));
    Tensor velocity = RectifiedFlow.velocity(x0, epsilon);
    page.check(
        "The mean square of the lines' velocities.",
        meanSquare(velocity),
        1.416,
        Tolerance.ofMean(2, points));
    page.check(
        "That of the field at $`s = 0.4`$.",
        meanSquare(velocity(line, s)),
        0.126,
        Tolerance.ofMean(0.3, points));
    page.figure(
        "Straight lines from images on the left to noise on the right, which cross; and paths of"
            + " the field that is their mean velocity.",
        LineChart.grid(2, 550, 440, List.of(lines(x0, epsilon), fieldPaths())));
  }

  /// The mean velocity at each point.
  private static Tensor velocity(Tensor x, double s) {
    Tensor x0 = map(x, v -> denoise(v, 1 - s, s));
    return RectifiedFlow.velocity(x0, WeightedSum.of(1 / s, x, -(1 - s) / s, x0));
  }

  private static Tensor map(Tensor x, DoubleUnaryOperator f) {
    Tensor mapped = Tensor.zeros(x.size());
    for (int i = 0; i < x.size(); i++) {
      mapped.set((float) f.applyAsDouble(x.get(i)), i);
    }
    return mapped;
  }

  private static double meanSquare(Tensor x) {
    return DoubleStream.of(x.toDoubles()).map(v -> v * v).average().orElseThrow();
  }

  private static double largestDifference(Tensor x, Tensor y) {
    return DoubleStream.of(x.minus(y).toDoubles()).map(Math::abs).max().orElseThrow();
  }

  private static LineChart lines(Tensor x0, Tensor epsilon) {
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      lines.add(new Line("", new double[] {0, 1}, new double[] {x0.get(i), epsilon.get(i)}));
    }
    return new LineChart(
        "Lines", Axis.linear("s"), Axis.linear("x").within(-2.5, 2.5), Legend.NONE, lines);
  }

  private static LineChart fieldPaths() {
    int steps = 200;
    double[] time =
        IntStream.rangeClosed(0, steps).mapToDouble(i -> 1 - (double) i / steps).toArray();
    List<Line> lines = new ArrayList<>();
    for (int path = 1; path < 30; path++) {
      double[] x = new double[steps + 1];
      x[0] = quantile(path / 30.0, new NoiseLevel(0, 1));
      for (int i = 0; i < steps; i++) {
        double x0 = denoise(x[i], 1 - time[i], time[i]);
        // (1 - s') x_0 + s' epsilon: Euler's step with the velocity epsilon - x_0.
        x[i + 1] = x0 + (x[i] - x0) * time[i + 1] / time[i];
      }
      lines.add(new Line("", time, x));
    }
    return new LineChart(
        "Paths", Axis.linear("s"), Axis.linear("x").within(-2.5, 2.5), Legend.NONE, lines);
  }

  /// The point with a rank, by bisection.
  private static double quantile(double rank, NoiseLevel level) {
    double below = -10;
    double above = 10;
    for (int i = 0; i < 60; i++) {
      double middle = (below + above) / 2;
      if (rank(middle, level) < rank) {
        below = middle;
      } else {
        above = middle;
      }
    }
    return below;
  }

  /// ## One sampler, three languages
  ///
  /// DDIM without noise takes the predicted $`x_0`$ and $`\epsilon`$ and mixes them anew at the
  /// next level, $`x' = a' \hat x_0 + s' \hat\epsilon`$. Divide by $`a'`$, and subtract $`y = \hat
  /// x_0 + \sigma \hat\epsilon`$:
  ///
  /// ```math
  /// y' = y + (\sigma' - \sigma) \, \hat\epsilon .
  /// ```
  ///
  /// Since $`\hat\epsilon = dy / d\sigma`$ is the right side of the probability flow, this is
  /// **Euler's method** for it, the simplest solver there is. And Euler's method for flow matching,
  /// $`x' = x + (s' - s)(\hat\epsilon - \hat x_0)`$, arrives at $`(1 - s') \hat x_0 + s'
  /// \hat\epsilon`$, the same mixture again. So with the same noise levels all three must give the
  /// same points. Below each is written in its own language:
  ///
  /// 1. a network that predicts the noise, and [DdimSampler];
  /// 2. the score, and Euler's method in $`\sigma`$;
  /// 3. the velocity of flow matching, and Euler's method in $`s`$.
  ///
  /// The velocity of [Prediction#V], $`v = a \epsilon - s x_0`$, is a fourth dialect. With $`a =
  /// \cos \varphi`$ and $`s = \sin \varphi`$ it is the derivative of $`x`$ by the angle, and a step
  /// is a rotation by the difference of the angles, $`x' = \cos\delta \, x - \sin\delta \, v`$
  /// (Salimans & Ho 2022, appendix D).
  public void threeWays(Page page) {
    int[] times = TimestepSpacing.TRAILING.timesteps(1000, 20);
    NoiseLevel first = NoiseLevel.ofAlphaBar(SCHEDULE.alphaBar(1000));
    Tensor start = page.rng().normal(Tensor.zeros(page.count(1000, 100)));

    Network network = (x, t) -> DATA.predict(Prediction.EPSILON, x, SCHEDULE.alphaBar((int) t + 1));
    Denoiser denoiser = Parameterization.of(Prediction.EPSILON, Clip.NONE).denoiser(network);
    Sampler sampler = new DdimSampler(SCHEDULE, times, DdimSampler.Options.DEFAULT);
    Tensor ddim = new SamplingLoop(denoiser, sampler).denoise(0, 0, start, 0, (_, _, _) -> {});

    Tensor y = start.times((float) (1 / first.signal()));
    Tensor x = y.times((float) (1 / (1 + first.sigma())));
    for (int step = 0; step < times.length; step++) {
      double sigma = sampler.schedule().level(step).sigma();
      double next = sampler.schedule().level(step + 1).sigma();
      y = map(y, v -> v - (next - sigma) * sigma * score(v, 1, sigma));

      double s = sigma / (1 + sigma);
      double nextS = next / (1 + next);
      x = WeightedSum.of(1, x, nextS - s, velocity(x, s));
    }
    Tolerance floats = new Tolerance(2e-5, "rounding of floats in 20 steps");
    page.check(
        "DDIM and the score: the largest difference.", largestDifference(ddim, y), 0, floats);
    page.check("DDIM and flow matching.", largestDifference(ddim, x), 0, floats);

    NoiseLevel from = NoiseLevel.ofAlphaBar(0.3);
    NoiseLevel to = NoiseLevel.ofAlphaBar(0.6);
    double angle = Math.atan(from.sigma()) - Math.atan(to.sigma());
    Tensor noisy = from.mix(ddim, start);
    Tensor v = WeightedSum.of(from.signal(), start, -from.noise(), ddim);
    page.check(
        "A step by rotation, from $`\\bar\\alpha = 0.3`$ to 0.6: the largest difference.",
        largestDifference(
            WeightedSum.of(Math.cos(angle), noisy, -Math.sin(angle), v),
            from.toLevel(noisy, ddim, to)),
        0,
        new Tolerance(5e-6, "rounding of floats of size 4"));
  }

  /// ## Which variables are the right ones
  ///
  /// In the chain's own variables the flow is (Song, Sohl-Dickstein et al. 2021, section 4.3)
  ///
  /// ```math
  /// dx = - \tfrac12 \beta(\tau) \left( x + \nabla \ln p(x) \right) d\tau .
  /// ```
  ///
  /// It is the same equation and has the same solution, but Euler's method for it is another
  /// method. It is tempting to call one of them better. Two extreme cases show that this depends on
  /// the data:
  ///
  /// - All data is one point. Then $`\hat x_0`$ is right at once and $`y`$ moves on a straight
  ///   line. DDIM is exact, even in one step. The other method takes the shrinking of $`x`$ for a
  ///   straight line, and is not.
  /// - The data is standard normal. Then the score is $`-x`$, the right side is 0, and nothing
  ///   moves. Euler's method in $`x`$ is exact. DDIM believes a prediction $`\hat x_0`$ that will
  ///   change, and is not.
  ///
  /// We let both solve the flow for normal data with the mean 0 and several deviations, from a
  /// point one standard deviation above the mean, which must stay there. In between both have
  /// errors of first order: ten times more steps, a tenth of the error. (In the first row DDIM's
  /// 0.001 is the whole deviation, which is below the least noise of the chain, 0.01.)
  ///
  /// Images are thought to be nearer to the first case. The noise moves in as many dimensions as
  /// there are pixels; images vary in far fewer, and across these their deviation is nearly 0. So
  /// solvers of higher order, [chapter 12](#chapter-12), begin from DDIM's variables.
  public void rightVariables(Page page) {
    Table table =
        new Table("deviation", "DDIM, 20", "Euler in x, 20", "DDIM, 200", "Euler in x, 200");
    for (double deviation : new double[] {0.001, 0.1, 0.3, 0.6, 1}) {
      double[] few = errors(deviation, 20);
      double[] many = errors(deviation, 200);
      table.row(deviation, few[0], few[1], many[0], many[1]);
    }
    page.table("The errors with 20 and with 200 steps.", table);
    page.check(
        "Nearly one point: DDIM's error in 20 steps.",
        errors(0.001, 20)[0],
        0,
        new Tolerance(1e-3, "the deviation itself"));
    page.checkAtLeast("The other method's.", errors(0.001, 20)[1], 0.01);
    page.check(
        "Standard normal data: the error of Euler's method in x.",
        errors(1, 20)[1],
        0,
        Tolerance.DOUBLES);
    page.checkAtLeast("DDIM's.", errors(1, 20)[0], 0.01);
    page.check(
        "Deviation 0.3: DDIM's error with 20 steps in units of that with 200.",
        errors(0.3, 20)[0] / errors(0.3, 200)[0],
        10,
        new Tolerance(2, "terms with the square of a step"));
  }

  /// The errors of DDIM and of Euler's method for x, for normal data.
  private static double[] errors(double deviation, int steps) {
    GaussianMixture data =
        GaussianMixture.of(
            new DiagonalGaussian(new double[1], new double[] {2 * Math.log(deviation)}));
    int[] times = TimestepSpacing.TRAILING.timesteps(1000, steps);
    double x = Math.exp(0.5 * noisy(data, level(1000)).component(0).logVariance()[0]);
    double y = x / level(1000).signal();
    for (int k = 0; k < steps; k++) {
      NoiseLevel at = level(times[k]);
      NoiseLevel next = level(k + 1 < steps ? times[k + 1] : 0);
      y -= (next.sigma() - at.sigma()) * at.sigma() * score(data, y, 1, at.sigma());
      double beta = Math.log(next.alphaBar() / at.alphaBar());
      x += 0.5 * beta * (x + score(data, x, at.signal(), at.noise()));
    }
    return new double[] {Math.abs(y - deviation), Math.abs(x - deviation)};
  }

  private static GaussianMixture noisy(GaussianMixture data, NoiseLevel level) {
    return data.noised(level.signal(), level.noise());
  }

  private static NoiseLevel level(int t) {
    return NoiseLevel.ofAlphaBar(SCHEDULE.alphaBar(t));
  }

  /// ## Three questions
  public void questions(Page page) {
    page.question(
        "At $`\\bar\\alpha = 0.75`$ a network predicts the noise 0.4 in a pixel. What is the score"
            + " there?",
        "$`-\\hat\\epsilon / \\sqrt{1 - \\bar\\alpha} = -0.4 / 0.5 = -0.8`$.",
        -0.4 / NoiseLevel.ofAlphaBar(0.75).noise(),
        -0.8,
        Tolerance.DOUBLES);
    page.question(
        "A model of flow matching is evaluated for an image of the chain with $`\\bar\\alpha ="
            + " 0.1`$. At which time s, and by what must the image be multiplied?",
        "$`\\sigma = 3`$, so $`s = 3/4`$. The factor is $`(1 - s) / \\sqrt{\\bar\\alpha} = 0.79`$;"
            + " forgetting it is the usual error.",
        0.25 / NoiseLevel.ofAlphaBar(0.1).signal(),
        0.79,
        Tolerance.digits(2));
    page.question(
        "The probability flow starts from the middle of the noise, rank 1/2. Where does it end, for"
            + " the two humps of this chapter?",
        "At the median of the data, 0.21, on the left side of the right hump. It is not the mean,"
            + " 0.02, which lies between the humps, where there is little data.",
        quantile(0.5, NoiseLevel.CLEAN),
        0.21,
        Tolerance.digits(2));
  }
}
