package haze.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class LayoutTest {
  @Provide
  Arbitrary<Shape> shapes() {
    return ShapeFixture.shapes(0, 5);
  }

  @Provide
  Arbitrary<Shape> withAxes() {
    return ShapeFixture.shapes(1, 4);
  }

  @Property(tries = 300)
  void permuteExchangesTheAxes(@ForAll("shapes") Shape shape, @ForAll long seed) {
    List<Integer> order = new ArrayList<>(IntStream.range(0, shape.rank()).boxed().toList());
    Collections.shuffle(order, new Random(seed));
    int[] axes = order.stream().mapToInt(i -> i).toArray();
    Tensor x = new SamplesFixture(seed).normal(shape);
    var allocator = new DirtyAllocatorFixture();
    Tensor y = Layout.permute(allocator, x, axes);
    assertArrayEquals(IntStream.of(axes).map(shape::dim).toArray(), y.shape().dims());
    NaiveFixture.forEachIndex(
        y.shape(),
        index -> {
          int[] source = new int[axes.length];
          for (int i = 0; i < axes.length; i++) {
            source[axes[i]] = index[i];
          }
          assertEquals(x.get(source), y.get(index));
        });
    allocator.check();
  }

  @Property(tries = 300)
  void concatPutsSlicesTogetherAgain(
      @ForAll("withAxes") Shape shape,
      @ForAll int axisChoice,
      @ForAll int cutA,
      @ForAll int cutB,
      @ForAll long seed) {
    int axis = Math.floorMod(axisChoice, 2 * shape.rank()) - shape.rank();
    int size = shape.dim(axis);
    int first = Math.floorMod(cutA, size + 1);
    int second = Math.floorMod(cutB, size - first + 1);
    Tensor x = new SamplesFixture(seed).normal(shape);
    var allocator = new DirtyAllocatorFixture();
    Tensor a = Layout.slice(allocator, x, axis, 0, first);
    Tensor b = Layout.slice(allocator, x, axis, first, second);
    Tensor c = Layout.slice(allocator, x, axis, first + second, size - first - second);
    assertEquals(shape.with(axis, second), b.shape());
    NaiveFixture.forEachIndex(
        b.shape(),
        index -> {
          int[] source = index.clone();
          source[shape.axis(axis)] += first;
          assertEquals(x.get(source), b.get(index));
        });
    Tensor y = Layout.concat(allocator, axis, a, b, c);
    assertEquals(shape, y.shape());
    assertArrayEquals(x.toArray(), y.toArray());
    allocator.check();
  }

  @Test
  void concatJoinsTensorsOfDifferentSizes() {
    Tensor a = Tensor.of(Shape.of(2, 1), 1, 2);
    Tensor b = Tensor.of(Shape.of(2, 2), 3, 4, 5, 6);
    Tensor y = Layout.concat(Allocator.HEAP, -1, a, b);
    assertEquals(Shape.of(2, 3), y.shape());
    assertArrayEquals(new float[] {1, 3, 4, 2, 5, 6}, y.toArray());
  }

  @Property(tries = 200)
  void gatherLooksRowsUpAndScatterAddGivesThemBack(
      @ForAll("withAxes") Shape shape, @ForAll @IntRange(max = 9) int count, @ForAll long seed) {
    int rows = shape.dim(0);
    int[] indices = new Random(seed).ints(rows == 0 ? 0 : count, 0, Math.max(rows, 1)).toArray();
    var samples = new SamplesFixture(seed);
    Tensor table = samples.normal(shape);
    var allocator = new DirtyAllocatorFixture();
    Tensor y = Layout.gather(allocator, table, indices);
    assertEquals(shape.with(0, indices.length), y.shape());
    for (int i = 0; i < indices.length; i++) {
      assertArrayEquals(table.at(indices[i]).toArray(), y.at(i).toArray());
    }

    Tensor gradient = samples.normal(y.shape());
    double[] expected = NaiveFixture.doubles(table);
    int width = shape.count(1, shape.rank());
    NaiveFixture.forEachIndex(
        Shape.of(indices.length, width),
        i -> expected[indices[i[0]] * width + i[1]] += gradient.at(i[0]).toArray()[i[1]]);
    Layout.scatterAdd(table, gradient, indices);
    CloseFixture.assertClose(
        expected, table, CloseFixture.sumBound(9), CloseFixture.scale(expected, 4));
    allocator.check();
  }

  @Test
  void aRowThatOccursTwiceIsAddedTwice() {
    Tensor table = Tensor.zeros(3, 1);
    Layout.scatterAdd(table, Tensor.of(Shape.of(3, 1), 1, 10, 100), 2, 0, 2);
    assertArrayEquals(new float[] {10, 0, 101}, table.toArray());
  }

  @Test
  void whatDoesNotExistIsNamed() {
    Tensor x = Tensor.zeros(2, 3);
    assertMessage(
        "permute: [0, 0] is not an order of the axes of [2, 3]",
        () -> Layout.permute(Allocator.HEAP, x, 0, 0));
    assertMessage(
        "permute: [0, 2] is not an order of the axes of [2, 3]",
        () -> Layout.permute(Allocator.HEAP, x, 0, 2));
    assertMessage(
        "permute: [-1, 0] is not an order of the axes of [2, 3]",
        () -> Layout.permute(Allocator.HEAP, x, -1, 0));
    assertMessage(
        "permute: [0] is not an order of the axes of [2, 3]",
        () -> Layout.permute(Allocator.HEAP, x, 0));
    assertMessage(
        "slice: no entries 2 to 4 on axis 1 of [2, 3]",
        () -> Layout.slice(Allocator.HEAP, x, 1, 2, 2));
    assertMessage(
        "slice: no entries -1 to 1 on axis -1 of [2, 3]",
        () -> Layout.slice(Allocator.HEAP, x, -1, -1, 2));
    assertMessage(
        "slice: no entries 1 to 0 on axis 0 of [2, 3]",
        () -> Layout.slice(Allocator.HEAP, x, 0, 1, -1));
    assertMessage("concat: nothing to join", () -> Layout.concat(Allocator.HEAP, 0));
    assertMessage(
        "concat: shapes differ beyond axis 1: [2, 3] and [3, 3]",
        () -> Layout.concat(Allocator.HEAP, 1, x, Tensor.zeros(3, 3)));
    assertMessage(
        "concat: shapes differ beyond axis 0: [2, 3] and [2, 3, 1]",
        () -> Layout.concat(Allocator.HEAP, 0, x, Tensor.zeros(2, 3, 1)));
    assertMessage("gather: no row 2 in [2, 3]", () -> Layout.gather(Allocator.HEAP, x, 0, 2));
    assertMessage("gather: no row -1 in [2, 3]", () -> Layout.gather(Allocator.HEAP, x, -1));
    assertMessage(
        "scatter: no row 2 in [2, 3]", () -> Layout.scatterAdd(x, Tensor.full(1, 2, 3), 0, 2));
    assertMessage(
        "scatter: rows [3, 3] for 2 rows of [2, 3]",
        () -> Layout.scatterAdd(x, Tensor.zeros(3, 3), 0, 1));
    assertMessage(
        "scatter: rows [2, 4] for 2 rows of [2, 3]",
        () -> Layout.scatterAdd(x, Tensor.zeros(2, 4), 0, 1));
    assertArrayEquals(new float[6], x.toArray());
  }

  private static void assertMessage(String expected, Runnable action) {
    assertEquals(expected, assertThrows(IllegalArgumentException.class, action::run).getMessage());
  }
}
