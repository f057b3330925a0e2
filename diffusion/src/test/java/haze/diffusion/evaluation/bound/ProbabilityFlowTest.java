package haze.diffusion.evaluation.bound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.evaluation.bound.BoundResult.Measurement;
import haze.diffusion.pipeline.PipelineGolden;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.process.ContinuousSchedule;
import haze.diffusion.process.DiagonalGaussian;
import haze.diffusion.process.GaussianMixture;
import haze.diffusion.process.NoiseSchedule;
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
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ProbabilityFlowTest {
  private static final int TIMESTEPS = 200;
  private static final double FIRST = 13.3;

  /// Far enough that of data at T nothing is left: its density is N(0, I) to 1e-6.
  private static final double LAST = -30;

  private static final NoiseSchedule SCHEDULE =
      NoiseSchedule.ofAlphaBar(
          TIMESTEPS, s -> s == 0 ? 1 : ContinuousSchedule.alphaBar(logSnr(s * TIMESTEPS - 1)));

  private static double logSnr(double timestep) {
    return FIRST + (LAST - FIRST) * timestep / (TIMESTEPS - 1);
  }

  /// The best network for data of a known distribution, and its derivative by differences.
  private record Perfect(GaussianMixture data, Prediction prediction)
      implements ProbabilityFlow.Network {
    private double[] predict(double[] x, double logSnr) {
      double alphaBar = ContinuousSchedule.alphaBar(logSnr);
      double s = Math.sqrt(ContinuousSchedule.alphaBar(-logSnr));
      double a = Math.sqrt(alphaBar);
      double[] x0 = data.denoise(x, a, s);
      double[] output = new double[x.length];
      for (int i = 0; i < x.length; i++) {
        double epsilon = (x[i] - a * x0[i]) / s;
        output[i] =
            switch (prediction) {
              case EPSILON -> epsilon;
              case X0 -> x0[i];
              case V -> a * epsilon - s * x0[i];
            };
      }
      return output;
    }

    @Override
    public Tensor output(Tensor xt, float[] timesteps, int[] images) {
      return evaluate(xt, timesteps, xt, images).output();
    }

    @Override
    public ProbabilityFlow.Evaluation evaluate(
        Tensor xt, float[] timesteps, Tensor probes, int[] images) {
      Tensor output = Tensor.zeros(xt.shape().dims());
      Tensor product = Tensor.zeros(xt.shape().dims());
      for (int n = 0; n < timesteps.length; n++) {
        double[] x = xt.at(n).toDoubles();
        double[] v = probes.at(n).toDoubles();
        double logSnr = logSnr(timesteps[n]);
        double h = 1e-4 * Math.sqrt(ContinuousSchedule.alphaBar(-logSnr));
        double[] at = predict(x, logSnr);
        for (int j = 0; j < x.length; j++) {
          output.at(n).data()[output.at(n).offset() + j] = (float) at[j];
          double own = x[j];
          x[j] = own + h;
          double[] above = predict(x, logSnr);
          x[j] = own - h;
          double[] below = predict(x, logSnr);
          x[j] = own;
          double sum = 0;
          for (int i = 0; i < x.length; i++) {
            sum += v[i] * (above[i] - below[i]) / (2 * h);
          }
          product.at(n).data()[product.at(n).offset() + j] = (float) sum;
        }
      }
      return new ProbabilityFlow.Evaluation(output, product);
    }
  }

  /// The log-density of points, the mean over all vectors of signs: with these Hutchinson's
  /// estimate is the trace.
  private static double[] densities(
      GaussianMixture data, Prediction prediction, double[][] points, int steps) {
    int signs = 1 << data.dimensions();
    double[] densities = new double[points.length];
    try (Workers workers = new Workers(2)) {
      var flow =
          new ProbabilityFlow(
              new ContinuousSchedule(SCHEDULE), prediction, new Perfect(data, prediction), workers);
      for (int sign = 0; sign < signs; sign++) {
        Tensor probes = Tensor.zeros(points.length, 1, 1, data.dimensions());
        for (int i = 0; i < probes.size(); i++) {
          probes.data()[i] = (sign >> i % data.dimensions() & 1) == 0 ? -1 : 1;
        }
        double[] one =
            flow.logDensities(
                points, probes, IntStream.range(0, points.length).toArray(), steps, () -> {});
        for (int i = 0; i < one.length; i++) {
          densities[i] += one[i] / signs;
        }
      }
    }
    return densities;
  }

  /// The distribution at the first timestep.
  private static GaussianMixture atFirst(GaussianMixture data) {
    return data.noised(
        Math.sqrt(ContinuousSchedule.alphaBar(FIRST)),
        Math.sqrt(ContinuousSchedule.alphaBar(-FIRST)));
  }

  private static double[][] points(GaussianMixture data, int count) {
    double[][] points = new double[count][];
    for (int i = 0; i < count; i++) {
      points[i] = data.sample(new Rng(3, 0, 0, i));
    }
    return points;
  }

  @ParameterizedTest
  @EnumSource
  void theDensityOfNormalDataIsTheTruth(Prediction prediction) {
    GaussianMixture data =
        GaussianMixture.of(
            new DiagonalGaussian(new double[] {0.3, -0.5}, new double[] {Math.log(0.04), 0}));
    double[][] points = points(data, 6);
    double[] densities = densities(data, prediction, points, 160);
    GaussianMixture first = atFirst(data);
    for (int i = 0; i < points.length; i++) {
      assertEquals(first.logDensity(points[i]), densities[i], 2e-6, "point " + i);
    }
  }

  @Test
  void theDensityOfAMixtureIsTheTruthAndTheErrorFallsWithTheFourthPower() {
    GaussianMixture data =
        new GaussianMixture(
            new double[] {0.3, 0.7},
            new DiagonalGaussian(
                new double[] {0.5, -0.5}, new double[] {Math.log(0.04), Math.log(0.02)}),
            new DiagonalGaussian(
                new double[] {-0.5, 0.2}, new double[] {Math.log(0.02), Math.log(0.09)}));
    GaussianMixture first = atFirst(data);
    double[][] points = points(data, 8);
    double[] errors = new double[3];
    for (int k = 0; k < 3; k++) {
      double[] densities = densities(data, Prediction.EPSILON, points, 40 << k);
      for (int i = 0; i < points.length; i++) {
        double error = Math.abs(first.logDensity(points[i]) - densities[i]);
        errors[k] = Math.max(errors[k], error);
      }
    }
    assertTrue(errors[2] < 5e-4, "error of 160 steps " + errors[2]);
    assertTrue(errors[0] > 8 * errors[1], errors[0] + " and " + errors[1]);
  }

  private static final double[][] LEVELS = {{-1, -1 + 2 * 40 / 255.0}, {1 / 255.0, 1}};

  /// Data of two images of grey levels: with the noise of the first timestep an image of
  /// probability w costs `-ln w`, and with uniform noise more, as the levels are not told apart
  /// from what is between them.
  @Test
  void levelsCostTheirProbabilityAndMoreWithUniformNoise() {
    double[] tiny = {Math.log(1e-12), Math.log(1e-12)};
    GaussianMixture data =
        new GaussianMixture(
            new double[] {0.25, 0.75},
            new DiagonalGaussian(LEVELS[0], tiny),
            new DiagonalGaussian(LEVELS[1], tiny));
    LikelihoodResult[] results = new LikelihoodResult[2];
    for (FlowOptions.Dequantization kind : FlowOptions.Dequantization.values()) {
      try (Workers workers = new Workers(2)) {
        ReverseProcess reverse =
            new ReverseProcess(SCHEDULE, Prediction.EPSILON, ReverseVariance.FIXED_SMALL, 1, true);
        results[kind.ordinal()] =
            new FlowLikelihood(
                    new VariationalBound(reverse),
                    new FlowOptions(120, 2, kind),
                    new Perfect(data, Prediction.EPSILON),
                    workers)
                .estimate(
                    numbers -> {
                      Tensor x0 = Tensor.zeros(numbers.length, 1, 2, 1);
                      for (int i = 0; i < x0.size(); i++) {
                        x0.data()[i] = (float) LEVELS[0][i % 2];
                      }
                      return x0;
                    },
                    IntStream.range(0, 150).toArray(),
                    50,
                    Measurement.of("data", "", 5, reverse),
                    ProgressListener.NONE);
      }
    }
    double nat = 2 * Math.log(2);
    LikelihoodResult noise = results[0];
    double error = nat * noise.total().standardError();
    assertTrue(error < 0.08, "standard error " + error);
    // Two levels are misread with probability 0.0024 each.
    assertEquals(-Math.log(0.25) + 0.005, nat * noise.total().mean(), 4 * error + 0.01);
    assertEquals(
        noise.total().mean(), noise.part("flow").mean() + noise.part("decoder").mean(), 1e-12);
    assertTrue(
        results[1].total().mean() > noise.total().mean() + 0.5, results[1].lines().toString());
    assertTrue(Math.abs((double) noise.settings().get("half_the_steps")) < 0.05);
    assertEquals("noise", noise.settings().get("dequantization"));
    assertTrue(noise.notes().getLast().startsWith("each image 2 times; of the standard error"));
  }

  /// The product with a vector, against differences of the output along another.
  @ParameterizedTest
  @EnumSource(
      value = ReverseVariance.class,
      names = {"FIXED_SMALL", "LEARNED_RANGE"})
  void theProductOfANetworkIsThatOfItsDerivative(ReverseVariance variance) {
    int channels = variance == ReverseVariance.LEARNED_RANGE ? 2 : 1;
    UNet unet =
        PipelineGolden.untrained(
                PipelineGolden.TINY.with(8, 8, 1, channels, OptionalInt.of(4)),
                PipelineGolden.SHORT.withVariance(variance))
            .unet();
    Tensor x = new Rng(1, 0, 0, 0).normal(Tensor.zeros(3, 8, 8, 1));
    Tensor u = new Rng(2, 0, 0, 0).normal(Tensor.zeros(3, 8, 8, 1));
    Tensor v = new Rng(3, 0, 0, 0).normal(Tensor.zeros(3, 8, 8, 1));
    float[] t = {0.5f, 3, 18.25f};
    int[] images = {5, 6, 7};
    Tensor[] products = new Tensor[2];
    for (int threads = 1; threads <= 2; threads++) {
      try (Workers workers = new Workers(threads)) {
        var network =
            new UNetFlow(
                unet,
                numbers -> IntStream.of(numbers).map(n -> n - 5).toArray(),
                (xt, _, _) -> xt,
                workers);
        products[threads - 1] = network.evaluate(x, t, v, images).product();
        double h = 1e-2;
        double[] above = along(network, x, u, h, t, v, images);
        double[] below = along(network, x, u, -h, t, v, images);
        for (int i = 0; i < 3; i++) {
          double expected = (above[i] - below[i]) / (2 * h);
          assertEquals(
              expected,
              dot(products[threads - 1].at(i), u.at(i)),
              0.01 * Math.abs(expected) + 0.01,
              "image " + i);
        }
      }
    }
    assertEquals(Arrays.toString(products[0].toArray()), Arrays.toString(products[1].toArray()));
  }

  private static double[] along(
      UNetFlow network, Tensor x, Tensor u, double h, float[] t, Tensor v, int[] images) {
    Tensor moved = Tensor.zeros(x.shape().dims());
    for (int i = 0; i < x.size(); i++) {
      moved.data()[i] = (float) (x.data()[i] + h * u.data()[i]);
    }
    Tensor output = network.evaluate(moved, t, v, images).output();
    return new double[] {
      dot(output.at(0), v.at(0)), dot(output.at(1), v.at(1)), dot(output.at(2), v.at(2))
    };
  }

  private static double dot(Tensor a, Tensor b) {
    double sum = 0;
    for (int i = 0; i < a.size(); i++) {
      sum += a.toDoubles()[i] * b.toDoubles()[i];
    }
    return sum;
  }

  @Test
  void stepsAreEvenForHalfOfThem() {
    assertEquals(
        "steps is 7, expected an even number from 2",
        assertThrows(
                RequestException.class,
                () -> new FlowOptions(7, 1, FlowOptions.Dequantization.NOISE))
            .getMessage());
  }
}
