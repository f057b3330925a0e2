package haze.tensor;

import java.util.Arrays;

/// An array of `float` with a shape: row-major and contiguous, the innermost axis varies fastest.
///
/// {@snippet file="haze/tensor/TensorExamplesTest.java" region="tensor"}
///
/// [#reshape], [#at] and [#slice] share the data; all other operations write a new tensor. There
/// are no strided views, so a kernel needs an array, an offset and sizes only. The operations are
/// methods of [Elementwise], [Reduce], [MatMul], [Layout], [Convolution], [GroupNorm], [Resize] and
/// [Attention]; the most common ones are also methods here, with results on the Java heap.
public final class Tensor {
  private final Shape shape;
  private final float[] data;
  private final int offset;

  private Tensor(Shape shape, float[] data, int offset) {
    this.shape = shape;
    this.data = data;
    this.offset = offset;
  }

  /// A tensor over existing memory: its first element is `data[offset]`, and `data` is shared.
  ///
  /// @throws IllegalArgumentException if `data` ends before the shape is filled
  public static Tensor wrap(Shape shape, float[] data, int offset) {
    if (offset < 0 || offset > data.length - shape.size()) {
      throw new IllegalArgumentException(
          "tensor: "
              + shape
              + " at offset "
              + offset
              + " does not fit in an array of "
              + data.length);
    }
    return new Tensor(shape, data, offset);
  }

  /// A tensor with these elements in row-major order; the array is shared, not copied.
  ///
  /// @throws IllegalArgumentException if the number of elements is not the shape's
  public static Tensor of(Shape shape, float... elements) {
    if (elements.length != shape.size()) {
      throw new IllegalArgumentException(
          "tensor: " + shape + " has " + shape.size() + " elements, given " + elements.length);
    }
    return new Tensor(shape, elements, 0);
  }

  /// {@return a tensor without axes}
  public static Tensor scalar(float value) {
    return of(Shape.of(), value);
  }

  /// {@return a tensor of zeros}
  public static Tensor zeros(int... dims) {
    return Allocator.HEAP.allocate(Shape.of(dims));
  }

  /// {@return a tensor whose elements are all `value`}
  public static Tensor full(float value, int... dims) {
    return zeros(dims).fill(value);
  }

  public Shape shape() {
    return shape;
  }

  /// {@return the size of an axis, see [Shape#dim]}
  public int dim(int axis) {
    return shape.dim(axis);
  }

  /// {@return the number of elements}
  public int size() {
    return shape.size();
  }

  /// {@return the array itself, not a copy} Element `i` in row-major order is `data()[offset() +
  /// i]`.
  public float[] data() {
    return data;
  }

  /// {@return the index of the first element in [#data]}
  public int offset() {
    return offset;
  }

  /// {@return the element at an index of one number an axis}
  ///
  /// @throws IllegalArgumentException if the index does not lie in the shape
  public float get(int... index) {
    return data[offset + flat(index)];
  }

  /// Replaces the element at an index of one number an axis.
  ///
  /// @throws IllegalArgumentException if the index does not lie in the shape
  public void set(float value, int... index) {
    data[offset + flat(index)] = value;
  }

  private int flat(int[] index) {
    boolean inside = index.length == shape.rank();
    int flat = 0;
    for (int i = 0; inside && i < index.length; i++) {
      inside = index[i] >= 0 && index[i] < shape.dim(i);
      flat = flat * shape.dim(i) + index[i];
    }
    if (!inside) {
      throw new IllegalArgumentException(
          "tensor: no element " + Arrays.toString(index) + " in " + shape);
    }
    return flat;
  }

  /// {@return the only element of a tensor of size 1}
  ///
  /// @throws IllegalArgumentException if there is not exactly one
  public float item() {
    if (size() != 1) {
      throw new IllegalArgumentException("item: not one element: " + shape);
    }
    return data[offset];
  }

  /// The same data under another shape of the same size. One size may be -1 and is computed from
  /// the others.
  ///
  /// @throws IllegalArgumentException if the sizes differ
  public Tensor reshape(int... dims) {
    int[] full = dims.clone();
    int unknown = -1;
    long known = 1;
    for (int i = 0; i < full.length; i++) {
      if (full[i] == -1 && unknown < 0) {
        unknown = i;
      } else {
        // Held at a size that no tensor has, so that it cannot overflow.
        known = Math.min(known * Math.max(full[i], 0), 1L << Integer.SIZE);
      }
    }
    if (unknown < 0 ? known != size() : known == 0 || size() % known != 0) {
      throw new IllegalArgumentException(
          "reshape: sizes differ: " + shape + " to " + Arrays.toString(dims));
    }
    if (unknown >= 0) {
      full[unknown] = (int) (size() / known);
    }
    return reshape(Shape.of(full));
  }

  /// The same data under another shape of the same size.
  ///
  /// @throws IllegalArgumentException if the sizes differ
  public Tensor reshape(Shape newShape) {
    if (newShape.size() != size()) {
      throw new IllegalArgumentException("reshape: sizes differ: " + shape + " to " + newShape);
    }
    return new Tensor(newShape, data, offset);
  }

  /// Entry `i` of the outermost axis, such as one image of a batch: a tensor of one axis less that
  /// shares this one's data.
  ///
  /// @throws IllegalArgumentException if there is no such entry
  public Tensor at(int i) {
    return slice(i, 1).reshape(Shape.of(Arrays.copyOfRange(shape.dims(), 1, shape.rank())));
  }

  /// Consecutive entries of the outermost axis, such as some images of a batch: a tensor of the
  /// same rank that shares this one's data. [Layout#slice] copies, along any axis.
  ///
  /// @throws IllegalArgumentException if the entries do not exist
  public Tensor slice(int from, int count) {
    if (shape.rank() == 0 || from < 0 || count < 0 || from > shape.dim(0) - count) {
      throw new IllegalArgumentException(
          "slice: no entries " + from + " to " + (from + count) + " in " + shape);
    }
    int stride = shape.count(1, shape.rank());
    return new Tensor(shape.with(0, count), data, offset + from * stride);
  }

  /// {@return this tensor, all its elements set to `value`}
  public Tensor fill(float value) {
    Arrays.fill(data, offset, offset + size(), value);
    return this;
  }

  /// Overwrites the elements with those of a tensor of the same shape.
  ///
  /// @return this
  /// @throws IllegalArgumentException if the shapes differ
  public Tensor copyFrom(Tensor source) {
    if (!shape.equals(source.shape)) {
      throw new IllegalArgumentException("copy: shapes differ: " + source.shape + " to " + shape);
    }
    System.arraycopy(source.data, source.offset, data, offset, size());
    return this;
  }

  /// {@return the same elements in memory of their own}
  public Tensor copy() {
    return new Tensor(shape, toArray(), 0);
  }

  /// {@return the elements in row-major order, in a fresh array}
  public float[] toArray() {
    return Arrays.copyOfRange(data, offset, offset + size());
  }

  /// {@return the elements, row-major, in a fresh array of double}
  public double[] toDoubles() {
    double[] doubles = new double[size()];
    for (int i = 0; i < doubles.length; i++) {
      doubles[i] = data[offset + i];
    }
    return doubles;
  }

  /// `this + other`, see [Elementwise#add].
  public Tensor plus(Tensor other) {
    return Elementwise.add(Allocator.HEAP, this, other);
  }

  /// `this - other`, see [Elementwise#subtract].
  public Tensor minus(Tensor other) {
    return Elementwise.subtract(Allocator.HEAP, this, other);
  }

  /// `this * other`, element by element, see [Elementwise#multiply].
  public Tensor times(Tensor other) {
    return Elementwise.multiply(Allocator.HEAP, this, other);
  }

  /// `this * factor`, see [Elementwise#scale].
  public Tensor times(float factor) {
    return Elementwise.scale(Allocator.HEAP, this, factor);
  }

  /// `this / other`, element by element, see [Elementwise#divide].
  public Tensor dividedBy(Tensor other) {
    return Elementwise.divide(Allocator.HEAP, this, other);
  }

  /// The matrix product over the two innermost axes: `[..., m, k]` by `[..., k, n]`, or by `[k, n]`
  /// for all entries, is `[..., m, n]`. See [MatMul#multiply].
  public Tensor matmul(Tensor other) {
    return MatMul.multiply(Allocator.HEAP, this, false, other, false);
  }

  /// The sum over some axes, or over all if none is given, see [Reduce#sum].
  public Tensor sum(int... axes) {
    return Reduce.sum(Allocator.HEAP, this, axes);
  }

  /// The mean over some axes, or over all if none is given, see [Reduce#mean].
  public Tensor mean(int... axes) {
    return Reduce.mean(Allocator.HEAP, this, axes);
  }

  /// `min(max(this, low), high)`, see [Elementwise#clamp].
  public Tensor clamp(float low, float high) {
    return Elementwise.clamp(Allocator.HEAP, this, low, high);
  }

  /// {@return the shape and the elements in nested rows} Of a tensor with more than 64 elements the
  /// first and the last three entries of the two innermost axes, of the other axes the first and
  /// the last.
  @Override
  public String toString() {
    return TensorText.of(this);
  }
}
