package haze.diffusion.process;

import static org.junit.jupiter.api.Assertions.assertEquals;

import haze.diffusion.GoldenFiles;
import haze.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The bound of openai/improved-diffusion, see `golden/bound/ORIGIN.md`.
class VariationalBoundTest {
  private static final Map<String, Tensor> TERMS = GoldenFiles.tensors("bound/terms");
  private static final int IMAGES = 3;
  private static final int PIXELS = 16;
  private static final double TOLERANCE = 1e-5;

  static Stream<Arguments> cases() {
    List<?> cases = (List<?>) GoldenFiles.json("bound/terms").get("cases");
    assertEquals(36, cases.size());
    return cases.stream().map(c -> Arguments.of(((Map<?, ?>) c).get("name"), c));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void everyTermIsThatOfImprovedDiffusion(String name, Map<String, Object> values) {
    int timesteps = (Integer) values.get("T");
    NoiseSchedule schedule =
        values.get("schedule").equals("linear")
            ? NoiseSchedule.linear(timesteps)
            : NoiseSchedule.cosine(timesteps);
    ReverseVariance variance = ReverseVariance.valueOf((String) values.get("model_var_type"));
    VariationalBound bound =
        new VariationalBound(
            new ReverseProcess(
                schedule, Prediction.EPSILON, variance, 1, (Boolean) values.get("clip_denoised")));
    Tensor expected = TERMS.get(name + "/vb_f64");
    for (int i = 0; i < IMAGES; i++) {
      double[] x0 = image(i);
      double prior = bits(bound.prior(x0));
      assertClose((Double) ((List<?>) values.get("prior_bpd_f64")).get(i), prior, "L_T");
      double total = prior;
      for (int t = 1; t <= timesteps; t++) {
        double[] xt = addNoise(schedule, x0, element("noise", timesteps, t, i), t);
        boolean oracle = values.get("model").equals("oracle");
        double wave = 0.1 * Math.sin(0.02 * (t - 1));
        double[] output =
            oracle
                ? element("oracle_eps", timesteps, t, i)
                : Arrays.stream(xt).map(x -> 0.9 * x + wave).toArray();
        double[] share =
            oracle
                ? element("oracle_v", timesteps, t, i)
                : Arrays.stream(xt).map(x -> 0.5 * Math.cos(2 * x)).toArray();
        double term =
            bits(
                bound.term(
                    t,
                    x0,
                    xt,
                    variance == ReverseVariance.LEARNED_RANGE
                        ? interleave(output, share)
                        : output));
        assertClose(expected.get(i, t - 1), term, "image " + i + ", t = " + t);
        total += term;
      }
      assertClose((Double) ((List<?>) values.get("total_bpd_f64")).get(i), total, "total");
    }
  }

  private static void assertClose(double expected, double actual, String what) {
    assertEquals(expected, actual, TOLERANCE * Math.abs(expected), what);
  }

  /// The images are whole numbers / 127.5 - 1, in the file rounded to float32.
  private static double[] image(int i) {
    double[] x0 = TERMS.get("x_start").at(i).toDoubles();
    for (int j = 0; j < x0.length; j++) {
      x0[j] = Math.rint((x0[j] + 1) * 127.5) / 127.5 - 1;
    }
    return x0;
  }

  private static double[] element(String name, int timesteps, int t, int i) {
    return TERMS.get(name + ".T" + timesteps).at(t - 1).at(i).toDoubles();
  }

  private static double[] addNoise(NoiseSchedule schedule, double[] x0, double[] epsilon, int t) {
    double[] xt = new double[x0.length];
    for (int j = 0; j < xt.length; j++) {
      xt[j] =
          Math.sqrt(schedule.alphaBar(t)) * x0[j]
              + Math.sqrt(1 - schedule.alphaBar(t)) * epsilon[j];
    }
    return xt;
  }

  /// A learned variance's output: prediction and share of every pixel, of one channel each.
  private static double[] interleave(double[] prediction, double[] share) {
    double[] output = new double[2 * prediction.length];
    for (int j = 0; j < prediction.length; j++) {
      output[2 * j] = prediction[j];
      output[2 * j + 1] = share[j];
    }
    return output;
  }

  private static double bits(double nats) {
    return VariationalBound.bitsPerDimension(nats, PIXELS);
  }
}
