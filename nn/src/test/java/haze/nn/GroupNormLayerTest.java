package haze.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.autograd.GradientCheck;
import haze.tensor.GroupNorm;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GroupNormLayerTest {
  private static final float EPS = 1e-3f;

  /// Mean and variance are over the pixels and channels of an image's group.
  private static double naive(GroupNormLayer layer, Tensor x, boolean silu, int n, int i, int c) {
    int group = c / 2 * 2;
    double sum = 0;
    double squares = 0;
    for (int pixel = 0; pixel < x.dim(1); pixel++) {
      for (int channel = group; channel < group + 2; channel++) {
        double value = x.get(n, pixel, channel);
        sum += value;
        squares += value * value;
      }
    }
    int count = 2 * x.dim(1);
    double mean = sum / count;
    double variance = squares / count - mean * mean;
    double y =
        LayerFixture.value(layer, "weight").get(c)
                * (x.get(n, i, c) - mean)
                / Math.sqrt(variance + EPS)
            + LayerFixture.value(layer, "bias").get(c);
    return silu ? y / (1 + Math.exp(-y)) : y;
  }

  @Test
  void theOutputIsScaledAndShiftedChannelByChannel() {
    Tensor x = LayerFixture.normal(1, 2, 7, 6);
    for (boolean silu : new boolean[] {false, true}) {
      GroupNormLayer layer =
          LayerFixture.filled(new GroupNormLayer(6, new GroupNorm(3, EPS, silu)));
      Tensor y = LayerFixture.output(layer::forward, x);
      assertEquals(x.shape(), y.shape());
      for (int n = 0; n < 2; n++) {
        for (int i = 0; i < 7; i++) {
          for (int c = 0; c < 6; c++) {
            assertEquals(naive(layer, x, silu, n, i, c), y.get(n, i, c), 1e-5);
          }
        }
      }
    }
  }

  @Test
  void parametersHaveTheirNamesShapesAndFirstValues() {
    GroupNormLayer layer = new GroupNormLayer(4, new GroupNorm(2, EPS, true));
    Map<String, Shape> shapes = LayerFixture.shapes(layer);
    assertEquals(List.of("weight", "bias"), List.copyOf(shapes.keySet()));
    assertEquals(Map.of("weight", Shape.of(4), "bias", Shape.of(4)), shapes);
    var parameters = new ParameterVector(layer);
    parameters.initialize(1, 2, true);
    assertArrayEquals(new float[] {1, 1, 1, 1, 0, 0, 0, 0}, parameters.values());
  }

  @Test
  void everyParameterGetsItsGradient() {
    GroupNormLayer layer = LayerFixture.filled(new GroupNormLayer(4, new GroupNorm(2, EPS, true)));
    GradientCheck.check(
        (tape, inputs) -> layer.forward(tape, inputs.getFirst()),
        LayerFixture.normal(1, 2, 9, 4),
        LayerFixture.value(layer, "weight"),
        LayerFixture.value(layer, "bias"));
  }

  @Test
  void groupsThatDoNotDivideTheChannelsAreRefused() {
    assertEquals(
        "group norm: 4 groups do not divide 6 channels",
        assertThrows(
                IllegalArgumentException.class,
                () -> new GroupNormLayer(6, new GroupNorm(4, EPS, true)))
            .getMessage());
  }

  @Test
  void otherChannelsAreRefused() {
    GroupNormLayer layer = new GroupNormLayer(4, new GroupNorm(2, EPS, true));
    assertThrows(
        IllegalArgumentException.class,
        () -> LayerFixture.output(layer::forward, Tensor.zeros(1, 2, 6)));
  }
}
