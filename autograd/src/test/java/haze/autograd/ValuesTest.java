package haze.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.tensor.BufferPool;
import haze.tensor.Convolution;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import org.junit.jupiter.api.Test;

/// Values of the operations that are more than a call of one tensor operation, and what they
/// refuse.
class ValuesTest {
  private final Tape tape = Tape.off(new BufferPool());
  private final Variable x = variable(Shape.of(2, 3), 1, 2, 3, 4, 5, 9);

  private Variable variable(Shape shape, float... elements) {
    return tape.constant(Tensor.of(shape, elements));
  }

  private static String invalid(Runnable operation) {
    return assertThrows(IllegalArgumentException.class, operation::run).getMessage();
  }

  private static void assertValue(Variable actual, Shape shape, float... elements) {
    assertEquals(shape, actual.value().shape());
    assertArrayEquals(elements, actual.value().toArray(), 1e-6f);
  }

  @Test
  void arithmeticHasItsOrderAndItsSign() {
    Variable row = variable(Shape.of(3), 1, 2, 4);
    assertValue(Add.apply(tape, x, row), Shape.of(2, 3), 2, 4, 7, 5, 7, 13);
    assertValue(Subtract.apply(tape, x, row), Shape.of(2, 3), 0, 0, -1, 3, 3, 5);
    assertValue(Multiply.apply(tape, x, row), Shape.of(2, 3), 1, 4, 12, 4, 10, 36);
    assertValue(Divide.apply(tape, x, row), Shape.of(2, 3), 1, 1, 0.75f, 4, 2.5f, 2.25f);
    assertValue(Scale.apply(tape, row, -0.5f), Shape.of(3), -0.5f, -1, -2);
    assertValue(Exp.apply(tape, variable(Shape.of(2), 0, 1)), Shape.of(2), 1, (float) Math.E);
  }

  @Test
  void functionsOfOneElementHaveTheirValues() {
    Variable signed = variable(Shape.of(3), -2, 0, 0.5f);
    assertValue(Relu.apply(tape, signed), Shape.of(3), 0, 0, 0.5f);
    assertValue(Abs.apply(tape, signed), Shape.of(3), 2, 0, 0.5f);
    assertValue(Sigmoid.apply(tape, signed), Shape.of(3), 0.11920292f, 0.5f, 0.62245935f);
    assertValue(Tanh.apply(tape, signed), Shape.of(3), -0.9640276f, 0, 0.46211717f);
    assertValue(Log.apply(tape, variable(Shape.of(2), 1, (float) Math.E)), Shape.of(2), 0, 1);
    assertValue(Sqrt.apply(tape, variable(Shape.of(2), 0, 9)), Shape.of(2), 0, 3);
  }

  @Test
  void atTheKinkNoGradientArrives() {
    Tensor point = Tensor.of(Shape.of(3), -2, 0, 3);
    Tensor gradient = Tensor.zeros(3);
    try (Tape recording = Tape.recording(new BufferPool())) {
      Variable v = recording.watch(point, gradient);
      recording.backward(Sum.apply(recording, Relu.apply(recording, v)));
      assertArrayEquals(new float[] {0, 0, 1}, gradient.toArray());
      gradient.fill(0);
      recording.backward(Sum.apply(recording, Abs.apply(recording, v)));
      assertArrayEquals(new float[] {-1, 0, 1}, gradient.toArray());
    }
  }

  @Test
  void sumsAndMeansKeepTheirAxes() {
    assertValue(Sum.apply(tape, x), Shape.of(1, 1), 24);
    assertValue(Sum.apply(tape, x, 1), Shape.of(2, 1), 6, 18);
    assertValue(Mean.apply(tape, x), Shape.of(1, 1), 4);
    assertValue(Mean.apply(tape, x, 0), Shape.of(1, 3), 2.5f, 3.5f, 6);
    assertValue(Mean.apply(tape, x, -1), Shape.of(2, 1), 2, 6);
  }

  @Test
  void elementsMoveWhereTheyShould() {
    assertValue(Reshape.apply(tape, x, 3, -1), Shape.of(3, 2), 1, 2, 3, 4, 5, 9);
    assertValue(Permute.apply(tape, x, 1, 0), Shape.of(3, 2), 1, 4, 2, 5, 3, 9);
    assertValue(Slice.apply(tape, x, -1, 1, 2), Shape.of(2, 2), 2, 3, 5, 9);
    assertValue(
        Concat.apply(tape, 1, x, variable(Shape.of(2, 1), 7, 8)),
        Shape.of(2, 4),
        1,
        2,
        3,
        7,
        4,
        5,
        9,
        8);
    assertValue(Gather.apply(tape, x, 1, 0, 1), Shape.of(3, 3), 4, 5, 9, 1, 2, 3, 4, 5, 9);
  }

  @Test
  void aProductTransposesTheSideThatItIsToldTo() {
    Variable column = variable(Shape.of(3, 1), 1, 10, 100);
    Variable two = variable(Shape.of(2, 1), 1, 10);
    assertValue(MatMulOp.apply(tape, x, column), Shape.of(2, 1), 321, 954);
    assertValue(MatMulOp.apply(tape, x, true, two, false), Shape.of(3, 1), 41, 52, 93);
    assertValue(MatMulOp.apply(tape, column, true, x, true), Shape.of(1, 2), 321, 954);
  }

  @Test
  void theLossIsTheMeanOfTheSquares() {
    Variable target = variable(Shape.of(2, 3), 1, 2, 3, 4, 5, 3);
    assertValue(MeanSquaredError.apply(tape, x, target), Shape.of(), 6);
  }

  @Test
  void aConvolutionAddsTheShiftOfTheImageAndTheResidual() {
    // Two images of 1x2 pixels with one channel; a window of one pixel gives two channels.
    Variable images = variable(Shape.of(2, 1, 2, 1), 1, 2, 3, 4);
    Variable weight = variable(Shape.of(1, 1, 1, 2), 1, 10);
    Variable bias = variable(Shape.of(2), 0.5f, 0.25f);
    Variable shift = variable(Shape.of(2, 2), 100, 200, 300, 400);
    Variable residual =
        variable(Shape.of(2, 1, 2, 2), 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000);
    var convolution = Convolution.of(1, 0);
    assertValue(
        ConvolutionOp.apply(tape, convolution, images, weight, bias),
        Shape.of(2, 1, 2, 2),
        1.5f,
        10.25f,
        2.5f,
        20.25f,
        3.5f,
        30.25f,
        4.5f,
        40.25f);
    assertValue(
        ConvolutionOp.apply(tape, convolution, images, weight, bias, shift, residual),
        Shape.of(2, 1, 2, 2),
        1101.5f,
        2210.25f,
        3102.5f,
        4220.25f,
        5303.5f,
        6430.25f,
        7304.5f,
        8440.25f);
    assertArrayEquals(
        new float[] {1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000}, residual.value().toArray());
  }

  @Test
  void whatDoesNotFitIsRefusedWithBothSides() {
    Variable other = variable(Shape.of(2), 1, 2);
    assertEquals(
        "add: shapes do not broadcast: [2, 3] and [2]", invalid(() -> Add.apply(tape, x, other)));
    assertEquals(
        "matmul: inner dimensions differ: [2, 3] x [2, 3]",
        invalid(() -> MatMulOp.apply(tape, x, x)));
    assertEquals(
        "affine: bias [2] for weight [3, 1]",
        invalid(() -> LinearOp.apply(tape, x, variable(Shape.of(3, 1), 1, 1, 1), other)));
    invalid(() -> Concat.apply(tape, 0, x, other));
    invalid(() -> Slice.apply(tape, x, 0, 1, 2));
    invalid(() -> Gather.apply(tape, x, 2));
    invalid(() -> Permute.apply(tape, x, 0, 0));
    invalid(() -> MeanSquaredError.apply(tape, x, other));
    assertEquals(
        "pool: odd height or width: [1, 2, 1, 1]",
        invalid(() -> AveragePool.apply(tape, variable(Shape.of(1, 2, 1, 1), 1, 2))));
    invalid(() -> AveragePool.apply(tape, x));
    invalid(() -> Upsample.apply(tape, x));
    invalid(() -> AttentionOp.apply(tape, x, x, x, 1));
  }
}
