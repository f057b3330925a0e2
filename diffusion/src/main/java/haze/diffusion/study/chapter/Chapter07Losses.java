package haze.diffusion.study.chapter;

import haze.autograd.Scale;
import haze.autograd.Subtract;
import haze.autograd.Sum;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.data.DataException;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.Mnist;
import haze.diffusion.data.Spread;
import haze.diffusion.evaluation.bound.BoundResult;
import haze.diffusion.figure.LineChart;
import haze.diffusion.figure.LineChart.Axis;
import haze.diffusion.figure.LineChart.Legend;
import haze.diffusion.figure.LineChart.Line;
import haze.diffusion.figure.LineChart.Look;
import haze.diffusion.loss.BoundLoss;
import haze.diffusion.loss.ChainObjective;
import haze.diffusion.loss.MinSnrLoss;
import haze.diffusion.loss.Objective;
import haze.diffusion.loss.SimpleLoss;
import haze.diffusion.process.ForwardProcess;
import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Posterior;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseProcess;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.process.VariationalBound;
import haze.diffusion.process.WeightedSum;
import haze.diffusion.study.book.Chapter;
import haze.diffusion.study.book.Page;
import haze.diffusion.study.book.Section;
import haze.diffusion.study.book.Table;
import haze.diffusion.study.book.Tolerance;
import haze.nn.Linear;
import haze.nn.ParameterVector;
import haze.tensor.Allocator;
import haze.tensor.BufferPool;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntToDoubleFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// # From the bound to the loss that everyone uses
///
/// [Chapter 6](#chapter-6) ended with a sum of divergences. Nearly every diffusion model is trained
/// with something that looks much simpler: the squared error of some prediction, at a random
/// timestep. This chapter goes from one to the other, step by step. Two choices are made on the
/// way, and they are often taken for one: **what the network predicts**, and **how much each
/// timestep counts**.
public final class Chapter07Losses implements Chapter {
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.cosine(1000);

  @Override
  public List<Section> sections() {
    return List.of(
        new Section("fromMeanToNoise", this::fromMeanToNoise),
        new Section("threePredictions", this::threePredictions),
        new Section("droppedWeight", this::droppedWeight),
        new Section("whyDropIt", this::whyDropIt),
        new Section("minSnr", this::minSnr),
        new Section("oneGradient", this::oneGradient),
        new Section("preconditioning", this::preconditioning),
        new Section("questions", this::questions));
  }

  /// ## From the mean to the noise
  ///
  /// With equal variances $`\sigma_t^2`$ the divergence of two normal distributions is the squared
  /// difference of their means (Ho et al. 2020, equation 8):
  ///
  /// ```math
  /// L_{t-1} = \frac{1}{2 \sigma_t^2} \, \lVert \tilde\mu_t(x_t, x_0) - \mu_\theta(x_t, t) \rVert^2
  /// ```
  ///
  /// So the network could predict the mean $`\tilde\mu_t`$. But most of the mean is $`x_t`$, which
  /// the network has already; it would have to copy its input, very exactly. What it does not know
  /// is the noise. Put $`x_0 = (x_t - \sqrt{1 - \bar\alpha_t}\, \epsilon) / \sqrt{\bar\alpha_t}`$
  /// into the posterior's mean ([Posterior#mean]), and collect the factors of $`x_t`$:
  ///
  /// ```math
  /// \tilde\mu_t = \frac{1}{\sqrt{\alpha_t}} \left( x_t
  ///     - \frac{\beta_t}{\sqrt{1 - \bar\alpha_t}} \, \epsilon \right)
  /// ```
  ///
  /// (equation 11). If $`\mu_\theta`$ is written in the same form, with the network's
  /// $`\epsilon_\theta`$ in the place of $`\epsilon`$, then $`x_t`$ cancels in the difference, and
  /// the square has a factor (equation 12):
  ///
  /// ```math
  /// L_{t-1} = \frac{\beta_t^2}{2 \sigma_t^2 \alpha_t (1 - \bar\alpha_t)} \,
  ///     \lVert \epsilon - \epsilon_\theta(x_t, t) \rVert^2
  /// ```
  ///
  /// Both equations are checked on a digit at $`t = 300`$, with a prediction that is wrong by some
  /// random numbers.
  public void fromMeanToNoise(Page page) throws IOException {
    int t = 300;
    Tensor x0 = digits(1);
    Tensor epsilon = page.rng().normal(Tensor.zeros(1, 28, 28, 1));
    Tensor xt = new ForwardProcess(SCHEDULE).addNoise(x0, epsilon, t);
    double beta = SCHEDULE.beta(t);
    double noise = Math.sqrt(1 - SCHEDULE.alphaBar(t));
    double root = Math.sqrt(SCHEDULE.alpha(t));
    Tensor mean = WeightedSum.of(1 / root, xt, -beta / noise / root, epsilon);
    page.check(
        "The largest difference between equation 11 and the posterior's mean.",
        largest(mean, new Posterior(SCHEDULE).mean(x0, xt, t)),
        0,
        Tolerance.FLOATS);

    Tensor error = page.rng().normal(Tensor.zeros(1, 28, 28, 1));
    Tensor wrong = WeightedSum.of(1, epsilon, 0.2, error);
    double variance = new Posterior(SCHEDULE).variance(t);
    double weight = beta * beta / (2 * variance * SCHEDULE.alpha(t) * noise * noise);
    page.check(
        "Equation 12 as a multiple of the divergence.",
        weight * squares(epsilon, wrong) / term(Prediction.EPSILON, t, x0, xt, wrong),
        1,
        new Tolerance(1e-5, "sums of floats"));
  }

  /// ## Three predictions, one divergence
  ///
  /// With $`a = \sqrt{\bar\alpha_t}`$ and $`s = \sqrt{1 - \bar\alpha_t}`$ the network may predict
  /// $`\epsilon`$, or $`x_0`$, or the velocity $`v = a \epsilon - s x_0`$ (Salimans & Ho 2022).
  /// Since $`x_t = a x_0 + s \epsilon`$ is known, each gives the others ([Prediction]). An error
  /// $`d`$ of $`x_0`$ is an error $`-\frac{a}{s} d`$ of $`\epsilon`$, and $`-\frac{1}{s} d`$ of
  /// $`v`$: put it in, and use $`a^2 + s^2 = 1`$. So
  ///
  /// ```math
  /// \begin{aligned}
  /// \lVert \epsilon - \hat\epsilon \rVert^2 &= \text{SNR}_t \, \lVert x_0 - \hat x_0 \rVert^2 \\
  /// \lVert v - \hat v \rVert^2 &= (\text{SNR}_t + 1) \, \lVert x_0 - \hat x_0 \rVert^2
  /// \end{aligned}
  /// ```
  ///
  /// The divergence does not care which of them came out of the network. Each has its own factor,
  /// and the products are the same.
  public void threePredictions(Page page) throws IOException {
    Tensor x0 = digits(1);
    Tensor epsilon = page.rng().normal(Tensor.zeros(1, 28, 28, 1));
    Tensor error = page.rng().normal(Tensor.zeros(1, 28, 28, 1));
    Tensor wrong = WeightedSum.of(1, x0, 0.2, error);
    Table table = new Table("t", "of $`\\epsilon`$", "of $`x_0`$", "of $`v`$", "nats");
    double difference = 0;
    for (int t : List.of(2, 10, 100, 500, 900)) {
      Tensor xt = new ForwardProcess(SCHEDULE).addNoise(x0, epsilon, t);
      Tensor wrongNoise = new ForwardProcess(SCHEDULE).epsilon(xt, wrong, t);
      double divergence = term(Prediction.X0, t, x0, xt, wrong);
      for (Prediction prediction : Prediction.values()) {
        Tensor right = prediction.target(SCHEDULE, x0, epsilon, t);
        Tensor output = prediction.target(SCHEDULE, wrong, wrongNoise, t);
        double product = boundWeight(prediction, t) * squares(right, output);
        difference = Math.max(difference, Math.abs(product / divergence - 1));
      }
      table.row(
          t,
          boundWeight(Prediction.EPSILON, t),
          boundWeight(Prediction.X0, t),
          boundWeight(Prediction.V, t),
          divergence);
    }
    page.table("The factor of each squared error in the bound, and $`L_{t-1}`$.", table);
    page.check(
        "The three products and the divergence: the largest relative difference.",
        difference,
        0,
        new Tolerance(1e-5, "sums of floats"));
  }

  /// The factor of a prediction's squared error in `L_{t-1}`, with the posterior's variance.
  private static double boundWeight(Prediction prediction, int t) {
    double snr = SCHEDULE.snr(t);
    double ofX0 = (SCHEDULE.snr(t - 1) - snr) / 2;
    return switch (prediction) {
      case EPSILON -> ofX0 / snr;
      case X0 -> ofX0;
      case V -> ofX0 / (snr + 1);
    };
  }

  /// ## The weight that is dropped
  ///
  /// Ho et al. 2020 found better images without the factor (equation 14):
  ///
  /// ```math
  /// L_\text{simple} = \mathbb E \, \lVert \epsilon - \epsilon_\theta(x_t, t) \rVert^2,
  /// \qquad t \text{ uniform in } 1, \dots, T
  /// ```
  ///
  /// ([SimpleLoss]). It runs over $`t = 1`$ too; so $`L_0`$ is in it, but as a squared error like
  /// all the others, not as the probability of a level. And $`L_T`$ had no weights of the network.
  /// So this simple loss is the whole bound with other factors.
  ///
  /// With **other factors** means: it is not the bound of this model. It is a weighted sum of the
  /// same errors, and for a network that can make each of them as small as possible, the best
  /// network is the same. A real network is too small for that, and the factors say which errors it
  /// should care about.
  ///
  /// Here is the trap: "simple" is said of all three predictions, and **dropping the factor means
  /// something else for each of them**. The figure writes them all as factors of the squared error
  /// of $`\epsilon`$. Simple in $`x_0`$ counts much noise most. Simple in $`v`$ is simple in
  /// $`\epsilon`$ where there is little noise, and simple in $`x_0`$ where there is much.
  public void droppedWeight(Page page) {
    double[] t = IntStream.rangeClosed(2, 990).asDoubleStream().toArray();
    MinSnrLoss minSnr = new MinSnrLoss(SCHEDULE, Prediction.EPSILON, MinSnrLoss.PUBLISHED_GAMMA);
    page.figure(
        "Factors of the squared error of the noise, t = 2 to 990. The bound's falls roughly as 1/t."
            + " In the last steps of this schedule nearly all is lost at once, and it rises.",
        new LineChart(
                "How much a timestep counts",
                Axis.log("timestep t"),
                Axis.log("factor").within(1e-4, 1e4),
                Legend.TOP_LEFT,
                List.of(
                    line("the bound", t, s -> boundWeight(Prediction.EPSILON, s), Look.THICK),
                    line("simple, epsilon", t, _ -> 1, Look.PLAIN),
                    line("simple, x_0", t, s -> 1 / SCHEDULE.snr(s), Look.PLAIN),
                    line("simple, v", t, s -> 1 + 1 / SCHEDULE.snr(s), Look.DASHED),
                    line("min-SNR, gamma = 5", t, minSnr::weight, Look.PLAIN)))
            .sized(1100, 620));
    page.check(
        "From t = 2 to t = 500 the bound's factor falls to one part in so many.",
        boundWeight(Prediction.EPSILON, 2) / boundWeight(Prediction.EPSILON, 500),
        179,
        new Tolerance(0.5, "the text has whole numbers"));
    page.check(
        "At t = 500 an error of v is an error of the noise times 1 + 1/SNR.",
        boundWeight(Prediction.EPSILON, 500) / boundWeight(Prediction.V, 500),
        1 + 1 / SCHEDULE.snr(500),
        Tolerance.DOUBLES);
  }

  private static Line line(String name, double[] t, IntToDoubleFunction weight, Look look) {
    double[] y = DoubleStream.of(t).map(at -> weight.applyAsDouble((int) at)).toArray();
    return new Line(name, t, y, look);
  }

  /// ## Why it is dropped
  ///
  /// There are two reasons. The first is what people see. More than half of this model's bound are
  /// the first ten timesteps, where a digit has noise that nobody can see. A network that is
  /// trained with the bound's factors spends its strength there. In the simple loss of $`v`$, with
  /// timesteps that are all as likely, these have about as much to say as their number, one in a
  /// hundred.
  ///
  /// The second is the noise of the gradient. A training step draws a timestep; its loss, $`T
  /// L_{t-1}`$ in the case of the bound ([BoundLoss]), has the right mean but a large spread, since
  /// few draws hit the small timesteps. The spread over the mean, squared, says how many more draws
  /// it takes until the mean is known equally well. (Nichol & Dhariwal 2021 draw the timesteps by
  /// importance instead.)
  public void whyDropIt(Page page) throws IOException {
    BoundResult measured = ModelBound.measure(page);
    NoiseSchedule schedule = page.model().scheduler().schedule();
    ToDoubleFunction<BoundResult.Timestep> squaredV =
        row -> (schedule.snr(row.t()) + 1) * row.x0Error();
    Table table = new Table("loss", "share of t = 1 to 10", "spread / mean");
    double ofBound = spread(measured, row -> row.term().mean());
    double ofV = spread(measured, squaredV);
    table.row("the bound", share(measured, row -> row.term().mean()), ofBound);
    table.row("simple, $`v`$", share(measured, squaredV), ofV);
    page.table("How the trained model's losses lie over its timesteps.", table);
    page.checkAtLeast(
        "The bound's share of t = 1 to 10.", share(measured, row -> row.term().mean()), 0.5);
    page.checkAtMost("That of the simple loss of v.", share(measured, squaredV), 0.05);
    page.checkAtLeast(
        "So many times the draws are needed for the bound.", ofBound * ofBound / (ofV * ofV), 20);
  }

  private static double share(BoundResult measured, ToDoubleFunction<BoundResult.Timestep> loss) {
    return sum(measured, 10, loss) / sum(measured, 1000, loss);
  }

  /// The standard deviation over the mean, for a uniform timestep.
  private static double spread(BoundResult measured, ToDoubleFunction<BoundResult.Timestep> loss) {
    double timesteps = sum(measured, 1000, _ -> 1);
    double mean = sum(measured, 1000, loss) / timesteps;
    double square = sum(measured, 1000, row -> Math.pow(loss.applyAsDouble(row), 2)) / timesteps;
    return Math.sqrt(square - mean * mean) / mean;
  }

  /// The sum of a loss over the timesteps 1 to `last`, of which some are measured.
  private static double sum(
      BoundResult measured, int last, ToDoubleFunction<BoundResult.Timestep> loss) {
    double sum = 0;
    for (BoundResult.Timestep row : measured.timesteps()) {
      double chosen = measured.images() * measured.selection().probability(row.t());
      sum += row.t() <= last ? loss.applyAsDouble(row) * row.images() / chosen : 0;
    }
    return sum;
  }

  /// ## A weight that is chosen
  ///
  /// Once the factor is a choice, it can be chosen better. Of $`x_0`$, the simple loss of
  /// $`\epsilon`$ has the factor $`\text{SNR}_t`$, which is huge at little noise; that of $`x_0`$
  /// has 1, and hardly learns detail. Hang et al. 2023 take the smaller of the SNR and a constant,
  /// $`\min(\text{SNR}_t, \gamma)`$ with $`\gamma = 5`$ ([MinSnrLoss]): no timestep may outweigh
  /// the rest.
  ///
  /// This weight is defined for the error of $`x_0`$. What a network predicts must not change it,
  /// so for the error of $`\epsilon`$ it is divided by the SNR, and for that of $`v`$ by the SNR
  /// plus 1. The usual error here is to forget the 1: a $`v`$ network is then trained with another
  /// weight than it seems.
  public void minSnr(Page page) {
    MinSnrLoss ofEpsilon = new MinSnrLoss(SCHEDULE, Prediction.EPSILON, 5);
    MinSnrLoss ofX0 = new MinSnrLoss(SCHEDULE, Prediction.X0, 5);
    MinSnrLoss ofV = new MinSnrLoss(SCHEDULE, Prediction.V, 5);
    Table table = new Table("t", "SNR", "of $`x_0`$", "of $`\\epsilon`$", "of $`v`$");
    double difference = 0;
    for (int t : List.of(1, 50, 100, 200, 300, 500, 900)) {
      double snr = SCHEDULE.snr(t);
      table.row(t, snr, ofX0.weight(t), ofEpsilon.weight(t), ofV.weight(t));
      double weight = ofX0.weight(t);
      difference = Math.max(difference, Math.abs(ofEpsilon.weight(t) * snr - weight));
      difference = Math.max(difference, Math.abs(ofV.weight(t) * (snr + 1) - weight));
    }
    page.table("The min-SNR factor of the squared error of each prediction.", table);
    page.check(
        "As factors of the error of x_0: the largest difference.",
        difference,
        0,
        Tolerance.DOUBLES);
  }

  /// ## The same gradient, where it must be the same
  ///
  /// Take one function, here a single linear layer that maps $`x_t`$ to $`\hat x_0`$, and let it
  /// stand behind three "networks": one returns $`\hat x_0`$ itself, one the $`\hat\epsilon`$ that
  /// belongs to it, one the $`\hat v`$. The bound is the same number for all of them, so its
  /// gradient by the weights of the layer must be the same too, though the tape goes through
  /// different operations. The same holds for min-SNR. For the simple loss it does not: there the
  /// gradient of $`\epsilon`$ is SNR times that of $`x_0`$, and that of $`v`$ SNR + 1 times. At one
  /// timestep this is only another length. Summed over timesteps it is another direction, because
  /// each timestep is stretched by another number.
  ///
  /// (A network that is *made* to predict $`\epsilon`$ is another function of its weights than one
  /// made to predict $`x_0`$. What is equal here are the losses; what is different in practice is
  /// what a network learns easily.)
  public void oneGradient(Page page) throws IOException {
    Rng noise = page.rng();
    List<Function<Prediction, ChainObjective>> losses =
        List.of(Chapter07Losses::bound, Chapter07Losses::minSnr);
    double sameLoss = 0;
    double simpleLoss = 0;
    for (Prediction other : List.of(Prediction.EPSILON, Prediction.V)) {
      for (int t : List.of(50, 500, 900)) {
        for (var loss : losses) {
          double[] ofX0 = gradient(Prediction.X0, loss, noise, t);
          double[] ofOther = gradient(other, loss, noise, t);
          sameLoss = Math.max(sameLoss, distance(ofOther, ofX0, 1));
        }
        double factor = SCHEDULE.snr(t) + (other == Prediction.V ? 1 : 0);
        double[] ofX0 = gradient(Prediction.X0, Chapter07Losses::simple, noise, t);
        double[] ofOther = gradient(other, Chapter07Losses::simple, noise, t);
        simpleLoss = Math.max(simpleLoss, distance(ofOther, ofX0, factor));
      }
    }
    Tolerance floats = new Tolerance(1e-5, "sums of floats");
    page.check("Bound and min-SNR: the gradients' relative difference.", sameLoss, 0, floats);
    page.check("Simple: the same, apart from SNR and SNR + 1.", simpleLoss, 0, floats);
  }

  private static ChainObjective bound(Prediction prediction) {
    return new BoundLoss(SCHEDULE, prediction, ReverseVariance.FIXED_SMALL);
  }

  private static ChainObjective minSnr(Prediction prediction) {
    return new MinSnrLoss(SCHEDULE, prediction, MinSnrLoss.PUBLISHED_GAMMA);
  }

  private static ChainObjective simple(Prediction prediction) {
    return new SimpleLoss(SCHEDULE, prediction);
  }

  /// The gradient of a loss by the weights of a linear layer that predicts `x_0` row by row, and
  /// whose output is turned into what the loss is for; with the same noise for all.
  private static double[] gradient(
      Prediction prediction, Function<Prediction, ChainObjective> loss, Rng noise, int t)
      throws DataException {
    Linear layer = new Linear(28, 28);
    ParameterVector parameters = new ParameterVector(layer);
    parameters.initialize(0, 'w', false);
    float[] gradient = new float[parameters.size()];
    Tensor x0 = digits(4).reshape(4, 28, 1, 28);
    Tensor epsilon = noise.normal(Tensor.zeros(4, 28, 1, 28));
    double alphaBar = SCHEDULE.alphaBar(t);
    Objective.Noised images = loss.apply(prediction).noise(Allocator.HEAP, x0, epsilon, t, t, t, t);
    try (Tape tape = Tape.recording(new BufferPool())) {
      parameters.watch(tape, gradient);
      Variable predicted = layer.forward(tape, tape.constant(images.xt()));
      Variable fromXt = tape.constant(images.xt().times((float) prediction.x0FromXt(alphaBar)));
      Variable output =
          Scale.apply(
              tape,
              Subtract.apply(tape, predicted, fromXt),
              (float) (1 / prediction.x0FromOutput(alphaBar)));
      tape.backward(Sum.apply(tape, images.losses(tape, output)));
    }
    return IntStream.range(0, gradient.length).mapToDouble(i -> gradient[i]).toArray();
  }

  /// The length of `a - factor b` as a share of the length of `factor b`.
  private static double distance(double[] a, double[] b, double factor) {
    double squares = 0;
    double length = 0;
    for (int i = 0; i < a.length; i++) {
      squares += Math.pow(a[i] - factor * b[i], 2);
      length += b[i] * b[i];
    }
    return Math.sqrt(squares / length) / factor;
  }

  /// ## v is the preconditioning of EDM
  ///
  /// Karras et al. 2022 begin elsewhere. They add noise without shrinking the image, $`x = x_0 +
  /// \sigma n`$, and build the denoiser $`D`$ around a raw network $`F`$ (equation 7):
  ///
  /// ```math
  /// D(x; \sigma) = c_\text{skip}\, x + c_\text{out}\, F(c_\text{in}\, x)
  /// ```
  ///
  /// Input and target of $`F`$ are to have the variance 1 at every noise level, and its errors are
  /// to be amplified as little as possible. With data of standard deviation $`\sigma_\text{data}`$
  /// this gives (table 1)
  ///
  /// ```math
  /// c_\text{skip} = \frac{\sigma_\text{data}^2}{\sigma^2 + \sigma_\text{data}^2}, \qquad
  /// c_\text{out} = \frac{\sigma\, \sigma_\text{data}}{\sqrt{\sigma^2 + \sigma_\text{data}^2}}
  /// ```
  ///
  /// ```math
  /// c_\text{in} = \frac{1}{\sqrt{\sigma^2 + \sigma_\text{data}^2}}, \qquad
  /// \lambda = \frac{\sigma^2 + \sigma_\text{data}^2}{(\sigma\, \sigma_\text{data})^2}
  /// ```
  ///
  /// with $`\lambda`$ the factor of the squared error of $`x_0`$. Now put $`\sigma_\text{data} =
  /// 1`$. Our noisy image is $`x_t = a x`$ with $`\sigma = s / a`$, and $`c_\text{in} = a`$: the
  /// shrinking forward chain *is* the scaling of the input. The predicted image from $`v`$ is $`a
  /// x_t - s v = a^2 x - s v`$. So $`c_\text{skip} = a^2`$, $`c_\text{out} = s`$, and **$`F`$ is
  /// $`-v`$**. And $`\lambda = \text{SNR} + 1`$ is the factor of the simple loss of $`v`$. Nothing
  /// is left that differs, but for the sign and for which noise levels training draws.
  ///
  /// How near to 1 is the variance of the target in truth? Digits between −1 and 1 have a mean
  /// square of 0.92, so that of $`v`$ lies between this and 1 at all noise levels.
  public void preconditioning(Page page) throws IOException {
    double worst = 0;
    for (int t = 1; t <= SCHEDULE.timesteps(); t++) {
      double alphaBar = SCHEDULE.alphaBar(t);
      double sigma = SCHEDULE.sigma(t);
      double sum = sigma * sigma + 1;
      double signal = NoiseLevel.ofAlphaBar(alphaBar).signal();
      worst = Math.max(worst, relative(signal, 1 / Math.sqrt(sum)));
      worst = Math.max(worst, relative(signal * Prediction.V.x0FromXt(alphaBar), 1 / sum));
      double out = sigma / Math.sqrt(sum);
      worst = Math.max(worst, relative(-Prediction.V.x0FromOutput(alphaBar), out));
      worst = Math.max(worst, relative(SCHEDULE.snr(t) + 1, sum / (sigma * sigma)));
    }
    page.check(
        "c_in, c_skip, c_out and lambda at all timesteps: relative difference.",
        worst,
        0,
        Tolerance.DOUBLES);

    Tensor many = digits(page.count(1000, 200));
    Tensor other = page.rng().normal(Tensor.zeros(many.shape().dims()));
    for (int level : List.of(100, 500, 900)) {
      Tensor target = Prediction.V.target(SCHEDULE, many, other, level);
      page.check(
          "The mean square of v at t = %d.".formatted(level),
          squares(target, Tensor.zeros(target.shape().dims())) / target.size(),
          0.96,
          new Tolerance(0.05, "between 0.92 and 1"));
    }
  }

  private static double relative(double value, double expected) {
    return Math.abs(value / expected - 1);
  }

  /// ## Three questions
  ///
  /// Think first; each answer is below its question.
  public void questions(Page page) throws IOException {
    page.question(
        "Where the SNR is 4, a network that predicts epsilon has a mean squared error of 0.01. What"
            + " is the mean squared error of the x_0 that belongs to it, and of v?",
        "0.01 / 4 = 0.0025 for x_0, and 5 times this for v: 0.0125.",
        0.01 / 4 * 5,
        0.0125,
        Tolerance.DOUBLES);
    int half = 496;
    page.question(
        "At t = 496 the cosine schedule has as much signal as noise, an SNR of 1. What factor does"
            + " min-SNR with gamma = 5 give the squared error of v there?",
        "min(1, 5) / (1 + 1) = 0.5.",
        new MinSnrLoss(SCHEDULE, Prediction.V, 5).weight(half),
        0.5,
        new Tolerance(2e-3, "the SNR is 1 between two timesteps"));
    page.question(
        "Someone trains v with EDM's factor lambda on the error of x_0, and multiplies it by the"
            + " factor of the simple loss of v again, because the paper says so. What factor does"
            + " the error of v get where the SNR is 3?",
        "Lambda is SNR + 1 = 4 for the error of x_0, which is 1 for the error of v. The second"
            + " factor makes it 4, more weight for little noise than both papers want.",
        (3 + 1) * (3 + 1) / (3.0 + 1),
        4,
        Tolerance.DOUBLES);
  }

  /// Some of MNIST's test digits, spread over all, `[n, 28, 28, 1]`.
  private static Tensor digits(int count) throws DataException {
    ImageDataset test = Mnist.test();
    Tensor images = Tensor.zeros(Mnist.IMAGE.batch(count).dims());
    return test.images(Spread.sample(test.count(), count), images);
  }

  /// `L_{t-1}` in nats, for a network with this output.
  private static double term(Prediction prediction, int t, Tensor x0, Tensor xt, Tensor output) {
    ReverseProcess reverse =
        new ReverseProcess(SCHEDULE, prediction, ReverseVariance.FIXED_SMALL, 1, false);
    return new VariationalBound(reverse)
        .transition(t, x0.toDoubles(), xt.toDoubles(), output.toDoubles());
  }

  private static double squares(Tensor a, Tensor b) {
    return DoubleStream.of(a.minus(b).toDoubles()).map(x -> x * x).sum();
  }

  private static double largest(Tensor a, Tensor b) {
    return DoubleStream.of(a.minus(b).toDoubles()).map(Math::abs).max().orElseThrow();
  }
}
