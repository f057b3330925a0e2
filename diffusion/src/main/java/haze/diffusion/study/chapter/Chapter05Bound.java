package haze.diffusion.study.chapter;

import haze.diffusion.figure.LineChart;
import haze.diffusion.figure.LineChart.Axis;
import haze.diffusion.figure.LineChart.Legend;
import haze.diffusion.figure.LineChart.Line;
import haze.diffusion.figure.LineChart.Look;
import haze.diffusion.process.DiagonalGaussian;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Posterior;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseProcess;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.process.VariationalBound;
import haze.diffusion.study.book.Chapter;
import haze.diffusion.study.book.Page;
import haze.diffusion.study.book.Section;
import haze.diffusion.study.book.Table;
import haze.diffusion.study.book.Tolerance;
import haze.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntToDoubleFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/// # The bound, line by line
///
/// A model of images should give high probability to images. So training should make $`-\ln
/// p_\theta(x_0)`$ small: the length, in nats, of the shortest code that the model allows for the
/// image $`x_0`$. But nobody can compute this number, for it is an integral over all chains that
/// end at $`x_0`$. This chapter replaces it, line by line, by a bound that can be computed, $`L_T +
/// \sum_{t>1} L_{t-1} + L_0`$ (Ho et al. 2020, eq. 5 and appendix A).
///
/// Each line is also a method here, and its value is measured. An image has a single number in this
/// chapter, $`x_0 = 0.75`$. The chain has four steps, and the network of the model is chosen by
/// hand, so simple that the integral is known. If a line were wrong, its value would not be that of
/// the line above. We try this too, with mistakes made on purpose.
public final class Chapter05Bound implements Chapter {
  private static final double X0 = 0.75;
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.ofBetas(0.2, 0.4, 0.6, 0.8);
  private static final int T = SCHEDULE.timesteps();

  /// The model's steps are normal. Their variance lies between $`\tilde\beta_t`$ and $`\beta_t`$.
  private static final ReverseProcess REVERSE =
      new ReverseProcess(SCHEDULE, Prediction.X0, ReverseVariance.LEARNED_RANGE, 1, false);

  /// In the place of a trained network: a function from t and $`x_t`$ to the predicted $`x_0`$ and
  /// the place of the variance, from -1 to 1. This one is bad; it does not even look at t.
  private static final NumberModel HAND =
      new NumberModel(REVERSE, (_, xt) -> new double[] {0.2 + 0.5 * xt, 0});

  @Override
  public List<Section> sections() {
    return List.of(
        new Section("autoencoder", this::autoencoder),
        new Section("integral", this::integral),
        new Section("timesOne", this::timesOne),
        new Section("jensen", this::jensen),
        new Section("memory", this::memory),
        new Section("bayes", this::bayes),
        new Section("telescope", this::telescope),
        new Section("divergences", this::divergences),
        new Section("table", this::table),
        new Section("mistakes", this::mistakes),
        new Section("equality", this::equality),
        new Section("steps", this::steps),
        new Section("questions", this::questions));
  }

  /// ## One step is a variational autoencoder
  ///
  /// A variational autoencoder (VAE) explains an image $`x`$ by hidden numbers $`z`$. Its encoder
  /// $`q(z \mid x)`$ draws $`z`$ near a place that depends on the image; its decoder $`p_\theta(x
  /// \mid z)`$ goes back; and $`p(z) = \mathcal N(0, I)`$ is what generation starts from. Two terms
  /// train it (Kingma & Welling 2014, eq. 3):
  ///
  /// ```math
  /// -\ln p_\theta(x) \le \mathrm{KL}\left(q(z \mid x) \,\Vert\, p(z)\right)
  ///     - \mathbb E_q\left[\ln p_\theta(x \mid z)\right] .
  /// ```
  ///
  /// Here KL is the divergence of [DiagonalGaussian#kl], and $`\mathbb E_q`$ the mean over what is
  /// drawn from $`q`$. Now take a diffusion of a single step. The encoder is the step that adds
  /// noise, $`z = x_1 = \sqrt{1-\beta_1}\, x_0 + \sqrt{\beta_1}\, \epsilon`$, and the decoder is
  /// the step back. The first term is $`L_T`$, the second is $`L_0`$, and the bound is the same.
  ///
  /// Two things differ. The encoder of a diffusion has nothing to learn. And with T steps $`z`$ is
  /// a whole chain $`x_1, \dots, x_T`$, so there are T + 1 terms in the place of two.
  ///
  /// If $`z`$ has mean m and variance v, programs of a VAE compute the first term as $`\tfrac12
  /// (m^2 + v - 1 - \ln v)`$.
  public void autoencoder(Page page) {
    NoiseSchedule one = NoiseSchedule.ofBetas(0.9);
    ReverseProcess back =
        new ReverseProcess(one, Prediction.X0, ReverseVariance.FIXED_LARGE, 1, false);
    double m = Math.sqrt(0.1) * X0;
    double v = 0.9;
    page.check(
        "$`L_T`$ of the chain with T = 1 is the first term of a VAE.",
        new VariationalBound(back).prior(new double[] {X0}),
        (m * m + v - 1 - Math.log(v)) / 2,
        Tolerance.DOUBLES);
  }

  /// ## Lines 0 and 1: what we want is an integral
  ///
  /// The model's chain begins at $`p(x_T) = \mathcal N(0, 1)`$ and goes down to $`x_0`$. The
  /// density of $`x_0`$ alone is that of whole chains, integrated over everything that may have
  /// come before:
  ///
  /// ```math
  /// \begin{aligned}
  /// & -\ln p_\theta(x_0) && (0) \\
  /// ={} & -\ln \int p_\theta(x_{0..T}) \, dx_{1..T} && (1)
  /// \end{aligned}
  /// ```
  ///
  /// The outputs of our network are straight lines in $`x_t`$. So each $`x_{t-1}`$ is a factor
  /// times $`x_t`$, plus a constant, plus normal noise, and $`x_0`$ is normal: (0) is known in
  /// closed form.
  ///
  /// The integral (1) is a mean: run the model's chain from noise down to $`x_1`$ many times, and
  /// average the density $`p_\theta(x_0 \mid x_1)`$. For one number this works. For an image of 784
  /// numbers no chain would ever come near it, and the mean would be 0 in every computer. This is
  /// why the derivation goes on.
  public void integral(Page page) {
    page.check("(0) in closed form.", HAND.truth(X0), 0.6512, Tolerance.digits(4));
    int n = page.count(200_000, 10_000);
    Draws line1 = HAND.densities(X0, n, page::rng).minusLogMean();
    Tolerance tolerance = Tolerance.ofMean(line1.deviation(), n);
    page.check("(1) by chains of the model.", line1.mean(), HAND.truth(X0), tolerance);
  }

  /// ## Line 2: multiply by one
  ///
  /// The model's own chains miss the image. The chains that add noise **begin** at it. To integrate
  /// over those instead, multiply by $`q/q`$, where $`q`$ is the density of a noising chain:
  ///
  /// ```math
  /// -\ln \int q(x_{1..T} \mid x_0)\, \frac{p_\theta(x_{0..T})}{q(x_{1..T} \mid x_0)} \, dx_{1..T}
  /// = -\ln \mathbb E_q\left[\frac{p_\theta(x_{0..T})}{q(x_{1..T} \mid x_0)}\right] \qquad (2)
  /// ```
  ///
  /// Nothing has changed but what we average over. It is allowed because $`q`$ is nowhere 0: each
  /// step of it adds noise. Every chain now begins at the image, so none is wasted on other places.
  /// (For one number the errors of (1) and (2) are alike; the table below has them. For an image
  /// only (2) can be used.)
  public void timesOne(Page page) {
    int n = page.count(200_000, 10_000);
    Draws line2 = draws(chains(page, HAND, n), c -> Math.exp(-whole(c))).minusLogMean();
    Tolerance tolerance = Tolerance.ofMean(line2.deviation(), n);
    page.check("(2) by chains from the image.", line2.mean(), HAND.truth(X0), tolerance);
  }

  /// $`\ln q(x_{1..T} \mid x_0) - \ln p_\theta(x_{0..T})`$, both as densities of whole vectors.
  private static double whole(NumberChain c) {
    double[] after = Arrays.copyOfRange(c.x(), 1, T + 1);
    double[] fromNoise = IntStream.rangeClosed(0, T).mapToDouble(i -> c.x()[T - i]).toArray();
    return NOISING.logDensity(after) - STRAIGHT.logDensity(fromNoise);
  }

  private static final NormalChain STRAIGHT = HAND.straight();

  /// $`x_1, \dots, x_T`$ given $`x_0`$.
  private static final NormalChain NOISING =
      new NormalChain(
          new double[] {Math.sqrt(SCHEDULE.alpha(1)) * X0, 0, 0, 0},
          IntStream.rangeClosed(1, T).mapToDouble(t -> Math.sqrt(SCHEDULE.alpha(t))).toArray(),
          IntStream.rangeClosed(1, T).mapToDouble(SCHEDULE::beta).toArray());

  /// ## Line 3: Jensen's inequality
  ///
  /// A mean inside a logarithm is a nuisance: it does not split into terms, and the mean of a batch
  /// of a few images would be wrong on average, not only inexact. The function $`-\ln`$ bends
  /// upwards, so the mean of its values is above its value at the mean (Jensen's inequality). We
  /// exchange the two, and pay for it:
  ///
  /// ```math
  /// \le \mathbb E_q\left[-\ln \frac{p_\theta(x_{0..T})}{q(x_{1..T} \mid x_0)}\right] \qquad (3)
  /// ```
  ///
  /// This is the only line that is not an equality. What does it cost? Divide the model's chain by
  /// its end, $`p_\theta(x_{0..T}) = p_\theta(x_0)\, p_\theta(x_{1..T} \mid x_0)`$. The first
  /// factor does not depend on what is averaged over, so (3) is (0) plus a divergence:
  ///
  /// ```math
  /// \mathrm{KL}\left(q(x_{1..T} \mid x_0) \,\Vert\, p_\theta(x_{1..T} \mid x_0)\right)
  /// = \sum_{t=1}^T \mathbb E_q\left[\mathrm{KL}\left(
  ///     q(x_t \mid x_{t-1}) \,\Vert\, p_\theta(x_t \mid x_{t-1})\right)\right] .
  /// ```
  ///
  /// It is 0 only if the model, turned around by Bayes' rule, adds noise exactly as the noising
  /// chain does. So whoever makes (3) small does two things at once: the image becomes more
  /// probable, and the model's steps back become those of the chain. The table has the cost of each
  /// step. It can be computed here because the model is so simple.
  public void jensen(Page page) {
    Table table = new Table("step t", "what it costs, in nats");
    IntStream.rangeClosed(1, T).forEach(t -> table.row(t, HAND.jensenCost(t, X0)));
    page.table("The cost of exchanging mean and logarithm, step by step.", table);
    page.check("All of it.", slack(HAND), 0.0877, Tolerance.digits(4));
    page.check(
        "(0) and the cost are the bound of the last line, computed without chance.",
        HAND.truth(X0) + slack(HAND),
        bound(HAND),
        Tolerance.DOUBLES);
  }

  private static double slack(NumberModel model) {
    return sum(1, T, t -> model.jensenCost(t, X0));
  }

  /// ## Line 4: the chain has no memory
  ///
  /// Both numbers in (3) are densities of vectors, of all members of a chain at once. The code
  /// above computes them so, from the covariances of the members. But both processes are Markov
  /// chains, so their densities are products with one factor a step ([chapter 1](#chapter-1)), and
  /// the logarithm makes sums of them:
  ///
  /// ```math
  /// = \mathbb E_q\left[-\ln p(x_T)
  ///     + \sum_{t \ge 1} \ln \frac{q(x_t \mid x_{t-1})}{p_\theta(x_{t-1} \mid x_t)}\right]
  ///     \qquad (4)
  /// ```
  ///
  /// Without the Markov property the factors would be $`q(x_t \mid x_{t-1}, \dots, x_0)`$, and a
  /// network would have to see all of the chain. From here to (7) a line equals the one above for
  /// **every single chain**, not only on average. So one chain is enough for a check.
  public void memory(Page page) {
    NumberChain chain = chains(page, HAND, 1).getFirst();
    page.check("(4) is (3), for a chain.", steps(chain), whole(chain), Tolerance.DOUBLES);
  }

  /// Line 4.
  private static double steps(NumberChain c) {
    return -c.noise() + sum(1, T, t -> c.forward(t) - c.model(t));
  }

  /// ## Lines 5 and 6: Bayes' rule, with the image known
  ///
  /// In each term of (4) one density goes forwards and the other one backwards, so they cannot be
  /// compared. We turn $`q`$ around. Without more knowledge this is impossible: $`q(x_{t-1} \mid
  /// x_t)`$ depends on the distribution of all images ([chapter 4](#chapter-4)). But here the image
  /// is known, and putting it into the condition changes nothing, because the chain has no memory:
  /// $`q(x_t \mid x_{t-1}) = q(x_t \mid x_{t-1}, x_0)`$. Then Bayes' rule gives
  ///
  /// ```math
  /// q(x_t \mid x_{t-1}) = q(x_{t-1} \mid x_t, x_0)\,
  ///     \frac{q(x_t \mid x_0)}{q(x_{t-1} \mid x_0)} .
  /// ```
  ///
  /// For t = 1 it fails: the step back to a known image has the variance 0, and so no density. We
  /// set the first step apart, and turn the others around:
  ///
  /// ```math
  /// \begin{aligned}
  /// ={} & \mathbb E_q\left[-\ln p(x_T)
  ///     + \sum_{t > 1} \ln \frac{q(x_t \mid x_{t-1})}{p_\theta(x_{t-1} \mid x_t)}
  ///     + \ln \frac{q(x_1 \mid x_0)}{p_\theta(x_0 \mid x_1)}\right] && (5) \\
  /// ={} & \mathbb E_q\left[-\ln p(x_T)
  ///     + \sum_{t > 1} \ln \left(\frac{q(x_{t-1} \mid x_t, x_0)}{p_\theta(x_{t-1} \mid x_t)}
  ///       \cdot \frac{q(x_t \mid x_0)}{q(x_{t-1} \mid x_0)}\right)
  ///     + \ln \frac{q(x_1 \mid x_0)}{p_\theta(x_0 \mid x_1)}\right] && (6)
  /// \end{aligned}
  /// ```
  public void bayes(Page page) {
    NumberChain chain = chains(page, HAND, 1).getFirst();
    page.check(
        "The variance of the step back at t = 1.",
        new Posterior(SCHEDULE).variance(1),
        0,
        Tolerance.DOUBLES);
    for (int t = 2; t <= T; t++) {
      page.check(
          "Both sides of Bayes' rule, as logarithms, for t = %d.".formatted(t),
          chain.back(t) + chain.jump(t) - chain.jump(t - 1),
          chain.forward(t),
          Tolerance.DOUBLES);
    }
    page.check("(6) is (5), for a chain.", turned(chain), apart(chain), Tolerance.DOUBLES);
  }

  /// Line 5.
  private static double apart(NumberChain c) {
    return -c.noise() + sum(2, T, t -> c.forward(t) - c.model(t)) + c.forward(1) - c.model(1);
  }

  /// Line 6.
  private static double turned(NumberChain c) {
    double sum = sum(2, T, t -> c.back(t) - c.model(t) + c.jump(t) - c.jump(t - 1));
    return -c.noise() + sum + c.forward(1) - c.model(1);
  }

  /// ## Line 7: the fractions telescope
  ///
  /// In the sum over t the fractions $`q(x_t \mid x_0) / q(x_{t-1} \mid x_0)`$ cancel each other
  /// like the tubes of a telescope slide together: the denominator of each is the numerator of the
  /// one before. What is left is $`q(x_T \mid x_0) / q(x_1 \mid x_0)`$, and its denominator cancels
  /// $`q(x_1 \mid x_0)`$ of the first step. Every density of $`q`$ now stands over one of $`p`$ for
  /// the **same** variable:
  ///
  /// ```math
  /// = \mathbb E_q\left[\ln \frac{q(x_T \mid x_0)}{p(x_T)}
  ///     + \sum_{t > 1} \ln \frac{q(x_{t-1} \mid x_t, x_0)}{p_\theta(x_{t-1} \mid x_t)}
  ///     - \ln p_\theta(x_0 \mid x_1)\right] \qquad (7)
  /// ```
  public void telescope(Page page) {
    NumberChain chain = chains(page, HAND, 1).getFirst();
    page.check(
        "The sum of the fractions' logarithms is that of the single one.",
        sum(2, T, t -> chain.jump(t) - chain.jump(t - 1)),
        chain.jump(T) - chain.jump(1),
        Tolerance.DOUBLES);
    page.check("(7) is (6), for a chain.", telescoped(chain), turned(chain), Tolerance.DOUBLES);
  }

  /// Line 7.
  private static double telescoped(NumberChain c) {
    return c.jump(T) - c.noise() + sum(2, T, t -> c.back(t) - c.model(t)) - c.model(1);
  }

  /// ## Lines 8 to 10: logarithms become divergences
  ///
  /// The mean of $`\ln (q/p)`$ over draws from $`q`$ is the divergence $`\mathrm{KL}(q \,\Vert\,
  /// p)`$, and for normal distributions it has a closed form. The mean over a chain may be taken in
  /// two stages: first over $`x_{t-1}`$ while $`x_t`$ is held, then over $`x_t`$. The first stage
  /// is the closed form, and the bound has its final shape:
  ///
  /// ```math
  /// = \mathbb E_q\Big[ L_T + \sum_{t > 1} L_{t-1} + L_0 \Big] \qquad (8)
  /// ```
  ///
  /// ```math
  /// \begin{aligned}
  /// L_T &= \mathrm{KL}\left(q(x_T \mid x_0) \,\Vert\, p(x_T)\right) \\
  /// L_{t-1} &= \mathrm{KL}\left(q(x_{t-1} \mid x_t, x_0) \,\Vert\,
  ///     p_\theta(x_{t-1} \mid x_t)\right) \\
  /// L_0 &= -\ln p_\theta(x_0 \mid x_1)
  /// \end{aligned}
  /// ```
  ///
  /// [VariationalBound] has these terms. Each of them contains a single $`x_t`$, so the chain is no
  /// longer needed: $`x_t`$ can be drawn by one jump from $`x_0`$ ([chapter 2](#chapter-2)), for
  /// each t anew **(9)**. Training does exactly this, with one random t for each image.
  ///
  /// With our straight lines the terms are quadratic in $`x_t`$, and the mean of a quadratic over a
  /// normal distribution is the mean of its values at one standard deviation to the left and to the
  /// right. So the last line can be computed without chance **(10)**.
  ///
  /// One might expect (8) to have less scatter than (7), since less is left to chance in it. This
  /// is true for each term, and the table shows it; it is what a training step needs, which sees
  /// one term only. For the sum it is false: in (7) the terms belong to one chain, and what is too
  /// large in one of them is too small in the next.
  public void divergences(Page page) {
    List<NumberChain> chains = chains(page, HAND, page.count(100_000, 10_000));
    Table table = new Table("deviation of", "line 7", "line 8");
    for (int i = T; i >= 2; i--) {
      int t = i;
      double logarithm = draws(chains, c -> c.back(t) - c.model(t)).deviation();
      double divergence = draws(chains, c -> HAND.transition(t, X0, c.x()[t])).deviation();
      table.row("the term of t = " + t, digits(logarithm), digits(divergence));
      page.checkAtMost("t = %d: (8) scatters less.".formatted(t), divergence, logarithm);
    }
    double logarithms = draws(chains, c -> telescoped(c)).deviation();
    double divergences = draws(chains, c -> closed(c)).deviation();
    table.row("the sum", digits(logarithms), digits(divergences));
    page.checkAtLeast("The sum: (8) scatters more.", divergences, logarithms);
    page.table("Standard deviations over chains, in nats.", table);
  }

  /// Line 8, and with jumps in the place of a chain line 9.
  private static double closed(NumberChain c) {
    return prior() + sum(2, T, t -> c.model().transition(t, X0, c.x()[t])) - c.model(1);
  }

  /// $`L_T`$.
  private static double prior() {
    return new VariationalBound(REVERSE).prior(new double[] {X0});
  }

  /// Line 10.
  private static double bound(NumberModel model) {
    return prior() + sum(1, T, t -> model.meanTerm(t, X0));
  }

  /// ## All lines
  ///
  /// Here is the derivation in numbers. Lines 2 to 8 are evaluated on the same chains, and a
  /// difference is the mean of the differences chain by chain: where two lines are equal for each
  /// chain, its error is 0. Lines 1 and 9 have draws of their own.
  ///
  /// Each difference must be 0 within three standard errors; that of line 3 must be the cost of
  /// Jensen's inequality, 0.0877.
  public void table(Page page) {
    int n = page.count(200_000, 10_000);
    List<NumberChain> chains = chains(page, HAND, n);
    List<NumberChain> jumps = NumberChain.byJumps(HAND, X0, n, page::rng);
    compare(
        page,
        List.of(
            new Row("0 truth", Draws.constant(HAND.truth(X0), n)),
            new Row("1 integral", HAND.densities(X0, n, page::rng).minusLogMean()),
            new Row("2 times q/q", draws(chains, c -> Math.exp(-whole(c))).minusLogMean()),
            new Row("3 Jensen", draws(chains, c -> whole(c))),
            new Row("4 no memory", draws(chains, c -> steps(c))),
            new Row("5 t = 1 apart", draws(chains, c -> apart(c))),
            new Row("6 Bayes", draws(chains, c -> turned(c))),
            new Row("7 telescope", draws(chains, c -> telescoped(c))),
            new Row("8 divergences", draws(chains, c -> closed(c))),
            new Row("9 by jumps", draws(jumps, c -> closed(c))),
            new Row("10 exact", Draws.constant(bound(HAND), n))));
  }

  /// A line and its draws.
  private record Row(String name, Draws draws) {}

  private static void compare(Page page, List<Row> rows) {
    Table table = new Table("line", "value", "error", "difference", "its error");
    Draws first = rows.getFirst().draws();
    table.row(rows.getFirst().name(), digits(first.mean()), digits(first.error()), "", "");
    for (int i = 1; i < rows.size(); i++) {
      Draws line = rows.get(i).draws();
      Draws difference = line.minus(rows.get(i - 1).draws());
      table.row(
          rows.get(i).name(),
          digits(line.mean()),
          digits(line.error()),
          digits(difference.mean()),
          digits(difference.error()));
    }
    page.table("The derivation in nats, by %,d chains.".formatted(first.values().length), table);
    for (int i = 1; i < rows.size(); i++) {
      Draws difference = rows.get(i).draws().minus(rows.get(i - 1).draws());
      double expected = i == 3 ? slack(HAND) : 0;
      page.checkAtMost(
          "Line %s: the deviation in standard errors.".formatted(rows.get(i).name()),
          Math.abs(difference.mean() - expected) / (difference.error() + ROUNDING),
          3);
    }
  }

  /// Where two lines are equal chain by chain, their difference is rounding.
  private static final double ROUNDING = 1e-12;

  /// ## Mistakes are seen
  ///
  /// Would a wrong line be noticed? Four mistakes that are easily made, each in one line, compared
  /// with the line above it, on the same chains:
  ///
  /// - In (6), Bayes' rule without its fraction: $`q(x_{t-1} \mid x_t, x_0)`$ is simply put in the
  ///   place of $`q(x_t \mid x_{t-1})`$.
  /// - In (7), the telescope is closed, but $`q(x_1 \mid x_0)`$ of the first step is kept.
  /// - In (8), the mean of the posterior has $`\sqrt{\bar\alpha_t}`$ before $`x_0`$, where
  ///   $`\sqrt{\bar\alpha_{t-1}}`$ is right.
  /// - In (8), the divergence is taken in the wrong order.
  ///
  /// Each gives a plausible formula, and training would run with it. The numbers are not those of
  /// the line above, by more than 20 standard errors.
  public void mistakes(Page page) {
    List<NumberChain> chains = chains(page, HAND, page.count(200_000, 20_000));
    Draws line5 = draws(chains, c -> apart(c));
    Draws line6 = draws(chains, c -> turned(c));
    Draws line7 = draws(chains, c -> telescoped(c));

    Draws noFraction =
        draws(
            chains,
            c -> -c.noise() + sum(2, T, t -> c.back(t) - c.model(t)) + c.forward(1) - c.model(1));
    Draws firstKept = draws(chains, c -> telescoped(c) + c.forward(1));
    Draws otherT =
        draws(chains, c -> prior() + sum(2, T, t -> misread(c, t).kl(c.step(t))) - c.model(1));
    Draws otherOrder =
        draws(chains, c -> prior() + sum(2, T, t -> c.step(t).kl(c.posterior(t))) - c.model(1));

    Table table = new Table("mistake", "difference", "its error");
    reject(page, table, "6 without the fraction", noFraction.minus(line5));
    reject(page, table, "7 with the first step kept", firstKept.minus(line6));
    reject(page, table, "8 with t for t - 1", otherT.minus(line7));
    reject(page, table, "8 in the wrong order", otherOrder.minus(line7));
    page.table("Mistakes in nats.", table);
  }

  /// The posterior with $`\bar\alpha_t`$ in the place of $`\bar\alpha_{t-1}`$ before $`x_0`$.
  private static DiagonalGaussian misread(NumberChain c, int t) {
    DiagonalGaussian right = c.posterior(t);
    double factor = new Posterior(SCHEDULE).x0Coefficient(t);
    double misread = factor * Math.sqrt(SCHEDULE.alpha(t));
    double[] mean = {right.mean()[0] + (misread - factor) * X0};
    return new DiagonalGaussian(mean, right.logVariance());
  }

  private static void reject(Page page, Table table, String name, Draws difference) {
    double errors = Math.abs(difference.mean()) / difference.error();
    page.checkAtLeast("Line %s: standard errors.".formatted(name), errors, 20);
    table.row(name, digits(difference.mean()), digits(difference.error()));
  }

  /// ## Where the bound is the truth
  ///
  /// The cost is 0 if the model's steps are the exact reverse of the chain. If the data is N(0, 1),
  /// we know them: noise keeps N(0, 1) as it is, so the chain looks the same in both directions,
  /// and the step back is $`\mathcal N(\sqrt{1-\beta_t}\, x_t, \beta_t)`$. As outputs of a network
  /// these are the predicted $`x_0 = \sqrt{\bar\alpha_t}\, x_t`$ and 1.
  ///
  /// Then $`q(x_{1..T} \mid x_0) / q(x_{0..T}) = 1 / q(x_0)`$ whatever the chain is. So line 7 is
  /// $`-\ln p_\theta(x_0)`$ **for every single chain**, without any scatter. The terms are not 0:
  /// they share out the length of the code among the steps. A bound is good if its *sum* is small.
  public void equality(Page page) {
    NumberModel exact =
        new NumberModel(REVERSE, (t, xt) -> new double[] {Math.sqrt(SCHEDULE.alphaBar(t)) * xt, 1});
    double truth = -DiagonalGaussian.standard(1).logDensity(new double[] {X0});
    Draws single = draws(chains(page, exact, 1000), c -> telescoped(c));
    page.check("Line 7 by 1,000 chains.", single.mean(), truth, Tolerance.DOUBLES);
    page.check("Its scatter.", single.deviation(), 0, Tolerance.DOUBLES);
    page.check("The cost of Jensen's inequality.", slack(exact), 0, Tolerance.DOUBLES);
    Table table = new Table("term", "by hand", "exact reverse").row("$`L_T`$", prior(), prior());
    for (int t = T; t >= 1; t--) {
      table.row("$`L_%d`$".formatted(t - 1), HAND.meanTerm(t, X0), exact.meanTerm(t, X0));
    }
    table.row("sum", bound(HAND), bound(exact)).row("truth", HAND.truth(X0), exact.truth(X0));
    page.table("The terms of line 10 in nats. $`L_T`$ has no network in it.", table);
  }

  /// ## Two gaps, and why there are many steps
  ///
  /// A bound for one image says little; a model is judged by its mean over the data. There a second
  /// inequality comes in. No code for draws from a distribution is shorter on average than its
  /// entropy $`H`$, so
  ///
  /// ```math
  /// H \;\le\; \mathbb E_{x_0}\left[-\ln p_\theta(x_0)\right]
  ///   \;\le\; \mathbb E_{x_0}\left[\text{bound}\right] .
  /// ```
  ///
  /// The first gap is the divergence of the data from what the model generates. The second is the
  /// cost of Jensen's inequality. Their sum has a simple form. Write $`q(x_{0..T})`$ of images and
  /// their chains backwards, as $`q(x_T) \prod q(x_{t-1} \mid x_t)`$ with the exact steps back;
  /// then the mean of (4) is
  ///
  /// ```math
  /// H + \mathrm{KL}\left(q(x_T) \,\Vert\, p(x_T)\right) + \sum_{t \ge 1} \mathbb E\left[
  ///   \mathrm{KL}\left(q(x_{t-1} \mid x_t) \,\Vert\, p_\theta(x_{t-1} \mid x_t)\right)\right] .
  /// ```
  ///
  /// A perfect network makes each step the normal distribution nearest to the exact one. What
  /// remains is that the exact one is not normal, the subject of [chapter 4](#chapter-4). We take
  /// the two humps of that chapter, the perfect network, and chains of 1 to 32 steps.
  ///
  /// With one step, a VAE whose encoder leaves nearly nothing of the image, Jensen's inequality
  /// costs nothing, but the model generates N(0, 1) in the place of the humps. With more steps it
  /// generates better and better. From four steps on, most of the gap is the cost of Jensen's
  /// inequality, and twice as many steps divide the gap by 2.4 or more: this is what a long chain
  /// is for.
  public void steps(Page page) {
    int[] lengths = IntStream.iterate(1, t -> t <= page.count(32, 8), t -> 2 * t).toArray();
    double[] bounds = new double[lengths.length];
    double[] codes = new double[lengths.length];
    Table table = new Table("T", "first gap", "second gap", "their sum");
    for (int i = 0; i < lengths.length; i++) {
      TwoHumps humps = new TwoHumps(NoiseSchedule.cosine(lengths[i]));
      codes[i] = humps.gapOfCode();
      bounds[i] = humps.gapOfBound();
      table.row(lengths[i], digits(codes[i]), digits(bounds[i] - codes[i]), digits(bounds[i]));
    }
    page.table("The gaps, in nats.", table);
    for (int i = 3; i < lengths.length; i++) {
      page.checkAtLeast(
          "The gap, divided by that of T = %d.".formatted(lengths[i]),
          bounds[i - 1] / bounds[i],
          2.4);
      page.checkAtLeast("The part of Jensen's inequality in it.", 1 - codes[i] / bounds[i], 0.5);
    }
    int n = page.count(100_000, 2_000);
    TwoHumps four = new TwoHumps(NoiseSchedule.cosine(4));
    Draws draws =
        new Draws(IntStream.range(0, n).mapToDouble(_ -> four.bound(page::rng)).toArray());
    page.check(
        "T = 4: the mean of line 9 over images, above the entropy.",
        draws.mean() - Entropy.of(TwoHumps.DATA),
        bounds[2],
        Tolerance.ofMean(draws.deviation(), n));
    page.check(
        "The first gap for T = 1.",
        codes[0],
        Entropy.belowNormal(TwoHumps.DATA),
        new Tolerance(1e-4, "what one step with beta = 0.999 leaves of the data"));
    double[] x = IntStream.of(lengths).asDoubleStream().toArray();
    page.figure(
        "The bound and the true length of the code, above the entropy. Between the lines is the"
            + " cost of Jensen's inequality.",
        new LineChart(
                "Two humps, a perfect network, T steps",
                Axis.log("steps T"),
                Axis.log("nats above the entropy"),
                Legend.BOTTOM_LEFT,
                List.of(
                    new Line("bound", x, bounds, Look.MARKED),
                    new Line("code's length", x, codes, Look.MARKED)))
            .sized(1100, 480));
  }

  /// ## Three questions
  ///
  /// Think first; each answer is below its question.
  public void questions(Page page) {
    page.question(
        "Which of the terms $`L_T, L_{T-1}, \\dots, L_0`$ does training change, and which not?",
        "All but $`L_T`$: it has no network in it. It says how much of the image is left at the end"
            + " of the chain; here it is",
        prior(),
        0.0112,
        Tolerance.digits(4));
    page.question(
        "Somebody reports a bound of 1.9 nats for an image. Can $`-\\ln p_\\theta(x_0)`$ be 1.6,"
            + " and can it be 2.0?",
        "1.6 yes, 2.0 no: the bound is above the truth. The difference is the cost of Jensen's"
            + " inequality. For a real network it is not known; for the model of this chapter it"
            + " is, in nats,",
        bound(HAND) - HAND.truth(X0),
        0.0877,
        Tolerance.digits(4));
    page.question(
        "Where does the derivation use that the noise is normal, and where only that the chain has"
            + " no memory?",
        "Lines 1 to 7 are true for every Markov chain; only the closed form of the divergences in"
            + " line 8 needs normal distributions. Therefore (7) − (6) is 0 even for a chain that"
            + " another process has drawn, such as one of independent uniform numbers:",
        strange(page),
        0,
        Tolerance.DOUBLES);
  }

  /// Line 7 minus line 6 for members that no noising chain has drawn.
  private static double strange(Page page) {
    double[] x = page.rng().uniform(Tensor.zeros(T + 1)).toDoubles();
    NumberChain chain = new NumberChain(HAND, x);
    return telescoped(chain) - turned(chain);
  }

  private static List<NumberChain> chains(Page page, NumberModel model, int n) {
    return NumberChain.bySteps(model, X0, n, page::rng);
  }

  private static Draws draws(List<NumberChain> chains, ToDoubleFunction<NumberChain> line) {
    return new Draws(chains.stream().mapToDouble(line).toArray());
  }

  private static double sum(int from, int to, IntToDoubleFunction term) {
    return IntStream.rangeClosed(from, to).mapToDouble(term).sum();
  }

  private static String digits(double value) {
    return Math.abs(value) < ROUNDING ? "0" : String.format(Locale.ROOT, "%.5f", value);
  }
}
