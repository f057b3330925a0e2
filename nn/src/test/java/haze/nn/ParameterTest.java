package haze.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class ParameterTest {
  private final Parameter vector = Parameter.constant(1, 3);
  private final Parameter table = Parameter.table(2, 3);
  private final Parameter matrix = Parameter.uniform(Parameter.Role.MATRIX, 2, false, 2, 3);
  private final Parameter kernel = Parameter.uniform(Parameter.Role.KERNEL, 12, false, 2, 3, 2, 4);

  @Test
  void axesStandInPyTorchsOrderInAFile() {
    assertEquals(Shape.of(3), vector.pyTorchShape());
    assertEquals(Shape.of(2, 3), table.pyTorchShape());
    assertEquals(Shape.of(3, 2), matrix.pyTorchShape());
    assertEquals(Shape.of(4, 2, 2, 3), kernel.pyTorchShape());
    matrix.value().set(5, 1, 2);
    assertEquals(5, matrix.toPyTorch().get(2, 1));
    kernel.value().set(7, 1, 2, 0, 3);
    assertEquals(7, kernel.toPyTorch().get(3, 0, 1, 2));
  }

  @Test
  void whatWasWrittenIsReadAgain() {
    for (Parameter parameter : List.of(vector, table, matrix, kernel)) {
      Tensor values = LayerFixture.normal(1, parameter.value().shape().dims());
      parameter.value().copyFrom(values);
      Tensor stored = parameter.toPyTorch().copy();
      assertEquals(parameter.pyTorchShape(), stored.shape());
      parameter.value().fill(0);
      parameter.fromPyTorch(stored);
      assertArrayEquals(values.toArray(), parameter.value().toArray());
    }
  }

  @Test
  void anotherShapeIsRefused() {
    assertEquals(
        "parameter: shape [2, 3], expected [3, 2]",
        assertThrows(IllegalArgumentException.class, () -> matrix.fromPyTorch(Tensor.zeros(2, 3)))
            .getMessage());
  }
}
