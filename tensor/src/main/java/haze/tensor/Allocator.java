package haze.tensor;

/// Where an operation gets the memory of its result from.
@FunctionalInterface
public interface Allocator {
  /// Fresh arrays on the Java heap, left to the garbage collector.
  Allocator HEAP = shape -> Tensor.wrap(shape, new float[shape.size()], 0);

  /// A tensor with **arbitrary contents**: the caller writes every element.
  ///
  /// @param shape its shape
  /// @return a tensor that shares its data with no other in use
  Tensor allocate(Shape shape);

  /// An array for the time of one operation, with arbitrary contents.
  ///
  /// @param length its smallest length
  /// @return an array of at least this length
  default float[] borrow(int length) {
    return new float[length];
  }

  /// Ends the use of an array from [#borrow].
  ///
  /// @param array the array
  default void giveBack(float[] array) {}
}
