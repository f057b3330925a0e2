package haze.tensor;

import haze.tensor.kernel.Vectors;
import org.jspecify.annotations.Nullable;

/// Where an operation gets memory: [#allocate] for its results, [#borrow] for scratch arrays.
///
/// [#HEAP] makes fresh arrays. A tape of the module above has one over a [BufferPool].
@FunctionalInterface
public interface Allocator {
  /// Index of the first array element that lies on a cache line's border, where objects are aligned
  /// to 64 bytes (`-XX:ObjectAlignmentInBytes=64`, which the program sets): the elements of an
  /// array begin 16 bytes after the object. A vector of 64 bytes that crosses that border costs two
  /// accesses. With other alignments the index is as good as any.
  int ALIGNED_OFFSET = Vectors.ALIGNED_OFFSET;

  /// Fresh arrays on the Java heap, left to the garbage collector.
  Allocator HEAP = shape -> Tensor.wrap(shape, new float[shape.size()], 0);

  /// A tensor with **arbitrary contents** that shares its data with no other in use: the caller
  /// writes every element.
  Tensor allocate(Shape shape);

  /// An array of at least this length for the time of one operation, with arbitrary contents.
  default float[] borrow(int length) {
    return new float[length];
  }

  /// Ends the use of an array from [#borrow].
  default void giveBack(float[] array) {}

  /// {@return transformed filters of weights that stay as they are, or null where weights may
  /// change}
  default @Nullable KeptFilters keptFilters() {
    return null;
  }
}
