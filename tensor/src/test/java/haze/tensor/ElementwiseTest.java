package haze.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ElementwiseTest {
  private interface Operation {
    Tensor of(Allocator allocator, Tensor a, Tensor b);
  }

  private interface Scalar {
    float of(float a, float b);
  }

  private record Pair(Operation operation, Scalar scalar) {}

  private static final List<Pair> OPERATIONS =
      List.of(
          new Pair(Elementwise::add, (a, b) -> a + b),
          new Pair(Elementwise::subtract, (a, b) -> a - b),
          new Pair(Elementwise::multiply, (a, b) -> a * b),
          new Pair(Elementwise::divide, (a, b) -> a / b));

  @Provide
  Arbitrary<Shape> shapes() {
    return ShapeFixture.shapes(0, 4);
  }

  @Property(tries = 500)
  void eitherOperandIsRepeatedAlongItsAxesOfSizeOne(
      @ForAll("shapes") Shape shape,
      @ForAll int choiceA,
      @ForAll int choiceB,
      @ForAll @IntRange(max = 3) int operation,
      @ForAll long seed) {
    Shape shapeA = ShapeFixture.broadcastable(shape, choiceA);
    Shape shapeB = ShapeFixture.broadcastable(shape, choiceB);
    var samples = new SamplesFixture(seed);
    Tensor a = samples.normal(shapeA);
    Tensor b = samples.normal(shapeB);
    var allocator = new DirtyAllocatorFixture();
    Tensor c = OPERATIONS.get(operation).operation.of(allocator, a, b);
    assertEquals(Shape.broadcast(shapeA, shapeB, "test"), c.shape());
    NaiveFixture.forEachIndex(
        c.shape(),
        i ->
            assertEquals(
                OPERATIONS
                    .get(operation)
                    .scalar
                    .of(
                        a.get(ShapeFixture.project(i, shapeA)),
                        b.get(ShapeFixture.project(i, shapeB))),
                c.get(i)));
    allocator.check();
  }

  @Test
  void longRowsAreBroadcastToo() {
    // Long enough for the loops that the JVM vectorises.
    var samples = new SamplesFixture(1);
    Tensor a = samples.normal(3, 1000);
    for (Tensor b :
        List.of(
            samples.normal(3, 1000),
            samples.normal(1000),
            samples.normal(3, 1),
            samples.normal(1))) {
      for (Pair pair : OPERATIONS) {
        Tensor c = pair.operation.of(new DirtyAllocatorFixture(), a, b);
        Tensor d = pair.operation.of(new DirtyAllocatorFixture(), b, a);
        NaiveFixture.forEachIndex(
            c.shape(),
            i -> {
              float other = b.get(ShapeFixture.project(i, b.shape()));
              assertEquals(pair.scalar.of(a.get(i), other), c.get(i));
              assertEquals(pair.scalar.of(other, a.get(i)), d.get(i));
            });
      }
    }
  }

  @Property(tries = 100)
  void combineScaleAndClampTakeEveryElement(@ForAll("shapes") Shape shape, @ForAll long seed) {
    var samples = new SamplesFixture(seed);
    Tensor x = samples.normal(shape);
    Tensor y = samples.normal(shape);
    var allocator = new DirtyAllocatorFixture();
    Tensor combined = Elementwise.combine(allocator, 0.25f, x, -2, y);
    Tensor scaled = Elementwise.scale(allocator, x, 0.7f);
    Tensor clamped = Elementwise.clamp(allocator, x, -0.5f, 0.75f);
    NaiveFixture.forEachIndex(
        shape,
        i -> {
          assertEquals(0.25f * x.get(i) - 2 * y.get(i), combined.get(i));
          assertEquals(0.7f * x.get(i), scaled.get(i));
          assertEquals(
              x.get(i) < -0.5f ? -0.5f : x.get(i) > 0.75f ? 0.75f : x.get(i), clamped.get(i));
        });
    assertEquals(shape, combined.shape());
    assertEquals(shape, scaled.shape());
    assertEquals(shape, clamped.shape());
    allocator.check();
  }

  @Test
  void clampKeepsWhatIsNotANumber() {
    Tensor x = Tensor.of(Shape.of(3), Float.NaN, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY);
    assertArrayEquals(
        new float[] {Float.NaN, -1, 1}, Elementwise.clamp(Allocator.HEAP, x, -1, 1).toArray());
  }

  @Property(tries = 100)
  void accumulateAddsInPlace(@ForAll("shapes") Shape shape, @ForAll long seed) {
    var samples = new SamplesFixture(seed);
    Tensor targets = samples.normal(3, shape.size());
    Tensor sources = samples.normal(3, shape.size());
    Tensor expected = targets.copy();
    for (int i = 0; i < shape.size(); i++) {
      expected.set(targets.get(1, i) + sources.get(1, i), 1, i);
    }
    Elementwise.accumulate(targets.at(1).reshape(shape), sources.at(1).reshape(shape));
    assertArrayEquals(expected.toArray(), targets.toArray());
  }

  @Test
  void shapesThatDoNotFitAreNamed() {
    Tensor a = Tensor.zeros(2, 3);
    Tensor b = Tensor.zeros(3, 2);
    assertMessage(
        "add: shapes do not broadcast: [2, 3] and [3, 2]",
        () -> Elementwise.add(Allocator.HEAP, a, b));
    assertMessage(
        "subtract: shapes do not broadcast: [2, 3] and [3, 2]",
        () -> Elementwise.subtract(Allocator.HEAP, a, b));
    assertMessage(
        "multiply: shapes do not broadcast: [2, 3] and [3, 2]",
        () -> Elementwise.multiply(Allocator.HEAP, a, b));
    assertMessage(
        "divide: shapes do not broadcast: [2, 3] and [3, 2]",
        () -> Elementwise.divide(Allocator.HEAP, a, b));
    assertMessage(
        "combine: shapes differ: [2, 3] and [3, 2]",
        () -> Elementwise.combine(Allocator.HEAP, 1, a, 1, b));
    assertMessage(
        "accumulate: shapes differ: [2, 3] and [3, 2]", () -> Elementwise.accumulate(a, b));
  }

  private static void assertMessage(String expected, Runnable action) {
    assertEquals(expected, assertThrows(IllegalArgumentException.class, action::run).getMessage());
  }
}
