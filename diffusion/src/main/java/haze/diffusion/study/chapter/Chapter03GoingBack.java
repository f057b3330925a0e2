package haze.diffusion.study.chapter;

import haze.diffusion.data.DataSource;
import haze.diffusion.figure.Figure;
import haze.diffusion.figure.ImageGrid;
import haze.diffusion.figure.LineChart;
import haze.diffusion.figure.LineChart.Axis;
import haze.diffusion.figure.LineChart.Legend;
import haze.diffusion.figure.LineChart.Line;
import haze.diffusion.figure.LineChart.Look;
import haze.diffusion.process.DiagonalGaussian;
import haze.diffusion.process.ForwardProcess;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Posterior;
import haze.diffusion.process.WeightedSum;
import haze.diffusion.study.book.Chapter;
import haze.diffusion.study.book.Page;
import haze.diffusion.study.book.Section;
import haze.diffusion.study.book.Table;
import haze.diffusion.study.book.Tolerance;
import haze.tensor.Tensor;
import java.io.IOException;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// # Going back when the image is known
///
/// Noise was added; now we want to go back by one step, from $`x_t`$ to $`x_{t-1}`$. That is not
/// possible in general: many images could have led here. But if somebody tells us the image $`x_0`$
/// at which the chain began, the answer is a normal distribution with a formula for its mean and
/// variance. It is the most important formula of the book: training will teach a network to imitate
/// this step without being told $`x_0`$.
public final class Chapter03GoingBack implements Chapter {
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.linear(1000);
  private static final ForwardProcess FORWARD = new ForwardProcess(SCHEDULE);
  private static final Posterior POSTERIOR = new Posterior(SCHEDULE);

  @Override
  public List<Section> sections() {
    return List.of(
        new Section("bayes", this::bayes),
        new Section("square", this::square),
        new Section("weights", this::weights),
        new Section("misprint", this::misprint),
        new Section("allTheWay", this::allTheWay),
        new Section("questions", this::questions));
  }

  /// ## Bayes' rule
  ///
  /// As for the weather in [chapter 1](#chapter-1-goingBack),
  ///
  /// ```math
  /// q(x_{t-1} \mid x_t, x_0)
  ///     = \frac{q(x_t \mid x_{t-1}) \, q(x_{t-1} \mid x_0)}{q(x_t \mid x_0)} .
  /// ```
  ///
  /// The first factor ought to be $`q(x_t \mid x_{t-1}, x_0)`$. The chain has no memory, so $`x_0`$
  /// drops out of it. The second factor is the jump to $`t - 1`$. The denominator does not depend
  /// on $`x_{t-1}`$; it makes the integral 1.
  ///
  /// So in the one number $`x_{t-1}`$ there are two opinions. The jump says: near
  /// $`\sqrt{\bar\alpha_{t-1}} \, x_0`$, within $`1 - \bar\alpha_{t-1}`$. The step says: where
  /// $`\sqrt{\alpha_t} \, x_{t-1}`$ is near $`x_t`$, within $`\beta_t`$. Their product is narrower
  /// than either.
  ///
  /// We need no formula to see it. Multiply both densities on a fine grid of values of $`x_{t-1}`$,
  /// divide by the sum, and read off mean and variance. [Posterior#distribution] must agree, for
  /// any $`t`$, $`x_0`$ and $`x_t`$. The grid is the judge in the rest of this chapter.
  public void bayes(Page page) {
    Table table =
        new Table("t", "$`x_0`$", "$`x_t`$", "mean", "by the grid", "variance", "by the grid");
    double worst = 0;
    for (int t : List.of(2, 10, 100, 500, 1000)) {
      for (double x0 : List.of(-1.0, 0.3)) {
        double xt = Math.sqrt(SCHEDULE.alphaBar(t)) * x0 + Math.sqrt(1 - SCHEDULE.alphaBar(t));
        Moments grid = byGrid(t, x0, xt);
        DiagonalGaussian formula = POSTERIOR.distribution(new double[] {x0}, new double[] {xt}, t);
        double mean = formula.mean()[0];
        double variance = Math.exp(formula.logVariance()[0]);
        table.row(t, x0, xt, mean, grid.mean, variance, grid.variance);
        worst = Math.max(worst, Math.abs(mean - grid.mean) / Math.sqrt(variance));
        worst = Math.max(worst, Math.abs(variance / grid.variance - 1));
      }
    }
    page.check(
        "The largest difference: of means in standard deviations, of variances as a share.",
        worst,
        0,
        new Tolerance(1e-9, "rounding of sums over the grid"));
    page.table("The formula and the grid.", table);
    page.figure(
        "Both factors and their product, for a large step: $`\\beta_t = 0.3`$,"
            + " $`\\bar\\alpha_{t-1} = 0.6`$, $`x_0 = 0.8`$, $`x_t = -0.4`$.",
        factors());
  }

  /// Mean and variance of a density.
  private record Moments(double mean, double variance) {}

  /// Integrates the product of both factors over ten standard deviations of the jump to each side.
  /// So `xt` must not be one that the chain hardly ever reaches.
  private static Moments byGrid(int t, double x0, double xt) {
    DiagonalGaussian jump = FORWARD.distribution(new double[] {x0}, t - 1);
    double deviation = Math.exp(0.5 * jump.logVariance()[0]);
    double[] x = grid(jump.mean()[0] - 10 * deviation, jump.mean()[0] + 10 * deviation);
    double[] density =
        map(
            x,
            each ->
                Math.exp(
                    jump.logDensity(new double[] {each})
                        + step(each, SCHEDULE.beta(t)).logDensity(new double[] {xt})));
    double sum = DoubleStream.of(density).sum();
    double mean = IntStream.range(0, x.length).mapToDouble(i -> density[i] * x[i]).sum() / sum;
    double square =
        IntStream.range(0, x.length)
            .mapToDouble(i -> density[i] * (x[i] - mean) * (x[i] - mean))
            .sum();
    return new Moments(mean, square / sum);
  }

  /// The distribution of a step from x.
  private static DiagonalGaussian step(double x, double beta) {
    return new DiagonalGaussian(
        new double[] {Math.sqrt(1 - beta) * x}, new double[] {Math.log(beta)});
  }

  private static double[] grid(double from, double to) {
    int steps = 4000;
    return IntStream.rangeClosed(0, steps)
        .mapToDouble(i -> from + (to - from) * i / steps)
        .toArray();
  }

  private static double[] map(double[] x, DoubleUnaryOperator f) {
    return DoubleStream.of(x).map(f).toArray();
  }

  private static Figure factors() {
    NoiseSchedule two = NoiseSchedule.ofBetas(0.4, 0.3);
    DiagonalGaussian jump = new ForwardProcess(two).distribution(new double[] {0.8}, 1);
    DiagonalGaussian both =
        new Posterior(two).distribution(new double[] {0.8}, new double[] {-0.4}, 2);
    double[] x = grid(-2.5, 2.5);
    return new LineChart(
            "Two opinions about one number",
            Axis.linear("x at t - 1"),
            Axis.linear("density"),
            Legend.TOP_RIGHT,
            List.of(
                new Line("the jump from x at 0", x, density(x, jump)),
                new Line(
                    "the step to x at t",
                    x,
                    map(x, v -> Math.exp(step(v, 0.3).logDensity(new double[] {-0.4})))),
                new Line("both: the posterior", x, density(x, both), Look.THICK)))
        .sized(1100, 520);
  }

  private static double[] density(double[] x, DiagonalGaussian distribution) {
    return map(x, v -> Math.exp(distribution.logDensity(new double[] {v})));
  }

  /// ## Completing the square
  ///
  /// The logarithm of a normal density is a square: $`-(x - m)^2 / (2 v)`$ and a constant. The
  /// product of both factors therefore has the exponent
  ///
  /// ```math
  /// -\frac12 \left( \frac{(x_t - \sqrt{\alpha_t} \, x_{t-1})^2}{\beta_t}
  ///   + \frac{(x_{t-1} - \sqrt{\bar\alpha_{t-1}} \, x_0)^2}{1 - \bar\alpha_{t-1}} \right) ,
  /// ```
  ///
  /// which is a square in $`x_{t-1}`$ again: the product of two normal densities is normal. Its
  /// variance is the inverse of the factor of $`x_{t-1}^2`$, and its mean comes from the factor of
  /// $`x_{t-1}`$:
  ///
  /// ```math
  /// \frac{1}{\tilde\beta_t} = \frac{\alpha_t}{\beta_t} + \frac{1}{1 - \bar\alpha_{t-1}} ,
  /// \qquad
  /// \tilde\mu_t = \tilde\beta_t \left( \frac{\sqrt{\alpha_t}}{\beta_t} x_t
  ///   + \frac{\sqrt{\bar\alpha_{t-1}}}{1 - \bar\alpha_{t-1}} x_0 \right) .
  /// ```
  ///
  /// Inverse variances, called precisions, add up. Bring both fractions to one denominator and use
  /// $`\alpha_t (1 - \bar\alpha_{t-1}) + \beta_t = 1 - \bar\alpha_t`$, and you have what the paper
  /// and [Posterior] write (eq. 6 and 7):
  ///
  /// ```math
  /// \tilde\beta_t = \frac{1 - \bar\alpha_{t-1}}{1 - \bar\alpha_t} \beta_t ,
  /// \qquad
  /// \tilde\mu_t = \frac{\sqrt{\bar\alpha_{t-1}} \, \beta_t}{1 - \bar\alpha_t} x_0
  ///   + \frac{\sqrt{\alpha_t} \, (1 - \bar\alpha_{t-1})}{1 - \bar\alpha_t} x_t .
  /// ```
  public void square(Page page) {
    page.check(
        "The variance, over all t from 2: the largest relative difference from added precisions.",
        largest(t -> POSTERIOR.variance(t) / fromPrecisions(t) - 1),
        0,
        DIGITS_LOST);
    page.check(
        "The factor of $`x_t`$ in the mean, likewise.",
        largest(
            t ->
                POSTERIOR.xtCoefficient(t)
                        / (fromPrecisions(t) * Math.sqrt(SCHEDULE.alpha(t)) / SCHEDULE.beta(t))
                    - 1),
        0,
        DIGITS_LOST);
    page.check(
        "The factor of $`x_0`$, likewise.",
        largest(
            t ->
                POSTERIOR.x0Coefficient(t)
                        / (fromPrecisions(t) * Math.sqrt(SCHEDULE.alphaBar(t - 1)) / noise(t - 1))
                    - 1),
        0,
        DIGITS_LOST);
  }

  private static final Tolerance DIGITS_LOST =
      new Tolerance(1e-11, "1 - alphaBar is 1e-4 at first, and loses four digits");

  private static double fromPrecisions(int t) {
    return 1 / (SCHEDULE.alpha(t) / SCHEDULE.beta(t) + 1 / noise(t - 1));
  }

  private static double noise(int t) {
    return 1 - SCHEDULE.alphaBar(t);
  }

  private static double largest(IntToDoubleFunction difference) {
    return IntStream.rangeClosed(2, SCHEDULE.timesteps())
        .mapToDouble(t -> Math.abs(difference.applyAsDouble(t)))
        .max()
        .orElseThrow();
  }

  /// ## What the formula says
  ///
  /// **The last step is certain.** For $`t = 1`$ the jump to $`t - 1 = 0`$ is the image itself: the
  /// mean is $`x_0`$, the variance 0.
  ///
  /// **Knowing the image helps, but not much.** $`\tilde\beta_t`$ is below $`\beta_t`$, because
  /// $`x_0`$ tells something about $`x_{t-1}`$. At $`t = 2`$ it is 0.45 of it, at $`t = 100`$
  /// already 0.98. In most steps the noise that a step back adds is that which the step forth
  /// added.
  ///
  /// **Most of the time the step back is small.** At $`t = 500`$ the image has the weight 0.003,
  /// and $`x_t`$ 0.994: a step back pulls the noise a little towards the image. Only in the last
  /// steps the image takes over. So when a network has to say what the image is, its errors hardly
  /// matter in one step of the middle. What matters is their sum over many.
  ///
  /// **It can be written with the noise instead.** $`x_t`$ and $`x_0`$ determine $`\epsilon`$, and
  /// with it the mean is (eq. 11)
  ///
  /// ```math
  /// \tilde\mu_t = \frac{1}{\sqrt{\alpha_t}}
  ///   \left( x_t - \frac{\beta_t}{\sqrt{1 - \bar\alpha_t}} \, \epsilon \right) .
  /// ```
  ///
  /// This is why a network may be asked for the noise instead of the image: chapter 7.
  public void weights(Page page) {
    page.check("The weight of $`x_0`$ at t = 1.", POSTERIOR.x0Coefficient(1), 1, Tolerance.DOUBLES);
    page.check("The variance at t = 1.", POSTERIOR.variance(1), 0, Tolerance.DOUBLES);
    page.check("$`\\tilde\\beta_2 / \\beta_2`$.", ratio(2), 0.45, Tolerance.digits(2));
    page.check("$`\\tilde\\beta_{100} / \\beta_{100}`$.", ratio(100), 0.98, Tolerance.digits(2));
    page.check(
        "The weight of $`x_0`$ at t = 500.",
        POSTERIOR.x0Coefficient(500),
        0.003,
        Tolerance.digits(3));
    page.check(
        "The weight of $`x_t`$ at t = 500.",
        POSTERIOR.xtCoefficient(500),
        0.994,
        Tolerance.digits(3));
    Tensor x0 = page.rng().normal(Tensor.zeros(100));
    Tensor xt = page.rng().normal(Tensor.zeros(100));
    Tensor epsilon = FORWARD.epsilon(xt, x0, 500);
    Tensor byNoise =
        WeightedSum.of(
            1 / Math.sqrt(SCHEDULE.alpha(500)),
            xt,
            -SCHEDULE.beta(500) / Math.sqrt(noise(500) * SCHEDULE.alpha(500)),
            epsilon);
    page.check(
        "The mean by the image and by the noise: the largest difference of 100.",
        largestDifference(POSTERIOR.mean(x0, xt, 500), byNoise),
        0,
        Tolerance.FLOATS);
    double[] t = IntStream.rangeClosed(1, 1000).asDoubleStream().toArray();
    page.figure(
        "The weights of image and noisy image in the mean of a step back, and the variance as a"
            + " share of the step forth's.",
        new LineChart(
                "A step back",
                Axis.log("timestep t"),
                Axis.linear("weight"),
                Legend.OUTSIDE,
                List.of(
                    new Line("weight of x at 0", t, map(t, s -> POSTERIOR.x0Coefficient((int) s))),
                    new Line("weight of x at t", t, map(t, s -> POSTERIOR.xtCoefficient((int) s))),
                    new Line("share of variance", t, map(t, s -> ratio((int) s)), Look.DASHED)))
            .sized(1100, 520));
  }

  private static double ratio(int t) {
    return POSTERIOR.variance(t) / SCHEDULE.beta(t);
  }

  private static double largestDifference(Tensor x, Tensor y) {
    return DoubleStream.of(x.minus(y).toDoubles()).map(Math::abs).max().orElseThrow();
  }

  /// ## A misprint, and why nobody notices
  ///
  /// The formula of the variance is often printed wrong, above code that has it right. The most
  /// common misprint loses the bars:
  ///
  /// ```math
  /// \frac{1 - \alpha_{t-1}}{1 - \alpha_t} \beta_t .
  /// ```
  ///
  /// Since $`1 - \alpha_t = \beta_t`$, this is nothing but $`\beta_{t-1}`$. And neighbouring betas
  /// are nearly equal, and $`\tilde\beta_t`$ is nearly $`\beta_t`$: from $`t = 100`$ on the
  /// misprint is wrong by less than 1 %. It is at the end of sampling, where the details of an
  /// image are made, that it adds too much noise: at $`t = 2`$ the variance is 83 % too large.
  ///
  /// Two others are found as well. The fraction upside down is above $`\beta_t`$, which cannot be:
  /// it says that being told $`x_0`$ makes one less sure. The square root in the place of the
  /// variance, a standard deviation that is called a variance, is off by a factor of 10 to 100. The
  /// grid, which knows no formula, tells them apart.
  public void misprint(Page page) {
    Table table = new Table("t", "by the grid", "eq. 7", "bars lost", "upside down", "square root");
    for (int t : List.of(2, 5, 10, 100, 500, 1000)) {
      double beta = SCHEDULE.beta(t);
      double barsLost = (1 - SCHEDULE.alpha(t - 1)) / (1 - SCHEDULE.alpha(t)) * beta;
      table.row(
          t,
          byGrid(t, 0.3, 0.3).variance,
          POSTERIOR.variance(t),
          barsLost,
          noise(t) / noise(t - 1) * beta,
          Math.sqrt(POSTERIOR.variance(t)));
    }
    page.check(
        "Bars lost, it is the beta of the step before: the largest difference over all t.",
        largest(
            t ->
                (1 - SCHEDULE.alpha(t - 1)) / (1 - SCHEDULE.alpha(t)) * SCHEDULE.beta(t)
                    - SCHEDULE.beta(t - 1)),
        0,
        Tolerance.DOUBLES);
    page.check(
        "Bars lost, over the grid's variance, at t = 2.",
        SCHEDULE.beta(1) / byGrid(2, 0.3, 0.3).variance,
        1.83,
        Tolerance.digits(2));
    page.checkAtMost(
        "Bars lost, the largest relative error from t = 100 on.",
        IntStream.rangeClosed(100, 1000)
            .mapToDouble(t -> Math.abs(SCHEDULE.beta(t - 1) / POSTERIOR.variance(t) - 1))
            .max()
            .orElseThrow(),
        0.01);
    page.check(
        "Square root: the factor at t = 1000.",
        1 / Math.sqrt(POSTERIOR.variance(1000)),
        7,
        Tolerance.digits(0));
    page.check(
        "Square root: the factor at t = 2.",
        1 / Math.sqrt(POSTERIOR.variance(2)),
        135,
        Tolerance.digits(0));
    page.table("The variance of a step back, right and wrong.", table);
  }

  /// ## All the way back
  ///
  /// Take the steps one after the other, from $`t = T`$ to 1. Each one leads from the jump's
  /// distribution at $`t`$ to that at $`t - 1`$:
  ///
  /// ```math
  /// x_t \sim q(x_t \mid x_0), \quad x_{t-1} \sim q(x_{t-1} \mid x_t, x_0)
  /// \quad \Longrightarrow \quad x_{t-1} \sim q(x_{t-1} \mid x_0) .
  /// ```
  ///
  /// In numbers, with the weights $`a`$ of $`x_0`$ and $`b`$ of $`x_t`$: means and variances agree
  /// if
  ///
  /// ```math
  /// a + b \sqrt{\bar\alpha_t} = \sqrt{\bar\alpha_{t-1}} ,
  /// \qquad
  /// b^2 (1 - \bar\alpha_t) + \tilde\beta_t = 1 - \bar\alpha_{t-1} .
  /// ```
  ///
  /// Both hold at every $`t`$. So the chain backwards passes through the same distributions as the
  /// chain forwards, in the opposite order, and ends exactly at $`x_0`$.
  ///
  /// Below, pure noise becomes a digit in 1000 steps, without any network. It is not yet a wonder:
  /// each step was told the digit. A diffusion model does the same with one change. In the place of
  /// $`x_0`$ it puts a network's estimate of it, made from $`x_t`$. Why that is enough is what the
  /// next chapters are about.
  public void allTheWay(Page page) throws IOException {
    page.check(
        "The means, the largest difference over all t.",
        largest(
            t ->
                POSTERIOR.x0Coefficient(t)
                    + POSTERIOR.xtCoefficient(t) * Math.sqrt(SCHEDULE.alphaBar(t))
                    - Math.sqrt(SCHEDULE.alphaBar(t - 1))),
        0,
        Tolerance.DOUBLES);
    page.check(
        "The variances.",
        largest(
            t ->
                POSTERIOR.xtCoefficient(t) * POSTERIOR.xtCoefficient(t) * noise(t)
                    + POSTERIOR.variance(t)
                    - noise(t - 1)),
        0,
        Tolerance.DOUBLES);
    Tensor digit = DataSource.Embedded.TEST.load().image(0).reshape(1, 28, 28, 1);
    List<Integer> shown = List.of(999, 600, 400, 250, 150, 80, 30, 10, 0);
    Tensor images = Tensor.zeros(shown.size(), 28, 28, 1);
    Tensor x = page.rng().normal(Tensor.zeros(1, 28, 28, 1));
    for (int t = SCHEDULE.timesteps(); t >= 1; t--) {
      Tensor z = page.rng().normal(Tensor.zeros(1, 28, 28, 1));
      x = WeightedSum.of(1, POSTERIOR.mean(digit, x, t), Math.sqrt(POSTERIOR.variance(t)), z);
      if (shown.contains(t - 1)) {
        images.slice(shown.indexOf(t - 1), 1).copyFrom(x);
      }
    }
    page.check(
        "At the end, the largest difference from the digit.",
        largestDifference(x, digit),
        0,
        Tolerance.FLOATS);
    page.figure(
        "Back to a known digit: t = 999, 600, 400, 250, 150, 80, 30, 10 and 0.",
        ImageGrid.of(images, shown.size()));
  }

  /// ## Three questions
  public void questions(Page page) {
    page.question(
        "Both opinions about $`x_{t-1}`$ have the same variance $`v`$. What is that of the"
            + " posterior, as a part of $`v`$?",
        "Precisions add up: $`1/v + 1/v = 2/v`$, so the variance is half.",
        new Posterior(NoiseSchedule.ofBetas(0.5, 1.0 / 3)).variance(2) / 0.5,
        0.5,
        Tolerance.DOUBLES);
    page.question(
        "At $`t = 500`$ a network's estimate of the image is wrong by 0.5 in a pixel. By how much"
            + " does this move the mean of the step back?",
        "By 0.5 times the weight 0.003 of $`x_0`$: 0.0015. The step's own noise has a standard"
            + " deviation of 0.1, 65 times as much.",
        0.5 * POSTERIOR.x0Coefficient(500),
        0.0015,
        Tolerance.digits(4));
    page.question(
        "Why is the last step, to $`t = 0`$, made without noise?",
        "Its variance is $`\\tilde\\beta_1 = 0`$, since $`\\bar\\alpha_0 = 1`$: given $`x_0`$ there"
            + " is nothing left to be unsure about.",
        POSTERIOR.variance(1),
        0,
        Tolerance.DOUBLES);
  }
}
