package haze.diffusion.study.chapter;

import haze.diffusion.data.DataException;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.Mnist;
import haze.diffusion.data.Spread;
import haze.diffusion.evaluation.bound.BoundChart;
import haze.diffusion.evaluation.bound.BoundEvaluation;
import haze.diffusion.evaluation.bound.BoundResult;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.ShardedUNet;
import haze.diffusion.process.DiagonalGaussian;
import haze.diffusion.process.DiscretizedGaussian;
import haze.diffusion.process.ForwardProcess;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Posterior;
import haze.diffusion.process.ReverseProcess;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.process.VariationalBound;
import haze.diffusion.study.book.Chapter;
import haze.diffusion.study.book.Page;
import haze.diffusion.study.book.Section;
import haze.diffusion.study.book.Table;
import haze.diffusion.study.book.Tolerance;
import haze.tensor.Tensor;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// # Three terms
///
/// The derivation of [chapter 5](#chapter-5) ended in a sum. For an image $`x_0`$, in nats,
///
/// ```math
/// -\ln p_\theta(x_0) \le \mathbb E_q \left[ L_T + L_{T-1} + \cdots + L_1 + L_0 \right]
/// ```
///
/// ```math
/// \begin{aligned}
/// L_T &= \mathrm{KL}(q(x_T \mid x_0) \,\Vert\, p(x_T)) \\
/// L_{t-1} &= \mathrm{KL}(q(x_{t-1} \mid x_t, x_0) \,\Vert\, p_\theta(x_{t-1} \mid x_t))
///     \qquad t = 2, \dots, T \\
/// L_0 &= -\ln p_\theta(x_0 \mid x_1)
/// \end{aligned}
/// ```
///
/// (Ho et al. 2020, equation 5). Each term asks one question:
///
/// | term | what is compared | weights $`\theta`$ in it | trained |
/// |---|:---|:---|:---|
/// | $`L_T`$ | the chain's end with the noise that sampling starts from | no | it cannot be |
/// | $`L_{t-1}`$ | the model's step back with the one given the image | yes | one t at a time |
/// | $`L_0`$ | the model's last step with the 256 levels of a pixel | yes | as t = 1 |
///
/// We measure them on real digits with a trained network, and see what the sum would claim without
/// each of them.
public final class Chapter06Terms implements Chapter {
  private static final int PIXELS = Mnist.IMAGE.size();

  @Override
  public List<Section> sections() {
    return List.of(
        new Section("onDigits", this::onDigits),
        new Section("endOfChain", this::endOfChain),
        new Section("oneStep", this::oneStep),
        new Section("levels", this::levels),
        new Section("withoutTheLastStep", this::withoutTheLastStep),
        new Section("variance", this::variance),
        new Section("questions", this::questions));
  }

  /// ## On real digits
  ///
  /// [BoundEvaluation] measures a model as papers do. For each image and timestep it draws one
  /// $`x_t`$, evaluates the network, and takes the term from [VariationalBound]. The unit is **bits
  /// per dimension**: nats divided by $`\ln 2`$ and by the number of pixels, 784. Without any
  /// compression a pixel of 256 levels takes 8 bits.
  ///
  /// All 1000 timesteps of an image would take 1000 evaluations of the network. So each image is
  /// measured at a few of them, chosen at random with known probabilities; a term that is chosen
  /// with probability 1/20 counts 20 times, and the mean stays right (Horvitz & Thompson 1952).
  /// Small $`t`$ are always chosen, because there the terms are large.
  ///
  /// The three terms add up to the number that is reported. The test digits were not seen in
  /// training; the errors are the standard errors of the mean over images.
  public void onDigits(Page page) throws IOException {
    BoundResult bound = ModelBound.measure(page);
    Table table = new Table("term", "bits per dimension", "standard error");
    table.row("$`L_T`$", bound.prior().mean(), bound.prior().standardError());
    for (int[] range : new int[][] {{2, 10}, {11, 100}, {101, 300}, {301, 1000}}) {
      String name = "$`L_{t-1}`$, t = %d to %d".formatted(range[0], range[1]);
      table.row(name, bound.between(range[0], range[1]), "");
    }
    BoundResult.Estimate all = bound.transitions();
    table.row("all $`L_{t-1}`$", all.mean(), all.standardError());
    table.row("$`L_0`$", bound.decoder().mean(), bound.decoder().standardError());
    table.row("**the bound**", bound.total().mean(), bound.total().standardError());
    page.table("The bound of this model, term by term: " + bound.title() + ".", table);
    page.check(
        "The three terms add up to the reported bits per dimension.",
        bound.prior().mean() + bound.between(1, 1000),
        bound.total().mean(),
        Tolerance.DOUBLES);
    page.checkAtMost("The bound, in bits per dimension: not 8.", bound.total().mean(), 4);
    page.checkAtLeast(
        "The share of t = 1 to 10 in the bound, a hundredth of all timesteps.",
        bound.between(1, 10) / bound.total().mean(),
        0.5);
    page.figure(
        "Each term over its timestep. The point on the left is $`L_0`$.",
        BoundChart.of(Map.of("this model", bound.stored())).sized(1100, 620));
  }

  /// ## $`L_T`$: nothing to learn
  ///
  /// The forward chain is fixed: $`q(x_T \mid x_0) = \mathcal N(\sqrt{\bar\alpha_T}\, x_0,\, (1 -
  /// \bar\alpha_T) I)`$, and $`p(x_T) = \mathcal N(0, I)`$ has no weights either. Their divergence
  /// can be computed before there is a network, without drawing anything:
  ///
  /// ```math
  /// L_T = \frac12 \sum_i \left( \bar\alpha_T\, x_{0,i}^2 - \bar\alpha_T
  ///     - \ln(1 - \bar\alpha_T) \right)
  ///     \approx \frac{\bar\alpha_T}{2} \lVert x_0 \rVert^2 .
  /// ```
  ///
  /// No gradient can lower it, only another schedule can. (Kingma et al. 2021 do learn the
  /// schedule. But then $`q`$ is trained too, as the encoder of a variational autoencoder is.)
  ///
  /// It is nearly nothing, and therefore often left out. But it is small for a reason, which is
  /// easily destroyed: let sampling start at a smaller $`t`$ from pure noise, to save time. The
  /// chain then ends at that $`t`$, and $`L_T`$ is the divergence there. In the middle of the chain
  /// it costs more than five times what all the terms above it did, which are saved: pure noise is
  /// no substitute for $`x_{500}`$.
  public void endOfChain(Page page) throws IOException {
    NoiseSchedule schedule = NoiseSchedule.cosine(1000);
    double[] x0 = digits(1).toDoubles();
    VariationalBound bound = new VariationalBound(reverse(schedule, page.model()));
    page.check(
        "A digit's $`L_T`$, as a multiple of the formula on the right.",
        bound.prior(x0) / (schedule.alphaBar(1000) / 2 * squares(x0, new double[PIXELS])),
        1,
        new Tolerance(1e-6, "the rest is of the order of alphaBar squared"));

    ForwardProcess forward = new ForwardProcess(schedule);
    DiagonalGaussian noise = DiagonalGaussian.standard(PIXELS);
    Table table = new Table("end of the chain t", "$`\\bar\\alpha_t`$", "$`L_T`$");
    for (int end : List.of(1000, 900, 700, 500, 300)) {
      table.row(end, schedule.alphaBar(end), bits(forward.distribution(x0, end).kl(noise)));
    }
    page.table("The cost of pure noise at t for one digit, in bits per dimension.", table);
    page.checkAtLeast(
        "The cost of pure noise at 500.", bits(forward.distribution(x0, 500).kl(noise)), 0.4);
    page.checkAtMost(
        "What it saves, t = 501 to 1000.", ModelBound.measure(page).between(501, 1000), 0.08);
  }

  /// ## $`L_{t-1}`$: what is learned
  ///
  /// Both steps back are normal. If their variance is the same, $`\tilde\beta_t`$, the divergence
  /// is the squared difference of their means over $`2 \tilde\beta_t`$. And the means differ by one
  /// thing alone: the posterior has the image, the model has the network's prediction $`\hat x_0`$
  /// in its place. What is in front of them can be collected:
  ///
  /// ```math
  /// \begin{aligned}
  /// L_{t-1} &= \frac{\lVert \tilde\mu_t(x_t, x_0) - \tilde\mu_t(x_t, \hat x_0) \rVert^2}
  ///     {2 \tilde\beta_t} \\
  ///     &= \frac{\text{SNR}_{t-1} - \text{SNR}_t}{2} \, \lVert x_0 - \hat x_0 \rVert^2 ,
  ///     \quad \text{SNR}_t = \frac{\bar\alpha_t}{1 - \bar\alpha_t}
  /// \end{aligned}
  /// ```
  ///
  /// (compare Kingma et al. 2021, equation 13). So **each term is the squared error of the
  /// predicted image, times a factor that depends on $`t`$ alone**. The network is a denoiser; it
  /// is trained by regression.
  ///
  /// What is the training worth? Compare the network with two predictions that nobody has to train:
  /// the noisy image itself, $`x_t / \sqrt{\bar\alpha_t}`$, and the mean of many digits. With
  /// little noise the first one is nearly right, but the factor is large; with much noise the
  /// second one is. In the middle both are wrong by far.
  public void oneStep(Page page) throws IOException {
    Pipeline model = page.model();
    NoiseSchedule schedule = model.scheduler().schedule();
    VariationalBound bound = new VariationalBound(reverse(schedule, model));
    double[] meanDigit = digits(500).mean(0).toDoubles();
    Table table = new Table("t", "factor", "error", "network", "noisy image", "mean digit");
    double difference = 0;
    double worst = 0;
    for (int t : List.of(2, 5, 10, 30, 100, 300, 500, 900)) {
      List<Noisy> digits = noisy(page, model, page.count(16, 2), t);
      double signal = Math.sqrt(schedule.alphaBar(t));
      double factor = bits((schedule.snr(t - 1) - schedule.snr(t)) / 2);
      double error = mean(digits, d -> squares(d.x0, bound.reverse().x0(t, d.xt, d.output)));
      double trained = bits(mean(digits, d -> bound.transition(t, d.x0, d.xt, d.output)));
      double noisy = factor * mean(digits, d -> squares(d.x0, scaled(1 / signal, d.xt)));
      double blurred = factor * mean(digits, d -> squares(d.x0, meanDigit));
      table.row(t, factor, error, trained, noisy, blurred);
      difference = Math.max(difference, Math.abs(factor * error / trained - 1));
      worst = Math.max(worst, trained / Math.min(noisy, blurred));
    }
    page.table(
        "The factor, the network's squared error, their product $`L_{t-1}`$ in bits per dimension,"
            + " and the same of the two other predictions.",
        table);
    page.check(
        "Factor times error beside the divergence: the largest relative difference.",
        difference,
        0,
        new Tolerance(1e-9, "differences of SNRs lose digits"));
    page.checkAtMost("The network's term as a share of the better of the others.", worst, 0.99);
  }

  /// ## $`L_0`$: from a density to levels
  ///
  /// The last step differs from the others. The posterior at $`t = 1`$ has the variance 0, so there
  /// is no divergence. What is left is the probability of the image itself, and here one can make
  /// an error that gives wonderful results: take the normal **density** of the last step. A density
  /// has no upper limit. Four of five pixels of a digit are exactly black; a model that says so
  /// with a standard deviation of 0.001 gets the density 399 there, which is a code of −8.6 bits. A
  /// smaller deviation gives less and less; there is no best model.
  ///
  /// The image is not continuous. A pixel has one of 256 levels, and the level's probability is
  /// that of the interval of $`\pm 1/255`$ around it, of all below for black and of all above for
  /// white ([DiscretizedGaussian]; Ho et al. 2020, equation 13). Probabilities add up to 1, so no
  /// code is shorter than 0 bits, and the bound can be compared with the size of a file.
  ///
  /// With the deviation of this model's last step, $`\tilde\beta_2^{1/2}`$, even a perfect
  /// prediction costs 0.74 bits at a grey pixel and 0.32 at a black one: the levels beside it get
  /// their part.
  public void levels(Page page) throws IOException {
    page.check(
        "The share of black pixels.",
        DoubleStream.of(digits(500).toDoubles()).map(x -> x == -1 ? 1 : 0).average().orElseThrow(),
        0.8,
        new Tolerance(0.02, "four of five, roughly"));
    page.check(
        "The code length of black with a deviation of 0.001, by its density.",
        -new DiagonalGaussian(new double[1], new double[] {2 * Math.log(0.001)})
                .logDensity(new double[1])
            / Math.log(2),
        -8.64,
        Tolerance.digits(2));
    Pipeline model = page.model();
    NoiseSchedule schedule = model.scheduler().schedule();
    double logScale = ReverseVariance.FIXED_SMALL.log(1, schedule, 0) / 2;
    double sum = 0;
    for (int k = 0; k < DiscretizedGaussian.LEVELS; k++) {
      sum += Math.exp(DiscretizedGaussian.EXACT.logProbability(0.3, logScale, level(k)));
    }
    page.check(
        "The probabilities of all levels.",
        sum,
        1,
        new Tolerance(1e-9, "none of the 256 is less than 1e-12"));
    page.check("A perfect grey.", levelBits(100, logScale), 0.74, Tolerance.digits(2));
    page.check("A perfect black.", levelBits(0, logScale), 0.32, Tolerance.digits(2));

    VariationalBound bound = new VariationalBound(reverse(schedule, model));
    int count = page.count(24, 2);
    List<Noisy> digits = noisy(page, model, count, 1);
    page.check(
        "$`L_0`$ of the same digits with other noise, and the one that was reported.",
        bits(mean(digits, d -> bound.decoder(d.x0, d.xt, d.output))),
        ModelBound.measure(page).decoder().mean(),
        Tolerance.ofMean(0.05, count));
  }

  /// ## What the sum would claim without $`L_0`$
  ///
  /// $`L_0`$ is one term of a thousand. If it is left out, the sum is still a number of bits; it is
  /// the cost of $`x_1`$, the image with a little noise, and not of the image. The error is easy to
  /// make, since a loss that runs over $`t = 2, \dots, T`$ looks complete.
  ///
  /// And it can be made as large as one likes. Let the chain have a longer first step, from $`x_0`$
  /// to $`x_k`$ at once ([NoiseSchedule#respaced]). All terms above $`k`$ stay as they are; those
  /// from 2 to $`k`$ are gone; $`L_0`$ is now $`-\ln p(x_0 \mid x_k)`$. We give it the deviation
  /// that fits best, the root of the mean squared error of $`\hat x_0`$. The terms above $`k`$
  /// promise a better and better model. The whole bound tells the truth: what they no longer
  /// describe, $`L_0`$ has to.
  ///
  /// A variational autoencoder has one step, and there $`L_0`$ is the reconstruction error and
  /// $`L_T`$ the divergence of the encoder from the prior. The many steps of diffusion move the
  /// cost from these two into terms in the middle, each of which is a small step that a normal
  /// distribution can describe ([chapter 4](#chapter-4)).
  public void withoutTheLastStep(Page page) throws IOException {
    BoundResult bound = ModelBound.measure(page);
    Pipeline model = page.model();
    ReverseProcess reverse = reverse(model.scheduler().schedule(), model);
    Table table = new Table("first step ends at k", "terms above k", "$`L_0`$", "together");
    double claimed = 0;
    double together = 0;
    for (int k : List.of(1, 2, 5, 20, 100, 300)) {
      List<Noisy> digits = noisy(page, model, page.count(16, 2), k);
      double error = mean(digits, d -> squares(d.x0, reverse.x0(k, d.xt, d.output))) / PIXELS;
      double[] logVariance = new double[PIXELS];
      Arrays.fill(logVariance, Math.log(error));
      double decoder = 0;
      for (Noisy digit : digits) {
        double[] mean = reverse.x0(k, digit.xt, digit.output);
        DiagonalGaussian step = new DiagonalGaussian(mean, logVariance);
        decoder -= DiscretizedGaussian.TANH.logProbability(step, digit.x0) / digits.size();
      }
      claimed = bound.between(k + 1, 1000);
      together = claimed + bits(decoder);
      table.row(k, claimed, bits(decoder), together);
    }
    page.table("The network as chains with a longer first step, bits per dimension.", table);
    page.checkAtMost("The terms above 300 alone.", claimed, 0.25);
    page.checkAtLeast("The bound of that chain.", together, bound.total().mean());
  }

  /// ## What is not trained, though it could be
  ///
  /// Two more things in the sum are fixed by hand here. One is the schedule. The other is the
  /// variance of the model's steps. The mean squared error of the network, $`e_t`$ per pixel, adds
  /// to the posterior's variance: of all fixed variances
  ///
  /// ```math
  /// v_t = \tilde\beta_t + c_t^2\, e_t, \qquad
  /// c_t = \frac{\beta_t \sqrt{\bar\alpha_{t-1}}}{1 - \bar\alpha_t},
  /// ```
  ///
  /// has the smallest divergence, $`\frac12 \ln(v_t / \tilde\beta_t)`$ a pixel: set the derivative
  /// of $`\ln v + v_t / v`$ to 0. It lies between $`\tilde\beta_t`$, which is right for a network
  /// without errors, and $`\beta_t`$, for data that are standard normal ([ReverseVariance]). The
  /// table shows what each choice costs. At large $`t`$ they are the same. At the first steps,
  /// where the bits are, a trained variance is worth some percent (Nichol & Dhariwal 2021, section
  /// 3.1), and $`\beta_t`$ costs many times that.
  ///
  /// So the answer to "what is trained?" is: the mean of each step back, and with it $`L_{T-1}`$ to
  /// $`L_0`$; sometimes their variance; never $`L_T`$.
  public void variance(Page page) throws IOException {
    Pipeline model = page.model();
    NoiseSchedule schedule = model.scheduler().schedule();
    ReverseProcess small = reverse(schedule, model);
    ReverseProcess large =
        new ReverseProcess(schedule, small.prediction(), ReverseVariance.FIXED_LARGE, 1, true);
    Posterior posterior = new Posterior(schedule);
    Table table = new Table("t", "$`\\beta_t / \\tilde\\beta_t`$", "best", "small", "large");
    for (int t : List.of(2, 5, 10, 30, 100)) {
      List<Noisy> digits = noisy(page, model, page.count(16, 2), t);
      double c = posterior.x0Coefficient(t);
      double error = mean(digits, d -> squares(d.x0, small.x0(t, d.xt, d.output))) / PIXELS;
      double best = bits(PIXELS * Math.log1p(c * c * error / posterior.variance(t)) / 2);
      double withSmall = bits(mean(digits, d -> term(small, t, d)));
      double withLarge = bits(mean(digits, d -> term(large, t, d)));
      table.row(t, schedule.beta(t) / posterior.variance(t), best, withSmall, withLarge);
      if (t == 2) {
        page.checkAtLeast(
            "At t = 2 the small variance costs so many times the best one.",
            withSmall / best,
            1.02);
        page.checkAtLeast("The large variance.", withLarge / best, 1.5);
      }
    }
    page.table("$`L_{t-1}`$ with three variances, bits per dimension.", table);
  }

  private static double term(ReverseProcess reverse, int t, Noisy digit) {
    return new VariationalBound(reverse).transition(t, digit.x0, digit.xt, digit.output);
  }

  /// ## Three questions
  ///
  /// Think first; each answer is below its question.
  public void questions(Page page) throws IOException {
    NoiseSchedule schedule = NoiseSchedule.cosine(1000);
    double[] digit = digits(1).toDoubles();
    page.question(
        "The signal-to-noise ratio falls from 24,221 at t = 1 to nearly 0 at T. A network always"
            + " predicts the mean digit, whose squared error is 0.4 a pixel. What do all its"
            + " $`L_{t-1}`$ cost together, in bits per dimension?",
        "The differences of the SNR add up to the first one, so half of 24,221 times 0.4 nats:"
            + " divided by ln 2 that is 6,989 bits, in the place of less than one.",
        (schedule.snr(1) - schedule.snr(1000)) / 2 * 0.4 / Math.log(2),
        6989,
        new Tolerance(1, "the text has whole bits"));
    page.question(
        "The image is multiplied by 2, and its levels too, so that it reaches from −2 to 2. By what"
            + " factor does $`L_T`$ grow?",
        "By 4: it is half of alphaBar times the squared length. Nothing in it can adapt.",
        new VariationalBound(reverse(schedule, page.model())).prior(scaled(2, digit))
            / new VariationalBound(reverse(schedule, page.model())).prior(digit),
        4,
        new Tolerance(1e-5, "the rest is of the order of alphaBar squared"));
    page.question(
        "A pixel is predicted perfectly, with a standard deviation of a whole distance between"
            + " levels, 2/255. What does its level cost at least?",
        "The interval reaches half a deviation to both sides, which has the probability 0.383:"
            + " 1.385 bits.",
        levelBits(100, Math.log(2.0 / 255)),
        1.385,
        new Tolerance(2e-3, "the text has three digits, and the tanh of the model is as exact"));
  }

  /// A digit, a draw from `q(x_t | x_0)`, and the network's output at it.
  @SuppressWarnings("ArrayRecordComponent") // A bundle of arguments; nobody compares two.
  private record Noisy(double[] x0, double[] xt, double[] output) {}

  private static List<Noisy> noisy(Page page, Pipeline model, int count, int t) throws IOException {
    Tensor x0 = digits(count);
    Tensor epsilon = page.rng().normal(Tensor.zeros(x0.shape().dims()));
    Tensor xt = new ForwardProcess(model.scheduler().schedule()).addNoise(x0, epsilon, t);
    float[] timesteps = new float[count];
    Arrays.fill(timesteps, NoiseSchedule.modelTimestep(t));
    int[] labels = model.unet().config().classes() > 0 ? labels(count) : new int[0];
    try (ShardedUNet network = new ShardedUNet(model.unet(), page.workers())) {
      Tensor output = network.predict(xt, timesteps, labels);
      return IntStream.range(0, count)
          .mapToObj(
              i -> new Noisy(x0.at(i).toDoubles(), xt.at(i).toDoubles(), output.at(i).toDoubles()))
          .toList();
    }
  }

  /// Some of MNIST's test digits, spread over all, `[n, 28, 28, 1]`.
  private static Tensor digits(int count) throws DataException {
    ImageDataset test = Mnist.test();
    Tensor images = Tensor.zeros(Mnist.IMAGE.batch(count).dims());
    return test.images(Spread.sample(test.count(), count), images);
  }

  private static int[] labels(int count) throws DataException {
    ImageDataset test = Mnist.test();
    return IntStream.of(Spread.sample(test.count(), count)).map(test::label).toArray();
  }

  /// The model's chain with the posterior's variance, and the predicted image clipped.
  private static ReverseProcess reverse(NoiseSchedule schedule, Pipeline model) {
    return new ReverseProcess(
        schedule, model.scheduler().prediction(), ReverseVariance.FIXED_SMALL, 1, true);
  }

  private static double bits(double nats) {
    return VariationalBound.bitsPerDimension(nats, PIXELS);
  }

  /// The bits of a level that is predicted exactly.
  private static double levelBits(int k, double logScale) {
    return -DiscretizedGaussian.TANH.logProbability(level(k), logScale, level(k)) / Math.log(2);
  }

  private static double level(int k) {
    return k / 127.5 - 1;
  }

  private static double squares(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> (a[i] - b[i]) * (a[i] - b[i])).sum();
  }

  private static double mean(List<Noisy> digits, ToDoubleFunction<Noisy> value) {
    return digits.stream().mapToDouble(value).average().orElseThrow();
  }

  private static double[] scaled(double factor, double[] x) {
    return Arrays.stream(x).map(value -> factor * value).toArray();
  }
}
