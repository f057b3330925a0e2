package haze.diffusion.evaluation.bound;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.evaluation.bound.BoundEstimator.Images;
import haze.diffusion.evaluation.bound.BoundEstimator.Network;
import haze.diffusion.evaluation.bound.BoundResult.Measurement;
import haze.diffusion.pipeline.PipelineGolden;
import haze.diffusion.pipeline.ShardedUNet;
import haze.diffusion.process.DiagonalGaussian;
import haze.diffusion.process.DiscretizedGaussian;
import haze.diffusion.process.ForwardProcess;
import haze.diffusion.process.GaussianMixture;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Posterior;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseProcess;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.process.VariationalBound;
import haze.diffusion.sampler.ProgressListener;
import haze.nn.unet.UNet;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BoundEstimatorTest {
  private static final double STANDARD_ERRORS = 4;
  private static final double MEAN = 0.1;
  private static final double VARIANCE = 0.04;
  private static final GaussianMixture NORMAL_DATA = GaussianMixture.of(normal(4));

  private static DiagonalGaussian normal(int dimensions) {
    double[] mean = new double[dimensions];
    double[] logVariance = new double[dimensions];
    Arrays.fill(mean, MEAN);
    Arrays.fill(logVariance, Math.log(VARIANCE));
    return new DiagonalGaussian(mean, logVariance);
  }

  /// Images of 2 x 2 pixels: normal data in grey levels.
  private static Tensor normalImages(int[] images) {
    Tensor x0 = Tensor.zeros(images.length, 2, 2, 1);
    for (int i = 0; i < images.length; i++) {
      double[] point = NORMAL_DATA.sample(new Rng(11, 0, 0, images[i]));
      for (int j = 0; j < point.length; j++) {
        double level = Math.clamp(Math.rint((point[j] + 1) * 127.5), 0, 255);
        x0.data()[i * point.length + j] = (float) (level / 127.5 - 1);
      }
    }
    return x0;
  }

  /// The best network for normal data, which knows the variance of each step too.
  private static Network exact(NoiseSchedule schedule) {
    Posterior posterior = new Posterior(schedule);
    return (xt, timesteps, _) -> {
      Tensor output = Tensor.zeros(xt.shape().with(-1, 2).dims());
      for (int i = 0; i < xt.size(); i++) {
        int t = 1 + (int) timesteps[i / 4];
        double alphaBar = schedule.alphaBar(t);
        double noised = alphaBar * VARIANCE + 1 - alphaBar;
        output.data()[2 * i] =
            (float)
                (Math.sqrt(1 - alphaBar) * (xt.data()[i] - Math.sqrt(alphaBar) * MEAN) / noised);
        double step =
            posterior.variance(t)
                + Math.pow(posterior.x0Coefficient(t), 2) * VARIANCE * (1 - alphaBar) / noised;
        double small = ReverseVariance.FIXED_SMALL.log(t, schedule, 0);
        double share = (Math.log(step) - small) / (Math.log(schedule.beta(t)) - small);
        output.data()[2 * i + 1] = (float) (2 * share - 1);
      }
      return output;
    };
  }

  private static Measurement measurement(long seed) {
    return new Measurement("data", "", seed, Prediction.EPSILON, ReverseVariance.FIXED_SMALL, true);
  }

  private static BoundResult evaluate(
      VariationalBound bound, int measured, Network network, Images source, int... images) {
    try (Workers workers = new Workers(1)) {
      return new BoundEstimator(
              bound,
              new SystematicTimesteps(bound.reverse().schedule().timesteps(), measured),
              network,
              workers)
          .estimate(source, images, 32, measurement(5), ProgressListener.NONE);
    }
  }

  /// With the exact reverse process the bound is no bound but the truth.
  @Test
  void onNormalDataTheExactReverseProcessCostsTheTruth() {
    NoiseSchedule schedule = NoiseSchedule.linear(50);
    VariationalBound bound =
        new VariationalBound(
            new ReverseProcess(
                schedule, Prediction.EPSILON, ReverseVariance.LEARNED_RANGE, 1, false),
            DiscretizedGaussian.EXACT);
    RunningMean difference = new RunningMean();
    double truths = 0;
    int images = 1500;
    double bits = 0;
    for (int image = 0; image < images; image++) {
      double[] x0 = normalImages(new int[] {image}).toDoubles();
      double truth =
          VariationalBound.bitsPerDimension(
              -DiscretizedGaussian.EXACT.logProbability(normal(4), x0), 4);
      BoundResult one =
          evaluate(bound, 50, exact(schedule), BoundEstimatorTest::normalImages, image);
      difference.add(one.total().mean() - truth);
      truths += truth / images;
      bits += one.total().mean() / images;
    }
    assertEquals(0, difference.mean(), STANDARD_ERRORS * difference.standardError());
    assertTrue(
        difference.standardError() < 0.003 * truths, difference.standardError() + " of " + truths);
    // All images together are the mean of each alone.
    BoundResult all =
        evaluate(
            bound,
            50,
            exact(schedule),
            BoundEstimatorTest::normalImages,
            IntStream.range(0, images).toArray());
    assertEquals(bits, all.total().mean(), 1e-9);
  }

  /// A network of no use, whose output depends on everything.
  private static Network wave(int factor) {
    return (xt, timesteps, _) -> {
      Tensor output = Tensor.zeros(xt.shape().with(-1, factor * xt.dim(-1)).dims());
      int image = output.size() / output.dim(0);
      for (int i = 0; i < output.size(); i++) {
        int pixel = i / output.dim(-1);
        int channel = i % output.dim(-1);
        float x = xt.data()[pixel * xt.dim(-1) + channel % xt.dim(-1)];
        output.data()[i] = 0.8f * x + (float) Math.sin(timesteps[i / image] + channel);
      }
      return output;
    };
  }

  private static Tensor greyImages(int[] images) {
    Tensor x0 = Tensor.zeros(images.length, 2, 3, 3);
    for (int i = 0; i < images.length; i++) {
      for (int j = 0; j < 18; j++) {
        x0.data()[i * 18 + j] = new Rng(2, 0, j, images[i]).below(0, 256) / 127.5f - 1;
      }
    }
    return x0;
  }

  @ParameterizedTest
  @EnumSource(ReverseVariance.class)
  void everyTermIsThatOfTheBound(ReverseVariance variance) {
    NoiseSchedule schedule = NoiseSchedule.cosine(8);
    for (Prediction prediction : Prediction.values()) {
      ReverseProcess reverse = new ReverseProcess(schedule, prediction, variance, 3, true);
      VariationalBound bound = new VariationalBound(reverse);
      Network network = wave(variance == ReverseVariance.LEARNED_RANGE ? 2 : 1);
      int[] images = {4, 0, 9};
      BoundResult result = evaluate(bound, 8, network, BoundEstimatorTest::greyImages, images);
      double bit = VariationalBound.bitsPerDimension(1, 18);
      double total = 0;
      double epsilonErrors = 0;
      for (int t = 1; t <= 8; t++) {
        RunningMean term = new RunningMean();
        double x0Error = 0;
        double epsilonError = 0;
        for (int image : images) {
          Tensor x0 = greyImages(new int[] {image});
          Tensor noise =
              new Rng(5, BoundEstimator.PURPOSE, t, image).normal(Tensor.zeros(x0.shape().dims()));
          Tensor xt = new ForwardProcess(schedule).addNoise(x0, noise, t);
          double[] output = network.predict(xt, new float[] {t - 1}, new int[] {image}).toDoubles();
          term.add(bit * bound.term(t, x0.toDoubles(), xt.toDoubles(), output));
          double[] predictedX0 = reverse.x0(t, xt.toDoubles(), output);
          double a = Math.sqrt(schedule.alphaBar(t));
          double s = Math.sqrt(1 - schedule.alphaBar(t));
          for (int j = 0; j < 18; j++) {
            x0Error += Math.pow(predictedX0[j] - x0.data()[j], 2) / 18 / images.length;
            // As improved-diffusion has it: the noise that the clipped x_0 leaves in x_t.
            epsilonError +=
                Math.pow((xt.data()[j] - a * predictedX0[j]) / s - noise.data()[j], 2)
                    / 18
                    / images.length;
          }
        }
        BoundResult.Timestep measured = result.timesteps().get(t - 1);
        assertEquals(t, measured.t());
        assertEquals(3, measured.images());
        assertEquals(term.mean(), measured.term().mean(), 1e-12 * term.mean());
        assertEquals(term.mean(), measured.contribution(), 1e-12 * term.mean());
        assertEquals(term.standardError(), measured.term().standardError(), 1e-9);
        assertEquals(x0Error, measured.x0Error(), 1e-12 * x0Error);
        assertEquals(epsilonError, measured.epsilonError(), 1e-5 * epsilonError + 1e-12);
        total += term.mean();
        epsilonErrors += epsilonError / 8;
      }
      double prior = 0;
      for (int image : images) {
        prior += bit * bound.prior(greyImages(new int[] {image}).toDoubles()) / images.length;
      }
      assertEquals(prior, result.prior().mean(), 1e-12 * prior);
      assertEquals(total + prior, result.total().mean(), 1e-12 * total);
      assertEquals(result.timesteps().getFirst().term(), result.decoder());
      assertEquals(epsilonErrors, result.epsilonError(), 1e-5 * epsilonErrors);
      assertEquals(18, result.dimensions());
    }
  }

  /// Measured at a few timesteps, images cost on average what they cost at all of them; the noise
  /// is the same, so that the difference is that of the timesteps alone.
  @Test
  void fewTimestepsAreRightOnAverage() {
    NoiseSchedule schedule = NoiseSchedule.cosine(100);
    VariationalBound bound =
        new VariationalBound(
            new ReverseProcess(schedule, Prediction.EPSILON, ReverseVariance.FIXED_SMALL, 1, true));
    Network network =
        (xt, timesteps, _) ->
            NORMAL_DATA.predict(Prediction.EPSILON, xt, schedule.alphaBar(1 + (int) timesteps[0]));
    RunningMean difference = new RunningMean();
    RunningMean errors = new RunningMean();
    RunningMean totals = new RunningMean();
    double full = 0;
    int images = 1000;
    for (int image = 0; image < images; image++) {
      Images source = BoundEstimatorTest::normalImages;
      BoundResult all = evaluate(bound, 100, network, source, image);
      BoundResult few = evaluate(bound, 8, network, source, image);
      assertEquals(all.prior(), few.prior());
      assertEquals(all.decoder(), few.decoder());
      difference.add(few.transitions().mean() - all.transitions().mean());
      errors.add(few.x0Error() - all.x0Error());
      totals.add(few.total().mean());
      full += all.transitions().mean() / images;
    }
    assertEquals(0, difference.mean(), STANDARD_ERRORS * difference.standardError());
    assertEquals(0, errors.mean(), STANDARD_ERRORS * errors.standardError());
    assertTrue(
        difference.standardError() < 0.01 * full, difference.standardError() + " of " + full);

    BoundResult few =
        evaluate(
            bound,
            8,
            (xt, timesteps, numbers) -> {
              Tensor output = Tensor.zeros(xt.shape().dims());
              for (int i = 0; i < numbers.length; i++) {
                output
                    .slice(i, 1)
                    .copyFrom(
                        network.predict(
                            xt.slice(i, 1), new float[] {timesteps[i]}, new int[] {numbers[i]}));
              }
              return output;
            },
            BoundEstimatorTest::normalImages,
            IntStream.range(0, images).toArray());
    assertEquals(totals.mean(), few.total().mean(), 1e-9);
    assertEquals(totals.standardError(), few.total().standardError(), 1e-9);
    assertEquals(few.transitions().mean(), few.between(2, 100), 1e-9);
    assertEquals(few.decoder().mean(), few.between(1, 1), 1e-9);
    int visits = few.timesteps().stream().mapToInt(BoundResult.Timestep::images).sum();
    assertEquals(8 * images, visits);
  }

  @Test
  void theBitsDependNeitherOnThreadsNorOnBatches() {
    UNet unet =
        PipelineGolden.untrained(
                PipelineGolden.TINY.with(8, 8, 1, 2, OptionalInt.empty()), PipelineGolden.SHORT)
            .unet();
    VariationalBound bound =
        new VariationalBound(
            new ReverseProcess(
                PipelineGolden.SHORT.schedule(),
                Prediction.EPSILON,
                ReverseVariance.LEARNED_RANGE,
                1,
                true));
    int[] images = IntStream.range(0, 21).toArray();
    BoundResult reference = null;
    for (int threads : List.of(1, 3)) {
      for (int batch : List.of(5, 64)) {
        try (Workers workers = new Workers(threads)) {
          ShardedUNet denoiser = new ShardedUNet(unet, workers);
          BoundEstimator estimator =
              new BoundEstimator(
                  bound,
                  new SystematicTimesteps(20, 5),
                  (xt, timesteps, _) -> denoiser.predict(xt, timesteps),
                  workers);
          int[] batches = new int[2];
          BoundResult result =
              estimator.estimate(
                  BoundEstimatorTest::ramps,
                  images,
                  batch,
                  measurement(3),
                  (done, all) -> {
                    batches[0]++;
                    assertEquals(batches[0], done);
                    batches[1] = all;
                  });
          assertArrayEquals(
              new int[] {Math.ceilDiv(21, batch) * 5, Math.ceilDiv(21, batch) * 5}, batches);
          if (reference == null) {
            reference = result;
          }
          assertEquals(reference.timesteps(), result.timesteps(), threads + " of " + batch);
          assertEquals(reference.total(), result.total());
          assertEquals(reference.epsilonError(), result.epsilonError());
        }
      }
    }
  }

  private static Tensor ramps(int[] images) {
    Tensor x0 = Tensor.zeros(images.length, 8, 8, 1);
    for (int i = 0; i < x0.size(); i++) {
      x0.data()[i] = (images[i / 64] * 37 + i % 64 * 5) % 256 / 127.5f - 1;
    }
    return x0;
  }

  @Test
  void anotherSeedGivesOtherNoise() {
    VariationalBound bound =
        new VariationalBound(
            new ReverseProcess(
                NoiseSchedule.cosine(8), Prediction.EPSILON, ReverseVariance.FIXED_LARGE, 3, true));
    try (Workers workers = new Workers(1)) {
      BoundEstimator estimator =
          new BoundEstimator(bound, new SystematicTimesteps(8, 8), wave(1), workers);
      double[] totals = {3, 4, 3};
      for (int i = 0; i < 3; i++) {
        totals[i] =
            estimator
                .estimate(
                    BoundEstimatorTest::greyImages,
                    new int[] {1, 2},
                    2,
                    measurement((long) totals[i]),
                    ProgressListener.NONE)
                .total()
                .mean();
      }
      assertEquals(totals[0], totals[2]);
      assertNotEquals(totals[0], totals[1]);
    }
  }

  @Test
  void theNetworkGetsTheTimestepFromZeroAndTheImage() {
    VariationalBound bound =
        new VariationalBound(
            new ReverseProcess(
                NoiseSchedule.cosine(2), Prediction.EPSILON, ReverseVariance.FIXED_SMALL, 3, true));
    StringBuilder seen = new StringBuilder();
    evaluate(
        bound,
        2,
        (xt, timesteps, images) -> {
          seen.append(Arrays.toString(timesteps)).append(Arrays.toString(images));
          return xt;
        },
        BoundEstimatorTest::greyImages,
        7,
        3);
    assertEquals("[0.0, 0.0][7, 3][1.0, 1.0][7, 3]", seen.toString());
  }

  @Test
  void aScheduleThatEndsWithoutSignalCanBeMeasured() {
    NoiseSchedule schedule = NoiseSchedule.linear(20).withZeroTerminalSnr();
    for (ReverseVariance variance : ReverseVariance.values()) {
      BoundResult result =
          evaluate(
              new VariationalBound(new ReverseProcess(schedule, Prediction.V, variance, 3, true)),
              20,
              wave(variance == ReverseVariance.LEARNED_RANGE ? 2 : 1),
              BoundEstimatorTest::greyImages,
              1,
              2);
      assertEquals(0, result.prior().mean());
      assertTrue(Double.isFinite(result.total().mean()), result.toString());
    }
  }

  @Test
  void aSingleTimestepHasNoTransitionsAndASingleImageNoStandardError() {
    BoundResult result =
        evaluate(
            new VariationalBound(
                new ReverseProcess(
                    NoiseSchedule.ofBetas(.5),
                    Prediction.EPSILON,
                    ReverseVariance.FIXED_SMALL,
                    3,
                    true)),
            1,
            wave(1),
            BoundEstimatorTest::greyImages,
            1);
    assertEquals(0, result.transitions().mean());
    assertEquals(result.prior().mean() + result.decoder().mean(), result.total().mean(), 1e-12);
    assertTrue(Double.isNaN(result.total().standardError()));
  }

  @Test
  void whatIsNotTheBoundsIsRefused() {
    VariationalBound bound =
        new VariationalBound(
            new ReverseProcess(
                NoiseSchedule.cosine(4), Prediction.EPSILON, ReverseVariance.FIXED_SMALL, 3, true));
    Images source = BoundEstimatorTest::greyImages;
    assertEquals(
        "bound: the network's output for image 7 at t = 3 is no number (NaN or infinite), its"
            + " weights are damaged",
        assertThrows(
                ArithmeticException.class,
                () ->
                    evaluate(
                        bound,
                        4,
                        (xt, timesteps, _) -> {
                          Tensor output = Tensor.zeros(xt.shape().dims());
                          output.data()[20] = timesteps[0] == 2 ? Float.POSITIVE_INFINITY : 0;
                          return output;
                        },
                        source,
                        3,
                        7))
            .getMessage());
    assertEquals(
        "bound: the network's output is [1, 2, 3, 3] for images [2, 2, 3, 3]",
        assertThrows(
                IllegalArgumentException.class,
                () -> evaluate(bound, 4, (xt, _, _) -> xt.slice(0, 1), source, 3, 7))
            .getMessage());
    assertThrows(IllegalArgumentException.class, () -> evaluate(bound, 4, wave(2), source, 3, 7));
    assertThrows(IllegalArgumentException.class, () -> evaluate(bound, 4, wave(1), source));
    try (Workers workers = new Workers(1)) {
      assertEquals(
          "bound: a selection of 5 timesteps for a schedule of 4",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> new BoundEstimator(bound, new SystematicTimesteps(5, 5), wave(1), workers))
              .getMessage());
    }
  }
}
