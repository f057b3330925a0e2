package haze.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class TensorTest {
  /// `[2, 3]`: 0 1 2 / 3 4 5, from index 2 of its array.
  private static Tensor sixNumbers() {
    return Tensor.wrap(Shape.of(2, 3), new float[] {9, 9, 0, 1, 2, 3, 4, 5, 9}, 2);
  }

  @Test
  void theInnermostAxisVariesFastest() {
    Tensor x = sixNumbers();
    assertEquals(0, x.get(0, 0));
    assertEquals(1, x.get(0, 1));
    assertEquals(3, x.get(1, 0));
    x.set(7, 1, 1);
    assertEquals(7, x.data()[2 + 4]);
    assertArrayEquals(new float[] {0, 1, 2, 3, 7, 5}, x.toArray());
    assertEquals(6, x.size());
    assertEquals(3, x.dim(-1));
  }

  @Test
  void anIndexOutsideIsRefused() {
    Tensor x = sixNumbers();
    assertMessage("tensor: no element [0, 3] in [2, 3]", () -> x.get(0, 3));
    assertMessage("tensor: no element [2, 0] in [2, 3]", () -> x.set(1, 2, 0));
    assertMessage("tensor: no element [-1, 0] in [2, 3]", () -> x.get(-1, 0));
    assertMessage("tensor: no element [1] in [2, 3]", () -> x.get(1));
    assertMessage("tensor: no element [0, 0, 0] in [2, 3]", () -> x.get(0, 0, 0));
  }

  @Test
  void memoryThatIsTooShortIsRefused() {
    assertMessage(
        "tensor: [2, 3] at offset 1 does not fit in an array of 6",
        () -> Tensor.wrap(Shape.of(2, 3), new float[6], 1));
    assertMessage(
        "tensor: [2, 3] at offset -1 does not fit in an array of 9",
        () -> Tensor.wrap(Shape.of(2, 3), new float[9], -1));
    assertMessage(
        "tensor: [1] at offset 2147483647 does not fit in an array of 1",
        () -> Tensor.wrap(Shape.of(1), new float[1], Integer.MAX_VALUE));
    assertMessage(
        "tensor: [2, 3] has 6 elements, given 5", () -> Tensor.of(Shape.of(2, 3), 1, 2, 3, 4, 5));
  }

  @Test
  void reshapeSharesTheData() {
    Tensor x = sixNumbers();
    Tensor y = x.reshape(3, 2);
    assertEquals(Shape.of(3, 2), y.shape());
    y.set(7, 2, 1);
    assertEquals(7, x.get(1, 2));
    assertEquals(Shape.of(3, 2), x.reshape(-1, 2).shape());
    assertEquals(Shape.of(1, 6), x.reshape(1, -1).shape());
    assertEquals(Shape.of(0, 5), Tensor.zeros(0, 2).reshape(-1, 5).shape());
    assertEquals(Shape.of(), Tensor.full(1, 1, 1).reshape().shape());
  }

  @Test
  void reshapeToAnotherSizeIsRefused() {
    Tensor x = sixNumbers();
    assertMessage("reshape: sizes differ: [2, 3] to [2, 2]", () -> x.reshape(2, 2));
    assertMessage("reshape: sizes differ: [2, 3] to [4, -1]", () -> x.reshape(4, -1));
    assertMessage("reshape: sizes differ: [2, 3] to [-1, -1]", () -> x.reshape(-1, -1));
    assertMessage("reshape: sizes differ: [2, 3] to [0, -1]", () -> x.reshape(0, -1));
    assertMessage("reshape: sizes differ: [2, 3] to [6, -2]", () -> x.reshape(6, -2));
    // 3 * 1431655768 is 2^32 + 8, in int 8.
    Tensor eight = Tensor.zeros(8);
    assertMessage(
        "reshape: sizes differ: [8] to [3, 1431655768]", () -> eight.reshape(3, 1431655768));
    assertMessage(
        "reshape: sizes differ: [8] to [3, 1431655768, -1]",
        () -> eight.reshape(3, 1431655768, -1));
    assertMessage("reshape: sizes differ: [2, 3] to [3, 3]", () -> x.reshape(Shape.of(3, 3)));
    assertMessage(
        "reshape: sizes differ: [2, 3] to [65536, 65536, -1]", () -> x.reshape(65536, 65536, -1));
  }

  @Test
  void atAndSliceShareTheData() {
    Tensor x = sixNumbers();
    Tensor row = x.at(1);
    assertEquals(Shape.of(3), row.shape());
    assertArrayEquals(new float[] {3, 4, 5}, row.toArray());
    assertArrayEquals(new double[] {3, 4, 5}, row.toDoubles());
    row.fill(8);
    assertArrayEquals(new float[] {0, 1, 2, 8, 8, 8}, x.toArray());
    Tensor rows = Tensor.of(Shape.of(4, 1), 0, 1, 2, 3).slice(1, 2);
    assertEquals(Shape.of(2, 1), rows.shape());
    assertArrayEquals(new float[] {1, 2}, rows.toArray());
    assertEquals(1, rows.slice(1, 1).offset() - rows.offset());
    assertEquals(0, x.slice(2, 0).size());
  }

  @Test
  void entriesThatDoNotExistAreRefused() {
    Tensor x = sixNumbers();
    assertMessage("slice: no entries 2 to 3 in [2, 3]", () -> x.at(2));
    assertMessage("slice: no entries -1 to 0 in [2, 3]", () -> x.at(-1));
    assertMessage("slice: no entries 1 to 3 in [2, 3]", () -> x.slice(1, 2));
    assertMessage("slice: no entries 1 to 0 in [2, 3]", () -> x.slice(1, -1));
    assertMessage("slice: no entries 0 to 1 in []", () -> Tensor.scalar(1).at(0));
  }

  @Test
  void aCopyHasMemoryOfItsOwn() {
    Tensor x = sixNumbers();
    Tensor y = x.copy();
    assertNotSame(x.data(), y.data());
    assertEquals(x.shape(), y.shape());
    assertArrayEquals(x.toArray(), y.toArray());
    x.toArray()[0] = 5;
    assertEquals(0, x.get(0, 0));
  }

  @Test
  void fillAndCopyFromWriteThisTensorAlone() {
    Tensor x = sixNumbers();
    assertSame(x, x.fill(1));
    assertArrayEquals(new float[] {9, 9, 1, 1, 1, 1, 1, 1, 9}, x.data());
    assertSame(x, x.copyFrom(Tensor.wrap(Shape.of(2, 3), new float[] {0, 1, 2, 3, 4, 5, 6}, 1)));
    assertArrayEquals(new float[] {9, 9, 1, 2, 3, 4, 5, 6, 9}, x.data());
    assertMessage("copy: shapes differ: [3, 2] to [2, 3]", () -> x.copyFrom(Tensor.zeros(3, 2)));
  }

  @Test
  void tensorsBeginAsZerosOnesOrWhatIsGiven() {
    assertArrayEquals(new float[] {0, 0}, Tensor.zeros(2).toArray());
    assertArrayEquals(new float[] {3, 3}, Tensor.full(3, 2, 1).toArray());
    assertEquals(Shape.of(2, 1), Tensor.full(3, 2, 1).shape());
    assertEquals(4, Tensor.scalar(4).item());
    assertEquals(Shape.of(), Tensor.scalar(4).shape());
    assertEquals(5, sixNumbers().slice(1, 1).reshape(3).slice(2, 1).item());
    assertMessage("item: not one element: [2, 3]", () -> sixNumbers().item());
  }

  @Test
  void arithmeticIsElementByElementAndBroadcasts() {
    Tensor x = sixNumbers();
    Tensor row = Tensor.of(Shape.of(3), 1, 2, 4);
    assertTensor(Shape.of(2, 3), x.plus(row), 1, 3, 6, 4, 6, 9);
    assertTensor(Shape.of(2, 3), x.minus(row), -1, -1, -2, 2, 2, 1);
    assertTensor(Shape.of(2, 3), row.minus(x), 1, 1, 2, -2, -2, -1);
    assertTensor(Shape.of(2, 3), x.times(row), 0, 2, 8, 3, 8, 20);
    assertTensor(Shape.of(2, 3), x.dividedBy(row), 0, 0.5f, 0.5f, 3, 2, 1.25f);
    assertTensor(Shape.of(2, 3), x.times(2), 0, 2, 4, 6, 8, 10);
    assertTensor(Shape.of(2, 3), x.clamp(1, 3.5f), 1, 1, 2, 3, 3.5f, 3.5f);
    assertArrayEquals(new float[] {9, 9, 0, 1, 2, 3, 4, 5, 9}, x.data());
  }

  @Test
  void sumsAndMeansKeepTheRank() {
    Tensor x = sixNumbers();
    assertTensor(Shape.of(1, 1), x.sum(), 15);
    assertTensor(Shape.of(1, 3), x.sum(0), 3, 5, 7);
    assertTensor(Shape.of(2, 1), x.sum(-1), 3, 12);
    assertTensor(Shape.of(1, 1), x.mean(), 2.5f);
    assertTensor(Shape.of(2, 1), x.mean(1), 1, 4);
    assertTensor(Shape.of(1, 1), x.mean(0, 1), 2.5f);
  }

  @Test
  void matmulMultipliesMatrices() {
    Tensor x = sixNumbers();
    Tensor y = Tensor.of(Shape.of(3, 2), 1, 0, 0, 1, 2, 3);
    assertTensor(Shape.of(2, 2), x.matmul(y), 4, 7, 13, 19);
    assertMessage("matmul: inner dimensions differ: [2, 3] x [2, 3]", () -> x.matmul(x));
  }

  private static void assertTensor(Shape shape, Tensor actual, float... elements) {
    assertEquals(shape, actual.shape());
    assertArrayEquals(elements, actual.toArray());
  }

  private static void assertMessage(String expected, Runnable action) {
    assertEquals(expected, assertThrows(IllegalArgumentException.class, action::run).getMessage());
  }
}
