package haze.diffusion.sampler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.process.DiagonalGaussian;
import haze.diffusion.process.DistributionFixture;
import haze.diffusion.process.GaussianMixture;
import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Posterior;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.diffusion.sampler.schedule.SigmaSchedule;
import haze.diffusion.sampler.schedule.SigmaSpacing;
import haze.diffusion.sampler.schedule.SigmaTable;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Samplers on data whose distribution is known, so that the best possible network is known too:
/// what is wrong is then the sampler's fault.
class KnownDistributionTest {
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.linear(1000);
  private static final SigmaTable TABLE = new SigmaTable(SCHEDULE);
  private static final Parameterization EPSILON =
      Parameterization.of(Prediction.EPSILON, Clip.NONE);
  private static final double MEAN = 0.3;
  private static final double DEVIATION = 0.5;

  /// The best network for normally distributed data, at any point in time: `E[x_0 | x]` is linear.
  private static final Network GAUSSIAN =
      (x, timestep) -> {
        NoiseLevel level = NoiseLevel.ofSigma(TABLE.sigma(timestep));
        double a = level.signal();
        double variance = variance(level);
        float[] epsilon = x.toArray();
        for (int i = 0; i < epsilon.length; i++) {
          epsilon[i] = (float) (level.noise() * (epsilon[i] - a * MEAN) / variance);
        }
        return Tensor.of(x.shape(), epsilon);
      };

  /// The variance of noisy images of the normally distributed data.
  private static double variance(NoiseLevel level) {
    return level.alphaBar() * DEVIATION * DEVIATION + level.noise() * level.noise();
  }

  /// With the exact variance of each step as the learned one, even a few steps have the
  /// distribution of the data: the exact reverse of a chain of normal variables is one itself.
  @Test
  void theAncestralSamplerWithTheExactVarianceReproducesTheDatasLaw() {
    int[] timesteps = TimestepSpacing.LEADING.timesteps(1000, 12);
    NoiseSchedule respaced = SCHEDULE.respaced(Arrays.stream(timesteps).sorted().toArray());
    Posterior posterior = new Posterior(respaced);
    Network network =
        (x, timestep) -> {
          int t = 1;
          while (timesteps[timesteps.length - t] != (int) timestep + 1) {
            t++;
          }
          double alphaBar = respaced.alphaBar(t);
          double unknown =
              DEVIATION * DEVIATION * (1 - alphaBar) / variance(NoiseLevel.ofAlphaBar(alphaBar));
          double exact = posterior.variance(t) + Math.pow(posterior.x0Coefficient(t), 2) * unknown;
          double small = Math.log(Math.max(posterior.variance(t), 1e-20));
          double share = (Math.log(exact) - small) / (Math.log(respaced.beta(t)) - small);
          return beside(GAUSSIAN.predict(x, timestep), (float) (2 * share - 1));
        };
    Sampler sampler = new AncestralSampler(SCHEDULE, timesteps, ReverseVariance.LEARNED_RANGE);
    Tensor draws =
        new SamplingLoop(EPSILON.denoiser(network), sampler)
            .sample(
                3,
                0,
                Shape.of(50_000, 1, 1, 1),
                (done, steps, state) -> {
                  if (done < steps) {
                    NoiseLevel level = sampler.schedule().level(done);
                    DistributionFixture.assertNormal(
                        level.signal() * MEAN, variance(level), state.xt());
                  }
                });
    DistributionFixture.assertNormal(MEAN, DEVIATION * DEVIATION, draws);
    DistributionFixture.assertKolmogorovSmirnov(MEAN, DEVIATION * DEVIATION, draws);
  }

  private static Tensor beside(Tensor prediction, float variance) {
    float[] both = new float[2 * prediction.size()];
    for (int i = 0; i < prediction.size(); i++) {
      both[2 * i] = prediction.data()[prediction.offset() + i];
      both[2 * i + 1] = variance;
    }
    return Tensor.of(prediction.shape().with(-1, 2), both);
  }

  private static SigmaSchedule linspace(boolean endsClean) {
    return new SigmaSchedule(
        SCHEDULE, TimestepSpacing.LINSPACE, 0, SigmaSpacing.TIMESTEPS, endsClean);
  }

  /// Two hills, 1 and 3 parts of the data.
  private static final GaussianMixture HILLS =
      new GaussianMixture(
          new double[] {0.25, 0.75},
          new DiagonalGaussian(new double[] {-0.6}, new double[] {Math.log(0.04)}),
          new DiagonalGaussian(new double[] {0.5}, new double[] {Math.log(0.01)}));

  static List<Sampler> samplers() {
    int[] some = TimestepSpacing.TRAILING.timesteps(1000, 250);
    return List.of(
        new AncestralSampler(
            SCHEDULE, TimestepSpacing.LEADING.timesteps(1000, 250), ReverseVariance.FIXED_LARGE),
        new DdimSampler(SCHEDULE, some, DdimSampler.Options.DEFAULT),
        new DdimSampler(SCHEDULE, some, new DdimSampler.Options(1, true, false)),
        new EulerSampler(linspace(true).euler(100)),
        new HeunSampler(linspace(true).euler(50)),
        new DpmSolverSampler(
            linspace(true).dpmSolver(200, Double.NEGATIVE_INFINITY, true),
            DpmSolverSampler.Options.DEFAULT),
        new DpmSolverSampler(
            linspace(true).dpmSolver(400, Double.NEGATIVE_INFINITY, true),
            new DpmSolverSampler.Options(2, false, true, true, false)),
        new DpmSolverSampler(
            lambdas(false, 400), new DpmSolverSampler.Options(2, false, true, true, false, true)),
        new EulerAncestralSampler(linspace(true).euler(250)),
        new LinearMultistepSampler(linspace(true).euler(100), 4, false, false),
        new LinearMultistepSampler(lambdas(false, 100), 3, true, true),
        new Kdpm2Sampler(linspace(true).euler(50), TABLE, false, Double.POSITIVE_INFINITY),
        new Kdpm2Sampler(linspace(true).euler(150), TABLE, true, Double.POSITIVE_INFINITY),
        pndm(50, false),
        pndm(100, true),
        new UniPcSampler(lambdas(true, 100), UniPcSampler.Options.DEFAULT),
        singlestep(true, 200, 2, DpmSolverSinglestepSampler.Algorithm.DPM_SOLVER_PLUS_PLUS),
        singlestep(true, 400, 2, DpmSolverSinglestepSampler.Algorithm.SDE_DPM_SOLVER_PLUS_PLUS));
  }

  private static SamplingSchedule lambdas(boolean endsClean, int steps) {
    return linspace(endsClean).dpmSolver(steps, Double.NEGATIVE_INFINITY, true);
  }

  private static Sampler pndm(int steps, boolean skipPrkSteps) {
    return new PndmSampler(
        SamplingSchedule.of(
            SCHEDULE, TimestepSpacing.TRAILING.timesteps(1000, steps), NoiseLevel.CLEAN),
        TABLE,
        new PndmSampler.Options(skipPrkSteps, 1000 / steps, false, Double.POSITIVE_INFINITY));
  }

  private static Sampler singlestep(
      boolean endsClean, int steps, int order, DpmSolverSinglestepSampler.Algorithm algorithm) {
    return new DpmSolverSinglestepSampler(
        lambdas(endsClean, steps),
        new DpmSolverSinglestepSampler.Options(order, algorithm, true, false));
  }

  @ParameterizedTest
  @MethodSource("samplers")
  void everySamplerReproducesAMixture(Sampler sampler) {
    Network network =
        (x, timestep) ->
            HILLS.predict(
                Prediction.EPSILON, x, NoiseLevel.ofSigma(TABLE.sigma(timestep)).alphaBar());
    assertReproducesHills(EPSILON.denoiser(network), sampler);
  }

  private static void assertReproducesHills(Denoiser denoiser, Sampler sampler) {
    int draws = 5000;
    Tensor made =
        new SamplingLoop(denoiser, sampler)
            .sample(4, 0, Shape.of(draws, 1, 1, 1), (done, steps, state) -> {});
    Tensor data = Tensor.zeros(draws);
    for (int i = 0; i < draws; i++) {
      data.set((float) HILLS.sample(new Rng(5, 0, 0, i))[0], i);
    }
    DistributionFixture.assertSameDistribution(data, made.reshape(draws));
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 3})
  void flowMatchingReproducesAMixture(double shift) {
    SamplingSchedule schedule = SamplingSchedule.flow(1000, 100, shift);
    Network network =
        (x, timestep) -> {
          double s = timestep / 1000;
          Tensor velocity = Tensor.zeros(x.shape().dims());
          for (int i = 0; i < x.size(); i++) {
            // u = epsilon - x_0 with epsilon = (x - (1 - s) x_0) / s.
            double x0 = HILLS.denoise(new double[] {x.data()[x.offset() + i]}, 1 - s, s)[0];
            velocity.data()[i] = (float) ((x.data()[x.offset() + i] - x0) / s);
          }
          return velocity;
        };
    assertReproducesHills(Parameterization.FLOW.denoiser(network), new EulerSampler(schedule));
  }

  @Test
  void theErrorOfDdimFallsWithTheNumberOfSteps() {
    assertOrder(
        1,
        steps ->
            new DdimSampler(
                SCHEDULE,
                TimestepSpacing.TRAILING.timesteps(1000, steps),
                new DdimSampler.Options(0, false, false)));
  }

  @Test
  void theErrorOfEulerFallsWithTheNumberOfSteps() {
    assertOrder(1, steps -> new EulerSampler(linspace(true).euler(steps)));
  }

  @Test
  void theErrorOfHeunFallsWithItsSquare() {
    assertOrder(2, steps -> new HeunSampler(linspace(true).euler(steps)));
  }

  @Test
  void theErrorOfDpmSolverFallsWithThePowerOfItsOrder() {
    for (int order = 1; order <= 3; order++) {
      for (boolean heun : new boolean[] {false, true}) {
        var options = new DpmSolverSampler.Options(order, heun, false, false, false);
        assertOrder(
            order,
            steps ->
                new DpmSolverSampler(
                    linspace(false).dpmSolver(steps, Double.NEGATIVE_INFINITY, true), options));
        var ofEpsilon = new DpmSolverSampler.Options(order, heun, false, false, false, true);
        double least = new double[] {0.95, 1.5, 2}[order - 1];
        assertOrderAtLeast(least, steps -> new DpmSolverSampler(lambdas(false, steps), ofEpsilon));
      }
    }
  }

  /// A corrector raises the order by one; steps of lower order at the beginning, and the rounding
  /// of float, take from it.
  @Test
  void theErrorsOfTheOtherSolversFallAtLeastWithTheirPowers() {
    assertOrderAtLeast(
        3.5, steps -> new LinearMultistepSampler(linspace(true).euler(steps), 4, false, false));
    assertOrderAtLeast(
        1.6, steps -> new LinearMultistepSampler(lambdas(false, steps), 2, true, false));
    assertOrder(
        2,
        steps ->
            new Kdpm2Sampler(linspace(true).euler(steps), TABLE, false, Double.POSITIVE_INFINITY));
    assertOrderAtLeast(3.5, steps -> pndm(steps, true));
    double[] uniPc = {1.5, 2, 2.5};
    double[] plusPlus = {0.95, 2, 2.3};
    double[] ofNoise = {0.95, 1.85, 2.1};
    for (int order = 1; order <= 3; order++) {
      int own = order;
      for (boolean bh1 : new boolean[] {false, true}) {
        var options = new UniPcSampler.Options(order, true, bh1, false, Set.of());
        assertOrderAtLeast(
            uniPc[order - 1], steps -> new UniPcSampler(lambdas(false, steps), options));
      }
      assertOrderAtLeast(
          plusPlus[order - 1],
          steps ->
              singlestep(
                  false, steps, own, DpmSolverSinglestepSampler.Algorithm.DPM_SOLVER_PLUS_PLUS));
      assertOrderAtLeast(
          ofNoise[order - 1],
          steps -> singlestep(false, steps, own, DpmSolverSinglestepSampler.Algorithm.DPM_SOLVER));
    }
  }

  /// The slope of the logarithm of the error over that of the number of steps. The error is that at
  /// the least noise of the schedule: from there to the picture all these samplers take one
  /// straight step.
  private static double slope(IntFunction<Sampler> sampler) {
    List<Double> errors = new ArrayList<>();
    for (int steps : new int[] {50, 100, 200}) {
      errors.add(Math.log(error(sampler.apply(steps))));
    }
    return (errors.get(0) - errors.get(2)) / Math.log(4);
  }

  private static void assertOrderAtLeast(double order, IntFunction<Sampler> sampler) {
    double slope = slope(sampler);
    assertTrue(slope >= order, slope + " of " + sampler.apply(50));
  }

  private static void assertOrder(int order, IntFunction<Sampler> sampler) {
    // The third order is not quite reached with so few steps.
    assertEquals(order, slope(sampler), order < 3 ? 0.15 : 0.5);
  }

  /// For normally distributed data the differential equation has a solution in closed form: the
  /// number of standard deviations from the mean stays.
  private static double error(Sampler sampler) {
    SamplingSchedule schedule = sampler.schedule();
    NoiseLevel from = schedule.level(0);
    int last =
        schedule.level(schedule.steps()).noise() == 0 ? schedule.steps() - 1 : schedule.steps();
    NoiseLevel to = schedule.level(last);
    double deviations = 1.3;
    Sampler.State state =
        Sampler.State.start(
            Tensor.full(
                (float) (from.signal() * MEAN + deviations * Math.sqrt(variance(from))), 1));
    for (int i = 0; i < last; i++) {
      state = sampler.step(i, state, EPSILON.denoiser(GAUSSIAN), draw -> Tensor.zeros(1));
    }
    double exact = to.signal() * MEAN + deviations * Math.sqrt(variance(to));
    return Math.abs(state.xt().item() - exact);
  }
}
