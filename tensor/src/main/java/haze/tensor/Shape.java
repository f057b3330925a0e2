package haze.tensor;

import java.util.Arrays;

/// The sizes of a tensor's axes, outermost first: `[n, h, w, c]` for a batch of images.
///
/// Immutable. The number of elements is the product of the sizes and fits in an `int`; a shape
/// without axes is a scalar's and has one element. An axis may have size 0. Where a method takes an
/// axis, a negative one counts from the end: -1 is the innermost.
public final class Shape {
  private static final Shape SCALAR = new Shape(new int[0], 1);

  private final int[] dims;
  private final int size;

  private Shape(int[] dims, int size) {
    this.dims = dims;
    this.size = size;
  }

  /// The shape with these axis sizes.
  ///
  /// @throws IllegalArgumentException if a size is negative or the product exceeds an `int`
  public static Shape of(int... dims) {
    if (dims.length == 0) {
      return SCALAR;
    }
    int[] copy = dims.clone();
    int size = 1;
    boolean empty = false;
    for (int dim : copy) {
      if (dim < 0) {
        throw new IllegalArgumentException("shape: negative size in " + Arrays.toString(copy));
      }
      empty |= dim == 0;
    }
    try {
      for (int dim : copy) {
        size = empty ? 0 : Math.multiplyExact(size, dim);
      }
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "shape: more than 2^31-1 elements in " + Arrays.toString(copy), e);
    }
    return new Shape(copy, size);
  }

  /// {@return the number of axes, 0 for a scalar}
  public int rank() {
    return dims.length;
  }

  /// {@return the number of elements, 1 for a scalar}
  public int size() {
    return size;
  }

  /// {@return the size of an axis}
  ///
  /// @throws IllegalArgumentException if there is no such axis
  public int dim(int axis) {
    return dims[axis(axis)];
  }

  /// {@return the same axis counted from the start, 0 to `rank() - 1`}
  ///
  /// @throws IllegalArgumentException if there is no such axis
  public int axis(int axis) {
    int fromStart = axis < 0 ? axis + dims.length : axis;
    if (fromStart < 0 || fromStart >= dims.length) {
      throw new IllegalArgumentException("shape: no axis " + axis + " in " + this);
    }
    return fromStart;
  }

  /// {@return the axis sizes in a fresh array}
  public int[] dims() {
    return dims.clone();
  }

  /// {@return this shape with the size of one axis replaced}
  public Shape with(int axis, int dim) {
    int[] changed = dims.clone();
    changed[axis(axis)] = dim;
    return of(changed);
  }

  /// {@return the shape of a batch of n values of this shape, `[n, ...]`}
  public Shape batch(int n) {
    int[] batch = new int[dims.length + 1];
    batch[0] = n;
    System.arraycopy(dims, 0, batch, 1, dims.length);
    return of(batch);
  }

  /// {@return the product of the sizes of the axes from `from` (inclusive) to `to` (exclusive)}
  public int count(int from, int to) {
    int count = 1;
    for (int i = from; i < to; i++) {
      count *= dims[i];
    }
    return count;
  }

  /// The shape that two operands broadcast to, as in NumPy: aligned at the innermost axis, sizes
  /// must be equal or one of them 1.
  ///
  /// @param operation named in the error message
  /// @throws IllegalArgumentException if the shapes do not broadcast
  public static Shape broadcast(Shape a, Shape b, String operation) {
    if (a.equals(b)) {
      return a;
    }
    int rank = Math.max(a.rank(), b.rank());
    int[] dims = new int[rank];
    for (int i = 1; i <= rank; i++) {
      int left = i <= a.rank() ? a.dims[a.rank() - i] : 1;
      int right = i <= b.rank() ? b.dims[b.rank() - i] : 1;
      if (left != right && left != 1 && right != 1) {
        throw new IllegalArgumentException(
            operation + ": shapes do not broadcast: " + a + " and " + b);
      }
      dims[rank - i] = left == 1 ? right : left;
    }
    return of(dims);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  @Override
  public String toString() {
    return Arrays.toString(dims);
  }
}
