package haze.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class ShapeTest {
  @Test
  void theSizeIsTheProductOfTheAxes() {
    assertEquals(24, Shape.of(2, 3, 4).size());
    assertEquals(1, Shape.of().size());
    assertEquals(0, Shape.of(7, 0, 3).size());
    assertEquals(3, Shape.of(2, 3, 4).rank());
    assertEquals(12, Shape.of(2, 3, 4).count(1, 3));
    assertEquals(1, Shape.of(2, 3, 4).count(2, 2));
  }

  @Test
  void axesCountFromEitherEnd() {
    Shape shape = Shape.of(2, 3, 4);
    assertEquals(2, shape.dim(0));
    assertEquals(4, shape.dim(-1));
    assertEquals(2, shape.dim(-3));
    assertEquals(1, shape.axis(-2));
    assertMessage("shape: no axis 3 in [2, 3, 4]", () -> shape.dim(3));
    assertMessage("shape: no axis -4 in [2, 3, 4]", () -> shape.dim(-4));
    assertMessage("shape: no axis 0 in []", () -> Shape.of().dim(0));
  }

  @Test
  void aNegativeSizeIsRefused() {
    assertMessage("shape: negative size in [2, -3]", () -> Shape.of(2, -3));
    assertMessage("shape: negative size in [0, -1]", () -> Shape.of(0, -1));
  }

  @Test
  void moreElementsThanAnArrayHoldsAreRefused() {
    assertEquals(Integer.MAX_VALUE, Shape.of(Integer.MAX_VALUE).size());
    assertMessage(
        "shape: more than 2^31-1 elements in [65536, 32768]", () -> Shape.of(65536, 32768));
    // The product of these is 0 in int.
    assertMessage(
        "shape: more than 2^31-1 elements in [65536, 65536]", () -> Shape.of(65536, 65536));
    assertEquals(0, Shape.of(65536, 65536, 0).size());
  }

  @Test
  void aShapeKeepsItsSizesToItself() {
    int[] dims = {2, 3};
    Shape shape = Shape.of(dims);
    dims[0] = 9;
    shape.dims()[1] = 9;
    assertArrayEquals(new int[] {2, 3}, shape.dims());
  }

  @Test
  void equalSizesMakeEqualShapes() {
    assertEquals(Shape.of(2, 3), Shape.of(2, 3));
    assertEquals(Shape.of(2, 3).hashCode(), Shape.of(2, 3).hashCode());
    assertNotEquals(Shape.of(2, 3), Shape.of(3, 2));
    assertNotEquals(Shape.of(6), Shape.of(6, 1));
    assertEquals("[2, 3]", Shape.of(2, 3).toString());
  }

  @Test
  void oneSizeCanBeReplaced() {
    assertEquals(Shape.of(2, 3, 9), Shape.of(2, 3, 4).with(-1, 9));
    assertEquals(Shape.of(5, 2, 3), Shape.of(2, 3).batch(5));
    assertEquals(Shape.of(0), Shape.of().batch(0));
    assertMessage("shape: no axis 2 in [2, 3]", () -> Shape.of(2, 3).with(2, 1));
  }

  @Test
  void shapesBroadcastFromTheInnermostAxis() {
    assertBroadcast(Shape.of(2, 3), Shape.of(2, 3), Shape.of(2, 3));
    assertBroadcast(Shape.of(2, 3), Shape.of(3), Shape.of(2, 3));
    assertBroadcast(Shape.of(2, 1), Shape.of(3), Shape.of(2, 3));
    assertBroadcast(Shape.of(4, 1, 3), Shape.of(2, 1), Shape.of(4, 2, 3));
    assertBroadcast(Shape.of(), Shape.of(5), Shape.of(5));
    assertBroadcast(Shape.of(0, 3), Shape.of(1), Shape.of(0, 3));
    assertMessage(
        "plus: shapes do not broadcast: [2, 3] and [2]",
        () -> Shape.broadcast(Shape.of(2, 3), Shape.of(2), "plus"));
    assertMessage(
        "plus: shapes do not broadcast: [0] and [2]",
        () -> Shape.broadcast(Shape.of(0), Shape.of(2), "plus"));
    assertMessage(
        "shape: more than 2^31-1 elements in [65536, 65536]",
        () -> Shape.broadcast(Shape.of(65536, 1), Shape.of(65536), "plus"));
  }

  private static void assertBroadcast(Shape a, Shape b, Shape expected) {
    assertEquals(expected, Shape.broadcast(a, b, "plus"));
    assertEquals(expected, Shape.broadcast(b, a, "plus"));
  }

  private static void assertMessage(String expected, Runnable action) {
    assertEquals(expected, assertThrows(IllegalArgumentException.class, action::run).getMessage());
  }
}
