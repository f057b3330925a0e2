package haze.tensor;

import haze.tensor.kernel.Vectors;

/// Where an operation gets the memory of its result from.
@FunctionalInterface
public interface Allocator {
  /// Index of an array's element from which on no vector of 64 bytes reaches over a cache line's
  /// border, where objects are aligned to 64 bytes (`-XX:ObjectAlignmentInBytes=64`, which the
  /// program sets): an array's first element comes 16 bytes later. Elsewhere it is as good as any.
  /// A tensor that begins there is read up to a third faster.
  int ALIGNED_OFFSET = Vectors.ALIGNED_OFFSET;

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
