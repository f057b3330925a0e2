package haze.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.tensor.Elementwise;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.List;
import java.util.function.BiFunction;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class GradientCheckTest {
  private final SamplesFixture some = new SamplesFixture(2);

  /// `y = x^2`, whose gradient is that of `x^2` times `factor`, and `error` is added to one
  /// element.
  private record Square(Variable x, float factor, int element, float error, Variable y)
      implements Operation {

    static Variable apply(Tape tape, Variable x, float factor, int element, float error) {
      Variable y = tape.output(Elementwise.multiply(tape, x.value(), x.value()), x);
      return tape.record(new Square(x, factor, element, error, y));
    }

    @Override
    public void backward(Tape tape) {
      Tensor product = Elementwise.multiply(tape, y.gradient(), x.value());
      Tensor dx = Elementwise.scale(tape, product, 2 * factor);
      tape.release(product);
      if (dx.size() > 0) {
        dx.data()[dx.offset() + element] += error;
      }
      x.addGradient(tape, dx);
    }
  }

  private static BiFunction<Tape, List<Variable>, Variable> square(
      float factor, int element, float error) {
    return (t, v) ->
        Add.apply(t, v.getFirst(), Square.apply(t, v.getLast(), factor, element, error));
  }

  private static void refused(
      BiFunction<Tape, List<Variable>, Variable> computation, Tensor... inputs) {
    assertThrows(AssertionError.class, () -> GradientCheck.check(computation, inputs));
  }

  @Property(tries = 30)
  void aRightGradientPassesAtEverySize(@ForAll @IntRange(max = 3000) int size) {
    GradientCheck.check(square(1, 0, 0), some.normal(size), some.normal(size));
  }

  @Property(tries = 30)
  void aGradientOfWhichEveryElementIsWrongByOnePercentDoesNotPass(
      @ForAll @IntRange(min = 1, max = 3000) int size) {
    refused(square(1.01f, 0, 0), some.normal(size), some.awayFromZero(size));
    refused(square(0.99f, 0, 0), some.normal(size), some.awayFromZero(size));
  }

  @Property(tries = 30)
  void aGradientOfWhichOneElementIsQuiteWrongDoesNotPass(
      @ForAll @IntRange(min = 1, max = 3000) int size, @ForAll @IntRange(max = 2999) int element) {
    refused(square(1, element % size, 5), some.normal(size), some.normal(size));
    refused(square(1, element % size, Float.NaN), some.normal(size), some.normal(size));
  }

  @Test
  void theMessageNamesTheInputAndTheElementAndBothValues() {
    Tensor x = Tensor.of(Shape.of(2, 2), 1, 2, 3, 4);
    String message =
        assertThrows(
                AssertionError.class,
                () -> GradientCheck.check(square(1, 2, 0.5f), some.normal(2, 2), x))
            .getMessage();
    assertTrue(
        message.matches(
            "gradient check: input 1 \\[2, 2], element 2: "
                + "the tape gives \\S+, differences give \\S+, allowed is \\S+"),
        message);
    String[] words = message.split("[ ,]+");
    double given = Double.parseDouble(words[words.length - 7]);
    double measured = Double.parseDouble(words[words.length - 4]);
    assertEquals(0.5, given - measured, 1e-3);
  }

  @Test
  void aForgottenGradientDoesNotPass() {
    refused((t, v) -> Multiply.apply(t, v.get(0), t.constant(v.get(0).value())), some.normal(5));
    refused(
        (t, v) -> Add.apply(t, v.get(0), t.constant(v.get(1).value())),
        some.normal(200),
        some.normal(200));
  }

  @Test
  void inputsAreRestoredWhetherTheyPassOrNot() {
    Tensor a = some.normal(3, 3);
    Tensor b = some.normal(3, 3);
    float[] aBefore = a.toArray();
    float[] bBefore = b.toArray();
    GradientCheck.check(square(1, 0, 0), a, b);
    refused(square(2, 0, 0), a, b);
    refused(
        (t, v) -> {
          if (v.getFirst().value().data()[a.offset()] != aBefore[0]) {
            throw new AssertionError("broken in the middle");
          }
          return v.getFirst();
        },
        a);
    assertArrayEquals(aBefore, a.toArray());
    assertArrayEquals(bBefore, b.toArray());
  }

  @Test
  void theStepFollowsTheSizeOfAnInput() {
    for (float size : new float[] {1e-4f, 1, 1e4f}) {
      Tensor x = Elementwise.scale(shape -> Tensor.zeros(shape.dims()), some.normal(4, 5), size);
      BiFunction<Tape, List<Variable>, Variable> curve =
          (t, v) -> Silu.apply(t, Scale.apply(t, v.getFirst(), 1 / size));
      GradientCheck.check(curve, x);
      refused((t, v) -> Square.apply(t, curve.apply(t, v), 1.01f, 0, 0), x);
    }
    GradientCheck.check((t, v) -> Silu.apply(t, v.getFirst()), Tensor.zeros(4));
  }

  @Test
  void parametersThatAComputationFindsByTheirTensorsAreInputsToo() {
    Tensor weight = some.normal(4, 3);
    Tensor bias = some.normal(3);
    Tensor x = some.normal(5, 4);
    GradientCheck.check(
        (t, _) -> Silu.apply(t, LinearOp.apply(t, t.constant(x), t.leaf(weight), t.leaf(bias))),
        weight,
        bias);
    refused(
        (t, _) -> Silu.apply(t, LinearOp.apply(t, t.constant(x), t.leaf(weight), t.constant(bias))),
        weight,
        bias);
  }
}
