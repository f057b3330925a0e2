package haze.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class ReduceTest {
  /// Sums are kept in double and rounded once.
  private static final double BOUND = 0x1p-23;

  @Provide
  Arbitrary<Shape> shapes() {
    return ShapeFixture.shapes(0, 4);
  }

  @Provide
  Arbitrary<Shape> images() {
    return ShapeFixture.shapes(2, 4);
  }

  @Property(tries = 300)
  void sumsMeansAndMaximaAreOverTheGivenAxes(
      @ForAll("shapes") Shape shape, @ForAll int choice, @ForAll long seed) {
    int[] axes =
        IntStream.range(0, shape.rank())
            .filter(i -> (choice >>> i & 1) == 1)
            .map(i -> (choice >>> (8 + i) & 1) == 1 ? i : i - shape.rank())
            .toArray();
    Tensor x = new SamplesFixture(seed).normal(shape);
    int[] dims = shape.dims();
    for (int axis : axes) {
      dims[shape.axis(axis)] = 1;
    }
    if (axes.length == 0) {
      Arrays.fill(dims, 1);
    }
    Shape reduced = Shape.of(dims);
    double[] sums = sums(x, reduced);
    float[] maxima = new float[reduced.size()];
    Arrays.fill(maxima, Float.NEGATIVE_INFINITY);
    NaiveFixture.forEachIndex(
        shape,
        i -> {
          int at = flat(i, reduced);
          maxima[at] = Math.max(maxima[at], x.get(i));
        });
    var allocator = new DirtyAllocatorFixture();
    Tensor sum = Reduce.sum(allocator, x, axes);
    assertEquals(reduced, sum.shape());
    CloseFixture.assertClose(sums, sum, BOUND, CloseFixture.scale(sums, 1));
    Tensor max = Reduce.max(allocator, x, axes);
    assertEquals(reduced, max.shape());
    assertArrayEquals(maxima, max.toArray());
    if (shape.size() > 0) {
      double count = (double) shape.size() / reduced.size();
      Tensor mean = Reduce.mean(allocator, x, axes);
      assertEquals(reduced, mean.shape());
      CloseFixture.assertClose(
          Arrays.stream(sums).map(v -> v / count).toArray(),
          mean,
          BOUND,
          CloseFixture.scale(sums, 1));
    }
    allocator.check();
  }

  @Property(tries = 300)
  void sumToUndoesBroadcasting(
      @ForAll("shapes") Shape shape, @ForAll int choice, @ForAll long seed) {
    Shape target = ShapeFixture.broadcastable(shape, choice);
    Tensor x = new SamplesFixture(seed).normal(shape);
    var allocator = new DirtyAllocatorFixture();
    Tensor y = Reduce.sumTo(allocator, x, target);
    assertEquals(target, y.shape());
    double[] expected = sums(x, target);
    CloseFixture.assertClose(expected, y, BOUND, CloseFixture.scale(expected, 1));
    allocator.check();
  }

  @Property(tries = 100)
  void sumPixelsLeavesOneVectorForEachImage(@ForAll("images") Shape shape, @ForAll long seed) {
    Tensor x = new SamplesFixture(seed).normal(shape);
    var allocator = new DirtyAllocatorFixture();
    Tensor y = Reduce.sumPixels(allocator, x);
    assertEquals(Shape.of(shape.dim(0), shape.dim(-1)), y.shape());
    double[] expected = new double[y.size()];
    NaiveFixture.forEachIndex(
        shape, i -> expected[i[0] * shape.dim(-1) + i[i.length - 1]] += x.get(i));
    CloseFixture.assertClose(
        expected, y, CloseFixture.sumBound(25), CloseFixture.scale(expected, 5));
    allocator.check();
  }

  private static double[] sums(Tensor x, Shape target) {
    double[] sums = new double[target.size()];
    NaiveFixture.forEachIndex(x.shape(), i -> sums[flat(i, target)] += x.get(i));
    return sums;
  }

  /// The position in a tensor of shape `target` that an index of a larger one is summed to.
  private static int flat(int[] index, Shape target) {
    int flat = 0;
    int[] projected = ShapeFixture.project(index, target);
    for (int i = 0; i < projected.length; i++) {
      flat = flat * target.dim(i) + projected[i];
    }
    return flat;
  }

  @Test
  void smallTermsOfASumAreNotLost() {
    // In float32 2^24 + 1 is 2^24.
    Tensor x = Tensor.of(Shape.of(3), 0x1p24f, 1, 1);
    float sum = 0x1p24f + 2;
    assertEquals(sum, Reduce.sum(Allocator.HEAP, x).item());
    Tensor columns = Layout.concat(Allocator.HEAP, 1, x.reshape(3, 1), x.reshape(3, 1));
    assertArrayEquals(new float[] {sum, sum}, Reduce.sum(Allocator.HEAP, columns, 0).toArray());
    Tensor rows = Layout.concat(Allocator.HEAP, 0, x.reshape(1, 3), x.reshape(1, 3));
    assertArrayEquals(new float[] {sum, sum}, Reduce.sum(Allocator.HEAP, rows, 1).toArray());
  }

  @Test
  void whatIsNotANumberShowsInTheResult() {
    Tensor x = Tensor.of(Shape.of(2, 2), 1, Float.NaN, 3, 4);
    assertArrayEquals(new float[] {Float.NaN, 4}, Reduce.max(Allocator.HEAP, x, 1).toArray());
    assertArrayEquals(new float[] {Float.NaN, 7}, Reduce.sum(Allocator.HEAP, x, 1).toArray());
  }

  @Test
  void theSumOfNothingIsZero() {
    assertEquals(0, Reduce.sum(new DirtyAllocatorFixture(), Tensor.zeros(0, 3)).item());
    assertArrayEquals(
        new float[3], Reduce.sum(new DirtyAllocatorFixture(), Tensor.zeros(0, 3), 0).toArray());
    assertTrue(Float.isNaN(Reduce.mean(new DirtyAllocatorFixture(), Tensor.zeros(0, 3)).item()));
  }

  @Test
  void shapesThatDoNotFitAreNamed() {
    Tensor x = Tensor.zeros(2, 3);
    assertMessage("shape: no axis 2 in [2, 3]", () -> Reduce.sum(Allocator.HEAP, x, 2));
    assertMessage(
        "sum: [4, 3] does not broadcast to [1, 3]",
        () -> Reduce.sumTo(Allocator.HEAP, Tensor.zeros(1, 3), Shape.of(4, 3)));
    assertMessage(
        "sum: shapes do not broadcast: [2, 3] and [2]",
        () -> Reduce.sumTo(Allocator.HEAP, x, Shape.of(2)));
    assertMessage(
        "sum: not images [n, ..., c]: [3]",
        () -> Reduce.sumPixels(Allocator.HEAP, Tensor.zeros(3)));
  }

  private static void assertMessage(String expected, Runnable action) {
    assertEquals(expected, assertThrows(IllegalArgumentException.class, action::run).getMessage());
  }
}
