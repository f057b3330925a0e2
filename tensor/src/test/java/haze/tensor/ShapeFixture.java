package haze.tensor;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;

/// How to draw shapes.
final class ShapeFixture {
  private ShapeFixture() {}

  /// Shapes with a number of axes in a range, each of size 0 to 5.
  static Arbitrary<Shape> shapes(int minRank, int maxRank) {
    // 0 seldom, since nothing is computed then.
    return Arbitraries.of(1, 2, 3, 4, 5, 1, 2, 3, 4, 0)
        .array(int[].class)
        .ofMinSize(minRank)
        .ofMaxSize(maxRank)
        .map(Shape::of)
        .withoutEdgeCases();
  }

  /// A shape that broadcasts to another: some outer axes left out, some of size 1, as the bits of
  /// `choice` say.
  static Shape broadcastable(Shape shape, int choice) {
    int skipped = shape.rank() == 0 ? 0 : Math.floorMod(choice, shape.rank() + 1);
    int[] dims = new int[shape.rank() - skipped];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = (choice >>> (8 + i) & 1) == 0 ? shape.dim(skipped + i) : 1;
    }
    return Shape.of(dims);
  }

  /// The index in a tensor of shape `shape` that an index of a shape it broadcasts to belongs to.
  static int[] project(int[] index, Shape shape) {
    int[] projected = new int[shape.rank()];
    for (int i = 0; i < projected.length; i++) {
      int at = index[index.length - projected.length + i];
      projected[i] = shape.dim(i) == 1 ? 0 : at;
    }
    return projected;
  }
}
