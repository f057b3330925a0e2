package haze.autograd;

import haze.tensor.BufferPool;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;

/// Compares a tape's gradients with finite differences of values: of an operation or of a whole
/// network.
///
/// {@snippet file="haze/autograd/SineTest.java" region="check"}
///
/// The result y is projected on fixed random weights w: `f = sum of w[i] y[i]`, in double. Along a
/// direction u the tape's gradient g predicts the slope `sum of g[i] u[i]`, and the values give it
/// as
///
/// ```
/// (8 (f(x + hu) - f(x - hu)) - (f(x + 2hu) - f(x - 2hu))) / 12h
/// ```
///
/// An input of few elements is checked along every axis, a larger one along random signs, in which
/// an error of any element shows.
///
/// **Step and tolerance.** Values are float32: rounding moves f by about `2^-24 |w y|` times the
/// number of roundings that add up, and the slope by that divided by h. So h must not be small, and
/// the formula is one of fourth order, whose own error is `h^4 / 30` times the fifth derivative: at
/// its best step, `(2^-24)^(1/5) = 1/28`, it errs by about 2e-6, where two points err by 2e-5 at
/// theirs. The step is 1/32 of the input's root mean square. A slope may differ by 0.001 of the
/// gradient's size, room for fifth derivatives of 30,000 as `1 / x` and a softmax have them, and by
/// 64 roundings. Smaller mistakes than these are for a comparison with another implementation to
/// find. Where f bends more than that, as deep random expressions do here and there, a quarter of
/// the step decides: the formula errs by 256 times less then, and rounding by 4 times more.
public final class GradientCheck {
  /// Largest size of an input that is checked element by element.
  private static final int ELEMENTS = 48;

  /// Number of random directions for larger inputs.
  private static final int DIRECTIONS = 6;

  private static final double STEP = 1.0 / 32;
  private static final double RELATIVE = 1e-3;

  /// The most that Winograd's convolution, the least exact of the kernels, was seen to need; others
  /// need one.
  private static final int ROUNDINGS = 64;

  private static final double UNIT_ROUNDOFF = 0x1p-24;
  private static final long SEED = 1;

  private final BiFunction<Tape, List<Variable>, Variable> computation;
  private final Tensor[] inputs;
  private final Tensor[] gradients;
  private final Tensor weights;
  private final double rounding;
  private final BufferPool pool = new BufferPool();

  private GradientCheck(BiFunction<Tape, List<Variable>, Variable> computation, Tensor[] inputs) {
    this.computation = computation;
    this.inputs = inputs;
    gradients =
        Arrays.stream(inputs)
            .map(input -> Tensor.zeros(input.shape().dims()))
            .toArray(Tensor[]::new);
    try (Tape tape = Tape.recording(pool)) {
      Variable y = computation.apply(tape, watch(tape));
      weights = normal(y.value().shape(), inputs.length, 0);
      Variable weighted = Multiply.apply(tape, y, tape.constant(weights));
      rounding = ROUNDINGS * UNIT_ROUNDOFF * norm(weighted.value());
      tape.backward(Sum.apply(tape, weighted));
    }
  }

  /// Checks the gradient of every input.
  ///
  /// @param computation anything differentiable that has the same result each time; run up to 200
  ///   times an input. It gets the inputs as watched variables, and [Tape#leaf] finds them by their
  ///   tensors: a network's parameters may be inputs
  /// @param inputs the point at which to differentiate; their elements are changed meanwhile, and
  ///   restored
  /// @throws AssertionError if a gradient is wrong, with the number of the input, the element, and
  ///   both values
  public static void check(
      BiFunction<Tape, List<Variable>, Variable> computation, Tensor... inputs) {
    var check = new GradientCheck(computation, inputs);
    for (int i = 0; i < inputs.length; i++) {
      check.input(i);
    }
  }

  private void input(int number) {
    Tensor x = inputs[number];
    Tensor g = gradients[number];
    boolean small = x.size() <= ELEMENTS;
    double deviation = norm(x) / Math.sqrt(x.size());
    double h = STEP * (deviation > 0 ? deviation : 1);
    double size = small ? largest(g) : norm(g);
    for (int i = 0; i < (small ? x.size() : DIRECTIONS); i++) {
      Tensor u = small ? Tensor.zeros(x.size()) : signs(x.size(), number, i);
      if (small) {
        u.set(1, i);
      }
      double predicted = dot(g, u);
      double measured = slope(x, u, h);
      double allowed = RELATIVE * size + rounding / h;
      if (!(Math.abs(predicted - measured) <= allowed)) {
        measured = slope(x, u, h / 4);
        allowed = RELATIVE * size + rounding / (h / 4);
      }
      if (!(Math.abs(predicted - measured) <= allowed)) {
        throw new AssertionError(
            String.format(
                Locale.ROOT,
                "gradient check: input %d %s, %s %d: the tape gives %.6g, differences give %.6g,"
                    + " allowed is %.2g",
                number,
                x.shape(),
                small ? "element" : "direction",
                i,
                predicted,
                measured,
                allowed));
      }
    }
  }

  /// The slope of f at x in the direction u, by differences.
  private double slope(Tensor x, Tensor u, double h) {
    double near = value(x, h, u) - value(x, -h, u);
    double far = value(x, 2 * h, u) - value(x, -2 * h, u);
    return (8 * near - far) / (12 * h);
  }

  /// f at `x + step u`.
  private double value(Tensor x, double step, Tensor u) {
    float[] before = x.toArray();
    try (Tape tape = Tape.off(pool)) {
      for (int i = 0; i < before.length; i++) {
        x.data()[x.offset() + i] = (float) (before[i] + step * u.get(i));
      }
      return dot(weights, computation.apply(tape, watch(tape)).value());
    } finally {
      System.arraycopy(before, 0, x.data(), x.offset(), before.length);
    }
  }

  private List<Variable> watch(Tape tape) {
    var variables = new ArrayList<Variable>();
    for (int i = 0; i < inputs.length; i++) {
      variables.add(tape.watch(inputs[i], gradients[i]));
    }
    return variables;
  }

  /// Random signs: a direction in which no element moves further than the others, so that the step
  /// suits them all.
  private static Tensor signs(int count, int input, int direction) {
    Tensor u = normal(Shape.of(count), input, direction);
    for (int i = 0; i < count; i++) {
      u.set(Math.copySign(1, u.get(i)), i);
    }
    return u;
  }

  private static Tensor normal(Shape shape, int input, int direction) {
    return new Rng(SEED, input, 0, direction).normal(Tensor.zeros(shape.dims()));
  }

  private static double dot(Tensor a, Tensor b) {
    double sum = 0;
    for (int i = 0; i < a.size(); i++) {
      sum += (double) a.data()[a.offset() + i] * b.data()[b.offset() + i];
    }
    return sum;
  }

  private static double norm(Tensor x) {
    return Math.sqrt(dot(x, x));
  }

  private static double largest(Tensor x) {
    double largest = 0;
    for (float element : x.toArray()) {
      largest = Math.max(largest, Math.abs(element));
    }
    return largest;
  }
}
