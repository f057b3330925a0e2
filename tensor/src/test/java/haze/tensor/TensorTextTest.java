package haze.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class TensorTextTest {
  /// Elements 0, 1, 2 and so on, from index 1 of their array.
  private static Tensor counting(int... dims) {
    Shape shape = Shape.of(dims);
    float[] data = new float[1 + shape.size()];
    for (int i = 0; i < shape.size(); i++) {
      data[1 + i] = i;
    }
    return Tensor.wrap(shape, data, 1);
  }

  @Test
  void scalarsAndVectorsStandBehindTheirShape() {
    assertEquals("Tensor[] 4.0", Tensor.scalar(4).toString());
    assertEquals("Tensor[3] [0.0, 1.0, 2.0]", counting(3).toString());
  }

  @Test
  void rowsOfAMatrixStandBelowEachOther() {
    assertEquals(
        """
        Tensor[2, 3]
        [[0.0, 1.0, 2.0],
         [3.0, 4.0, 5.0]]\
        """,
        counting(2, 3).toString());
  }

  @Test
  void matricesAreSetApartByEmptyLines() {
    assertEquals(
        """
        Tensor[2, 2, 3]
        [[[ 0.0,  1.0,  2.0],
          [ 3.0,  4.0,  5.0]],

         [[ 6.0,  7.0,  8.0],
          [ 9.0, 10.0, 11.0]]]\
        """,
        counting(2, 2, 3).toString());
    assertEquals(
        """
        Tensor[2, 1, 1, 2]
        [[[[0.0, 1.0]]],


         [[[2.0, 3.0]]]]\
        """,
        counting(2, 1, 1, 2).toString());
  }

  @Test
  void sixtyFourElementsAreShownAndOfMoreTheEnds() {
    assertEquals("Tensor[64] [" + "1.0, ".repeat(63) + "1.0]", Tensor.full(1, 64).toString());
    assertEquals("Tensor[65] [ 0.0,  1.0,  2.0, ..., 62.0, 63.0, 64.0]", counting(65).toString());
    assertEquals(
        """
        Tensor[10, 10]
        [[ 0.0,  1.0,  2.0, ...,  7.0,  8.0,  9.0],
         [10.0, 11.0, 12.0, ..., 17.0, 18.0, 19.0],
         [20.0, 21.0, 22.0, ..., 27.0, 28.0, 29.0],
         ...,
         [70.0, 71.0, 72.0, ..., 77.0, 78.0, 79.0],
         [80.0, 81.0, 82.0, ..., 87.0, 88.0, 89.0],
         [90.0, 91.0, 92.0, ..., 97.0, 98.0, 99.0]]\
        """,
        counting(10, 10).toString());
    assertEquals(
        """
        Tensor[9, 2, 6]
        [[[  0.0,   1.0,   2.0,   3.0,   4.0,   5.0],
          [  6.0,   7.0,   8.0,   9.0,  10.0,  11.0]],

         ...,

         [[ 96.0,  97.0,  98.0,  99.0, 100.0, 101.0],
          [102.0, 103.0, 104.0, 105.0, 106.0, 107.0]]]\
        """,
        counting(9, 2, 6).toString());
  }

  @Test
  void allNumbersHaveTheDecimalsThatOneNeedsUpToFour() {
    assertEquals("Tensor[3] [ 0.50,  1.25, -3.00]", text(0.5f, 1.25f, -3));
    assertEquals("Tensor[2] [0.3333, 1.0000]", text(1 / 3f, 1));
    assertEquals("Tensor[2] [0.0000, 1.0000]", text(1.2e-5f, 0.99999f));
    assertEquals("Tensor[2] [0.001, 0.000]", text(1e-3f, 0));
  }

  @Test
  void largeAndSmallNumbersAreWrittenWithAnExponent() {
    assertEquals("Tensor[2] [1.000e+06, 2.500e-01]", text(1e6f, 0.25f));
    assertEquals("Tensor[2] [999999.0,      0.5]", text(999999, 0.5f));
    assertEquals("Tensor[2] [-9.000e-04,  0.000e+00]", text(-9e-4f, 0));
  }

  @Test
  void whatIsNotFiniteIsNamed() {
    assertEquals(
        "Tensor[4] [      1.5,       NaN,  Infinity, -Infinity]",
        text(1.5f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY));
    assertEquals("Tensor[1] [NaN]", text(Float.NaN));
  }

  @Test
  void aTensorWithoutElementsIsAnEmptyRow() {
    assertEquals("Tensor[0] []", Tensor.zeros(0).toString());
    assertEquals("Tensor[0, 5]\n[]", Tensor.zeros(0, 5).toString());
    assertEquals("Tensor[2, 0]\n[[],\n []]", Tensor.zeros(2, 0).toString());
  }

  private static String text(float... elements) {
    return Tensor.of(Shape.of(elements.length), elements).toString();
  }
}
