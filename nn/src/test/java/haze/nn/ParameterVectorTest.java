package haze.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.autograd.MeanSquaredError;
import haze.autograd.Sum;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.nn.optim.Adam;
import haze.tensor.BufferPool;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ParameterVectorTest {
  private static final class Pair extends Module {
    private final Linear first = register("first", new Linear(2, 3));
    private final Linear second = register("second", new Linear(3, 1));

    Variable forward(Tape tape, Variable x) {
      return second.forward(tape, first.forward(tape, x));
    }
  }

  @Test
  void parametersLieOneBehindTheOtherAndKeepTheirValues() {
    Pair pair = LayerFixture.filled(new Pair());
    float[] firstWeight = LayerFixture.value(pair, "first.weight").toArray();
    float[] secondBias = LayerFixture.value(pair, "second.bias").toArray();
    var parameters = new ParameterVector(pair);
    assertEquals(13, parameters.size());
    assertEquals(
        List.of("first.weight", "first.bias", "second.weight", "second.bias"),
        List.copyOf(parameters.parameters().keySet()));
    assertArrayEquals(firstWeight, Arrays.copyOf(parameters.values(), 6));
    assertArrayEquals(secondBias, Arrays.copyOfRange(parameters.values(), 12, 13));
  }

  @Test
  void whatIsWrittenThereTheNetworkComputesWith() {
    Pair pair = new Pair();
    var parameters = new ParameterVector(pair);
    // x (1 2 3; 4 5 6) + (7 8 9), then times (1 1 1)^T plus 10
    parameters.copyFrom(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 1, 1, 10});
    Tensor x = Tensor.of(Shape.of(1, 2), 1, 100);
    assertEquals(6 + 1500 + 24 + 10, LayerFixture.output(pair::forward, x).item());
    parameters.values()[12] = 0;
    assertEquals(6 + 1500 + 24, LayerFixture.output(pair::forward, x).item());
  }

  @Test
  void valuesAreCopiedAndNotShared() {
    var parameters = new ParameterVector(new Linear(1, 1));
    float[] averaged = {3, 4};
    parameters.copyFrom(averaged);
    averaged[0] = 0;
    assertArrayEquals(new float[] {3, 4}, parameters.values());
    assertEquals(
        "copy: 3 numbers to 2 parameters",
        assertThrows(IllegalArgumentException.class, () -> parameters.copyFrom(new float[3]))
            .getMessage());
    assertArrayEquals(new float[] {3, 4}, parameters.values());
  }

  @Test
  void anArrayThatIsThereIsWhatTheNetworkComputesWith() {
    Linear linear = LayerFixture.filled(new Linear(1, 1));
    float[] averaged = {3, 4};
    assertSame(averaged, new ParameterVector(linear, averaged).values());
    Tensor x = Tensor.of(Shape.of(1, 1), 10);
    assertEquals(34, LayerFixture.output(linear::forward, x).item());
    averaged[1] = 5;
    assertEquals(35, LayerFixture.output(linear::forward, x).item());
    assertEquals(
        "parameters: 3 numbers for 2 parameters",
        assertThrows(
                IllegalArgumentException.class, () -> new ParameterVector(linear, new float[3]))
            .getMessage());
    assertEquals(35, LayerFixture.output(linear::forward, x).item());
  }

  @Test
  void firstValuesAreAFunctionOfSeedPurposeAndPlace() {
    var parameters = new ParameterVector(new Pair());
    float[][] first = new float[4][];
    long[][] keys = {{1, 2}, {1, 2}, {3, 2}, {1, 4}};
    for (int i = 0; i < keys.length; i++) {
      parameters.initialize(keys[i][0], (int) keys[i][1], false);
      first[i] = parameters.values().clone();
    }
    assertArrayEquals(first[0], first[1]);
    assertFalse(Arrays.equals(first[0], first[2]));
    assertFalse(Arrays.equals(first[0], first[3]));
    // A parameter's numbers do not depend on those behind it.
    var alone = new ParameterVector(new Linear(2, 3));
    alone.initialize(1, 2, false);
    assertArrayEquals(alone.values(), Arrays.copyOf(first[0], 9));
  }

  @Test
  void aTapeCollectsTheGradientsInTheSameOrder() {
    Pair pair = LayerFixture.filled(new Pair());
    var parameters = new ParameterVector(pair);
    float[] gradient = new float[parameters.size()];
    gradient[12] = 100;
    Tensor x = LayerFixture.normal(1, 5, 2);
    try (Tape tape = Tape.recording(new BufferPool())) {
      parameters.watch(tape, gradient);
      tape.backward(Sum.apply(tape, pair.forward(tape, tape.constant(x))));
    }
    Tensor second = LayerFixture.value(pair, "second.weight");
    for (int k = 0; k < 3; k++) {
      double sum = x.sum(0).get(0, 0);
      assertEquals(sum * second.get(k, 0), gradient[k], 1e-5);
      assertEquals(5 * second.get(k, 0), gradient[6 + k], 1e-5);
    }
    assertEquals(105, gradient[12], 1e-5);
    try (Tape tape = Tape.recording(new BufferPool())) {
      assertEquals(
          "watch: gradient of 12 for 13 parameters",
          assertThrows(IllegalArgumentException.class, () -> parameters.watch(tape, new float[12]))
              .getMessage());
    }
  }

  @Test
  void aLoopOnOneThreadTrains() {
    Tensor x = LayerFixture.normal(1, 32, 2);
    Tensor y = x.matmul(Tensor.of(Shape.of(2, 1), 1, -2)).plus(Tensor.scalar(3));
    // @start region="training"
    Linear layer = new Linear(2, 1);
    var parameters = new ParameterVector(layer);
    parameters.initialize(1, 0, false);
    var adam = new Adam(parameters.size());
    float[] gradient = new float[parameters.size()];
    BufferPool pool = new BufferPool();
    for (int step = 1; step <= 500; step++) {
      Arrays.fill(gradient, 0);
      try (Tape tape = Tape.recording(pool)) {
        parameters.watch(tape, gradient);
        Variable output = layer.forward(tape, tape.constant(x));
        tape.backward(MeanSquaredError.apply(tape, output, tape.constant(y)));
      }
      adam.update(parameters.values(), gradient, 0.05, step);
    }
    // @end
    assertArrayEquals(new float[] {1, -2, 3}, parameters.values(), 1e-3f);
  }

  @Test
  void itPrintsItsSize() {
    assertEquals(
        "ParameterVector: 3,000 parameters in 2 tensors",
        new ParameterVector(new Linear(2, 1000)).toString());
  }
}
