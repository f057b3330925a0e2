package haze.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class TapeTest {
  private final MarkedPool marked = new MarkedPool();
  private final Tensor x = Tensor.of(Shape.of(3), 1, 2, 3);
  private final Tensor dx = Tensor.zeros(3);

  @Test
  void theWorkedExampleOfTheReadmeHolds() {
    Tensor da = Tensor.scalar(0);
    Tensor db = Tensor.scalar(0);
    try (Tape tape = Tape.recording(marked.pool)) {
      Variable a = tape.watch(Tensor.scalar(2), da);
      Variable b = tape.watch(Tensor.scalar(-3), db);
      Variable p = Multiply.apply(tape, a, b);
      Variable s = Add.apply(tape, p, a);
      Variable result = Multiply.apply(tape, s, s);
      assertEquals(3, tape.length());
      assertEquals(-6, p.value().item());
      assertEquals(-4, s.value().item());
      tape.backward(result);
      assertEquals(16, result.value().item());
    }
    assertEquals(16, da.item());
    assertEquals(-16, db.item());
    marked.assertComplete();
  }

  @Test
  void theOperationsAreThoseThatRan() {
    try (Tape tape = Tape.recording(marked.pool)) {
      Variable v = tape.watch(x, dx);
      Variable square = Multiply.apply(tape, v, v);
      Variable sum = Sum.apply(tape, square);
      assertEquals(
          List.of(new Multiply(v, v, square), new Sum(square, sum)),
          List.copyOf(tape.operations()));
      assertThrows(UnsupportedOperationException.class, () -> tape.operations().clear());
      tape.backward(sum);
      assertEquals(List.of(), tape.operations());
    }
    try (Tape tape = Tape.off(marked.pool)) {
      Sum.apply(tape, tape.watch(x, dx));
      assertEquals(List.of(), tape.operations());
    }
    marked.assertComplete();
  }

  @Test
  void backwardAddsToWhatTheGradientHoldsAlready() {
    dx.fill(100);
    try (Tape tape = Tape.recording(marked.pool)) {
      Variable v = tape.watch(x, dx);
      tape.backward(Sum.apply(tape, Multiply.apply(tape, v, v)));
      assertArrayEquals(new float[] {102, 104, 106}, dx.toArray());
      // The tape is empty and ready for the next computation on the same variable.
      assertEquals(0, tape.length());
      tape.backward(Sum.apply(tape, v));
      assertArrayEquals(new float[] {103, 105, 107}, dx.toArray());
    }
    marked.assertComplete();
  }

  @Test
  void aVariableUsedSeveralTimesGetsTheSumOfItsGradients() {
    try (Tape tape = Tape.recording(marked.pool)) {
      Variable v = tape.watch(x, dx);
      Variable square = Multiply.apply(tape, v, v);
      Variable twice = Add.apply(tape, square, square);
      Variable flat = Reshape.apply(tape, square, 1, 3);
      Variable joined = Concat.apply(tape, 0, square, Reshape.apply(tape, flat, 3), square);
      // 2 x^2 + 3 x^2
      tape.backward(Add.apply(tape, Sum.apply(tape, twice), Sum.apply(tape, joined)));
    }
    assertArrayEquals(new float[] {10, 20, 30}, dx.toArray());
    marked.assertComplete();
  }

  @Test
  void theGradientOfAReshapedVariableIsNotSharedWithIt() {
    try (Tape tape = Tape.recording(marked.pool)) {
      Variable v = tape.watch(x, dx);
      Variable base = Scale.apply(tape, v, 2);
      Variable view = Reshape.apply(tape, base, 3, 1);
      // In the order of backward: the sum gives base its first gradient, the reshape adds to it,
      // and the product before them finds both.
      Variable first = Multiply.apply(tape, view, view);
      Variable second = Multiply.apply(tape, base, base);
      tape.backward(Add.apply(tape, Sum.apply(tape, first), Sum.apply(tape, second)));
    }
    // f = 2 (2x)^2
    assertArrayEquals(new float[] {16, 32, 48}, dx.toArray());
    marked.assertComplete();
  }

  @Test
  void whatBackwardHasPassedCannotBeRead() {
    try (Tape tape = Tape.recording(marked.pool)) {
      Variable square = Multiply.apply(tape, tape.watch(x, dx), tape.leaf(x));
      Variable view = Reshape.apply(tape, square, 3, 1);
      Variable loss = Sum.apply(tape, view);
      tape.backward(loss);
      assertEquals(14, loss.value().item());
      for (Variable passed : new Variable[] {square, view}) {
        assertEquals(
            "variable: its value was recycled by backward; read it before, or copy it",
            assertThrows(IllegalStateException.class, passed::value).getMessage());
      }
      assertThrows(IllegalStateException.class, () -> Scale.apply(tape, square, 2));
      assertThrows(IllegalStateException.class, square::gradient);
    }
  }

  @Test
  void theMemoryOfAForgottenValueIsFreeUntilBackwardAsksForIt() {
    try (Tape tape = Tape.recording(marked.pool)) {
      Variable parts = Concat.apply(tape, 0, tape.watch(x, dx), tape.leaf(x));
      Variable view = Reshape.apply(tape, parts, 2, 3);
      Variable loss = Sum.apply(tape, Multiply.apply(tape, view, view));
      Tensor before = parts.value();
      tape.forget(view);
      assertSame(before, parts.value());
      tape.forget(parts);
      Tensor next = tape.allocate(parts.shape()).fill(-1);
      assertSame(before.data(), next.data());
      assertArrayEquals(new float[] {1, 2, 3, 1, 2, 3}, view.value().toArray());
      tape.forget(parts);
      tape.backward(loss);
      tape.release(next);
      assertThrows(IllegalStateException.class, parts::value);
      assertThrows(IllegalStateException.class, view::value);
    }
    // f = 2 x^2
    assertArrayEquals(new float[] {4, 8, 12}, dx.toArray());
    marked.assertComplete();
  }

  @Test
  void whatCannotBeComputedAgainIsNotForgotten() {
    try (Tape tape = Tape.recording(marked.pool);
        Tape off = Tape.off(marked.pool)) {
      Variable square = Multiply.apply(tape, tape.watch(x, dx), tape.leaf(x));
      Variable joined = Concat.apply(off, 0, off.constant(x));
      Variable constant = tape.constant(x);
      for (Variable kept : new Variable[] {square, joined, constant, tape.leaf(x)}) {
        Tensor value = kept.value();
        tape.forget(kept);
        assertSame(value, kept.value());
      }
    }
    marked.assertComplete();
  }

  @Test
  void theScalarKeepsItsValueAlsoWhereItIsAReshapedOne() {
    try (Tape tape = Tape.recording(marked.pool)) {
      Variable sum = Sum.apply(tape, Multiply.apply(tape, tape.watch(x, dx), tape.leaf(x)));
      Variable loss = Reshape.apply(tape, sum);
      tape.backward(loss);
      assertEquals(Shape.of(), loss.value().shape());
      Tensor next = tape.allocate(Shape.of()).fill(-1);
      assertNotSame(next.data(), loss.value().data());
      assertEquals(14, loss.value().item());
    }
    marked.assertComplete();
  }

  @Test
  void aSecondBackwardOfTheSameValueIsRefused() {
    try (Tape tape = Tape.recording(marked.pool)) {
      Variable v = tape.watch(x, dx);
      Variable trunk = Multiply.apply(tape, v, v);
      Variable loss = Sum.apply(tape, trunk);
      Variable other = Sum.apply(tape, Scale.apply(tape, trunk, 2));
      tape.backward(loss);
      assertEquals(
          "backward: the value is not on this tape, or backward has passed it before",
          assertThrows(IllegalStateException.class, () -> tape.backward(loss)).getMessage());
      assertThrows(IllegalStateException.class, () -> tape.backward(other));
      try (Tape another = Tape.recording(marked.pool)) {
        Variable elsewhere = Sum.apply(another, another.watch(x, dx));
        assertThrows(IllegalStateException.class, () -> tape.backward(elsewhere));
      }
    }
    assertArrayEquals(new float[] {2, 4, 6}, dx.toArray());
    marked.assertComplete();
  }

  @Test
  void backwardOfAWatchedScalarAddsOne() {
    Tensor scalar = Tensor.scalar(5);
    Tensor gradient = Tensor.scalar(2);
    try (Tape tape = Tape.recording(marked.pool)) {
      tape.backward(tape.watch(scalar, gradient));
    }
    assertEquals(3, gradient.item());
    marked.assertComplete();
  }

  @Test
  void backwardRefusesWhatHasNoDerivative() {
    try (Tape tape = Tape.recording(marked.pool);
        Tape off = Tape.off(marked.pool)) {
      Variable v = tape.watch(x, dx);
      assertEquals(
          "backward: not a scalar: [3]",
          assertThrows(IllegalArgumentException.class, () -> tape.backward(Scale.apply(tape, v, 2)))
              .getMessage());
      Variable constant = Sum.apply(tape, tape.constant(x));
      assertEquals(
          "backward: nothing watched has a part in the value",
          assertThrows(IllegalStateException.class, () -> tape.backward(constant)).getMessage());
      Variable unrecorded = Sum.apply(off, off.watch(x, dx));
      assertThrows(IllegalStateException.class, () -> off.backward(unrecorded));
      assertEquals(
          "watch: gradient [2] for value [3]",
          assertThrows(IllegalArgumentException.class, () -> tape.watch(x, Tensor.zeros(2)))
              .getMessage());
    }
  }

  @Test
  void aWatchedTensorIsFoundAgainAndAnyOtherIsAConstant() {
    try (Tape tape = Tape.recording(marked.pool);
        Tape off = Tape.off(marked.pool)) {
      Variable v = tape.watch(x, dx);
      assertSame(v, tape.leaf(x));
      assertTrue(v.needsGradient());
      assertFalse(tape.leaf(x.copy()).needsGradient());
      off.watch(x, dx);
      assertFalse(off.leaf(x).needsGradient());
    }
  }

  @Test
  void operationsOnConstantsAloneAreNotRecorded() {
    try (Tape tape = Tape.recording(marked.pool)) {
      Variable constant = Scale.apply(tape, tape.constant(x), 2);
      assertEquals(0, tape.length());
      Variable product = Multiply.apply(tape, constant, tape.watch(x, dx));
      assertEquals(1, tape.length());
      tape.backward(Sum.apply(tape, product));
      assertArrayEquals(new float[] {2, 4, 6}, constant.value().toArray());
      assertArrayEquals(new float[] {2, 4, 6}, dx.toArray());
    }
    marked.assertComplete();
  }

  @Test
  void aBranchThatTheScalarDoesNotDependOnHasNoPart() {
    try (Tape tape = Tape.recording(marked.pool)) {
      Variable v = tape.watch(x, dx);
      Variable square = Multiply.apply(tape, v, v);
      Variable unused = Exp.apply(tape, square);
      Variable loss = Sum.apply(tape, square);
      Exp.apply(tape, unused);
      tape.backward(loss);
      tape.release(loss.value());
      marked.assertComplete();
    }
    assertArrayEquals(new float[] {2, 4, 6}, dx.toArray());
  }

  @Test
  void aScopeWithoutATapeKeepsItsResultAlone() {
    try (Tape tape = Tape.off(marked.pool)) {
      Variable v = tape.watch(x, dx);
      Variable before = Scale.apply(tape, v, 2);
      Variable result =
          tape.scope(
              () -> {
                Variable inner = tape.scope(() -> Exp.apply(tape, Scale.apply(tape, before, 0)));
                assertEquals(2, marked.missing());
                return Add.apply(tape, inner, before);
              });
      assertEquals(2, marked.missing());
      assertArrayEquals(new float[] {3, 5, 7}, result.value().toArray());
      assertArrayEquals(new float[] {2, 4, 6}, before.value().toArray());
    }
    marked.assertComplete();
  }

  @Test
  void aScopeWithoutATapeKeepsTheMemoryOfAReshapedResult() {
    try (Tape tape = Tape.off(marked.pool)) {
      Variable before = Scale.apply(tape, tape.constant(x), 2);
      Variable inner =
          tape.scope(
              () -> Reshape.apply(tape, Scale.apply(tape, Exp.apply(tape, before), 0), 3, 1));
      Variable outer = tape.scope(() -> Reshape.apply(tape, before, 1, 3));
      Variable constant =
          tape.scope(
              () -> {
                Scale.apply(tape, before, 3);
                return tape.constant(x);
              });
      assertEquals(2, marked.missing());
      tape.allocate(Shape.of(3)).fill(-1);
      assertArrayEquals(new float[] {0, 0, 0}, inner.value().toArray());
      assertArrayEquals(new float[] {2, 4, 6}, outer.value().toArray());
      assertSame(x, constant.value());
    }
    marked.assertComplete();
  }

  @Test
  void aScopeOfARecordingTapeKeepsWhatBackwardNeeds() {
    try (Tape tape = Tape.recording(marked.pool)) {
      Variable v = tape.watch(x, dx);
      Variable result =
          tape.scope(
              () -> {
                Variable square = Multiply.apply(tape, v, v);
                return Multiply.apply(tape, square, v);
              });
      tape.allocate(Shape.of(3)).fill(Float.NaN);
      tape.backward(Sum.apply(tape, result));
    }
    assertArrayEquals(new float[] {3, 12, 27}, dx.toArray());
    marked.assertComplete();
  }

  @Test
  void aTapeThatIsClosedTwiceGivesItsMemoryBackOnce() {
    Tape tape = Tape.recording(marked.pool);
    Variable loss = Sum.apply(tape, tape.watch(x, dx));
    assertEquals(1, marked.missing());
    tape.close();
    tape.close();
    assertEquals(0, tape.length());
    marked.assertComplete();
    assertThrows(IllegalStateException.class, () -> tape.backward(loss));
  }

  @Test
  void memoryThatIsNotTheTapesIsNeverGivenAway() {
    try (Tape tape = Tape.recording(marked.pool)) {
      tape.release(x);
      tape.release(dx);
      Tensor own = tape.allocate(Shape.of(3));
      tape.release(own);
      tape.release(own);
    }
    marked.assertComplete();
    assertNotSame(x.data(), marked.pool.take(3));
  }

  @Test
  void valueAndGradientOfWatchedTensorsStayWhereTheyAre() {
    float[] values = {9, 1, 2, 3, 9};
    float[] gradients = {7, 0, 0, 0, 7};
    Tensor inside = Tensor.wrap(Shape.of(3), values, 1);
    try (Tape tape = Tape.recording(marked.pool)) {
      Variable v = tape.watch(inside, Tensor.wrap(Shape.of(3), gradients, 1));
      Variable view = Reshape.apply(tape, v, 3, 1);
      tape.backward(Sum.apply(tape, Multiply.apply(tape, Reshape.apply(tape, view, 3), v)));
      assertSame(inside, v.value());
    }
    marked.assertComplete();
    assertArrayEquals(new float[] {9, 1, 2, 3, 9}, values);
    assertArrayEquals(new float[] {7, 2, 4, 6, 7}, gradients);
  }
}
