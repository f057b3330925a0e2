package haze.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import haze.tensor.Tensor;
import org.junit.jupiter.api.Test;

/// An operation of one's own, as the README writes it.
class SineTest {

  // @start region="operation"
  /// `y = sin x`, backward: `dx = dy cos x`.
  record Sine(Variable x, Variable y) implements Operation {

    static Variable apply(Tape tape, Variable x) {
      Tensor value = tape.allocate(x.value().shape()); // arbitrary contents: write every element
      for (int i = 0; i < value.size(); i++) {
        float element = x.value().data()[x.value().offset() + i];
        value.data()[value.offset() + i] = (float) Math.sin(element);
      }
      return tape.record(new Sine(x, tape.output(value, x)));
    }

    @Override
    public void backward(Tape tape) {
      Tensor dx = tape.allocate(x.value().shape()).copyFrom(y.gradient());
      for (int i = 0; i < dx.size(); i++) {
        float element = x.value().data()[x.value().offset() + i];
        dx.data()[dx.offset() + i] *= (float) Math.cos(element);
      }
      x.addGradient(tape, dx);
    }
  }

  // @end

  @Test
  void theGradientIsThatOfTheValues() {
    Tensor small = new SamplesFixture(1).normal(2, 3);
    // @start region="check"
    GradientCheck.check((tape, inputs) -> Sine.apply(tape, inputs.get(0)), small);
    // @end
    GradientCheck.check(
        (tape, inputs) -> Sine.apply(tape, Sine.apply(tape, inputs.get(0))),
        new SamplesFixture(2).normal(10, 20));
  }

  @Test
  void theValueIsTheSineAndEveryArrayComesBack() {
    var marked = new MarkedPool();
    Tensor x = new SamplesFixture(1).normal(2, 3);
    try (Tape tape = Tape.recording(marked.pool)) {
      Variable y = Sine.apply(tape, tape.watch(x, Tensor.zeros(2, 3)));
      assertEquals(Math.sin(x.get(1, 2)), y.value().get(1, 2), 1e-7);
      tape.backward(Sum.apply(tape, y));
    }
    marked.assertComplete();
  }
}
