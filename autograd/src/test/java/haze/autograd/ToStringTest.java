package haze.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import haze.tensor.BufferPool;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import org.junit.jupiter.api.Test;

/// What jshell and a debugger show.
class ToStringTest {
  private final Tensor x = Tensor.of(Shape.of(2), 1, 2);

  @Test
  void aVariableShowsItsValueAndWhetherItNeedsAGradient() {
    try (Tape tape = Tape.recording(new BufferPool())) {
      assertEquals("Variable: " + x, tape.constant(x).toString());
      Variable watched = tape.watch(x, Tensor.zeros(2));
      assertEquals("Variable needs gradient: " + x, watched.toString());
      Variable square = Multiply.apply(tape, watched, watched);
      tape.backward(Sum.apply(tape, square));
      assertEquals("Variable needs gradient: recycled by backward", square.toString());
    }
  }

  @Test
  void aTapeShowsItsOperations() {
    try (Tape tape = Tape.recording(new BufferPool())) {
      assertEquals("Tape: recording, 0 watched, 0 operations", tape.toString());
      Variable v = Scale.apply(tape, tape.watch(x, Tensor.zeros(2)), 2);
      Sum.apply(tape, Exp.apply(tape, v));
      assertEquals("Tape: recording, 1 watched, 3 operations: Scale, Exp, Sum", tape.toString());
      for (int i = 0; i < 14; i++) {
        v = Exp.apply(tape, v);
      }
      assertEquals(
          "Tape: recording, 1 watched, 17 operations: Scale, Exp, Sum"
              + ", Exp".repeat(13)
              + ", ...",
          tape.toString());
    }
    try (Tape off = Tape.off(new BufferPool())) {
      Scale.apply(off, off.watch(x, Tensor.zeros(2)), 2);
      assertEquals("Tape: off, 1 watched, 0 operations", off.toString());
    }
  }
}
