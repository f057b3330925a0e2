package haze.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import haze.tensor.BufferPool;
import haze.tensor.GroupNorm;
import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/// Gradients of random expressions: variables are used any number of times, in any order, so memory
/// that is shared or recycled too early shows.
class ExpressionGradientTest {
  private static final int ROWS = 4;
  private static final int COLUMNS = 6;
  private static final int MANY = 120;

  /// Applies random operations, each to random variables before it, all of `[ROWS, COLUMNS]`.
  private static Variable expression(Tape tape, List<Variable> inputs, int length, long seed) {
    var random = new Random(seed);
    var variables = new ArrayList<>(inputs);
    for (int i = 0; i < length; i++) {
      Variable a = variables.get(random.nextInt(variables.size()));
      Variable b = variables.get(random.nextInt(variables.size()));
      Variable next = operation(tape, random.nextInt(9), a, b);
      // A reshaped variable shares the memory of another.
      variables.add(
          random.nextInt(3) == 0
              ? Reshape.apply(tape, Reshape.apply(tape, next, -1), ROWS, COLUMNS)
              : next);
    }
    return variables.getLast();
  }

  private static Variable operation(Tape tape, int kind, Variable a, Variable b) {
    return switch (kind) {
      case 0 -> Scale.apply(tape, Add.apply(tape, a, b), 0.7f);
      // Not `a - b`, which is 0 where they are the same variable: then gradients are nothing but
      // roundings.
      case 1 -> Subtract.apply(tape, a, Scale.apply(tape, b, 0.45f));
      case 2 -> Multiply.apply(tape, a, Softmax.apply(tape, b));
      case 3 -> Silu.apply(tape, a);
      case 4 -> Concat.apply(tape, 0, Slice.apply(tape, a, 0, 1, 3), Slice.apply(tape, b, 0, 0, 1));
      case 5 ->
          MatMulOp.apply(tape, Softmax.apply(tape, MatMulOp.apply(tape, a, false, b, true)), b);
      case 6 -> Gather.apply(tape, a, 0, 2, 2, 1);
      case 7 ->
          Reshape.apply(
              tape,
              AttentionOp.apply(
                  tape,
                  Reshape.apply(tape, a, 1, ROWS, COLUMNS),
                  Reshape.apply(tape, b, 1, ROWS, COLUMNS),
                  Reshape.apply(tape, a, 1, ROWS, COLUMNS),
                  2),
              ROWS,
              COLUMNS);
      // A bounded function that is smooth enough everywhere.
      default ->
          GroupNormOp.apply(
              tape,
              new GroupNorm(1, 1, true),
              a,
              Slice.apply(tape, Reshape.apply(tape, b, -1), 0, 0, COLUMNS),
              Slice.apply(tape, Reshape.apply(tape, a, -1), 0, 3, COLUMNS));
    };
  }

  @Property(tries = 80)
  void theGradientOfARandomExpressionIsThatOfItsValues(
      @ForAll @IntRange(min = 1, max = 12) int n, @ForAll long seed) {
    var some = new SamplesFixture(seed);
    GradientCheck.check(
        (t, v) -> expression(t, v, n, seed),
        some.normal(ROWS, COLUMNS),
        some.normal(ROWS, COLUMNS));
  }

  @Property(tries = 40)
  void whatMemoryARandomExpressionGetsChangesNoBit(
      @ForAll @IntRange(min = 1, max = 12) int n, @ForAll long seed) {
    var marked = new MarkedPool(MANY);
    float[] expected = gradients(new BufferPool(), n, seed);
    assertArrayEquals(expected, gradients(marked.pool, n, seed));
    assertArrayEquals(expected, gradients(marked.pool, n, seed));
    marked.assertComplete();
  }

  private static float[] gradients(BufferPool pool, int n, long seed) {
    var some = new SamplesFixture(seed);
    Tensor gradients = Tensor.zeros(2, ROWS, COLUMNS);
    try (Tape tape = Tape.recording(pool)) {
      List<Variable> inputs =
          List.of(
              tape.watch(some.normal(ROWS, COLUMNS), gradients.at(0)),
              tape.watch(some.normal(ROWS, COLUMNS), gradients.at(1)));
      tape.backward(Mean.apply(tape, expression(tape, inputs, n, seed)));
    }
    return gradients.toArray();
  }
}
