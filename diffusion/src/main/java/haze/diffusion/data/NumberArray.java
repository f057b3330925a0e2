package haze.diffusion.data;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;

/// An array of numbers as it lies in a file: in memory, or mapped, so that a file may be larger
/// than the heap. Element `[i, j, ..]` is at byte `offset + i strides[0] + j strides[1] + ..`.
///
/// @param name of the file, for messages
/// @param bytes the file, or what it unpacks to
/// @param type of the numbers
/// @param order of the bytes of a number
/// @param offset of the first element, in bytes
/// @param sizes of the axes
/// @param strides of the axes, in bytes
@SuppressWarnings("ArrayRecordComponent") // Handed on once; nobody compares two.
record NumberArray(
    String name,
    MemorySegment bytes,
    ElementType type,
    ByteOrder order,
    long offset,
    long[] sizes,
    long[] strides) {

  /// An array without gaps, whose last axis runs fastest.
  ///
  /// @throws DataException if there are fewer bytes than the sizes take
  static NumberArray of(
      String name,
      MemorySegment bytes,
      long offset,
      ElementType type,
      ByteOrder order,
      long... sizes)
      throws DataException {
    long needed = bytes(type, sizes);
    if (needed < 0 || needed > bytes.byteSize() - offset) {
      throw new DataException(
          name,
          "ends after "
              + Math.max(0, bytes.byteSize() - offset)
              + " of the "
              + (needed < 0 ? "more than 2^63" : needed)
              + " bytes of "
              + Arrays.toString(sizes));
    }
    long[] strides = new long[sizes.length];
    long stride = type.size();
    for (int axis = sizes.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= sizes[axis];
    }
    return new NumberArray(name, bytes, type, order, offset, sizes, strides);
  }

  /// {@return how many bytes an array takes; -1 if more than 2^63 - 1, or a size is negative}
  static long bytes(ElementType type, long... sizes) {
    if (Arrays.stream(sizes).anyMatch(size -> size < 0)) {
      return -1;
    }
    if (Arrays.stream(sizes).anyMatch(size -> size == 0)) {
      return 0;
    }
    long product = type.size();
    for (long size : sizes) {
      if (product > Long.MAX_VALUE / size) {
        return -1;
      }
      product *= size;
    }
    return product;
  }

  /// {@return the same with the axes in the reverse order}
  NumberArray reversed() {
    int[] axes = new int[sizes.length];
    Arrays.setAll(axes, axis -> axes.length - 1 - axis);
    return axes(axes);
  }

  /// {@return the same with other axes: those of the numbers, in their order}
  NumberArray axes(int... axes) {
    return new NumberArray(
        name,
        bytes,
        type,
        order,
        offset,
        Arrays.stream(axes).mapToLong(axis -> sizes[axis]).toArray(),
        Arrays.stream(axes).mapToLong(axis -> strides[axis]).toArray());
  }

  /// {@return the same with an axis of size 1 behind the others}
  NumberArray withLast() {
    long[] longer = Arrays.copyOf(sizes, sizes.length + 1);
    longer[sizes.length] = 1;
    return new NumberArray(
        name, bytes, type, order, offset, longer, Arrays.copyOf(strides, strides.length + 1));
  }

  /// {@return the same with an axis in the place of which two stand, `[.., n, ..]` as `[.., n /
  /// last, last, ..]`}
  NumberArray split(int axis, long last) {
    long[] longer = new long[sizes.length + 1];
    long[] steps = new long[sizes.length + 1];
    System.arraycopy(sizes, 0, longer, 0, axis);
    System.arraycopy(strides, 0, steps, 0, axis);
    longer[axis] = sizes[axis] / last;
    longer[axis + 1] = last;
    steps[axis] = strides[axis] * last;
    steps[axis + 1] = strides[axis];
    System.arraycopy(sizes, axis + 1, longer, axis + 2, sizes.length - axis - 1);
    System.arraycopy(strides, axis + 1, steps, axis + 2, sizes.length - axis - 1);
    return new NumberArray(name, bytes, type, order, offset, longer, steps);
  }

  /// {@return a number of an array of one axis}
  double at(long index) {
    return type.read(bytes, offset + index * strides[0], order);
  }

  /// {@return the sizes, such as `[100, 28, 28]`}
  String shape() {
    return Arrays.toString(sizes);
  }
}
