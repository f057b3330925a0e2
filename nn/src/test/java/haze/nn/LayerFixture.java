package haze.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.tensor.BufferPool;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;

/// What the tests of the layers share: random tensors, outputs without a tape, and the layout and
/// first values of parameters.
final class LayerFixture {
  private LayerFixture() {}

  static Tensor normal(int seed, int... dims) {
    return new Rng(seed, 1, 2, 3).normal(Tensor.zeros(dims));
  }

  /// Gives every parameter other values than those it starts with.
  static <M extends Module> M filled(M module) {
    int seed = 100;
    for (Parameter parameter : module.parameters().values()) {
      new Rng(seed++, 0, 0, 0).normal(parameter.value());
    }
    return module;
  }

  static Tensor value(Module module, String parameter) {
    Parameter found = module.parameters().get(parameter);
    assertTrue(found != null, parameter);
    return found.value();
  }

  static Tensor output(BiFunction<Tape, Variable, Variable> layer, Tensor x) {
    try (Tape tape = Tape.off(new BufferPool())) {
      return layer.apply(tape, tape.constant(x)).value().copy();
    }
  }

  /// The names of the parameters, in their order, and their shapes.
  static Map<String, Shape> shapes(Module module) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    module.parameters().forEach((name, parameter) -> shapes.put(name, parameter.value().shape()));
    return shapes;
  }

  /// Uniform numbers fill `[-bound, bound)` evenly: ends, mean and variance, for 1,000 and more.
  static void assertUniform(double bound, Tensor x) {
    double sum = 0;
    double squares = 0;
    double largest = 0;
    for (float value : x.toArray()) {
      sum += value;
      squares += value * value;
      largest = Math.max(largest, Math.abs(value));
    }
    int n = x.size();
    assertTrue(n >= 1000, "too few numbers");
    assertTrue(largest <= bound && largest > 0.98 * bound, "largest " + largest + " of " + bound);
    // Five standard errors; the variance of the squares is 4/45 of bound^4.
    assertEquals(0, sum / n / bound, 5 / Math.sqrt(3.0 * n));
    assertEquals(1 / 3.0, squares / n / (bound * bound), 5 * Math.sqrt(4 / 45.0 / n));
  }
}
