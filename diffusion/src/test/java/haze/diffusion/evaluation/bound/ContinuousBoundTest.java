package haze.diffusion.evaluation.bound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.evaluation.bound.BoundResult.Estimate;
import haze.diffusion.evaluation.bound.BoundResult.Measurement;
import haze.diffusion.process.ContinuousSchedule;
import haze.diffusion.process.DiagonalGaussian;
import haze.diffusion.process.GaussianMixture;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Posterior;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseProcess;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.process.VariationalBound;
import haze.diffusion.sampler.ProgressListener;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ContinuousBoundTest {
  private static final double STANDARD_ERRORS = 4;

  /// Images of four grey levels, of which there are three: a distribution of levels, whose costs
  /// are known.
  private static final int[][] LEVELS = {{0, 0, 40, 255}, {0, 3, 40, 255}, {120, 0, 200, 7}};

  private static final double[] WEIGHTS = {0.2, 0.3, 0.5};

  private static final GaussianMixture DIGITAL =
      new GaussianMixture(
          WEIGHTS,
          IntStream.range(0, 3)
              .mapToObj(k -> new DiagonalGaussian(values(k), filled(Math.log(1e-12))))
              .toArray(DiagonalGaussian[]::new));

  private static double[] values(int k) {
    return Arrays.stream(LEVELS[k]).mapToDouble(level -> 2.0 * level / 255 - 1).toArray();
  }

  private static double[] filled(double value) {
    double[] all = new double[4];
    Arrays.fill(all, value);
    return all;
  }

  private static BoundEstimator.Images digital(int k) {
    return numbers -> {
      Tensor x0 = Tensor.zeros(numbers.length, 2, 2, 1);
      for (int i = 0; i < x0.size(); i++) {
        x0.data()[i] = (float) values(k)[i % 4];
      }
      return x0;
    };
  }

  /// `alphaBar` at a time of the network, for which there is no function but that of a log-SNR.
  private static double alphaBar(NoiseSchedule schedule, double timestep) {
    int before = Math.min(1 + (int) timestep, schedule.timesteps() - 1);
    double share = timestep + 1 - before;
    double logSnr =
        (1 - share) * Math.log(schedule.snr(before)) + share * Math.log(schedule.snr(before + 1));
    return ContinuousSchedule.alphaBar(logSnr);
  }

  /// The best network for data of a known distribution.
  private static BoundEstimator.Network perfect(
      GaussianMixture data, NoiseSchedule schedule, Prediction prediction) {
    return (xt, timesteps, _) -> {
      Tensor output = Tensor.zeros(xt.shape().dims());
      for (int i = 0; i < timesteps.length; i++) {
        output
            .slice(i, 1)
            .copyFrom(data.predict(prediction, xt.slice(i, 1), alphaBar(schedule, timesteps[i])));
      }
      return output;
    };
  }

  private static VariationalBound bound(NoiseSchedule schedule, Prediction prediction) {
    return new VariationalBound(
        new ReverseProcess(schedule, prediction, ReverseVariance.FIXED_SMALL, 1, true));
  }

  private static LikelihoodResult measured(
      VariationalBound bound,
      int parts,
      BoundEstimator.Network network,
      BoundEstimator.Images images,
      int count,
      int batch) {
    try (Workers workers = new Workers(2)) {
      return new ContinuousBound(bound, parts, network, workers)
          .estimate(
              images,
              IntStream.range(0, count).toArray(),
              batch,
              Measurement.of("data", "", 5, bound.reverse()),
              ProgressListener.NONE);
    }
  }

  private static double nats(double bits) {
    return bits * 4 * Math.log(2);
  }

  /// With the best network there is no gap: a image of probability w costs `-ln w`.
  @ParameterizedTest
  @EnumSource(
      value = Prediction.class,
      names = {"EPSILON", "V"})
  void ofLevelsWhoseDistributionIsKnownTheBoundIsTheTruth(Prediction prediction) {
    NoiseSchedule schedule = NoiseSchedule.logSnr(1000);
    for (int k = 0; k < 3; k++) {
      LikelihoodResult result =
          measured(
              bound(schedule, prediction),
              40,
              perfect(DIGITAL, schedule, prediction),
              digital(k),
              300,
              64);
      Estimate total = result.total();
      // The ends of the schedule: four levels are misread with probability 0.0024 each, and L_T is
      // 0.0005 an element at most.
      double truth = -Math.log(WEIGHTS[k]) + 0.01;
      double error = nats(total.standardError());
      assertTrue(error < 0.1, "standard error " + error);
      assertEquals(truth, nats(total.mean()), STANDARD_ERRORS * error + 0.005, "image " + k);
      double sum =
          result.part("prior").mean()
              + result.part("integral").mean()
              + result.part("decoder").mean();
      assertEquals(total.mean(), sum, 1e-12);
    }
  }

  /// The chain's bound with T steps lies above, and falls to it.
  @Test
  void theBoundOfTheChainFallsToItAsItsStepsGrow() {
    double[] totals = new double[5];
    int[] timesteps = {20, 50, 150, 1000};
    for (int i = 0; i < timesteps.length; i++) {
      NoiseSchedule schedule = NoiseSchedule.logSnr(timesteps[i]);
      try (Workers workers = new Workers(2)) {
        totals[i] =
            nats(
                new BoundEstimator(
                        bound(schedule, Prediction.EPSILON),
                        new SystematicTimesteps(timesteps[i], timesteps[i]),
                        perfect(DIGITAL, schedule, Prediction.EPSILON),
                        workers)
                    .estimate(
                        digital(2),
                        IntStream.range(0, 200).toArray(),
                        64,
                        Measurement.of(
                            "data", "", 5, bound(schedule, Prediction.EPSILON).reverse()),
                        ProgressListener.NONE)
                    .total()
                    .mean());
      }
    }
    NoiseSchedule schedule = NoiseSchedule.logSnr(20);
    totals[4] =
        nats(
            measured(
                    bound(schedule, Prediction.EPSILON),
                    150,
                    perfect(DIGITAL, schedule, Prediction.EPSILON),
                    digital(2),
                    200,
                    64)
                .total()
                .mean());
    assertTrue(totals[0] > totals[1] + 0.05 && totals[1] > totals[2], Arrays.toString(totals));
    assertEquals(totals[4], totals[3], 0.05, Arrays.toString(totals));
  }

  /// Normal data in grey levels that are finer than the first noise level: a level costs the
  /// density times its width.
  @Test
  void ofNormalDataTheBoundIsTheTruth() {
    NoiseSchedule schedule = NoiseSchedule.linear(1000);
    GaussianMixture data =
        GaussianMixture.of(new DiagonalGaussian(filled(0.1), filled(Math.log(0.04))));
    BoundEstimator.Images images =
        numbers -> {
          Tensor x0 = Tensor.zeros(numbers.length, 2, 2, 1);
          for (int i = 0; i < numbers.length; i++) {
            double[] point = data.sample(new Rng(11, 0, 0, numbers[i]));
            for (int j = 0; j < 4; j++) {
              double level = Math.clamp(Math.rint((point[j] + 1) * 127.5), 0, 255);
              x0.data()[4 * i + j] = (float) (level / 127.5 - 1);
            }
          }
          return x0;
        };
    // The variance at t = 1 is that of the image given x_1, which a network can learn.
    ReverseProcess learned =
        new ReverseProcess(schedule, Prediction.EPSILON, ReverseVariance.LEARNED_RANGE, 1, true);
    double first = schedule.alphaBar(1);
    double step = 0.04 * (1 - first) / (first * 0.04 + 1 - first);
    double small = Math.log(new Posterior(schedule).variance(2));
    float share = (float) (2 * (Math.log(step) - small) / (Math.log(schedule.beta(1)) - small) - 1);
    BoundEstimator.Network mean = perfect(data, schedule, Prediction.EPSILON);
    int count = 500;
    LikelihoodResult result =
        measured(
            new VariationalBound(learned),
            40,
            (xt, timesteps, numbers) -> {
              Tensor predicted = mean.predict(xt, timesteps, numbers);
              Tensor output = Tensor.zeros(numbers.length, 2, 2, 2);
              for (int i = 0; i < predicted.size(); i++) {
                output.data()[2 * i] = predicted.data()[i];
                output.data()[2 * i + 1] = share;
              }
              return output;
            },
            images,
            count,
            100);
    double truth = 0;
    for (int i = 0; i < count; i++) {
      double[] x0 = images.of(new int[] {i}).at(0).toDoubles();
      truth -= (data.logDensity(x0) + 4 * Math.log(2.0 / 255)) / count;
    }
    // Of one image the draws err by about 0.3; the images themselves are the same on both sides.
    assertEquals(truth, nats(result.total().mean()), 0.06);
  }

  @Test
  void theBitsDependNeitherOnThreadsNorOnBatches() {
    NoiseSchedule schedule = NoiseSchedule.logSnr(50);
    VariationalBound bound = bound(schedule, Prediction.V);
    BoundEstimator.Network network = perfect(DIGITAL, schedule, Prediction.V);
    assertEquals(
        measured(bound, 3, network, digital(1), 7, 7).parts(),
        measured(bound, 3, network, digital(1), 7, 2).parts());
  }

  @Test
  void aScheduleWithoutSuchALimitIsRefused() {
    assertRefused(
        "continuous schedule: ends without signal, where the log-SNR is infinite",
        NoiseSchedule.linear(20).withZeroTerminalSnr(),
        1);
    assertRefused("continuous schedule: of a single timestep", NoiseSchedule.ofBetas(0.5), 1);
    assertRefused("continuous bound: 0 parts", NoiseSchedule.cosine(8), 0);
  }

  private static void assertRefused(String message, NoiseSchedule schedule, int parts) {
    assertEquals(
        message,
        assertThrows(
                IllegalArgumentException.class,
                () -> measured(bound(schedule, Prediction.V), parts, (x, _, _) -> x, null, 1, 1))
            .getMessage());
  }
}
