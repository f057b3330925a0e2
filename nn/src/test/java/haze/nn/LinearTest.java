package haze.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.autograd.GradientCheck;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LinearTest {
  @Test
  void theOutputIsTheProductPlusTheBias() {
    Linear layer = LayerFixture.filled(new Linear(3, 4));
    Tensor x = LayerFixture.normal(1, 2, 5, 3);
    Tensor y = LayerFixture.output(layer::forward, x);
    assertEquals(Shape.of(2, 5, 4), y.shape());
    Tensor weight = LayerFixture.value(layer, "weight");
    Tensor bias = LayerFixture.value(layer, "bias");
    for (int n = 0; n < 2; n++) {
      for (int i = 0; i < 5; i++) {
        for (int j = 0; j < 4; j++) {
          double expected = bias.get(j);
          for (int k = 0; k < 3; k++) {
            expected += (double) x.get(n, i, k) * weight.get(k, j);
          }
          assertEquals(expected, y.get(n, i, j), 1e-5);
        }
      }
    }
  }

  @Test
  void parametersHaveTheirNamesOrderAndShapes() {
    Map<String, Shape> shapes = LayerFixture.shapes(new Linear(3, 4));
    assertEquals(List.of("weight", "bias"), List.copyOf(shapes.keySet()));
    assertEquals(Map.of("weight", Shape.of(3, 4), "bias", Shape.of(4)), shapes);
    assertEquals(
        Shape.of(4, 3), new Linear(3, 4).parameters().get("weight").pyTorchShape(), "[out, in]");
  }

  @Test
  void itStartsUniformInTheRootOfItsInputs() {
    Linear layer = new Linear(25, 2000);
    new ParameterVector(layer).initialize(1, 2, true);
    LayerFixture.assertUniform(1 / 5.0, LayerFixture.value(layer, "weight"));
    LayerFixture.assertUniform(1 / 5.0, LayerFixture.value(layer, "bias"));
  }

  @Test
  void theLastOfABranchStartsWithZerosIfTheNetworkIsInitializedSo() {
    Linear last = new Linear(3, 4, true);
    var parameters = new ParameterVector(last);
    parameters.initialize(1, 2, true);
    assertArrayEquals(new float[16], parameters.values());
    parameters.initialize(1, 2, false);
    for (float value : parameters.values()) {
      assertEquals(0, value, 1 / Math.sqrt(3));
      assertThrows(AssertionError.class, () -> assertEquals(0, value));
    }
  }

  @Test
  void everyParameterGetsItsGradient() {
    Linear layer = LayerFixture.filled(new Linear(3, 4));
    GradientCheck.check(
        (tape, inputs) -> layer.forward(tape, inputs.getFirst()),
        LayerFixture.normal(1, 2, 3),
        LayerFixture.value(layer, "weight"),
        LayerFixture.value(layer, "bias"));
  }

  @Test
  void otherChannelsAreRefused() {
    Linear layer = new Linear(3, 4);
    assertEquals(
        "matmul: inner dimensions differ: [2, 5] x [3, 4]",
        assertThrows(
                IllegalArgumentException.class,
                () -> LayerFixture.output(layer::forward, Tensor.zeros(2, 5)))
            .getMessage());
  }
}
