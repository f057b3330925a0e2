package haze.diffusion.process;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.diffusion.GoldenFiles;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class RectifiedFlowTest {
  @Test
  void theLineIsThatOfDiffusers() {
    Map<String, Tensor> golden = GoldenFiles.tensors("schedulers/add_noise");
    // Networks are conditioned on 1000 s.
    Tensor timesteps = golden.get("flow.shift3.n10.timesteps");
    Tensor xs =
        RectifiedFlow.interpolate(
            GoldenFiles.images(golden.get("original")),
            GoldenFiles.images(golden.get("noise")),
            timesteps.get(0) / 1000,
            timesteps.get(1) / 1000);
    assertArrayEquals(
        GoldenFiles.images(golden.get("flow.shift3.n10.scale_noise")).toArray(),
        xs.toArray(),
        4 * 4 * 0x1p-24f);
  }

  @Property(tries = 100)
  void theVelocityLeadsToBothEnds(
      @ForAll @DoubleRange(min = 0, max = 1) double s, @ForAll int seed) {
    Tensor x0 = new Rng(seed, 1, 0, 0).uniform(Tensor.zeros(2, 3));
    Tensor epsilon = new Rng(seed, 2, 0, 0).normal(Tensor.zeros(2, 3));
    double[] times = {s, 1 - s};
    Tensor xs = RectifiedFlow.interpolate(x0, epsilon, times);
    Tensor v = RectifiedFlow.velocity(x0, epsilon);
    float rounding = 8 * 4 * 0x1p-24f;
    assertArrayEquals(x0.toArray(), RectifiedFlow.x0(xs, v, times).toArray(), rounding);
    assertArrayEquals(epsilon.toArray(), RectifiedFlow.epsilon(xs, v, times).toArray(), rounding);
    // It is the derivative by s: a step along it stays on the line.
    Tensor further = RectifiedFlow.interpolate(x0, epsilon, 0.25);
    assertArrayEquals(
        further.toArray(),
        WeightedSum.of(1, RectifiedFlow.interpolate(x0, epsilon, 0.75), -0.5, v).toArray(),
        rounding);
  }

  @Test
  void wrongArgumentsAreNamed() {
    Tensor x = Tensor.zeros(3, 2);
    assertMessage("flow: time 1.5 is not in 0..1", () -> RectifiedFlow.interpolate(x, x, 1.5));
    assertMessage(
        "x0 from velocity: time NaN is not in 0..1", () -> RectifiedFlow.x0(x, x, Double.NaN));
    assertMessage(
        "epsilon from velocity: 2 timesteps for images [3, 2]",
        () -> RectifiedFlow.epsilon(x, x, 0, 1));
  }

  private static void assertMessage(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }
}
