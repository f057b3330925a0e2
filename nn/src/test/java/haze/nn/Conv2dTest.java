package haze.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.autograd.GradientCheck;
import haze.tensor.Convolution;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class Conv2dTest {
  private static final Convolution SAME = Convolution.of(1, 1);

  /// A 3x3 kernel, stride 1 or 2, one pixel of padding.
  private static double naive(
      Conv2d layer, Tensor x, int stride, int image, int row, int column, int out) {
    Tensor weight = LayerFixture.value(layer, "weight");
    double sum = LayerFixture.value(layer, "bias").get(out);
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 3; j++) {
        int h = row * stride + i - 1;
        int w = column * stride + j - 1;
        if (h >= 0 && h < x.dim(1) && w >= 0 && w < x.dim(2)) {
          for (int in = 0; in < x.dim(3); in++) {
            sum += (double) x.get(image, h, w, in) * weight.get(i, j, in, out);
          }
        }
      }
    }
    return sum;
  }

  @Test
  void theOutputIsTheSumOverTheWindow() {
    Tensor x = LayerFixture.normal(1, 2, 6, 4, 3);
    for (int stride : new int[] {1, 2}) {
      Conv2d layer = LayerFixture.filled(new Conv2d(3, 5, 3, Convolution.of(stride, 1)));
      Tensor y = LayerFixture.output(layer::forward, x);
      assertEquals(Shape.of(2, 6 / stride, 4 / stride, 5), y.shape());
      for (int image = 0; image < 2; image++) {
        for (int row = 0; row < y.dim(1); row++) {
          for (int column = 0; column < y.dim(2); column++) {
            for (int out = 0; out < 5; out++) {
              assertEquals(
                  naive(layer, x, stride, image, row, column, out),
                  y.get(image, row, column, out),
                  2e-5);
            }
          }
        }
      }
    }
  }

  @Test
  void shiftAndResidualAreAdded() {
    Conv2d layer = LayerFixture.filled(new Conv2d(3, 5, 3, SAME));
    Tensor x = LayerFixture.normal(1, 2, 4, 4, 3);
    Tensor shift = LayerFixture.normal(2, 2, 5);
    Tensor residual = LayerFixture.normal(3, 2, 4, 4, 5);
    Tensor expected =
        LayerFixture.output(layer::forward, x).plus(shift.reshape(2, 1, 1, 5)).plus(residual);
    Tensor actual =
        LayerFixture.output(
            (tape, v) -> layer.forward(tape, v, tape.constant(shift), tape.constant(residual)), x);
    assertArrayEquals(expected.toArray(), actual.toArray(), 1e-5f);
  }

  @Test
  void parametersHaveTheirNamesOrderAndShapes() {
    Conv2d layer = new Conv2d(3, 5, 7, Convolution.of(1, 3));
    Map<String, Shape> shapes = LayerFixture.shapes(layer);
    assertEquals(List.of("weight", "bias"), List.copyOf(shapes.keySet()));
    assertEquals(Map.of("weight", Shape.of(7, 7, 3, 5), "bias", Shape.of(5)), shapes);
    assertEquals(
        Shape.of(5, 3, 7, 7), layer.parameters().get("weight").pyTorchShape(), "[out, in, kh, kw]");
  }

  @Test
  void itStartsUniformInTheRootOfItsInputs() {
    Conv2d layer = new Conv2d(4, 1200, 3, SAME);
    new ParameterVector(layer).initialize(1, 2, true);
    LayerFixture.assertUniform(1 / 6.0, LayerFixture.value(layer, "weight"));
    LayerFixture.assertUniform(1 / 6.0, LayerFixture.value(layer, "bias"));
  }

  @Test
  void theLastOfABranchStartsWithZerosIfTheNetworkIsInitializedSo() {
    var parameters = new ParameterVector(new Conv2d(1, 2, 3, SAME, true));
    parameters.initialize(1, 2, true);
    assertArrayEquals(new float[20], parameters.values());
    parameters.initialize(1, 2, false);
    for (float value : parameters.values()) {
      assertEquals(0, value, 1 / 3.0);
      assertThrows(AssertionError.class, () -> assertEquals(0, value));
    }
  }

  @Test
  void everyParameterGetsItsGradient() {
    Conv2d layer = LayerFixture.filled(new Conv2d(2, 3, 3, SAME));
    GradientCheck.check(
        (tape, inputs) -> layer.forward(tape, inputs.getFirst()),
        LayerFixture.normal(1, 2, 4, 3, 2),
        LayerFixture.value(layer, "weight"),
        LayerFixture.value(layer, "bias"));
  }

  @Test
  void imagesThatDoNotFitAreRefused() {
    Conv2d layer = new Conv2d(3, 5, 3, SAME);
    assertThrows(
        IllegalArgumentException.class,
        () -> LayerFixture.output(layer::forward, Tensor.zeros(1, 4, 4, 2)));
    assertThrows(
        IllegalArgumentException.class,
        () -> LayerFixture.output(layer::forward, Tensor.zeros(4, 4, 3)));
    Conv2d wide = new Conv2d(3, 5, 3, Convolution.of(1, 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> LayerFixture.output(wide::forward, Tensor.zeros(1, 2, 4, 3)));
  }
}
