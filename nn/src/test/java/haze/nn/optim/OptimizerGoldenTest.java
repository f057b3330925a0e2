package haze.nn.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import haze.nn.GoldenFiles;
import haze.nn.safetensors.SafetensorsFile;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Five steps of each optimizer, clipping and twelve steps of each average, against PyTorch and
/// diffusers. The two parameters of the files lie in one flat array, as in Haze.
class OptimizerGoldenTest {
  private static final int SIZE = 17;
  private static final int STEPS = 5;
  private static final double RATE = 0.01;
  private static final float TOLERANCE = 1e-6f;

  private SafetensorsFile golden;

  @BeforeEach
  void open() throws IOException {
    golden = SafetensorsFile.open(GoldenFiles.path("layers/optim.safetensors"));
  }

  @AfterEach
  void close() throws IOException {
    golden.close();
  }

  private float[] flat(String first, String second) throws IOException {
    float[] a = golden.tensor(first).toArray();
    float[] b = golden.tensor(second).toArray();
    float[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  private float[] flat(String first, String second, int step) throws IOException {
    float[] a = golden.tensor(first).at(step).toArray();
    float[] b = golden.tensor(second).at(step).toArray();
    float[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  static Stream<Arguments> optimizers() {
    return Stream.of(
        Arguments.of("adam", new Adam(SIZE)),
        Arguments.of("adam.betas", new Adam(SIZE, 0.5, 0.9, 1e-3, 0)),
        Arguments.of("adam.weight_decay", new Adam(SIZE, 0.9, 0.999, 1e-8, 0.1)),
        Arguments.of("adamw", new AdamW(SIZE)),
        Arguments.of("adamw.weight_decay0", new AdamW(SIZE, 0.9, 0.999, 1e-8, 0)),
        Arguments.of("adamw.weight_decay0.1", new AdamW(SIZE, 0.95, 0.999, 1e-8, 0.1)),
        Arguments.of("sgd.momentum", new Sgd(SIZE, 0.9, 0, false)));
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void fiveStepsAreThoseOfPyTorch(String name, Optimizer optimizer) throws IOException {
    float[] values = flat("param0.0", "param1.0");
    for (int step = 1; step <= STEPS; step++) {
      float[] gradient = flat("grad0", "grad1", step - 1);
      optimizer.update(values, gradient, 1, RATE, step, 0, SIZE);
      assertArrayEquals(
          flat(name + "/param0", name + "/param1", step - 1),
          values,
          TOLERANCE,
          name + " step " + step);
    }
    for (Map.Entry<String, float[]> state : optimizer.state().entrySet()) {
      String key = name + "/" + state.getKey();
      if (golden.entries().containsKey(key + "0")) {
        assertArrayEquals(flat(key + "0", key + "1"), state.getValue(), TOLERANCE, key);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 6.986252307891846", "1, 0.0361681692302227", "2, 0.0"})
  void clippingIsThatOfPyTorch(int example, double norm) throws IOException {
    String name = "clip" + example;
    float[] gradient = flat(name + "/grad0", name + "/grad1");
    double computed = GradientClip.norm(gradient);
    assertEquals(norm, computed, TOLERANCE);
    float scale = GradientClip.scale(computed, 1);
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] *= scale;
    }
    assertArrayEquals(flat(name + "/clipped0", name + "/clipped1"), gradient, TOLERANCE);
  }

  static Stream<Arguments> decays() {
    return Stream.of(
        Arguments.of("default", new EmaDecay.WarmUp(0.9999, 0, 0)),
        Arguments.of("max0.5", new EmaDecay.WarmUp(0.5, 0, 0)),
        Arguments.of("min_decay0.3", new EmaDecay.WarmUp(0.9999, 0.3, 0)),
        Arguments.of("update_after3", new EmaDecay.WarmUp(0.9999, 0, 3)),
        Arguments.of("warmup", new EmaDecay.PowerWarmUp(1, 2.0 / 3, 0.9999, 0, 0)),
        Arguments.of("warmup.gamma1.power0.75", new EmaDecay.PowerWarmUp(1, 0.75, 0.9999, 0, 0)),
        Arguments.of("improved_diffusion.rate0.9", new EmaDecay.Constant(0.9)));
  }

  @ParameterizedTest
  @MethodSource("decays")
  void twelveStepsOfTheAverageAreThoseOfDiffusers(String name, EmaDecay decay) throws IOException {
    var params = golden.tensor("ema/params");
    var shadow = golden.tensor("ema." + name + "/shadow");
    float[] initial = golden.tensor("ema/param_init").toArray();
    var ema = new Ema(initial, decay);
    for (int step = 1; step <= params.dim(0); step++) {
      ema.update(params.at(step - 1).toArray(), step, 0, initial.length);
      assertArrayEquals(
          shadow.at(step - 1).toArray(), ema.average(), TOLERANCE, name + " step " + step);
    }
  }
}
