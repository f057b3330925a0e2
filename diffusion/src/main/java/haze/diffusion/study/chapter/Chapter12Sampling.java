package haze.diffusion.study.chapter;

import haze.diffusion.figure.CaptionedGrid;
import haze.diffusion.figure.LineChart;
import haze.diffusion.figure.LineChart.Axis;
import haze.diffusion.figure.LineChart.Legend;
import haze.diffusion.figure.LineChart.Line;
import haze.diffusion.figure.LineChart.Look;
import haze.diffusion.figure.PointGrid;
import haze.diffusion.figure.PointGrid.Panel;
import haze.diffusion.pipeline.SampleRequest;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.process.DiagonalGaussian;
import haze.diffusion.process.GaussianMixture;
import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.process.StandardNormal;
import haze.diffusion.process.WeightedSum;
import haze.diffusion.sampler.AncestralSampler;
import haze.diffusion.sampler.Clip;
import haze.diffusion.sampler.DdimSampler;
import haze.diffusion.sampler.Denoiser;
import haze.diffusion.sampler.DpmSolverSampler;
import haze.diffusion.sampler.HeunSampler;
import haze.diffusion.sampler.Parameterization;
import haze.diffusion.sampler.Sampler;
import haze.diffusion.sampler.SamplingLoop;
import haze.diffusion.sampler.Snapshots;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.diffusion.sampler.schedule.SigmaSchedule;
import haze.diffusion.sampler.schedule.SigmaSpacing;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import haze.diffusion.study.book.Chapter;
import haze.diffusion.study.book.Page;
import haze.diffusion.study.book.Section;
import haze.diffusion.study.book.Table;
import haze.diffusion.study.book.Tolerance;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// # Sampling
///
/// The network is trained. How does noise become a sample, in how many steps, and how far from the
/// right one? With a real network nobody can say: its own errors and those of the steps are mixed.
/// So this chapter samples with a **perfect** network. For data that is a [GaussianMixture] the
/// best prediction of $`x_0`$ is known in closed form, and what is wrong in a sample is the
/// sampler's fault alone.
///
/// The data of most of the chapter are numbers from two humps: 30 % of them lie around -0.6 and 70
/// % around 0.6, with a standard deviation of 0.25.
public final class Chapter12Sampling implements Chapter {
  private static final double[] SHARES = {0.3, 0.7};

  private static final GaussianMixture DATA =
      new GaussianMixture(SHARES, normal(0.0625, -0.6), normal(0.0625, 0.6));

  private static final NoiseSchedule SCHEDULE = NoiseSchedule.linear(1000);

  /// The variance of the posterior, for $`\sigma_t^2`$; and $`\eta = 0`$.
  private static final ReverseVariance SMALL = ReverseVariance.FIXED_SMALL;

  private static final DdimSampler.Options NO_NOISE = DdimSampler.Options.DEFAULT;

  /// All that a sampler knows of a model: the predicted $`x_0`$ and noise in noisy points.
  private static final Denoiser PERFECT = denoiser(DATA);

  @Override
  public List<Section> sections() {
    return List.of(
        new Section("algorithmTwo", this::algorithmTwo),
        new Section("withoutNoise", this::withoutNoise),
        new Section("exact", this::exact),
        new Section("order", this::order),
        new Section("fewSteps", this::fewSteps),
        new Section("guidance", this::guidance),
        new Section("shares", this::shares),
        new Section("digits", this::digits),
        new Section("questions", this::questions));
  }

  private static DiagonalGaussian normal(double variance, double... mean) {
    return new DiagonalGaussian(
        mean, Arrays.stream(mean).map(_ -> StrictMath.log(variance)).toArray());
  }

  private static Denoiser denoiser(GaussianMixture data) {
    Parameterization x0 = Parameterization.of(Prediction.X0, Clip.NONE);
    return (x, level, _) -> x0.denoised(x, data.predict(Prediction.X0, x, level.alphaBar()), level);
  }

  /// ## Algorithm 2: the chain goes back
  ///
  /// Chapter 3 gave the step back for a known $`x_0`$, and chapter 4 why a normal distribution does
  /// for small steps. Sampling puts the prediction in the place of $`x_0`$ (Ho et al. 2020,
  /// algorithm 2): draw $`x_T`$ from N(0, I), and for $`t = T, \dots, 1`$
  ///
  /// ```math
  /// x_{t-1} = \frac{1}{\sqrt{\alpha_t}}
  ///     \left( x_t - \frac{\beta_t}{\sqrt{1 - \bar\alpha_t}} \, \epsilon_\theta(x_t, t) \right)
  ///     + \sigma_t z, \qquad z \sim \mathcal N(0, I), \quad z = 0 \text{ if } t = 1 .
  /// ```
  ///
  /// [AncestralSampler] computes the same from the predicted $`x_0`$ and the mean of [chapter
  /// 3](#chapter-3). The check takes one step of it at t = 500 by the formula above. After all 1000
  /// steps 30 % of the samples must lie in the left hump, as 30 % of the data do.
  public void algorithmTwo(Page page) {
    int[] all = TimestepSpacing.LEADING.timesteps(1000, 1000);
    Sampler chain = new AncestralSampler(SCHEDULE, all, SMALL);

    int t = 500;
    NoiseLevel level = NoiseLevel.ofAlphaBar(SCHEDULE.alphaBar(t));
    Tensor xt = Tensor.of(Shape.of(1, 1), 0.4f);
    double epsilon = PERFECT.at(xt, level, t).epsilon().get(0, 0);
    double mean =
        (xt.get(0, 0) - SCHEDULE.beta(t) / Math.sqrt(1 - SCHEDULE.alphaBar(t)) * epsilon)
            / Math.sqrt(SCHEDULE.alpha(t));
    IntFunction<Tensor> noNoise = _ -> Tensor.zeros(1, 1);
    page.check(
        "The mean of $`x_{499}`$ if $`x_{500} = 0.4`$.",
        chain.step(1000 - t, Sampler.State.start(xt), PERFECT, noNoise).xt().get(0, 0),
        mean,
        Tolerance.FLOATS);

    int draws = page.count(2000, 100);
    Tensor samples = sample(PERFECT, chain, draws);
    double left = Arrays.stream(samples.toDoubles()).filter(x -> x < 0).count();
    page.check(
        "The share of samples in the left hump.", left / draws, 0.3, Tolerance.ofShare(0.3, draws));
    page.check("Their mean.", mean(samples), 0.3 * -0.6 + 0.7 * 0.6, Tolerance.ofMean(0.6, draws));
  }

  private static Tensor sample(Denoiser denoiser, Sampler sampler, int draws) {
    return new SamplingLoop(denoiser, sampler).sample(0, 0, Shape.of(draws, 1), (_, _, _) -> {});
  }

  private static double mean(Tensor values) {
    return Arrays.stream(values.toDoubles()).average().orElseThrow();
  }

  /// ## No noise on the way
  ///
  /// Algorithm 2 takes noise out and puts new noise in, at each step. Must it? Training has only
  /// ever used the distribution of $`x_t`$ given $`x_0`$. Any process that has these distributions
  /// has the same perfect network, and one of them adds no noise at all. Its step takes the image
  /// apart into the predicted $`x_0`$ and the predicted noise, and puts both together again at the
  /// next noise level (DDIM; Song et al. 2021, eq. 12):
  ///
  /// ```math
  /// x' = a' x_0 + s' \epsilon, \qquad x = a x_0 + s \epsilon,
  /// ```
  ///
  /// where $`a = \sqrt{\bar\alpha}`$ is the signal, $`s = \sqrt{1 - \bar\alpha}`$ the noise, and a
  /// prime means: at the end of the step. Now the sample is a function of $`x_T`$ alone. In the
  /// figure both samplers start from the same nine numbers.
  ///
  /// Look at DDIM's lines: **they never cross**. Where two of them met they would have the same
  /// future, and the way from noise to data, run backwards, would have two futures too. We need
  /// this in the next section.
  public void withoutNoise(Page page) {
    Tensor xT = Tensor.of(Shape.of(9, 1), -2, -1.4f, -0.9f, -0.6f, -0.4f, -0.1f, 0.4f, 1, 1.7f);
    int[] timesteps = TimestepSpacing.LINSPACE.timesteps(1000, 100);
    List<Tensor> ddim = path(new DdimSampler(SCHEDULE, timesteps, NO_NOISE), xT);
    List<Tensor> ancestral = path(new AncestralSampler(SCHEDULE, timesteps, SMALL), xT);
    int crossings = 0;
    for (Tensor xt : ddim) {
      for (int i = 1; i < 9; i++) {
        crossings += xt.get(i, 0) < xt.get(i - 1, 0) ? 1 : 0;
      }
    }
    page.check("Pairs of neighbours that DDIM has exchanged.", crossings, 0, Tolerance.EXACT);
    page.figure(
        "Nine numbers on their way from noise (left) to data (right), in 100 steps.",
        LineChart.grid(
            2, 560, 420, List.of(paths("algorithm 2", ancestral), paths("DDIM: no noise", ddim))));
  }

  private static List<Tensor> path(Sampler sampler, Tensor xT) {
    Snapshots snapshots = new Snapshots(sampler.schedule().steps());
    new SamplingLoop(PERFECT, sampler).denoise(0, 0, xT, 0, snapshots);
    return snapshots.taken().stream().map(Snapshots.Snapshot::xt).toList();
  }

  private static LineChart paths(String title, List<Tensor> path) {
    double[] steps = IntStream.range(0, path.size()).mapToDouble(i -> i).toArray();
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < path.getFirst().dim(0); i++) {
      int point = i;
      lines.add(new Line("", steps, path.stream().mapToDouble(x -> x.get(point, 0)).toArray()));
    }
    return new LineChart(
        title, Axis.linear("step"), Axis.linear("x").within(-2.2, 2.2), Legend.NONE, lines);
  }

  /// ## The exact answer
  ///
  /// With smaller and smaller steps, DDIM's path becomes the solution of a differential equation,
  /// the **probability flow** ([chapter 13](#chapter-13)). At every noise level it has the
  /// distribution of the noisy data. In one dimension this alone says where it ends:
  ///
  /// - Paths do not cross, so the share of paths below a given one never changes.
  /// - That share is the distribution function at its place: $`F_T(x_T)`$ at the start and $`F(x)`$
  ///   at the level where it has arrived.
  ///
  /// Hence $`x = F^{-1}(F_T(x_T))`$. Both functions are sums of two normal ones, so we have the
  /// exact solution of the flow without solving it. We go down to the chain's lowest noise level,
  /// $`\sigma = s / a = 0.01`$, in steps that are even in $`\lambda = \ln (a / s)`$.
  public void exact(Page page) {
    SamplingSchedule fine = schedule(1000);
    page.check("The lowest level.", fine.level(1000).sigma(), 0.01, Tolerance.digits(4));
    Tensor xT = Tensor.of(Shape.of(3, 1), -1, -0.4f, 1);
    Tensor solved = solve(new DdimSampler(fine, NO_NOISE), xT, 1000);
    for (int i = 0; i < 3; i++) {
      page.check(
          "From $`x_T`$ = %s DDIM arrives in 1000 steps at".formatted(xT.get(i, 0)),
          solved.get(i, 0),
          exact(xT.get(i, 0), fine, 1000),
          new Tolerance(
              0.003, "what the next section is about: the steps are not infinitely small"));
    }
  }

  /// Noise levels that are even in lambda: of n steps and one more, to the clean image.
  private static SamplingSchedule schedule(int steps) {
    return new SigmaSchedule(SCHEDULE, TimestepSpacing.LINSPACE, 0, SigmaSpacing.EXPONENTIAL, true)
        .dpmSolver(steps + 1, Double.NEGATIVE_INFINITY, true);
  }

  /// Takes n steps of a sampler that needs no noise.
  private static Tensor solve(Sampler sampler, Tensor xT, int steps) {
    return solve(sampler, PERFECT, xT, steps);
  }

  private static Tensor solve(Sampler sampler, Denoiser denoiser, Tensor xT, int steps) {
    Sampler.State state = Sampler.State.start(xT);
    for (int step = 0; step < steps; step++) {
      state = sampler.step(step, state, denoiser, _ -> Tensor.zeros(xT.shape().dims()));
    }
    return state.xt();
  }

  /// Where the probability flow takes a number, by bisection.
  private static double exact(double xT, SamplingSchedule schedule, int steps) {
    double share = below(xT, schedule.level(0));
    double low = -10;
    double high = 10;
    while (high - low > 1e-12) {
      double middle = (low + high) / 2;
      if (below(middle, schedule.level(steps)) < share) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /// The probability that a noisy data point is below x: of `a x_0 + s epsilon`.
  private static double below(double x, NoiseLevel level) {
    GaussianMixture noisy = DATA.noised(level.signal(), level.noise());
    double sum = 0;
    for (int k = 0; k < SHARES.length; k++) {
      DiagonalGaussian hump = noisy.component(k);
      double deviation = Math.exp(hump.logVariance()[0] / 2);
      sum += SHARES[k] * StandardNormal.cdf((x - hump.mean()[0]) / deviation);
    }
    return sum;
  }

  /// ## The order of a solver
  ///
  /// DDIM keeps the predicted $`x_0`$ and noise as they are over a whole step, though they change
  /// on the way. The error of a step is then of the order $`h^2`$, where $`h`$ is its size; there
  /// are $`1/h`$ of them, and the error at the end is of the order $`h`$. Such a method has **order
  /// 1**: twice the steps, half the error.
  ///
  /// A better method looks how the prediction changes. [HeunSampler] tries the step, evaluates the
  /// network at its end, and takes the step again in the mean direction: order 2, for two
  /// evaluations a step. [DpmSolverSampler] (DPM-Solver++, Lu et al. 2022) gets the change for
  /// nothing, from the evaluation of the step before. With $`D_0`$ the predicted $`x_0`$ and
  /// $`D_1`$ its difference to the one before,
  ///
  /// ```math
  /// x' = \frac{s'}{s} x + a' (1 - e^{-h}) \left( D_0 + \tfrac{1}{2} D_1 \right), \qquad
  /// h = \lambda' - \lambda .
  /// ```
  ///
  /// Without $`D_1`$ this is DDIM's step, written in $`\lambda`$. Order 2 means: twice the steps, a
  /// quarter of the error. On paper with logarithmic axes the error is then a straight line, whose
  /// slope is minus the order.
  public void order(Page page) {
    int draws = page.count(500, 50);
    Tensor xT = page.rng().normal(Tensor.zeros(draws, 1));
    double[] counts = {10, 20, 40, 80, 160};
    List<Line> lines = new ArrayList<>();
    List<double[]> errors = new ArrayList<>();
    for (Method method : METHODS) {
      double[] error = Arrays.stream(counts).map(n -> error(method.sampler, xT, (int) n)).toArray();
      double[] evaluations = Arrays.stream(counts).map(n -> n * method.evaluations).toArray();
      lines.add(new Line(method.name, evaluations, error, Look.MARKED));
      errors.add(error);
      double slope = Math.log(error[2] / error[4]) / Math.log(counts[4] / counts[2]);
      page.check(
          "The order of %s, from 40 to 160 steps.".formatted(method.name),
          slope,
          method.order,
          new Tolerance(0.2, "the steps are not infinitely small"));
    }
    page.figure(
        "The error of the samples, as the root of its mean square, over the number of network"
            + " evaluations, which is the true cost: a step of Heun takes two.",
        new LineChart(
                "Error against the exact solution",
                Axis.log("network evaluations"),
                Axis.log("error"),
                Legend.BOTTOM_LEFT,
                lines)
            .sized(1000, 520));
    page.checkAtLeast(
        "With 20 evaluations, the error of DDIM over that of DPM-Solver++.",
        errors.get(0)[1] / errors.get(2)[1],
        2);
  }

  private record Method(
      String name, int order, int evaluations, Function<SamplingSchedule, Sampler> sampler) {}

  private static final List<Method> METHODS =
      List.of(
          new Method("DDIM", 1, 1, levels -> new DdimSampler(levels, NO_NOISE)),
          new Method("Heun", 2, 2, HeunSampler::new),
          new Method(
              "DPM-Solver++ of order 2",
              2,
              1,
              levels -> new DpmSolverSampler(levels, DpmSolverSampler.Options.DEFAULT)));

  private static double error(Function<SamplingSchedule, Sampler> sampler, Tensor xT, int steps) {
    SamplingSchedule levels = schedule(steps);
    Tensor solved = solve(sampler.apply(levels), xT, steps);
    double sum = 0;
    for (int i = 0; i < xT.dim(0); i++) {
      sum += Math.pow(solved.get(i, 0) - exact(xT.get(i, 0), levels, steps), 2);
    }
    return Math.sqrt(sum / xT.dim(0));
  }

  /// ## Few steps
  ///
  /// A thousand network evaluations for a sample are many. May algorithm 2 visit every hundredth
  /// timestep only? A chain seen at some of its timesteps is a Markov chain again, with larger
  /// steps ([NoiseSchedule#respaced]), so it can be run. But the step back is normal only if it is
  /// small ([chapter 4](#chapter-4)), and so the distribution of the samples suffers. A solver of
  /// the flow does not assume that anything is normal; it only has to follow a curve.
  ///
  /// We measure the largest difference between the share of samples below a number and the true
  /// share, over all numbers (the distance of Kolmogorov and Smirnov).
  ///
  /// With many steps and a real network the order may be the other one: Song et al. 2021 (table 1)
  /// found algorithm 2 better than DDIM in 1000 steps and far worse in 10. The usual explanation is
  /// that fresh noise covers up the network's errors of the steps before, which a solver carries to
  /// the end.
  public void fewSteps(Page page) {
    int draws = page.count(4000, 500);
    Table table = new Table("steps", "algorithm 2", "DDIM", "DPM-Solver++ 2");
    for (int steps : List.of(5, 10, 20, 40)) {
      int[] timesteps = TimestepSpacing.LINSPACE.timesteps(1000, steps);
      double ancestral = distance(new AncestralSampler(SCHEDULE, timesteps, SMALL), draws);
      double solver = distance(solver(steps - 1), draws);
      double ddim = distance(new DdimSampler(SCHEDULE, timesteps, NO_NOISE), draws);
      table.row(steps, ancestral, ddim, solver);
      if (steps == 10) {
        page.checkAtLeast(
            "In 10 steps, the distance of algorithm 2 over that of DPM-Solver++.",
            ancestral / solver,
            2);
      }
    }
    page.table(
        "The distance of the samples' distribution from the data's. %s draws from the data"
                .formatted(draws)
            + " themselves would be about $`0.87 / \\sqrt{%s}`$ away.".formatted(draws),
        table);
  }

  /// The largest difference between the samples' distribution function and the data's.
  private static double distance(Sampler sampler, int draws) {
    double[] sorted = Arrays.stream(sample(PERFECT, sampler, draws).toDoubles()).sorted().toArray();
    return IntStream.range(0, draws)
        .mapToDouble(i -> Math.abs((i + 0.5) / draws - below(sorted[i], NoiseLevel.CLEAN)))
        .max()
        .orElseThrow();
  }

  /// ## Guidance
  ///
  /// A network that knows classes predicts the noise with a class, $`\epsilon_c`$, and without one,
  /// $`\epsilon_\varnothing`$. **Guidance** (Ho & Salimans 2022) goes beyond the first, away from
  /// the second:
  ///
  /// ```math
  /// \hat\epsilon = \epsilon_\varnothing + w \, (\epsilon_c - \epsilon_\varnothing) .
  /// ```
  ///
  /// With $`w = 0`$ the class does not matter, $`w = 1`$ is the class as it is, and larger $`w`$
  /// make samples "more typical". What does that mean? Take a class N(0.8, 1/4) within data that
  /// are N(0, 1) as a whole (many classes, of which this is one). Both predictions are linear, and
  /// the flow can be solved by hand. In $`y = x / a`$ it is $`dy / d\sigma = \hat\epsilon`$. The
  /// noisy class has the variance $`v + \sigma^2`$ with $`v = 1/4`$, and all data have $`1 +
  /// \sigma^2`$, so the distance $`d`$ of two paths obeys
  ///
  /// ```math
  /// \begin{aligned}
  /// \frac{1}{d} \frac{dd}{d\sigma}
  ///     &= (1 - w) \frac{\sigma}{1 + \sigma^2} + w \frac{\sigma}{v + \sigma^2}, \\[2ex]
  /// d &\propto (1 + \sigma^2)^{(1 - w) / 2} \, (v + \sigma^2)^{w / 2} .
  /// \end{aligned}
  /// ```
  ///
  /// For large $`\sigma`$ the right side is $`\sigma`$, as the noise's deviation is; for $`\sigma =
  /// 0`$ it is $`v^{w/2}`$. So the guided samples are normal with the variance $`v^w`$, and for $`w
  /// = 3`$ their mean is $`(1 + 2v)`$ times the class's. So guidance does two things at once: it
  /// makes the class **narrow**, much more than one would think, and it moves it **outward**, here
  /// to 1.2, beyond which only a fifth of the class's own members are. In images this is the loss
  /// of variety and the glaring contrast.
  ///
  /// It is often said that guidance samples from the density $`p(x \mid c)^w \, p(x)^{1-w}`$. That
  /// density is normal too, with
  ///
  /// ```math
  /// \begin{aligned}
  /// \text{mean} &= \frac{w m}{w + (1 - w) v}, \\[2ex]
  /// \text{variance} &= \frac{v}{w + (1 - w) v},
  /// \end{aligned}
  /// ```
  ///
  /// where $`m`$ is the class's mean. The table shows that it is something else. Noise is the
  /// reason: to add noise to that density is not the same as to take the powers of densities that
  /// have noise, which is what guidance does at each level.
  ///
  /// Since the flow is linear, two paths tell mean and deviation exactly: those from $`x_T = \pm
  /// 1`$.
  public void guidance(Page page) {
    double m = 0.8;
    double v = 0.25;
    Denoiser ofClass = denoiser(GaussianMixture.of(normal(v, m)));
    Denoiser ofAll = denoiser(GaussianMixture.of(normal(1, 0)));
    Table table = new Table("w", "mean", "deviation", "its mean", "its deviation");
    for (int w = 0; w <= 4; w++) {
      Guided samples = guidedSamples(ofAll, ofClass, w);
      page.check(
          "The deviation for w = %d: the root of $`v^w`$.".formatted(w),
          samples.deviation,
          Math.pow(v, w / 2.0),
          new Tolerance(0.002, FINITE));
      if (w == 3) {
        page.check(
            "The mean for w = 3.", samples.mean, m * (1 + 2 * v), new Tolerance(0.005, FINITE));
      }
      double precision = w + (1 - w) * v;
      table.row(w, samples.mean, samples.deviation, w * m / precision, Math.sqrt(v / precision));
    }
    page.check(
        "The share of the class beyond 1.2.",
        1 - StandardNormal.cdf((1.2 - m) / Math.sqrt(v)),
        0.21,
        Tolerance.digits(2));
    page.table(
        "Guided samples, and the last two columns: what the density with powers would have.",
        table);
  }

  private static final String FINITE = "sampling begins at finite noise, in finite steps";

  private record Guided(double mean, double deviation) {}

  private static Guided guidedSamples(Denoiser ofAll, Denoiser ofClass, double w) {
    Tensor xT = Tensor.of(Shape.of(2, 1), 1, -1);
    Tensor ends = solve(solver(200), guided(ofAll, ofClass, w), xT, 201);
    return new Guided((ends.get(0, 0) + ends.get(1, 0)) / 2, (ends.get(0, 0) - ends.get(1, 0)) / 2);
  }

  private static Sampler solver(int steps) {
    return new DpmSolverSampler(schedule(steps), DpmSolverSampler.Options.DEFAULT);
  }

  private static Denoiser guided(Denoiser ofAll, Denoiser ofClass, double w) {
    Parameterization x0 = Parameterization.of(Prediction.X0, Clip.NONE);
    return (x, level, timestep) ->
        x0.denoised(
            x,
            WeightedSum.of(
                1 - w, ofAll.at(x, level, timestep).x0(), w, ofClass.at(x, level, timestep).x0()),
            level);
  }

  /// ## What guidance leaves out
  ///
  /// A class is seldom one hump. In the plane, let the class have two, equally many points in each:
  /// one at (-1, 0) alone, one at (0.5, 0) beside another class at (1, 0). Guidance moves away from
  /// what is common to all data, and so away from the second hump, which is "less typical" only
  /// because others are near. The half of the class that lies there gets rarer, and what is left of
  /// it moves. Nobody asked for that; with $`w = 1`$ the shares are right. The numbers below are
  /// the share of the hump at (-1, 0) among the samples.
  public void shares(Page page) {
    int draws = page.count(2000, 200);
    DiagonalGaussian alone = normal(0.04, -1, 0);
    DiagonalGaussian beside = normal(0.04, 0.5, 0);
    DiagonalGaussian other = normal(0.04, 1, 0);
    Denoiser ofClass = denoiser(new GaussianMixture(new double[] {0.5, 0.5}, alone, beside));
    Denoiser ofAll =
        denoiser(new GaussianMixture(new double[] {0.25, 0.25, 0.5}, alone, beside, other));
    Tensor xT = page.rng().normal(Tensor.zeros(draws, 2));
    List<Panel> panels = new ArrayList<>();
    double[] shares = new double[5];
    for (int w : List.of(0, 1, 2, 4)) {
      Tensor made = solve(solver(40), guided(ofAll, ofClass, w), xT, 41);
      panels.add(Panel.points(1.8, made, 0));
      int left = 0;
      for (int i = 0; i < draws; i++) {
        left += made.get(i, 0) < -0.25 ? 1 : 0;
      }
      shares[w] = (double) left / draws;
    }
    page.check("w = 0: of all data.", shares[0], 0.25, Tolerance.ofShare(0.25, draws));
    page.check("w = 1: of the class.", shares[1], 0.5, Tolerance.ofShare(0.5, draws));
    page.checkAtLeast("w = 2.", shares[2], 0.7);
    page.checkAtLeast("w = 4.", shares[4], 0.95);
    page.figure(
        "Samples of the class for four guidance scales. Without guidance there is the other class"
            + " too (w = 0).",
        new PointGrid(panels, List.of("w = 0", "w = 1", "w = 2", "w = 4"), List.of("")));
  }

  /// ## On digits
  ///
  /// The trained model of digits shows the same. All are sevens, made by DPM-Solver++; the three of
  /// a column begin with the same noise. Follow a column downwards: the digit gets clearer, and
  /// loses what was special about it. The numbers compare the variety of the rows: the standard
  /// deviation of a pixel over the images of a row, as the root of the mean square over the pixels.
  public void digits(Page page) throws IOException {
    int images = page.count(10, 3);
    List<Integer> scales = List.of(1, 2, 4);
    Tensor all = Tensor.zeros(scales.size() * images, 28, 28, 1);
    double[] variety = new double[scales.size()];
    for (int row = 0; row < scales.size(); row++) {
      SampleRequest request =
          SampleRequest.of(images)
              .sampler(SamplerKind.DPM_SOLVER)
              .steps(page.count(20, 3))
              .classes(7)
              .guidance(scales.get(row));
      Tensor made = page.model().sample(request, page.workers());
      all.slice(row * images, images).copyFrom(made);
      variety[row] = variety(made);
    }
    page.checkAtMost("Variety with w = 2 over that with w = 1.", variety[1] / variety[0], 1);
    page.checkAtMost("Variety with w = 4 over that with w = 2.", variety[2] / variety[1], 1);
    page.figure(
        "Sevens for three guidance scales; each column begins with the same noise.",
        new CaptionedGrid(
            all,
            IntStream.range(0, images).mapToObj(_ -> "").toList(),
            scales.stream().map(w -> "w = " + w).toList()));
  }

  private static double variety(Tensor images) {
    Tensor mean = images.mean(0);
    double sum = 0;
    for (int i = 0; i < images.dim(0); i++) {
      Tensor difference = images.at(i).minus(mean);
      sum += difference.times(difference).mean().item();
    }
    return Math.sqrt(sum / images.dim(0));
  }

  /// ## Three questions
  ///
  /// Think first; each answer is below its question.
  public void questions(Page page) {
    Tensor xT = page.rng().normal(Tensor.zeros(page.count(200, 50), 1));
    Method dpm = METHODS.get(2);
    page.question(
        "With 40 steps a solver of order 2 has some error. With how many steps has it a tenth of"
            + " it?",
        "The error falls with the square of the number of steps, so with the root of 10, 3.16 times"
            + " as many: 126. The number is the error of DPM-Solver++ with 40 steps over that with"
            + " 126.",
        error(dpm.sampler, xT, 40) / error(dpm.sampler, xT, 126),
        10,
        new Tolerance(1, "the steps are not infinitely small"));
    page.question(
        "Which $`x_T`$ does the flow take to 0, the middle between the humps?",
        "30.3 % of the data lie below 0: the left hump, without its upper end, and the lower end of"
            + " the right one. Pure noise is N(0, 1), which has 30.3 % below -0.515. The number is"
            + " where DPM-Solver++ takes -0.515.",
        solve(solver(200), Tensor.of(Shape.of(1, 1), -0.515f), 200).get(0, 0),
        0,
        new Tolerance(0.02, "the flow stretches differences there fourfold, and with it rounding"));
    Denoiser ofAll = denoiser(GaussianMixture.of(normal(1, 0)));
    Denoiser ofClass = denoiser(GaussianMixture.of(normal(0.25, 0.8)));
    double w = 1 + Math.log(10) / Math.log(4);
    page.question(
        "A class of variance 1/4 within data N(0, 1): which guidance scale leaves a tenth of its"
            + " variance?",
        "$`v^w = v / 10`$, so $`w = 1 + \\ln 10 / \\ln 4 = 2.66`$. The number is the variance of"
            + " the guided samples over that of the class.",
        Math.pow(guidedSamples(ofAll, ofClass, w).deviation / 0.5, 2),
        0.1,
        new Tolerance(0.001, FINITE));
  }
}
