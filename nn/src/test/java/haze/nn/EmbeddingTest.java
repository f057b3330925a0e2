package haze.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.autograd.GradientCheck;
import haze.autograd.Tape;
import haze.tensor.BufferPool;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EmbeddingTest {
  private static Tensor output(Embedding layer, int... labels) {
    try (Tape tape = Tape.off(new BufferPool())) {
      return layer.forward(tape, labels).value().copy();
    }
  }

  @Test
  void everyLabelHasItsRow() {
    Embedding layer = LayerFixture.filled(new Embedding(5, 3));
    Tensor table = LayerFixture.value(layer, "weight");
    Tensor y = output(layer, 4, 0, 4);
    assertEquals(Shape.of(3, 3), y.shape());
    int[] labels = {4, 0, 4};
    for (int i = 0; i < labels.length; i++) {
      assertArrayEquals(table.at(labels[i]).toArray(), y.at(i).toArray());
    }
    assertEquals(Shape.of(0, 3), output(layer).shape());
  }

  @Test
  void theTableIsItsOnlyParameterAndStartsStandardNormal() {
    Embedding layer = new Embedding(100, 50);
    assertEquals(Map.of("weight", Shape.of(100, 50)), LayerFixture.shapes(layer));
    assertEquals(Shape.of(100, 50), layer.parameters().get("weight").pyTorchShape());
    var parameters = new ParameterVector(layer);
    parameters.initialize(1, 2, true);
    double sum = 0;
    double squares = 0;
    for (float value : parameters.values()) {
      sum += value;
      squares += value * value;
    }
    // Five standard errors of the mean and of the variance.
    assertEquals(0, sum / 5000, 5 / Math.sqrt(5000));
    assertEquals(1, squares / 5000, 5 * Math.sqrt(2.0 / 5000));
  }

  @Test
  void theTableGetsItsGradient() {
    Embedding layer = LayerFixture.filled(new Embedding(4, 3));
    GradientCheck.check(
        (tape, inputs) -> layer.forward(tape, 3, 1, 3), LayerFixture.value(layer, "weight"));
  }

  @Test
  void labelsThatAreNotThereAreRefused() {
    Embedding layer = new Embedding(4, 3);
    assertThrows(IllegalArgumentException.class, () -> output(layer, 4));
    assertThrows(IllegalArgumentException.class, () -> output(layer, 0, -1));
  }
}
