package haze.diffusion.study.chapter;

import haze.diffusion.figure.Figure;
import haze.diffusion.figure.LineChart;
import haze.diffusion.figure.LineChart.Axis;
import haze.diffusion.figure.LineChart.Legend;
import haze.diffusion.figure.LineChart.Line;
import haze.diffusion.figure.LineChart.Look;
import haze.diffusion.process.DiagonalGaussian;
import haze.diffusion.process.ForwardProcess;
import haze.diffusion.process.GaussianMixture;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Posterior;
import haze.diffusion.study.book.Chapter;
import haze.diffusion.study.book.Page;
import haze.diffusion.study.book.Section;
import haze.diffusion.study.book.Table;
import haze.diffusion.study.book.Tolerance;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// # Why removing noise is normal too
///
/// The step that adds noise is normal because we made it so. The model's step back is normal too:
/// the network gives its mean, and the rest is a normal draw. But who says that the true step back
/// is normal? Nobody chose it; it follows from the data. In general it is **not** normal. It is
/// nearly so if the step is small, and this is the reason why a diffusion has many steps.
///
/// An image is a single number in this chapter, and its distribution has two humps. For such data
/// everything is known in closed form.
public final class Chapter04Normal implements Chapter {
  private static final GaussianMixture DATA = TwoHumps.DATA;

  /// A chain of two steps: the first leaves 0.9 of the data's power, the second is the step that we
  /// study, of size $`\beta`$.
  private static TwoHumps step(double beta) {
    return new TwoHumps(NoiseSchedule.ofBetas(0.1, beta));
  }

  @Override
  public List<Section> sections() {
    return List.of(
        new Section("exactStep", this::exactStep),
        new Section("largeAndSmall", this::largeAndSmall),
        new Section("whyNormal", this::whyNormal),
        new Section("howFast", this::howFast),
        new Section("generated", this::generated),
        new Section("whichLevel", this::whichLevel),
        new Section("wholeRange", this::wholeRange),
        new Section("questions", this::questions));
  }

  /// ## The exact step back
  ///
  /// In [chapter 3](#chapter-3) the image was known, and the step back was normal for every size of
  /// the step. A model must do without the image. Bayes' rule still holds,
  ///
  /// ```math
  /// q(x_{t-1} \mid x_t) = \frac{q(x_t \mid x_{t-1})\, q(x_{t-1})}{q(x_t)} ,
  /// ```
  ///
  /// but now it contains $`q(x_{t-1})`$, the distribution of noisy images of **all** data. For real
  /// images nobody can write it down. For ours it is a mixture of two normal distributions, which
  /// noise makes wider; by Bayes' rule the step back is such a mixture again
  /// ([GaussianMixture#posterior]).
  ///
  /// We compare this with the formula above, computed point by point on a grid.
  public void exactStep(Page page) {
    TwoHumps chain = step(0.5);
    ForwardProcess forward = new ForwardProcess(chain.schedule());
    double[] xt = {-0.2};
    GaussianMixture back = chain.back(2, xt[0]);
    double evidence = Math.exp(chain.at(2).logDensity(xt));
    double largest = 0;
    for (double x : TwoHumps.grid()) {
      double[] previous = {x};
      double likelihood = Math.exp(forward.transition(previous, 2).logDensity(xt));
      double prior = Math.exp(chain.at(1).logDensity(previous));
      double exact = Math.exp(back.logDensity(previous));
      largest = Math.max(largest, Math.abs(likelihood * prior / evidence - exact));
    }
    page.check("The largest difference on 801 points.", largest, 0, Tolerance.DOUBLES);
  }

  /// ## A large step and a small one
  ///
  /// Suppose the noisy number is $`x_t = -0.2`$, in the middle between the humps. Where was it one
  /// step before? If the step was large, it may have come from either hump, and the exact
  /// distribution has two humps itself. The nearest normal distribution
  /// ([GaussianMixture#nearestNormal]) puts the most of its weight between the humps, where there
  /// is little data. If the step was small, $`x_{t-1}`$ must be close to $`x_t`$, and in this
  /// narrow window the humps are far away: the exact distribution is hard to tell from a normal
  /// one.
  ///
  /// The distance is measured in two ways: by the divergence $`\mathrm{KL}(q \,\Vert\, p)`$, in
  /// nats, and by the total variation distance of [chapter 1](#chapter-1).
  public void largeAndSmall(Page page) {
    List<LineChart> charts = new ArrayList<>();
    Table table = new Table("$`\\beta`$", "KL, nats", "total variation");
    for (double beta : List.of(0.9, 0.3, 0.05, 0.01)) {
      GaussianMixture exact = step(beta).back(2, -0.2);
      charts.add(chart(beta, exact));
      table.row(beta, digits(Entropy.belowNormal(exact)), digits(totalVariation(exact)));
    }
    page.table("The step back from -0.2: distance from the nearest normal distribution.", table);
    page.figure("The step back from -0.2.", LineChart.grid(2, 460, 370, charts));
    page.checkAtLeast(
        "The divergence for a step of 0.9.", Entropy.belowNormal(step(0.9).back(2, -0.2)), 0.1);
    page.checkAtMost(
        "The divergence for 0.01.", Entropy.belowNormal(step(0.01).back(2, -0.2)), 0.002);
  }

  private static LineChart chart(double beta, GaussianMixture exact) {
    DiagonalGaussian normal = exact.nearestNormal();
    double deviation = Math.exp(0.5 * normal.logVariance()[0]);
    double[] x =
        IntStream.rangeClosed(-80, 80)
            .mapToDouble(i -> normal.mean()[0] + 0.04 * i * deviation)
            .toArray();
    return new LineChart(
        "beta = " + beta,
        Axis.linear("x at t - 1"),
        Axis.linear("density"),
        beta > 0.6 ? Legend.TOP_LEFT : Legend.NONE,
        List.of(
            new Line("exact", x, TwoHumps.density(exact, x)),
            new Line(
                "nearest normal",
                x,
                TwoHumps.density(GaussianMixture.of(normal), x),
                Look.DASHED)));
  }

  /// $`\mathbb E_p[\max(0, 1 - n / p)]`$ of a mixture p and its nearest normal n.
  private static double totalVariation(GaussianMixture p) {
    DiagonalGaussian normal = p.nearestNormal();
    return Entropy.mean(
        p,
        x -> {
          double[] point = {x};
          return Math.max(0, 1 - Math.exp(normal.logDensity(point) - p.logDensity(point)));
        });
  }

  /// ## Why a small step is normal
  ///
  /// Take the logarithm of Bayes' rule. What does not depend on $`x_{t-1}`$ is a constant:
  ///
  /// ```math
  /// \ln q(x_{t-1} \mid x_t) = \text{const}
  ///     - \frac{(x_t - \sqrt{1-\beta}\, x_{t-1})^2}{2\beta} + \ln q(x_{t-1}) .
  /// ```
  ///
  /// The first term is a parabola, and the smaller $`\beta`$ is, the steeper: it allows only a
  /// window of width $`\sqrt\beta`$ around $`x_t`$. The second term may have humps. But seen
  /// through a narrow window every smooth curve is a straight line. A parabola plus a straight line
  /// is a parabola again, moved to the side; and a distribution whose logarithm is a parabola is
  /// normal. (Feller 1949 has the proof for continuous time; Sohl-Dickstein et al. 2015 built
  /// diffusion models on it.)
  ///
  /// This says more than "normal": the line's slope moves the mean, and nothing else does. The
  /// slope of $`\ln q`$ is called the **score**. The mean of the step back is, exactly,
  ///
  /// ```math
  /// \mathbb E[x_{t-1} \mid x_t] = \frac{1}{\sqrt{1-\beta}}
  ///     \left(x_t + \beta\, \frac{d}{dx} \ln q(x_t)\right) ,
  /// ```
  ///
  /// and for a small step its variance is nearly $`\beta`$, whatever the data is: the curvature of
  /// the second term changes it by a part of order $`\beta`$. So the single thing that a network
  /// must learn is a slope, or, which is the same, a predicted $`x_0`$ ([GaussianMixture#denoise]).
  public void whyNormal(Page page) {
    double xt = 0.4;
    for (double beta : List.of(0.5, 0.02)) {
      TwoHumps chain = step(beta);
      double h = 1e-5;
      double score = (logDensity(chain, xt + h) - logDensity(chain, xt - h)) / (2 * h);
      page.check(
          "The mean of the step back from 0.4, for a step of %s.".formatted(beta),
          chain.back(2, xt).nearestNormal().mean()[0],
          (xt + beta * score) / Math.sqrt(1 - beta),
          new Tolerance(1e-8, "the slope is taken over 2e-5"));
    }
    Table table = new Table("$`\\beta`$", "variance", "variance / $`\\beta`$");
    for (double beta : List.of(0.5, 0.1, 0.02, 0.004)) {
      double variance = Math.exp(step(beta).back(2, xt).nearestNormal().logVariance()[0]);
      table.row(beta, digits(variance), digits(variance / beta));
    }
    page.table("The variance of the step back from 0.4.", table);
    double variance = Math.exp(step(0.004).back(2, xt).nearestNormal().logVariance()[0]);
    page.check(
        "Variance over step, for 0.004.",
        variance / 0.004,
        1,
        new Tolerance(0.05, "a part of order beta, times the curvature of about 5"));
  }

  private static double logDensity(TwoHumps chain, double xt) {
    return chain.at(2).logDensity(new double[] {xt});
  }

  /// ## How fast the distance falls
  ///
  /// What is left over in the window is the bend of the line: first its curvature, which is a
  /// parabola again and does no harm, then its third derivative. The third derivative over a window
  /// of width $`\sqrt\beta`$ changes the logarithm by about $`\beta^{3/2}`$. A divergence is
  /// quadratic in such a change, so it falls like $`\beta^3`$: half the step, an eighth of the
  /// divergence. The number of steps doubles, so the sum over a chain falls to a quarter.
  ///
  /// The mean is over $`x_t`$, with the probabilities that the chain gives them.
  public void howFast(Page page) {
    double[] betas = {0.9, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001};
    double[] losses = DoubleStream.of(betas).map(b -> step(b).lossOfNormalStep(2)).toArray();
    double[] cubic = DoubleStream.of(betas).map(b -> losses[11] * Math.pow(b / 0.001, 3)).toArray();
    page.figure(
        "The mean divergence of the exact step from the nearest normal one. The grey line is the"
            + " cube of the step.",
        new LineChart(
                "Smaller steps are more normal",
                Axis.log("size of the step, beta"),
                Axis.log("KL in nats").within(1e-9, 1),
                Legend.TOP_LEFT,
                List.of(
                    new Line("cube of the step", betas, cubic, Look.GUIDE),
                    new Line("measured", betas, losses, Look.MARKED)))
            .sized(1100, 520));
    page.check(
        "The power, between 0.002 and 0.001.",
        Math.log(losses[10] / losses[11]) / Math.log(2),
        3,
        new Tolerance(0.1, "the power is that of the limit of small steps"));
  }

  /// ## What a chain of normal steps generates
  ///
  /// So what happens if the steps are too large? We give the model a perfect network, which makes
  /// each step the nearest normal distribution, and let it generate from pure noise in 1, 2, 4 and
  /// 16 steps. What comes out is computed on a grid, without draws.
  ///
  /// In one step the exact distribution of $`x_0`$ is the data itself, with its two humps. The
  /// nearest normal distribution has the right mean and the right variance, and everything else is
  /// wrong: a share of 0.44 of what it generates lies between the humps, and only 0.02 of the data.
  /// For images this means a blurred mean of many images, with noise added. With 16 steps the humps
  /// are there.
  public void generated(Page page) {
    double[] x = TwoHumps.grid();
    List<Line> lines = new ArrayList<>();
    lines.add(new Line("data", x, TwoHumps.density(DATA, x), Look.THICK));
    Table table = new Table("steps", "total variation", "between the humps");
    table.row("data", 0, digits(between(TwoHumps.density(DATA, x))));
    double[] distances = new double[5];
    for (int i = 0; i < 5; i++) {
      int steps = 1 << i;
      TwoHumps chain = new TwoHumps(NoiseSchedule.cosine(steps));
      double[] p = chain.generated((t, xt) -> chain.back(t, xt).nearestNormal());
      distances[i] = TwoHumps.distanceFromData(p);
      table.row(steps, digits(distances[i]), digits(between(p)));
      if (steps != 8) {
        lines.add(new Line(steps == 1 ? "1 step" : steps + " steps", x, p));
      }
    }
    page.table("What is generated: distance from the data, and share from -0.8 to 0.4.", table);
    page.figure(
        "The density of what is generated.",
        new LineChart(
                "The same data, generated in few and in many normal steps",
                Axis.linear("x").within(-3, 3),
                Axis.linear("density"),
                Legend.TOP_LEFT,
                lines)
            .sized(1100, 560));
    page.check(
        "Between the humps: the data.",
        between(TwoHumps.density(DATA, x)),
        0.02,
        Tolerance.digits(2));
    page.check("Between the humps: 1 step.", between(oneStep()), 0.44, Tolerance.digits(2));
    page.checkAtLeast("The total variation distance for 1 step.", distances[0], 0.5);
    page.checkAtMost("For 16 steps.", distances[4], 0.01);
  }

  private static double[] oneStep() {
    TwoHumps chain = new TwoHumps(NoiseSchedule.cosine(1));
    return chain.generated((t, xt) -> chain.back(t, xt).nearestNormal());
  }

  /// The share from -0.8 to 0.4.
  private static double between(double[] p) {
    double[] x = TwoHumps.grid();
    return 0.015
        * IntStream.range(0, p.length)
            .filter(i -> x[i] > -0.8 && x[i] < 0.4)
            .mapToDouble(i -> p[i])
            .sum();
  }

  /// ## Where small steps are needed
  ///
  /// "Small" means: small beside the details of $`q(x_{t-1})`$, and these change along the chain.
  /// At the noisy end $`q(x_{t-1})`$ is nearly N(0, 1) itself. Then the step back is normal for
  /// every size: even a step of 0.9 does no harm there. Nearer to the data the same step is
  /// useless. This is why noise schedules begin with small steps and end with large ones ([chapter
  /// 2](#chapter-2)).
  ///
  /// One number is against the trend: the step of 0.02 is better at 0.999 than at 0.9. With so
  /// little noise it never leads from one hump to the other, and each hump of our data is normal by
  /// itself. Images have details of every size.
  public void whichLevel(Page page) {
    Table table = new Table("$`\\bar\\alpha_{t-1}`$", "step 0.02", "step 0.2", "step 0.9");
    for (double level : List.of(0.999, 0.9, 0.5, 0.1, 0.01)) {
      table.row(
          level, digits(loss(level, 0.02)), digits(loss(level, 0.2)), digits(loss(level, 0.9)));
    }
    page.table("The mean divergence of a step from the nearest normal one, in nats.", table);
    page.checkAtLeast("A step of 0.9 near the data.", loss(0.999, 0.9), 0.9);
    page.checkAtMost("The same step near pure noise.", loss(0.01, 0.9), 1e-7);
    page.checkAtMost(
        "A step of 0.02: at 0.999, over that at 0.9.", loss(0.999, 0.02) / loss(0.9, 0.02), 0.3);
  }

  private static double loss(double alphaBar, double beta) {
    return new TwoHumps(NoiseSchedule.ofBetas(1 - alphaBar, beta)).lossOfNormalStep(2);
  }

  /// ## Why the network must see all noise levels
  ///
  /// A chain goes through all levels, and at each of them the mean of the step back is another
  /// function of $`x_t`$. The figure has the predicted $`x_0`$: with much noise it is nearly the
  /// mean of the data whatever $`x_t`$ is, with little noise it is nearly $`x_t`$ itself, and
  /// between them it decides for a hump. Could a network be trained at some of the levels only, and
  /// be used at all of them?
  ///
  /// We try it with 16 steps. One perfect network knows t up to 4, and answers for larger t as if t
  /// were 4. It takes pure noise for nearly clean data, decides for a hump at once, and too often
  /// for the wrong one: the right hump gets 0.57 in the place of 0.6. For a single number this is
  /// all that the noisy end has to decide. For an image it is what is seen at all.
  ///
  /// The other network knows t from 5 on. It decides well, but cannot finish: at the little noise
  /// of the last steps it still answers with a mean over all that might have been, and nearly a
  /// third of the probability is in the wrong place.
  ///
  /// The last column has the price in the bound of [chapter 5](#chapter-5). There, too, every level
  /// has a term of its own.
  public void wholeRange(Page page) {
    TwoHumps chain = new TwoHumps(NoiseSchedule.cosine(16));
    page.figure("The best prediction of $`x_0`$ at four noise levels.", predictions(chain));
    Table table = new Table("it knows", "total variation", "right hump", "price, nats");
    addRow(table, chain, 1, 16);
    double[] low = addRow(table, chain, 1, 4);
    double[] high = addRow(table, chain, 5, 16);
    page.table("What is generated by a network that knows some noise levels.", table);
    page.check("t = 1 to 4: the right hump.", low[1], 0.57, Tolerance.digits(2));
    page.check("Its price.", low[2], 0.127, Tolerance.digits(3));
    page.check("t = 5 to 16: what is in the wrong place.", high[0], 0.31, Tolerance.digits(2));
    page.check("Its price.", high[2], 1.11, Tolerance.digits(2));
  }

  private static double[] addRow(Table table, TwoHumps chain, int first, int last) {
    double[] p = chain.generated((t, xt) -> limited(chain, t, xt, first, last));
    double distance = TwoHumps.distanceFromData(p);
    double hump = TwoHumps.rightHump(p);
    double price = price(chain, first, last);
    String known = "t = %d to %d".formatted(first, last);
    table.row(known, digits(distance), digits(hump), String.format(Locale.ROOT, "%.4f", price));
    return new double[] {distance, hump, price};
  }

  /// The step with the predicted $`x_0`$ of the nearest t that is known.
  private static DiagonalGaussian limited(TwoHumps chain, int t, double xt, int first, int last) {
    NoiseSchedule schedule = chain.schedule();
    double x0 = predicted(schedule, Math.clamp(t, first, last), xt);
    Posterior posterior = new Posterior(schedule);
    double mean = posterior.x0Coefficient(t) * x0 + posterior.xtCoefficient(t) * xt;
    return new DiagonalGaussian(
        new double[] {mean}, chain.back(t, xt).nearestNormal().logVariance());
  }

  /// What the wrong means add to the bound, in nats.
  private static double price(TwoHumps chain, int first, int last) {
    return IntStream.rangeClosed(1, chain.schedule().timesteps())
        .mapToDouble(
            t ->
                Entropy.mean(
                    chain.at(t),
                    xt -> {
                      DiagonalGaussian right = chain.back(t, xt).nearestNormal();
                      return right.kl(limited(chain, t, xt, first, last));
                    }))
        .sum();
  }

  private static double predicted(NoiseSchedule schedule, int t, double xt) {
    double alphaBar = schedule.alphaBar(t);
    return DATA.denoise(new double[] {xt}, Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar))[0];
  }

  private static Figure predictions(TwoHumps chain) {
    double[] x = DoubleStream.of(TwoHumps.grid()).filter(v -> Math.abs(v) <= 2).toArray();
    List<Line> lines = new ArrayList<>();
    for (int t : List.of(1, 5, 10, 15)) {
      double[] x0 = DoubleStream.of(x).map(v -> predicted(chain.schedule(), t, v)).toArray();
      lines.add(new Line("t = " + t, x, x0));
    }
    return new LineChart(
            "Another function at each noise level",
            Axis.linear("noisy x"),
            Axis.linear("predicted x0"),
            Legend.TOP_LEFT,
            lines)
        .sized(1100, 520);
  }

  /// ## Three questions
  ///
  /// Think first; each answer is below its question.
  public void questions(Page page) {
    GaussianMixture normal = GaussianMixture.of(DATA.nearestNormal());
    page.question(
        "Suppose the data is normally distributed. How many steps does a perfect model need?",
        "One: then the step back is normal for every size of the step, and its divergence from the"
            + " nearest normal distribution is 0.",
        Entropy.belowNormal(normal.posterior(new double[] {0.4}, Math.sqrt(0.1), Math.sqrt(0.9))),
        0,
        Tolerance.DOUBLES);
    page.question(
        "A chain of 1000 small steps is replaced by one of 250 steps, four times as large. What"
            + " happens to the divergence of each, and to the sum over the chain?",
        "Each is 4 to the power 3, 64 times as large, and there is a quarter of them: 16 times for"
            + " the sum. Here for steps of 0.001 and 0.004 it is a little less:",
        step(0.004).lossOfNormalStep(2) / step(0.001).lossOfNormalStep(2),
        64,
        new Tolerance(6, "the power 3 is that of the limit of small steps"));
    page.question(
        "The step back with a known image is normal for steps of every size. Why is that no help"
            + " for large steps?",
        "When a model generates, there is no image to be known. It must mix the steps back over all"
            + " images that may be behind $`x_t`$, and a mixture of normal distributions is not"
            + " normal. From pure noise the mixture is the data: its divergence from N(0, 1) is, in"
            + " nats,",
        Entropy.belowNormal(DATA),
        0.936,
        Tolerance.digits(3));
  }

  private static String digits(double value) {
    return String.format(Locale.ROOT, value < 0.001 ? "%.1e" : "%.4f", value);
  }
}
