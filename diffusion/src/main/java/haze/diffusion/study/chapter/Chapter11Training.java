package haze.diffusion.study.chapter;

import haze.autograd.Mean;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.figure.Figure;
import haze.diffusion.figure.LineChart;
import haze.diffusion.figure.LineChart.Axis;
import haze.diffusion.figure.LineChart.Legend;
import haze.diffusion.figure.LineChart.Line;
import haze.diffusion.figure.LineChart.Look;
import haze.diffusion.figure.PointGrid;
import haze.diffusion.figure.PointGrid.Panel;
import haze.diffusion.loss.Objective;
import haze.diffusion.loss.SimpleLoss;
import haze.diffusion.process.DiagonalGaussian;
import haze.diffusion.process.GaussianMixture;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.sampler.AncestralSampler;
import haze.diffusion.sampler.Clip;
import haze.diffusion.sampler.Denoiser;
import haze.diffusion.sampler.Parameterization;
import haze.diffusion.sampler.SamplingLoop;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import haze.diffusion.study.TinyNetwork;
import haze.diffusion.study.book.Chapter;
import haze.diffusion.study.book.Page;
import haze.diffusion.study.book.Section;
import haze.diffusion.study.book.Table;
import haze.diffusion.study.book.Tolerance;
import haze.nn.ParameterVector;
import haze.nn.optim.Adam;
import haze.nn.optim.Ema;
import haze.nn.optim.EmaDecay;
import haze.tensor.BufferPool;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// # Training
///
/// Everything is ready: noise and the way back, the loss, the gradient, the network. This chapter
/// puts them together and trains. A network for images takes minutes, so ours is [TinyNetwork],
/// four layers with 10,000 weights, and its images are points of the plane: two "pixels" each.
///
/// The points come from eight humps on a circle of radius 1.3, each with a standard deviation of
/// 0.1. As in the other chapters, we choose data for which the **perfect** prediction is known
/// ([GaussianMixture]): then we can say how far from it the network is, which no training run on
/// images can.
public final class Chapter11Training implements Chapter {
  private static final GaussianMixture DATA = ring();

  private static final NoiseSchedule SCHEDULE = NoiseSchedule.linear(200);

  /// $`L_\text{simple}`$, for a network that predicts the noise.
  private static final Objective OBJECTIVE = new SimpleLoss(SCHEDULE, Prediction.EPSILON);

  private static final int BATCH = 128;
  private static final double RATE = 0.005;

  @Override
  public List<Section> sections() {
    return List.of(
        new Section("oneStep", this::oneStep),
        new Section("perfect", this::perfect),
        new Section("memory", this::memory),
        new Section("manySteps", this::manySteps),
        new Section("questions", this::questions));
  }

  private static final int HUMPS = 8;
  private static final double RADIUS = 1.3;
  private static final double DEVIATION = 0.1;

  private static GaussianMixture ring() {
    double[] weights = new double[HUMPS];
    Arrays.fill(weights, 1.0 / HUMPS);
    double log = 2 * StrictMath.log(DEVIATION);
    return new GaussianMixture(
        weights,
        IntStream.range(0, HUMPS)
            .mapToObj(Chapter11Training::center)
            .map(center -> new DiagonalGaussian(center, new double[] {log, log}))
            .toArray(DiagonalGaussian[]::new));
  }

  private static double[] center(int k) {
    double angle = 2 * Math.PI * k / HUMPS;
    return new double[] {RADIUS * StrictMath.cos(angle), RADIUS * StrictMath.sin(angle)};
  }

  /// ## One step, taken apart
  ///
  /// Training repeats one step (Ho et al. 2020, algorithm 1):
  ///
  /// 1. take images $`x_0`$ from the data;
  /// 2. draw a timestep $`t`$ for each of them, all of 1 to T equally likely;
  /// 3. draw noise $`\epsilon`$ for each of them;
  /// 4. mix: $`x_t = \sqrt{\bar\alpha_t}\, x_0 + \sqrt{1 - \bar\alpha_t}\, \epsilon`$, in one jump
  ///    and not in $`t`$ steps, thanks to [chapter 2](#chapter-2);
  /// 5. let the network predict the noise from $`x_t`$ and $`t`$;
  /// 6. the loss is the mean of $`(\epsilon - \epsilon_\theta(x_t, t))^2`$;
  /// 7. the tape computes its gradient for all weights ([chapter 8](#chapter-8));
  /// 8. the optimizer moves the weights against the gradient. [Adam] gives each weight a step of
  ///    its own size; its very first step has the size of the learning rate for all of them.
  ///
  /// The code has one line for each. Nothing of the sampling chain is run: a step looks at each
  /// image at a single noise level. This is what made these models practical; a step that ran the
  /// whole chain would be T times the work.
  ///
  /// The network has learned nothing yet, and its output is small. Who predicts 0 has the loss
  /// $`\mathbb E\, \epsilon^2 = 1`$, so the first loss is near 1, whatever the data. A first loss
  /// that is far from 1 shows a mistake: noise of a wrong scale, or a network whose first output is
  /// large.
  public void oneStep(Page page) {
    TinyNetwork network = new TinyNetwork();
    ParameterVector weights = new ParameterVector(network);
    weights.initialize(1, 'w', true);
    float[] before = weights.values().clone();
    float[] gradient = new float[weights.size()];

    Tensor x0 = points(BATCH, page.rng());
    int[] t = timesteps(BATCH, page.rng());
    Tensor epsilon = page.rng().normal(Tensor.zeros(BATCH, 2));
    Objective.Noised noised;
    Tensor output;
    Tensor losses;
    try (Tape tape = Tape.recording(new BufferPool())) {
      weights.watch(tape, gradient);
      noised = OBJECTIVE.noise(shape -> Tensor.zeros(shape.dims()), x0, epsilon, t);
      Variable predicted = network.forward(tape, noised.xt(), t);
      Variable perPoint = noised.losses(tape, predicted);
      output = predicted.value().copy();
      losses = perPoint.value().copy();
      tape.backward(Mean.apply(tape, perPoint));
    }
    new Adam(weights.size()).update(weights.values(), gradient, RATE, 1);

    Table table = new Table("t", "$`x_0`$", "$`\\epsilon`$", "$`x_t`$", "predicted", "loss");
    for (int i = 0; i < 4; i++) {
      table.row(
          t[i],
          pair(x0, i),
          pair(epsilon, i),
          pair(noised.xt(), i),
          pair(output, i),
          (double) losses.get(i, 0));
    }
    page.table("The first four of the %d points of the batch.".formatted(BATCH), table);
    double a = Math.sqrt(SCHEDULE.alphaBar(t[0]));
    double s = Math.sqrt(1 - SCHEDULE.alphaBar(t[0]));
    page.check(
        "The first coordinate of the first $`x_t`$, by the formula of line 4.",
        noised.xt().get(0, 0),
        a * x0.get(0, 0) + s * epsilon.get(0, 0),
        Tolerance.FLOATS);
    page.check(
        "The loss before the step.",
        losses.mean().item(),
        1,
        Tolerance.ofMean(Math.sqrt(2), 2 * BATCH));
    page.check(
        "The longest way that a weight has moved: the learning rate.",
        IntStream.range(0, before.length)
            .mapToDouble(i -> Math.abs(weights.values()[i] - before[i]))
            .max()
            .orElseThrow(),
        RATE,
        Tolerance.FLOATS);
    page.checkAtMost(
        "The loss of the same batch after the step.",
        squares(predict(network, noised.xt(), t), epsilon),
        losses.mean().item());
  }

  private static String pair(Tensor points, int i) {
    return String.format(Locale.ROOT, "(%.2f, %.2f)", points.get(i, 0), points.get(i, 1));
  }

  /// Points of the data, `[n, 2]`.
  private static Tensor points(int n, Rng rng) {
    Tensor points = Tensor.zeros(n, 2);
    for (int i = 0; i < n; i++) {
      double[] point = DATA.sample(new Rng(rng.seed(), rng.purpose(), rng.step(), i));
      points.set((float) point[0], i, 0);
      points.set((float) point[1], i, 1);
    }
    return points;
  }

  private static int[] timesteps(int n, Rng rng) {
    return IntStream.range(0, n).map(i -> 1 + rng.below(i, SCHEDULE.timesteps())).toArray();
  }

  private static Tensor predict(TinyNetwork network, Tensor xt, int... t) {
    try (Tape tape = Tape.off(new BufferPool())) {
      return network.forward(tape, xt, t).value().copy();
    }
  }

  /// The mean squared difference.
  private static double squares(Tensor x, Tensor y) {
    Tensor difference = x.minus(y);
    return difference.times(difference).mean().item();
  }

  /// ## The loss of a perfect network
  ///
  /// The loss cannot become 0. A noisy point does not tell which part of it is noise: the same
  /// $`x_t`$ can come from many pairs of $`x_0`$ and $`\epsilon`$. The best prediction is their
  /// mean, $`\epsilon^* = \mathbb E[\epsilon \mid x_t]`$, and its loss is what remains, the
  /// variance of $`\epsilon`$ given $`x_t`$. For any other prediction the two errors add up:
  ///
  /// ```math
  /// \mathbb E (\epsilon - \epsilon_\theta)^2
  ///     = \mathbb E (\epsilon - \epsilon^*)^2 + \mathbb E (\epsilon^* - \epsilon_\theta)^2 .
  /// ```
  ///
  /// The first term is a **floor**: it belongs to the data and the schedule, and training does not
  /// touch it. The second is all that training can win. For our data the floor is known at each
  /// timestep. At t = 1 there is so little noise that it hides in the width of a hump. For a single
  /// normal distribution of the variance $`v`$ the floor is
  ///
  /// ```math
  /// \frac{\bar\alpha_t v}{\bar\alpha_t v + 1 - \bar\alpha_t},
  /// ```
  ///
  /// with $`v = 0.01`$ that is 0.95, and it would fall all the way from there. The second rise, up
  /// to t = 40, comes from the humps: they run into each other, and it is no longer clear from
  /// which of them a point came. At t = 200 nearly all of $`x_t`$ is noise, so the noise is easy to
  /// predict: $`x_t`$ itself nearly is it.
  public void perfect(Page page) {
    int draws = page.count(2000, 300);
    double[] t = {1, 2, 4, 7, 10, 15, 20, 30, 40, 50, 60, 80, 100, 125, 150, 175, 200};
    double[] floor = new double[t.length];
    for (int i = 0; i < t.length; i++) {
      int[] same = new int[draws];
      Arrays.fill(same, (int) t[i]);
      floor[i] = Batch.draw(page.rng(), same).floor();
    }
    page.check("The floor at t = 1.", floor[0], 0.95, Tolerance.ofMean(1.35, 2 * draws));
    page.checkAtMost("At t = 200.", floor[t.length - 1], 0.02);
    page.figure(
        "The loss of the perfect network at each timestep. A network that predicts 0 has the loss 1"
            + " everywhere.",
        new LineChart(
                "What no training can remove",
                Axis.linear("timestep t"),
                Axis.linear("loss").within(0, 1),
                Legend.NONE,
                List.of(new Line("", t, floor, Look.MARKED)))
            .sized(1000, 420));
  }

  /// ## Averaged weights
  ///
  /// Each batch is another draw, so the gradient is right on average only, and the weights never
  /// come to rest: they tremble around the place where they should be. One remedy is to lower the
  /// learning rate towards the end. The other costs nothing: sample with an **average** of the
  /// weights of the last steps (Ho et al. 2020, appendix B). [Ema] keeps it,
  ///
  /// ```math
  /// \text{average} \leftarrow d \cdot \text{average} + (1 - d) \cdot \text{weights} .
  /// ```
  ///
  /// How far does it remember? Weights of $`k`$ steps ago count $`(1 - d) \, d^k`$. With $`d =
  /// 0.99`$:
  ///
  /// - the mean age is $`d / (1 - d) = 99`$ steps: if the weights move evenly, the average is 99
  ///   steps behind;
  /// - half of a change has arrived after $`\ln 0.5 / \ln 0.99 = 69`$ steps;
  /// - independent trembling of deviation 1 is reduced to $`\sqrt{(1 - d) / (1 + d)} = 0.07`$.
  ///
  /// The common $`d = 0.9999`$ is 10,000 steps behind. In a training of 2,000 steps it would be
  /// made of the random first weights for the most part, $`0.9999^{2000} = 0.82`$: samples of a
  /// short training that are mere noise are often this mistake. The warm-up of [EmaDecay] lets
  /// $`d`$ grow slowly and forgets the start at once.
  public void memory(Page page) {
    EmaDecay decay = new EmaDecay.Constant(0.99);
    int steps = 2000;
    Ema ramp = new Ema(new float[1], decay);
    for (int step = 1; step <= steps; step++) {
      ramp.update(new float[] {step}, step, 0, 1);
    }
    page.check(
        "Behind weights that move by 1 a step.",
        steps - ramp.average()[0],
        99,
        new Tolerance(0.02, "floats of size 2000"));

    Ema jump = new Ema(new float[1], decay);
    Ema trembling = new Ema(new float[1000], decay);
    Rng rng = page.rng();
    for (int step = 1; step <= 600; step++) {
      if (step <= 69) {
        jump.update(new float[] {1}, step, 0, 1);
      }
      Tensor noise = new Rng(rng.seed(), rng.purpose(), step, 0).normal(Tensor.zeros(1000));
      trembling.update(noise.data(), step, 0, 1000);
    }
    page.check(
        "69 steps after the weights have jumped from 0 to 1.",
        jump.average()[0],
        0.5,
        Tolerance.digits(2));
    Tensor average = Tensor.of(Shape.of(1000), trembling.average());
    page.check(
        "The deviation of the average, if the weights are independent noise.",
        Math.sqrt(average.times(average).mean().item()),
        Math.sqrt(0.01 / 1.99),
        Tolerance.ofMean(0.0709 / Math.sqrt(2), 1000));

    Ema constant = new Ema(new float[] {1}, new EmaDecay.Constant(0.9999));
    Ema warm = new Ema(new float[] {1}, new EmaDecay.WarmUp(0.9999, 0, 0));
    for (int step = 1; step <= steps; step++) {
      constant.update(new float[1], step, 0, 1);
      warm.update(new float[1], step, 0, 1);
    }
    page.check(
        "What is left of the first weights after 2000 steps with d = 0.9999.",
        constant.average()[0],
        0.82,
        Tolerance.digits(2));
    page.check("With a warm-up.", warm.average()[0], 0, Tolerance.FLOATS);
  }

  /// ## The loss that hardly moves
  ///
  /// Now we train, and after 100, 200, 400 steps and so on we stop for a measurement, on the same
  /// points, timesteps and noise each time:
  ///
  /// - the **loss**, which is all that a training run on images shows;
  /// - the **distance** of the predictions from the perfect ones, the second term above;
  /// - the samples, and how many of them are **outside**: farther than three deviations from all
  ///   humps. Of the data 1.1 % are ($`e^{-9/2}`$, in the plane).
  ///
  /// The loss falls fast at first, and then seems to stand still: from step 200 to the end it falls
  /// by 15 %. Most of it is the floor, and one batch differs from the next by far more than
  /// training wins in its whole second half. But the distance falls to an eighth, and the share
  /// outside to a tenth: samples suffer from the distance alone, and the floor does not matter to
  /// them. So do not stop a training because its loss is flat, and do not compare two networks by
  /// the losses of batches: look at samples, or measure them ([chapter 15](#chapter-15)).
  ///
  /// The table has the averaged weights, with $`d = 0.99`$. The last check compares them with the
  /// weights themselves at the end: the average removes about half of the distance. Samples are
  /// drawn by algorithm 2, the subject of [chapter 12](#chapter-12). For images
  /// [haze.diffusion.training.Trainer] runs the same loop, with the batch in shards for the
  /// threads.
  public void manySteps(Page page) {
    Training training = new Training(page.rng());
    Batch test = Batch.draw(page.rng(), timesteps(page.count(4000, 1000), page.rng()));
    int last = page.count(3200, 800);
    double[] batches = new double[last];
    Table table = new Table("step", "loss", "distance", "outside");
    List<double[]> rows = new ArrayList<>();
    List<Panel> panels = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (int step = 1; step <= last; step++) {
      batches[step - 1] = training.step();
      if (step % 100 == 0 && Integer.bitCount(step / 100) == 1) {
        TinyNetwork averaged = training.averaged();
        Tensor samples = sample(averaged, page.count(1000, 300));
        double[] row = {step, test.loss(averaged), test.distance(averaged), outside(samples)};
        rows.add(row);
        table.row(step, row[1], row[2], row[3]);
        if (List.of(200, 800, 3200).contains(step)) {
          panels.add(Panel.points(2, samples, 0));
          names.add(step + " steps");
        }
      }
    }
    page.table(
        "With the averaged weights. The floor is %s."
            .formatted(Math.round(1000 * test.floor()) / 1000.0),
        table);
    panels.add(Panel.points(2, points(page.count(1000, 300), page.rng()), 2));
    names.add("data");
    page.figure(
        "Samples after so many steps, and as many points of the data.",
        new PointGrid(panels, names, List.of("")));
    page.figure(
        "The loss of each batch, that of the averaged weights on the same points each time, and the"
            + " floor; on the right the distance and the share outside.",
        curves(batches, rows, test.floor()));

    Parameterization epsilon = Parameterization.of(Prediction.EPSILON, Clip.NONE);
    Tensor best =
        sample(
            (x, level, _) ->
                epsilon.denoised(x, DATA.predict(Prediction.EPSILON, x, level.alphaBar()), level),
            page.count(1000, 300));
    page.checkAtMost("The share outside with the perfect network.", outside(best), 0.02);
    double[] early = rows.get(last == 800 ? 0 : 1);
    double[] end = rows.getLast();
    page.checkAtLeast(
        "The loss at the end, over that in the row of step %s.".formatted((int) early[0]),
        end[1] / early[1],
        0.75);
    page.checkAtMost("The same of the distance.", end[2] / early[2], 0.25);
    page.checkAtMost("The same of the share outside.", end[3] / early[3], 0.3);
    page.checkAtLeast(
        "The deviation of a batch's loss, over what the second half of the training has won.",
        deviation(Arrays.copyOfRange(batches, last / 2, last))
            / (rows.get(rows.size() - 2)[1] - end[1]),
        2);
    page.check(
        "The loss at the end, as the floor and the distance.",
        end[1],
        test.floor() + end[2],
        Tolerance.ofMean(2 * Math.sqrt(test.floor() * end[2]), test.noised.t().length));
    page.checkAtMost(
        "The distance of the averaged weights over that of the last ones.",
        end[2] / test.distance(training.network),
        0.65);
  }

  private static Figure curves(double[] batches, List<double[]> rows, double floor) {
    double[] all = IntStream.rangeClosed(1, batches.length).mapToDouble(i -> i).toArray();
    double[] ends = {1, batches.length};
    LineChart losses =
        new LineChart(
            "The loss",
            Axis.log("step"),
            Axis.linear("loss").within(0, 0.6),
            Legend.TOP_RIGHT,
            List.of(
                new Line("a batch", all, batches, Look.FAINT, 0),
                new Line("averaged weights", column(rows, 0), column(rows, 1), Look.MARKED),
                new Line("floor", ends, new double[] {floor, floor}, Look.DASHED, 1)));
    LineChart others =
        new LineChart(
            "What matters",
            Axis.log("step"),
            Axis.log(""),
            Legend.BOTTOM_LEFT,
            List.of(
                new Line("outside", column(rows, 0), column(rows, 3), Look.MARKED),
                new Line("distance", column(rows, 0), column(rows, 2), Look.MARKED)));
    return LineChart.grid(2, 560, 440, List.of(losses, others));
  }

  private static double[] column(List<double[]> rows, int column) {
    return rows.stream().mapToDouble(row -> row[column]).toArray();
  }

  private static double deviation(double[] values) {
    double mean = Arrays.stream(values).average().orElseThrow();
    return Math.sqrt(
        Arrays.stream(values).map(x -> (x - mean) * (x - mean)).average().orElseThrow());
  }

  /// Algorithm 1, with an average of the weights.
  private static final class Training {
    final TinyNetwork network = new TinyNetwork();
    private final ParameterVector weights = new ParameterVector(network);
    private final float[] gradient = new float[weights.size()];
    private final Adam adam = new Adam(weights.size());
    private final BufferPool pool = new BufferPool();
    private final Ema ema;
    private final int seed;
    private int step;

    Training(Rng rng) {
      seed = rng.purpose();
      weights.initialize(seed, 'w', true);
      ema = new Ema(weights.values(), new EmaDecay.WarmUp(0.99, 0, 0));
    }

    /// Takes a step, and returns the loss of its batch.
    double step() {
      step++;
      int[] t = timesteps(BATCH, new Rng(seed, 't', step, 0));
      Tensor epsilon = new Rng(seed, 'e', step, 0).normal(Tensor.zeros(BATCH, 2));
      Arrays.fill(gradient, 0);
      double loss;
      try (Tape tape = Tape.recording(pool)) {
        weights.watch(tape, gradient);
        Tensor x0 = points(BATCH, new Rng(seed, 'd', step, 0));
        Objective.Noised noised = OBJECTIVE.noise(tape, x0, epsilon, t);
        Variable mean =
            Mean.apply(tape, noised.losses(tape, network.forward(tape, noised.xt(), t)));
        loss = mean.value().item();
        tape.backward(mean);
      }
      adam.update(weights.values(), gradient, RATE, step);
      ema.update(weights.values(), step, 0, weights.size());
      return loss;
    }

    /// A network with the averaged weights.
    TinyNetwork averaged() {
      TinyNetwork averaged = new TinyNetwork();
      new ParameterVector(averaged, ema.average());
      return averaged;
    }
  }

  /// Points with noise, and the perfect predictions for them.
  private record Batch(Objective.Noised noised, Tensor perfect) {
    static Batch draw(Rng rng, int... t) {
      int n = t.length;
      Tensor epsilon = rng.normal(Tensor.zeros(n, 2));
      Tensor x0 = points(n, new Rng(rng.seed(), rng.purpose() + 1, rng.step(), 0));
      Objective.Noised noised =
          OBJECTIVE.noise(shape -> Tensor.zeros(shape.dims()), x0, epsilon, t);
      Tensor perfect = Tensor.zeros(n, 2);
      for (int i = 0; i < n; i++) {
        Tensor xt = noised.xt().slice(i, 1);
        perfect.slice(i, 1).copyFrom(DATA.predict(Prediction.EPSILON, xt, SCHEDULE.alphaBar(t[i])));
      }
      return new Batch(noised, perfect);
    }

    double loss(TinyNetwork network) {
      return squares(predict(network, noised.xt(), noised.t()), noised.epsilon());
    }

    double distance(TinyNetwork network) {
      return squares(predict(network, noised.xt(), noised.t()), perfect);
    }

    double floor() {
      return squares(perfect, noised.epsilon());
    }
  }

  private static Tensor sample(TinyNetwork network, int n) {
    return sample(
        Parameterization.of(Prediction.EPSILON, Clip.NONE)
            .denoiser((x, timestep) -> predict(network, x, 1 + (int) timestep)),
        n);
  }

  private static Tensor sample(Denoiser denoiser, int n) {
    int[] all = TimestepSpacing.LEADING.timesteps(SCHEDULE.timesteps(), SCHEDULE.timesteps());
    return new SamplingLoop(
            denoiser, new AncestralSampler(SCHEDULE, all, ReverseVariance.FIXED_SMALL))
        .sample(1, 0, Shape.of(n, 2), (_, _, _) -> {});
  }

  /// The share of points that are farther than three deviations from every hump.
  private static double outside(Tensor points) {
    int count = 0;
    for (int i = 0; i < points.dim(0); i++) {
      double nearest = Double.POSITIVE_INFINITY;
      for (int k = 0; k < HUMPS; k++) {
        double[] center = center(k);
        nearest =
            Math.min(
                nearest, Math.hypot(points.get(i, 0) - center[0], points.get(i, 1) - center[1]));
      }
      count += nearest > 3 * DEVIATION ? 1 : 0;
    }
    return (double) count / points.dim(0);
  }

  /// ## Three questions
  ///
  /// Think first; each answer is below its question.
  public void questions(Page page) {
    Batch batch = Batch.draw(page.rng(), timesteps(page.count(4000, 1000), page.rng()));
    page.question(
        "The same network is to predict $`v = a \\epsilon - s x_0`$ instead. A coordinate of these"
            + " data has the mean square $`1.3^2 / 2 + 0.1^2 = 0.855`$. What is the loss of the"
            + " prediction 0?",
        "$`\\mathbb E v^2 = \\bar\\alpha_t + 0.855 (1 - \\bar\\alpha_t)`$, and the mean of"
            + " $`\\bar\\alpha_t`$ over all t is 0.27: together 0.89.",
        squares(
            Prediction.V.target(
                SCHEDULE, batch.noised.x0(), batch.noised.epsilon(), batch.noised.t()),
            Tensor.zeros(batch.noised.t().length, 2)),
        0.89,
        Tolerance.ofMean(Math.sqrt(2), 2 * batch.noised.t().length));
    page.question(
        "Two networks have the losses 0.210 and 0.205 on data whose floor is 0.200. By how much is"
            + " the second nearer to the perfect one?",
        "Its squared distance is half of the other's, though the losses differ by 2.4 %.",
        (0.205 - 0.200) / (0.210 - 0.200),
        0.5,
        Tolerance.DOUBLES);
    double decay = 1 - 1.0 / 500;
    Ema ema = new Ema(new float[1], new EmaDecay.Constant(decay));
    for (int step = 1; step <= 1150; step++) {
      ema.update(new float[] {1}, step, 0, 1);
    }
    page.question(
        "An average remembers 500 steps, $`d = 1 - 1/500`$. After how many steps of a changed"
            + " weight has 90 % of the change arrived?",
        "After $`\\ln 0.1 / \\ln d = 1150`$ steps, 2.3 times its memory. The number is the part of"
            + " the change in [Ema] after 1150 steps.",
        ema.average()[0],
        0.9,
        Tolerance.digits(3));
  }
}
