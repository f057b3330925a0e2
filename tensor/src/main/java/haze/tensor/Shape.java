package haze.tensor;

import java.util.Arrays;

/// The sizes of a tensor's axes, outermost first: `[n, h, w, c]` for a batch of images.
///
/// Immutable. The number of elements is the product of the sizes and fits in an `int`; a shape
/// without axes is a scalar's and has one element. An axis may have size 0.
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
  /// @param dims the sizes, outermost axis first
  /// @return the shape
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

  /// The number of axes.
  ///
  /// @return 0 for a scalar
  public int rank() {
    return dims.length;
  }

  /// The number of elements, the product of the axis sizes.
  ///
  /// @return 1 for a scalar
  public int size() {
    return size;
  }

  /// The size of one axis.
  ///
  /// @param axis from 0 (outermost) to `rank() - 1`, or counted from the end: -1 is the innermost
  /// @return its size
  /// @throws IllegalArgumentException if there is no such axis
  public int dim(int axis) {
    return dims[axis(axis)];
  }

  /// An axis number counted from the start.
  ///
  /// @param axis an axis, negative if counted from the end
  /// @return the same axis, from 0 to `rank() - 1`
  /// @throws IllegalArgumentException if there is no such axis
  public int axis(int axis) {
    int fromStart = axis < 0 ? axis + dims.length : axis;
    if (fromStart < 0 || fromStart >= dims.length) {
      throw new IllegalArgumentException("shape: no axis " + axis + " in " + this);
    }
    return fromStart;
  }

  /// The axis sizes.
  ///
  /// @return a fresh array, outermost axis first
  public int[] dims() {
    return dims.clone();
  }

  /// This shape with one axis' size replaced.
  ///
  /// @param axis the axis, negative if counted from the end
  /// @param dim its new size
  /// @return the changed shape
  public Shape with(int axis, int dim) {
    int[] changed = dims.clone();
    changed[axis(axis)] = dim;
    return of(changed);
  }

  /// The shape of a batch: as many values of this shape, along a new outermost axis.
  ///
  /// @param n how many
  /// @return `[n, ...]`
  public Shape batch(int n) {
    int[] batch = new int[dims.length + 1];
    batch[0] = n;
    System.arraycopy(dims, 0, batch, 1, dims.length);
    return of(batch);
  }

  /// The product of the sizes of the axes from `from` (inclusive) to `to` (exclusive).
  ///
  /// @param from the first axis
  /// @param to the axis after the last
  /// @return the product, 1 if there is none
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
  /// @param a one operand's shape
  /// @param b the other's
  /// @param operation the name for the error message
  /// @return the common shape
  /// @throws IllegalArgumentException if the shapes do not go together
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
