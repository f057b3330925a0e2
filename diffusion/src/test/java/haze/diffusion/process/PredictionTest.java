package haze.diffusion.process;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.GoldenFiles;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Scale;
import org.junit.jupiter.api.Test;

class PredictionTest {
  private static final NoiseSchedule LINEAR = NoiseSchedule.linear(1000);

  /// As for add_noise, `1 - alphaBar` is float32 there.
  @Test
  void theVelocityIsThatOfDiffusers() {
    Map<String, Tensor> golden = GoldenFiles.tensors("schedulers/add_noise");
    Tensor x0 = GoldenFiles.images(golden.get("original"));
    Tensor epsilon = GoldenFiles.images(golden.get("noise"));
    Map<String, NoiseSchedule> schedules =
        Map.of("ddpm", LINEAR, "ddim.cos", NoiseSchedule.cosine(1000));
    int[] t = {1, 1000}; // 0 and 999 in the file
    schedules.forEach(
        (name, schedule) -> {
          Tensor v = Prediction.V.target(schedule, x0, epsilon, t);
          Tensor expected = GoldenFiles.images(golden.get(name + ".get_velocity"));
          for (int i = 0; i < t.length; i++) {
            double rounding = 0x1p-24 / (2 * Math.sqrt(1 - schedule.alphaBar(t[i])));
            assertArrayEquals(
                expected.at(i).toArray(),
                v.at(i).toArray(),
                (float) (4 * (rounding + 3 * 0x1p-24)),
                name);
          }
        });
  }

  @Property(tries = 300)
  void everyKindOfOutputGivesTheImageAndTheNoise(
      @ForAll Prediction prediction,
      @ForAll @IntRange(min = 1, max = 1000) int t,
      @ForAll int seed) {
    Tensor x0 = new Rng(seed, 1, 0, 0).uniform(Tensor.zeros(2, 3, 3, 1));
    Tensor epsilon = new Rng(seed, 2, 0, 0).normal(Tensor.zeros(2, 3, 3, 1));
    Tensor xt = new ForwardProcess(LINEAR).addNoise(x0, epsilon, t);
    Tensor output = prediction.target(LINEAR, x0, epsilon, t);
    // Rounding of numbers below 8, divided by the smaller of the two factors.
    double rounding = 8 * 4 * 0x1p-24;
    assertArrayEquals(
        x0.toArray(),
        prediction.x0(LINEAR, xt, output, t).toArray(),
        (float) (rounding / Math.sqrt(LINEAR.alphaBar(t))));
    assertArrayEquals(
        epsilon.toArray(),
        prediction.epsilon(LINEAR, xt, output, t).toArray(),
        (float) (rounding / Math.sqrt(1 - LINEAR.alphaBar(t))));
  }

  /// Without images and rounding: for every output whatsoever, right or wrong, image and noise add
  /// up to the noisy image, and are what the output stands for.
  @Property
  void pictureAndNoiseAddUp(
      @ForAll Prediction prediction,
      @ForAll @DoubleRange(min = 1e-4, max = .9999) @Scale(6) double alphaBar,
      @ForAll @DoubleRange(min = -3, max = 3) double xt,
      @ForAll @DoubleRange(min = -3, max = 3) double output) {
    double x0 = prediction.x0FromXt(alphaBar) * xt + prediction.x0FromOutput(alphaBar) * output;
    double epsilon =
        prediction.epsilonFromXt(alphaBar) * xt + prediction.epsilonFromOutput(alphaBar) * output;
    assertEquals(xt, Math.sqrt(alphaBar) * x0 + Math.sqrt(1 - alphaBar) * epsilon, 1e-11);
    assertEquals(
        output,
        prediction.targetFromX0(alphaBar) * x0 + prediction.targetFromEpsilon(alphaBar) * epsilon,
        1e-9);
  }

  @Test
  void theKindsAgreeWithTheSolutionsOfTheJump() {
    ForwardProcess forward = new ForwardProcess(LINEAR);
    Tensor xt = new Rng(1, 1, 0, 0).normal(Tensor.zeros(2, 2, 2, 1));
    Tensor output = new Rng(1, 2, 0, 0).normal(Tensor.zeros(2, 2, 2, 1));
    int[] t = {1000, 1};
    assertArrayEquals(
        forward.x0(xt, output, t).toArray(),
        Prediction.EPSILON.x0(LINEAR, xt, output, t).toArray());
    assertArrayEquals(
        forward.epsilon(xt, output, t).toArray(),
        Prediction.X0.epsilon(LINEAR, xt, output, t).toArray());
    assertArrayEquals(output.toArray(), Prediction.X0.x0(LINEAR, xt, output, t).toArray());
    assertArrayEquals(
        output.toArray(), Prediction.EPSILON.epsilon(LINEAR, xt, output, t).toArray());
  }

  @Test
  void whereNothingIsLeftOfTheImageVelocityStillTellsIt() {
    NoiseSchedule schedule = LINEAR.withZeroTerminalSnr();
    Tensor x0 = Tensor.of(Shape.of(1, 2), -.5f, .75f);
    Tensor epsilon = Tensor.of(Shape.of(1, 2), 1.5f, -2);
    Tensor xt = new ForwardProcess(schedule).addNoise(x0, epsilon, 1000);
    assertArrayEquals(epsilon.toArray(), xt.toArray());
    for (Prediction prediction : new Prediction[] {Prediction.X0, Prediction.V}) {
      Tensor output = prediction.target(schedule, x0, epsilon, 1000);
      assertArrayEquals(x0.toArray(), prediction.x0(schedule, xt, output, 1000).toArray());
      assertArrayEquals(
          epsilon.toArray(), prediction.epsilon(schedule, xt, output, 1000).toArray());
    }
    // Epsilon tells the side only, by a number that clipping takes to the end of the range.
    Tensor predicted = Prediction.EPSILON.x0(schedule, xt, Tensor.of(Shape.of(1, 2), 1, -1), 1000);
    assertTrue(predicted.get(0, 0) > 1e15 && predicted.get(0, 1) < -1e15, predicted.toString());
  }

  @Test
  void wrongArgumentsAreNamed() {
    Tensor x = Tensor.zeros(3, 2);
    assertMessage(
        "x0 from V: shapes differ: [3, 2] and [2, 3]",
        () -> Prediction.V.x0(LINEAR, x, Tensor.zeros(2, 3), 1));
    assertMessage(
        "epsilon from X0: 2 timesteps for images [3, 2]",
        () -> Prediction.X0.epsilon(LINEAR, x, x, 1, 2));
    assertMessage(
        "noise schedule: timestep 0 is not in 1..1000",
        () -> Prediction.X0.epsilon(LINEAR, x, x, 0));
    assertMessage(
        "noise schedule: timestep 1001 is not in 1..1000",
        () -> Prediction.V.target(LINEAR, x, x, 1001));
  }

  private static void assertMessage(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }
}
