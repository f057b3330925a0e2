package haze.diffusion.study.chapter;

import haze.diffusion.data.DataSource;
import haze.diffusion.data.ImageDataset;
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
import haze.diffusion.process.StandardNormal;
import haze.diffusion.process.VariationalBound;
import haze.diffusion.study.ForwardReport;
import haze.diffusion.study.ScheduleCharts;
import haze.diffusion.study.book.Chapter;
import haze.diffusion.study.book.Page;
import haze.diffusion.study.book.Section;
import haze.diffusion.study.book.Table;
import haze.diffusion.study.book.Tolerance;
import haze.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// # Adding noise
///
/// The first of the two chains takes an image and makes noise of it. Nothing about it is learned:
/// it is a formula, chosen so that everything that one could ask about it has an answer in closed
/// form.
///
/// The state is an image, a list of numbers between -1 (black) and 1 (white). The chain treats each
/// pixel alike and on its own, so most of this chapter looks at a single number. Formulas are
/// numbered as in Ho, Jain & Abbeel 2020, "Denoising Diffusion Probabilistic Models".
public final class Chapter02AddingNoise implements Chapter {
  /// The noise of each step: the schedule of that paper, with $`T = 1000`$ steps.
  private static final NoiseSchedule LINEAR = NoiseSchedule.linear(1000);

  private static final ForwardProcess FORWARD = new ForwardProcess(LINEAR);

  @Override
  public List<Section> sections() {
    return List.of(
        new Section("oneStep", this::oneStep),
        new Section("jump", this::jump),
        new Section("equalInDistribution", this::equalInDistribution),
        new Section("schedules", this::schedules),
        new Section("signalToNoise", this::signalToNoise),
        new Section("end", this::end),
        new Section("questions", this::questions));
  }

  /// ## One step
  ///
  /// A step makes the image a little smaller and adds a little noise:
  ///
  /// ```math
  /// x_t = \sqrt{1 - \beta_t} \, x_{t-1} + \sqrt{\beta_t} \, \epsilon_t ,
  /// \qquad \epsilon_t \sim \mathcal N(0, I) ,
  /// ```
  ///
  /// or, the same as a distribution, $`q(x_t \mid x_{t-1}) = \mathcal N(\sqrt{1 - \beta_t} \,
  /// x_{t-1}, \, \beta_t I)`$ (eq. 2). The noise $`\epsilon_t`$ is fresh in every step, so the next
  /// state depends on the present one alone: it is a Markov chain, and this normal distribution is
  /// what a row of the matrix was in [chapter 1](#chapter-1). The number $`\beta_t`$, between 0 and
  /// 1, says how much noise step $`t`$ adds.
  ///
  /// Why shrink the image? If $`x_{t-1}`$ has variance 1, then $`x_t`$ has variance $`(1 - \beta_t)
  /// \cdot 1 + \beta_t = 1`$: the size of the numbers stays what it was. More than that: if
  /// $`x_{t-1}`$ is standard normal, then so is $`x_t`$. So $`\mathcal N(0, 1)`$ is the stationary
  /// distribution. Any other variance comes nearer to 1 by the factor $`1 - \beta_t`$ in each step.
  ///
  /// Without the shrinking the variance would grow by $`\beta_t`$ in each step, to $`1 + \sum_t
  /// \beta_t = 11.05`$ after 1000, and there would be no stationary distribution.
  public void oneStep(Page page) {
    int t = 500;
    int points = page.count(200_000, 5_000);
    Tensor normal = page.rng().normal(Tensor.zeros(points));
    Tensor epsilon = page.rng().normal(Tensor.zeros(points));
    Tolerance ofVariance = Tolerance.ofMean(Math.sqrt(2), points);
    page.check(
        "The variance after step 500 of numbers of variance 1.",
        variance(FORWARD.step(normal, epsilon, t)),
        1,
        ofVariance);
    page.check(
        "Of numbers of variance 0.25: a part $`\\beta_t`$ of the difference from 1 is gone.",
        variance(FORWARD.step(normal.times(0.5f), epsilon, t)),
        1 - (1 - LINEAR.beta(t)) * 0.75,
        ofVariance);
    page.check(
        "The variance at the end without shrinking.",
        1 + IntStream.rangeClosed(1, 1000).mapToDouble(LINEAR::beta).sum(),
        11.05,
        Tolerance.DOUBLES);
  }

  private static double mean(Tensor x) {
    return DoubleStream.of(x.toDoubles()).average().orElseThrow();
  }

  private static double variance(Tensor x) {
    double mean = mean(x);
    return DoubleStream.of(x.toDoubles()).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
  }

  /// ## The jump
  ///
  /// Write $`\alpha_t = 1 - \beta_t`$. Two steps in one line are
  ///
  /// ```math
  /// x_2 = \sqrt{\alpha_2 \alpha_1} \, x_0
  ///     + \sqrt{\alpha_2 (1 - \alpha_1)} \, \epsilon_1 + \sqrt{1 - \alpha_2} \, \epsilon_2 .
  /// ```
  ///
  /// The sum of two independent normal variables is normal, and their variances add up: $`\alpha_2
  /// (1 - \alpha_1) + 1 - \alpha_2 = 1 - \alpha_1 \alpha_2`$. So two steps are like one step with
  /// the product $`\alpha_1 \alpha_2`$, and so are three and more. With $`\bar\alpha_t = \alpha_1
  /// \alpha_2 \cdots \alpha_t`$
  ///
  /// ```math
  /// q(x_t \mid x_0) = \mathcal N(\sqrt{\bar\alpha_t} \, x_0, \; (1 - \bar\alpha_t) I) ,
  /// \qquad
  /// x_t = \sqrt{\bar\alpha_t} \, x_0 + \sqrt{1 - \bar\alpha_t} \, \epsilon
  /// ```
  ///
  /// (eq. 4). This is the chain's n-step distribution, in one line. Training relies on it: to see
  /// an image with the noise of step 700, nobody has to run 700 steps.
  ///
  /// Two checks. First the recursion: the mean is multiplied by $`\sqrt{\alpha_t}`$ in each step,
  /// and the variance $`v`$ becomes $`\alpha_t v + \beta_t`$; after every step they must be those
  /// of the jump. Second, the chain itself: 300 steps by [ForwardProcess#step] from 0.8.
  public void jump(Page page) {
    double mean = 0.8;
    double variance = 0;
    double worst = 0;
    for (int t = 1; t <= LINEAR.timesteps(); t++) {
      mean *= Math.sqrt(LINEAR.alpha(t));
      variance = LINEAR.alpha(t) * variance + LINEAR.beta(t);
      DiagonalGaussian jumped = FORWARD.distribution(new double[] {0.8}, t);
      worst = Math.max(worst, Math.abs(mean - jumped.mean()[0]));
      worst = Math.max(worst, Math.abs(variance - Math.exp(jumped.logVariance()[0])));
    }
    page.check(
        "The largest difference of the recursion from the jump, over 1000 steps.",
        worst,
        0,
        Tolerance.DOUBLES);

    int points = page.count(20_000, 1_000);
    Tensor chain = chain(page, points, 300);
    double alphaBar = LINEAR.alphaBar(300);
    page.check(
        "The mean of the chain's $`x_{300}`$.",
        mean(chain),
        Math.sqrt(alphaBar) * 0.8,
        Tolerance.ofMean(Math.sqrt(1 - alphaBar), points));
    page.check(
        "Its variance.",
        variance(chain),
        1 - alphaBar,
        Tolerance.ofMean(Math.sqrt(2) * (1 - alphaBar), points));
  }

  /// Many chains from 0.8, step by step.
  private static Tensor chain(Page page, int points, int steps) {
    Tensor x = Tensor.full(0.8f, points);
    for (int t = 1; t <= steps; t++) {
      x = FORWARD.step(x, page.rng().normal(Tensor.zeros(points)), t);
    }
    return x;
  }

  /// ## Equal in distribution, not in value
  ///
  /// A distribution is more than mean and variance. The strictest simple comparison is that of
  /// Kolmogorov and Smirnov: the largest difference between the share of numbers up to $`x`$ and
  /// the probability of a number up to $`x`$, over all $`x`$. Scaled by the jump's mean and
  /// variance, the numbers of the chain must pass for standard normal ones.
  ///
  /// So chain and jump give the same distribution **at each time**. They do not give the same path.
  /// In the chain $`x_{300}`$ comes from $`x_{200}`$, and both deviate from the mean together:
  /// their covariance is $`\sqrt{\bar\alpha_{300} / \bar\alpha_{200}} \, (1 - \bar\alpha_{200})`$.
  /// Two jumps with fresh noise have the covariance 0. Training looks at one time of each image
  /// only, where the jump is as good as the chain. Whoever needs two neighbouring states, as the
  /// next chapter does, must take the second from the first.
  public void equalInDistribution(Page page) {
    int points = page.count(20_000, 1_000);
    Tensor x200 = chain(page, points, 200);
    Tensor x300 = x200;
    for (int t = 201; t <= 300; t++) {
      x300 = FORWARD.step(x300, page.rng().normal(Tensor.zeros(points)), t);
    }
    NoiseLevel level = NoiseLevel.ofAlphaBar(LINEAR.alphaBar(300));
    double[] scaled =
        DoubleStream.of(x300.toDoubles())
            .map(x -> (x - level.signal() * 0.8) / level.noise())
            .toArray();
    page.checkAtMost(
        "The distance from $`\\mathcal N(0, 1)`$, and what so many draws exceed once in 10,000"
            + " times.",
        StandardNormal.distance(scaled),
        Math.sqrt(Math.log(2 / 1e-4) / (2 * points)));

    double between = LINEAR.alphaBar(300) / LINEAR.alphaBar(200);
    double noise200 = 1 - LINEAR.alphaBar(200);
    Tolerance tolerance = Tolerance.ofMean(Math.sqrt(2) * noise200, points);
    page.check(
        "The covariance of $`x_{200}`$ and $`x_{300}`$ in the chain.",
        covariance(x200, x300),
        Math.sqrt(between) * noise200,
        tolerance);
    Tensor jumped =
        FORWARD.addNoise(Tensor.full(0.8f, points), page.rng().normal(Tensor.zeros(points)), 300);
    page.check("With a jump to each of them.", covariance(x200, jumped), 0, tolerance);
    page.figure("Six chains from 0.8, and two standard deviations around their mean.", paths(page));
  }

  private static double covariance(Tensor x, Tensor y) {
    return mean(x.times(y)) - mean(x) * mean(y);
  }

  /// Some chains over all times.
  private static Figure paths(Page page) {
    int paths = 6;
    int steps = LINEAR.timesteps();
    double[][] values = new double[paths][steps + 1];
    Tensor x = Tensor.full(0.8f, paths);
    for (int t = 0; t <= steps; t++) {
      x = t == 0 ? x : FORWARD.step(x, page.rng().normal(Tensor.zeros(paths)), t);
      for (int i = 0; i < paths; i++) {
        values[i][t] = x.get(i);
      }
    }
    List<Line> lines = new ArrayList<>();
    double[] t = IntStream.rangeClosed(0, steps).asDoubleStream().toArray();
    for (double[] path : values) {
      lines.add(new Line("", t, path, Look.PLAIN));
    }
    for (int side : List.of(-2, 2)) {
      lines.add(
          new Line(
              "",
              t,
              over(
                  s ->
                      Math.sqrt(LINEAR.alphaBar(s)) * 0.8
                          + side * Math.sqrt(1 - LINEAR.alphaBar(s))),
              Look.THICK));
    }
    return new LineChart(
            "A number becomes noise",
            Axis.linear("timestep t"),
            Axis.linear("x"),
            Legend.NONE,
            lines)
        .sized(1100, 520);
  }

  private static double[] over(IntToDoubleFunction f) {
    return IntStream.rangeClosed(0, LINEAR.timesteps()).mapToDouble(f).toArray();
  }

  /// ## Schedules
  ///
  /// The list $`\beta_1, \dots, \beta_T`$ is the **noise schedule**, chosen once and for all. There
  /// are two habits. One writes down $`\beta_t`$: Ho et al. let it rise in even steps from 0.0001
  /// to 0.02. The other writes down $`\bar\alpha_t`$, which says directly how much of the image is
  /// left: Nichol & Dhariwal (2021, eq. 17) take the square of a cosine,
  ///
  /// ```math
  /// \bar\alpha_t = \frac{f(t)}{f(0)}, \qquad
  /// f(t) = \cos^2 \Big( \frac{t / T + 0.008}{1.008} \cdot \frac{\pi}{2} \Big) .
  /// ```
  ///
  /// For small $`\beta`$, $`\ln(1 - \beta) \approx -\beta - \beta^2 / 2`$. The betas of Ho et al.
  /// have the sum 10.05 and half the sum of their squares is 0.067, so about $`e^{-10.12}`$ of the
  /// image's power is left at the end, 0.00004.
  ///
  /// Another $`T`$ needs other betas. And a chain that is watched at some of its times only, say at
  /// every tenth, is a chain again, with $`1 - \beta' = \bar\alpha_{t} / \bar\alpha_{t - 10}`$
  /// ([NoiseSchedule#respaced], Nichol & Dhariwal 2021, eq. 19): what $`P^{10}`$ was for the
  /// weather. This is how a model that was trained with 1000 steps makes samples in 100.
  public void schedules(Page page) {
    NoiseSchedule cosine = NoiseSchedule.cosine(1000);
    page.check(
        "Linear, $`\\ln \\bar\\alpha_{1000}`$.",
        Math.log(LINEAR.alphaBar(1000)),
        -10.05 - 0.067,
        new Tolerance(1e-3, "the series is cut after its second term"));
    page.check(
        "Linear, $`\\bar\\alpha_{500}`$.", LINEAR.alphaBar(500), 0.0786, Tolerance.digits(4));
    page.check(
        "Cosine, $`\\bar\\alpha_{500}`$.", cosine.alphaBar(500), 0.4938, Tolerance.digits(4));
    NoiseSchedule everyTenth =
        LINEAR.respaced(IntStream.rangeClosed(1, 100).map(k -> 10 * k).toArray());
    page.check(
        "Every tenth step: $`1 - \\beta'`$ of its last, and the product of ten.",
        everyTenth.alpha(100),
        IntStream.rangeClosed(991, 1000).mapToDouble(LINEAR::alpha).reduce(1, (a, b) -> a * b),
        Tolerance.DOUBLES);
    page.figure(
        "All schedules of Haze: the noise of each step, what is left of the image, and the ratio of"
            + " the next section. Left those given by $`\\beta_t`$, right those given by"
            + " $`\\bar\\alpha_t`$.",
        ScheduleCharts.of(null, ""));
  }

  /// ## Signal to noise
  ///
  /// How noisy an image is does not depend on how it came to be so. All that counts is the ratio of
  /// the powers of signal and noise,
  ///
  /// ```math
  /// \mathrm{SNR}_t = \frac{\bar\alpha_t}{1 - \bar\alpha_t}
  /// ```
  ///
  /// (Kingma et al. 2021, eq. 2). Papers that seem to speak about different processes use different
  /// names for it: $`\sigma = 1 / \sqrt{\mathrm{SNR}}`$, the noise beside an image that was not
  /// shrunk (Karras et al. 2022), or $`\lambda = \frac12 \ln \mathrm{SNR}`$ (Lu et al. 2022).
  /// [NoiseLevel] translates between them.
  ///
  /// It also shows what is good about the cosine schedule. Below a ratio of 1/100 an image can
  /// hardly be told from noise. The linear schedule spends the last 33 % of its steps there, the
  /// cosine schedule 6 %. Signal and noise are equal near $`t = 259`$ and $`t = 496`$: with the
  /// cosine schedule, in the middle.
  public void signalToNoise(Page page) {
    NoiseSchedule cosine = NoiseSchedule.cosine(1000);
    page.check(
        "Steps below 1/100, linear.", below(LINEAR, 0.01) / 1000.0, 0.33, Tolerance.digits(2));
    page.check(
        "Steps below 1/100, cosine.", below(cosine, 0.01) / 1000.0, 0.06, Tolerance.digits(2));
    page.check(
        "The last step that is not below 1, linear.",
        1000 - below(LINEAR, 1),
        259,
        Tolerance.DOUBLES);
    page.check(
        "The last step that is not below 1, cosine.",
        1000 - below(cosine, 1),
        496,
        Tolerance.DOUBLES);
    Table table = new Table("t, linear", "signal", "noise", "SNR", "σ", "λ");
    for (int t : List.of(1, 10, 100, 250, 500, 1000)) {
      NoiseLevel level = NoiseLevel.ofAlphaBar(LINEAR.alphaBar(t));
      table.row(t, level.signal(), level.noise(), LINEAR.snr(t), level.sigma(), level.lambda());
    }
    page.table("One quantity, many names.", table);
  }

  /// How many steps have a ratio below a limit.
  private static int below(NoiseSchedule schedule, double limit) {
    IntStream steps = IntStream.rangeClosed(1, schedule.timesteps());
    return (int) steps.filter(t -> schedule.snr(t) < limit).count();
  }

  /// ## The end is pure noise, in bits
  ///
  /// Sampling will begin with $`x_T \sim \mathcal N(0, I)`$, but the chain ends at $`q(x_T \mid
  /// x_0)`$. How different are they? The Kullback-Leibler divergence says by how many bits a code
  /// made for the one is too long if the other is true; for a normal distribution of mean $`m`$ and
  /// variance $`v`$ against $`\mathcal N(0, 1)`$ it is $`(m^2 + v - 1 - \ln v) / 2`$ nats. With
  /// $`m^2 = \bar\alpha_T x_0^2`$ and $`v = 1 - \bar\alpha_T`$ nearly all of it cancels:
  ///
  /// ```math
  /// \frac12 \big( \bar\alpha_T x_0^2 - \bar\alpha_T - \ln(1 - \bar\alpha_T) \big)
  /// \approx \frac{\bar\alpha_T}{2} x_0^2 .
  /// ```
  ///
  /// A digit's pixels have a mean square near 1 (most of them are black, -1). So with the linear
  /// schedule the end of the chain tells $`0.00004 / (2 \ln 2)`$, about 0.00003 bits of each pixel:
  /// of a whole digit of 784 pixels about 0.02 bits. Nobody can see which one it was. This number
  /// is the first term of the bound in chapter 5, where it is called $`L_T`$.
  ///
  /// The same betas with $`T = 100`$ would end with more than a hundred bits of each digit: the
  /// chain is stopped before it has forgotten.
  public void end(Page page) throws IOException {
    ImageDataset digits = DataSource.Embedded.TEST.load();
    int count = page.count(500, 20);
    double perPixel = bitsPerPixel(digits, count, LINEAR);
    page.check(
        "Bits that are left of a pixel, and the estimate $`\\bar\\alpha_T / (2 \\ln 2)`$.",
        perPixel,
        LINEAR.alphaBar(1000) / (2 * Math.log(2)),
        new Tolerance(0.3 * perPixel, "the mean square of the pixels is not quite 1"));
    page.check("Of a digit of 784 pixels.", 784 * perPixel, 0.02, Tolerance.digits(2));
    NoiseSchedule stopped =
        NoiseSchedule.linear(100, NoiseSchedule.BETA_START, NoiseSchedule.BETA_END);
    page.checkAtLeast(
        "Of a digit, with the same betas and T = 100.",
        784 * bitsPerPixel(digits, count, stopped),
        100);
    Table table = new Table("schedule", "$`\\bar\\alpha_T`$", "bits per pixel", "bits per digit");
    row(table, "linear, T = 1000", LINEAR, digits, count);
    row(table, "cosine, T = 1000", NoiseSchedule.cosine(1000), digits, count);
    row(table, "linear, rescaled to end at 0", LINEAR.withZeroTerminalSnr(), digits, count);
    row(table, "linear, same betas, T = 100", stopped, digits, count);
    page.table("What the end of the chain tells of a digit.", table);
    Tensor digit = digits.image(0).reshape(1, 28, 28, 1);
    page.figure(
        "A digit becomes noise, step by step, with the cosine schedule. Below each image the"
            + " histogram of its pixels, which becomes the bell curve.",
        ForwardReport.simulate(NoiseSchedule.cosine(1000), digit, 0).figure());
  }

  /// The mean over some digits.
  private static double bitsPerPixel(ImageDataset digits, int count, NoiseSchedule schedule) {
    ForwardProcess forward = new ForwardProcess(schedule);
    DiagonalGaussian noise = DiagonalGaussian.standard(784);
    return IntStream.range(0, count)
        .mapToDouble(
            i -> forward.distribution(digits.image(i).toDoubles(), schedule.timesteps()).kl(noise))
        .map(nats -> VariationalBound.bitsPerDimension(nats, 784))
        .average()
        .orElseThrow();
  }

  private static void row(
      Table table, String name, NoiseSchedule schedule, ImageDataset digits, int count) {
    double bits = bitsPerPixel(digits, count, schedule);
    table.row(name, schedule.alphaBar(schedule.timesteps()), bits, 784 * bits);
  }

  /// ## Three questions
  public void questions(Page page) {
    page.question(
        "Let $`\\beta_t = 0.01`$ in every step. Which share of the image's power is left after 100"
            + " steps?",
        "$`0.99^{100} = 0.366`$, close to 1/e.",
        NoiseSchedule.linear(100, 0.01, 0.01).alphaBar(100),
        0.366,
        Tolerance.digits(3));
    page.question(
        "An image has a signal-to-noise ratio of 3. What is the standard deviation of its noise?",
        "$`\\bar\\alpha / (1 - \\bar\\alpha) = 3`$ gives $`\\bar\\alpha = 3/4`$, so it is"
            + " $`\\sqrt{1/4} = 0.5`$.",
        NoiseLevel.ofAlphaBar(0.75).noise(),
        0.5,
        Tolerance.DOUBLES);
    int points = page.count(200_000, 5_000);
    Tensor image = Tensor.full(-1, points);
    Tensor one = FORWARD.addNoise(image, page.rng().normal(Tensor.zeros(points)), 259);
    Tensor other = FORWARD.addNoise(image, page.rng().normal(Tensor.zeros(points)), 259);
    double expected = 2 * (1 - LINEAR.alphaBar(259));
    page.question(
        "Two jumps bring the same image to $`t = 259`$ of the linear schedule, with fresh noise"
            + " each. What is the mean squared difference of their pixels?",
        "The image cancels, two independent noises stay: $`2 (1 - \\bar\\alpha_{259})`$, nearly 1"
            + " since signal and noise are equal there.",
        variance(one.minus(other)),
        expected,
        Tolerance.ofMean(Math.sqrt(2) * expected, points));
  }
}
