package haze.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class MatMulTest {
  @Provide
  Arbitrary<Shape> leading() {
    return ShapeFixture.shapes(0, 2);
  }

  @Property(tries = 300)
  void everyEntryIsMultiplied(
      @ForAll("leading") Shape leading,
      @ForAll @IntRange(max = 19) int m,
      @ForAll @IntRange(max = 40) int n,
      @ForAll @IntRange(max = 19) int k,
      @ForAll boolean transposeA,
      @ForAll boolean transposeB,
      @ForAll boolean shared,
      @ForAll long seed) {
    var samples = new SamplesFixture(seed);
    Tensor a = samples.normal(matrices(leading, transposeA ? k : m, transposeA ? m : k));
    Tensor b =
        samples.normal(
            matrices(shared ? Shape.of() : leading, transposeB ? n : k, transposeB ? k : n));
    var allocator = new DirtyAllocatorFixture();
    Tensor c = MatMul.multiply(allocator, a, transposeA, b, transposeB);
    assertEquals(matrices(leading, m, n), c.shape());
    assertProduct(a, transposeA, b, transposeB, null, c);

    Tensor sum = samples.normal(c.shape());
    Tensor before = sum.copy();
    MatMul.multiplyInto(allocator, a, transposeA, b, transposeB, sum, true);
    assertProduct(a, transposeA, b, transposeB, before, sum);
    MatMul.multiplyInto(allocator, a, transposeA, b, transposeB, sum, false);
    assertProduct(a, transposeA, b, transposeB, null, sum);
    allocator.check();
  }

  private static Shape matrices(Shape leading, int rows, int columns) {
    int[] dims = Arrays.copyOf(leading.dims(), leading.rank() + 2);
    dims[leading.rank()] = rows;
    dims[leading.rank() + 1] = columns;
    return Shape.of(dims);
  }

  private static void assertProduct(
      Tensor a, boolean transposeA, Tensor b, boolean transposeB, Tensor before, Tensor c) {
    int m = c.dim(-2);
    int n = c.dim(-1);
    int k = a.dim(transposeA ? -2 : -1);
    int entries = c.shape().count(0, c.shape().rank() - 2);
    Tensor as = a.reshape(Shape.of(entries, m * k));
    Tensor bs = b.reshape(Shape.of(b.shape().rank() == 2 ? 1 : entries, k * n));
    Tensor cs = c.reshape(Shape.of(entries, m * n));
    for (int i = 0; i < entries; i++) {
      double[] left = NaiveFixture.doubles(as.at(i));
      double[] right = NaiveFixture.doubles(bs.at(bs.dim(0) == 1 ? 0 : i));
      double[] expected = NaiveFixture.matmul(m, n, k, left, transposeA, right, transposeB);
      if (before != null) {
        double[] added = NaiveFixture.doubles(before.reshape(Shape.of(entries, m * n)).at(i));
        Arrays.setAll(expected, j -> expected[j] + added[j]);
      }
      double least =
          CloseFixture.root(
              NaiveFixture.matmul(
                  m,
                  n,
                  k,
                  CloseFixture.squares(left),
                  transposeA,
                  CloseFixture.squares(right),
                  transposeB));
      CloseFixture.assertClose(
          expected,
          cs.at(i),
          CloseFixture.sumBound(k + 1),
          CloseFixture.scale(expected, Math.max(least, 1)));
    }
  }

  @Test
  void shapesThatDoNotFitAreNamed() {
    Tensor a = Tensor.zeros(64, 32);
    assertMessage(
        "matmul: inner dimensions differ: [64, 32] x [16, 8]",
        () -> MatMul.multiply(Allocator.HEAP, a, false, Tensor.zeros(16, 8), false));
    assertMessage(
        "matmul: inner dimensions differ: [64, 32]^T x [8, 16]^T",
        () -> MatMul.multiply(Allocator.HEAP, a, true, Tensor.zeros(8, 16), true));
    assertMessage(
        "matmul: not matrices: [64, 32] x [32]",
        () -> MatMul.multiply(Allocator.HEAP, a, false, Tensor.zeros(32), false));
    assertMessage(
        "matmul: not matrices: [] x [64, 32]",
        () -> MatMul.multiply(Allocator.HEAP, Tensor.scalar(1), false, a, false));
    assertMessage(
        "matmul: leading dimensions differ: [2, 4, 3] x [5, 3, 4]",
        () ->
            MatMul.multiply(
                Allocator.HEAP, Tensor.zeros(2, 4, 3), false, Tensor.zeros(5, 3, 4), false));
    assertMessage(
        "matmul: leading dimensions differ: [4, 3] x [5, 3, 4]",
        () ->
            MatMul.multiply(
                Allocator.HEAP, Tensor.zeros(4, 3), false, Tensor.zeros(5, 3, 4), false));
    assertMessage(
        "matmul: result has shape [8, 64] for [64, 32] x [8, 32]^T",
        () ->
            MatMul.multiplyInto(
                Allocator.HEAP, a, false, Tensor.zeros(8, 32), true, Tensor.zeros(8, 64), true));
  }

  private static void assertMessage(String expected, Runnable action) {
    assertEquals(expected, assertThrows(IllegalArgumentException.class, action::run).getMessage());
  }
}
