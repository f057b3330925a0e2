package haze.nn.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.autograd.MeanSquaredError;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.nn.Linear;
import haze.nn.ParameterVector;
import haze.tensor.BufferPool;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// A rule of one's own trains a network as the rules of the package do.
class OwnOptimizerTest {

  // @start region="sign-descent"
  /// `w = w - rate sign(g)`: nothing but the signs of the gradient counts.
  record SignDescent() implements Optimizer {
    @Override
    public void update(
        float[] values,
        float[] gradient,
        float gradientScale,
        double learningRate,
        long step,
        int from,
        int to) {
      for (int i = from; i < to; i++) {
        values[i] -= (float) learningRate * Math.signum(gradient[i]);
      }
    }

    @Override
    public Map<String, float[]> state() {
      return Map.of();
    }
  }

  // @end

  private static final Optimizer.Factory SIGN_DESCENT = _ -> new SignDescent();

  @Test
  void signDescentGoesOneRateDownEverySlope() {
    float[] w = {1, 1, 1};
    new SignDescent().update(w, new float[] {0.001f, -50, 0}, 0.25, 1);
    assertArrayEquals(new float[] {0.75f, 1.25f, 1}, w);
  }

  /// `y = x w + b` with known w and b is found again, by each rule through the interface alone.
  @Test
  void aLayerLearnsByItAndByThoseOfThePackage() {
    for (Optimizer.Factory factory :
        List.of(
            SIGN_DESCENT,
            Optimizer.Factory.ofSize(Adam::new),
            Optimizer.Factory.ofSize(AdamW::new),
            Optimizer.Factory.ofSize(Sgd::new),
            Muon::new)) {
      Linear layer = new Linear(2, 1);
      var parameters = new ParameterVector(layer);
      parameters.initialize(1, 2, false);
      Optimizer optimizer = factory.create(parameters);
      Tensor x = new Rng(1, 2, 3, 4).normal(Tensor.zeros(64, 2));
      Tensor y = x.matmul(Tensor.of(Shape.of(2, 1), 2, -1)).plus(Tensor.scalar(0.5f));
      float[] gradient = new float[parameters.size()];
      for (int step = 1; step <= 600; step++) {
        Arrays.fill(gradient, 0);
        try (Tape tape = Tape.recording(new BufferPool())) {
          parameters.watch(tape, gradient);
          Variable output = layer.forward(tape, tape.constant(x));
          tape.backward(MeanSquaredError.apply(tape, output, tape.constant(y)));
        }
        double rate = 0.05 * (1 - step / 601.0);
        optimizer.update(parameters.values(), gradient, rate, step);
      }
      assertArrayEquals(new float[] {2, -1, 0.5f}, parameters.values(), 0.02f);
    }
  }

  @Test
  void theShortStepIsTheWholeRangeWithoutClipping() {
    float[] gradient = {1, -2, 3};
    float[] w = {1, 2, 3};
    float[] u = w.clone();
    Adam shorter = new Adam(3);
    Adam longer = new Adam(3);
    for (int step = 1; step <= 3; step++) {
      shorter.update(w, gradient, 0.1, step);
      longer.update(u, gradient, 1, 0.1, step, 0, 3);
    }
    assertArrayEquals(u, w);
    assertEquals(
        "adam: arrays differ in size: 3 and 2",
        assertThrows(
                IllegalArgumentException.class,
                () -> shorter.update(new float[2], new float[2], 0.1, 1))
            .getMessage());
  }

  @Test
  void plainDescentRemembersNothing() {
    float[] w = {1, 2};
    Sgd plain = new Sgd(2);
    plain.update(w, new float[] {4, -4}, 0.25, 1);
    assertArrayEquals(new float[] {0, 3}, w);
    assertEquals(Map.of(), plain.state());
  }
}
