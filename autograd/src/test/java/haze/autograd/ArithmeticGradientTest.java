package haze.autograd;

import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/// Gradients of the operations on elements and on axes, for many shapes.
class ArithmeticGradientTest {

  /// The dimensions of an operand that broadcasts to `dims`: without some leading axes, and with 1
  /// where a bit is set.
  private static int[] operand(List<Integer> dims, int dropped, int ones) {
    List<Integer> own = new ArrayList<>(dims.subList(Math.min(dropped, dims.size()), dims.size()));
    for (int i = 0; i < own.size(); i++) {
      if ((ones >> i & 1) == 1) {
        own.set(i, 1);
      }
    }
    return SamplesFixture.ints(own);
  }

  @Property(tries = 150)
  void arithmeticOfAnyTwoShapesThatBroadcast(
      @ForAll @Size(max = 4) List<@IntRange(min = 1, max = 4) Integer> dims,
      @ForAll @IntRange(max = 4) int droppedA,
      @ForAll @IntRange(max = 15) int onesA,
      @ForAll @IntRange(max = 4) int droppedB,
      @ForAll @IntRange(max = 15) int onesB,
      @ForAll long seed) {
    var some = new SamplesFixture(seed);
    Tensor a = some.normal(operand(dims, droppedA, onesA));
    Tensor b = some.awayFromZero(operand(dims, droppedB, onesB));
    GradientCheck.check((t, v) -> Add.apply(t, v.get(0), v.get(1)), a, b);
    GradientCheck.check((t, v) -> Subtract.apply(t, v.get(0), v.get(1)), a, b);
    GradientCheck.check((t, v) -> Multiply.apply(t, v.get(0), v.get(1)), a, b);
    GradientCheck.check((t, v) -> Divide.apply(t, v.get(0), v.get(1)), a, b);
  }

  @Property(tries = 50)
  void aVariableWithItself(
      @ForAll @Size(max = 3) List<@IntRange(min = 1, max = 5) Integer> dims, @ForAll long seed) {
    Tensor x = new SamplesFixture(seed).awayFromZero(SamplesFixture.ints(dims));
    GradientCheck.check((t, v) -> Add.apply(t, v.get(0), v.get(0)), x);
    GradientCheck.check((t, v) -> Subtract.apply(t, v.get(0), v.get(0)), x);
    GradientCheck.check((t, v) -> Multiply.apply(t, v.get(0), v.get(0)), x);
    GradientCheck.check((t, v) -> Divide.apply(t, v.get(0), v.get(0)), x);
    GradientCheck.check((t, v) -> MeanSquaredError.apply(t, v.get(0), v.get(0)), x);
  }

  @Property(tries = 100)
  void functionsOfOneVariable(
      @ForAll @Size(min = 1, max = 3) List<@IntRange(min = 1, max = 9) Integer> dims,
      @ForAll long seed) {
    var some = new SamplesFixture(seed);
    Tensor away = some.awayFromZero(SamplesFixture.ints(dims));
    GradientCheck.check((t, v) -> Relu.apply(t, v.get(0)), away);
    GradientCheck.check((t, v) -> Abs.apply(t, v.get(0)), away);
    Tensor positive = some.positive(SamplesFixture.ints(dims));
    GradientCheck.check((t, v) -> Log.apply(t, v.get(0)), positive);
    GradientCheck.check((t, v) -> Sqrt.apply(t, v.get(0)), positive);
    Tensor x = some.normal(SamplesFixture.ints(dims));
    GradientCheck.check((t, v) -> Sigmoid.apply(t, v.get(0)), x);
    GradientCheck.check((t, v) -> Tanh.apply(t, v.get(0)), x);
    GradientCheck.check((t, v) -> Scale.apply(t, v.get(0), 3), x);
    GradientCheck.check((t, v) -> Exp.apply(t, v.get(0)), x);
    GradientCheck.check((t, v) -> Silu.apply(t, v.get(0)), x);
    GradientCheck.check((t, v) -> Softmax.apply(t, v.get(0)), x);
    GradientCheck.check((t, v) -> Reshape.apply(t, v.get(0), -1), x);
    GradientCheck.check((t, v) -> Reshape.apply(t, v.get(0), 1, x.size(), 1), x);
  }

  @Property(tries = 100)
  void sumsAndMeansOverAnyAxes(
      @ForAll @Size(max = 4) List<@IntRange(min = 1, max = 4) Integer> dims,
      @ForAll @IntRange(max = 15) int chosen,
      @ForAll boolean fromTheEnd,
      @ForAll long seed) {
    int[] axes =
        java.util.stream.IntStream.range(0, dims.size())
            .filter(axis -> (chosen >> axis & 1) == 1)
            .map(axis -> fromTheEnd ? axis - dims.size() : axis)
            .toArray();
    Tensor x = new SamplesFixture(seed).normal(SamplesFixture.ints(dims));
    GradientCheck.check((t, v) -> Sum.apply(t, v.get(0), axes), x);
    GradientCheck.check((t, v) -> Mean.apply(t, v.get(0), axes), x);
  }

  @Property(tries = 60)
  void anyOrderOfAxes(
      @ForAll @Size(max = 5) List<@IntRange(min = 1, max = 4) Integer> dims, @ForAll long seed) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < dims.size(); i++) {
      order.add(i);
    }
    Collections.shuffle(order, new Random(seed));
    GradientCheck.check(
        (t, v) -> Permute.apply(t, v.get(0), SamplesFixture.ints(order)),
        new SamplesFixture(seed).normal(SamplesFixture.ints(dims)));
  }

  @Property(tries = 60)
  void anySliceOfAnyAxis(
      @ForAll @Size(min = 1, max = 4) List<@IntRange(min = 1, max = 5) Integer> dims,
      @ForAll @IntRange(max = 3) int anyAxis,
      @ForAll @IntRange(max = 4) int anyFrom,
      @ForAll @IntRange(min = 1, max = 5) int anyCount,
      @ForAll boolean fromTheEnd,
      @ForAll long seed) {
    int axis = anyAxis % dims.size();
    int from = anyFrom % dims.get(axis);
    int count = Math.min(anyCount, dims.get(axis) - from);
    GradientCheck.check(
        (t, v) -> Slice.apply(t, v.get(0), fromTheEnd ? axis - dims.size() : axis, from, count),
        new SamplesFixture(seed).normal(SamplesFixture.ints(dims)));
  }

  @Property(tries = 60)
  void partsJoinedAlongAnyAxisAlsoWhereOneOccursTwice(
      @ForAll @Size(min = 1, max = 4) List<@IntRange(min = 1, max = 4) Integer> dims,
      @ForAll @IntRange(max = 3) int anyAxis,
      @ForAll @IntRange(min = 1, max = 4) int other,
      @ForAll boolean fromTheEnd,
      @ForAll long seed) {
    int position = anyAxis % dims.size();
    int axis = fromTheEnd ? position - dims.size() : position;
    var some = new SamplesFixture(seed);
    Tensor a = some.normal(SamplesFixture.ints(dims));
    int[] otherDims = SamplesFixture.ints(dims);
    otherDims[position] = other;
    Tensor b = some.normal(otherDims);
    GradientCheck.check((t, v) -> Concat.apply(t, axis, v.get(0)), a);
    GradientCheck.check((t, v) -> Concat.apply(t, axis, v.get(0), v.get(1)), a, b);
    GradientCheck.check((t, v) -> Concat.apply(t, axis, v.get(0), v.get(1), v.get(0)), a, b);
  }

  @Property(tries = 60)
  void rowsOfATableAlsoRepeatedOnes(
      @ForAll @Size(min = 1, max = 3) List<@IntRange(min = 1, max = 6) Integer> dims,
      @ForAll @Size(min = 1, max = 8) List<@IntRange(max = 5) Integer> anyRows,
      @ForAll long seed) {
    int[] rows = anyRows.stream().mapToInt(row -> row % dims.getFirst()).toArray();
    GradientCheck.check(
        (t, v) -> Gather.apply(t, v.get(0), rows),
        new SamplesFixture(seed).normal(SamplesFixture.ints(dims)));
  }

  @Property(tries = 50)
  void theLossOfAnyShape(
      @ForAll @Size(max = 4) List<@IntRange(min = 1, max = 6) Integer> dims, @ForAll long seed) {
    var some = new SamplesFixture(seed);
    Tensor x = some.normal(SamplesFixture.ints(dims));
    // At a distance: where the loss is near 0, the roundings of the loss beside that point are
    // larger than allowed.
    Tensor target = x.plus(some.awayFromZero(SamplesFixture.ints(dims)));
    GradientCheck.check((t, v) -> MeanSquaredError.apply(t, v.get(0), v.get(1)), x, target);
  }
}
