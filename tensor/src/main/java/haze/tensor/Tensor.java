package haze.tensor;

import java.util.Arrays;

/// An array of `float` with a shape: row-major and contiguous, the innermost axis varies fastest.
///
/// [#reshape], [#at] and [#slice] share the data; all other operations write a new tensor. There
/// are no strided views, so a kernel sees nothing but an array, an offset and sizes. The operations
/// are methods of [Elementwise], [Reduce], [MatMul], [Layout], [Convolution], [GroupNorm], [Resize]
/// and [Attention]; the most common ones are also methods here, with results on the Java heap.
public final class Tensor {
  private final Shape shape;
  private final float[] data;
  private final int offset;

  private Tensor(Shape shape, float[] data, int offset) {
    this.shape = shape;
    this.data = data;
    this.offset = offset;
  }

  /// A tensor over existing memory.
  ///
  /// @param shape its shape
  /// @param data shared, not copied
  /// @param offset index of the first element in `data`
  /// @return the tensor
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

  /// A tensor with these elements.
  ///
  /// @param shape its shape
  /// @param elements row-major; shared, not copied
  /// @return the tensor
  /// @throws IllegalArgumentException if the number of elements differs from the shape's
  public static Tensor of(Shape shape, float... elements) {
    if (elements.length != shape.size()) {
      throw new IllegalArgumentException(
          "tensor: " + shape + " has " + shape.size() + " elements, given " + elements.length);
    }
    return new Tensor(shape, elements, 0);
  }

  /// A tensor without axes.
  ///
  /// @param value its only element
  /// @return the scalar
  public static Tensor scalar(float value) {
    return of(Shape.of(), value);
  }

  /// A tensor of zeros.
  ///
  /// @param dims its axis sizes
  /// @return the tensor
  public static Tensor zeros(int... dims) {
    return Allocator.HEAP.allocate(Shape.of(dims));
  }

  /// A tensor whose elements are all the same.
  ///
  /// @param value the element
  /// @param dims the axis sizes
  /// @return the tensor
  public static Tensor full(float value, int... dims) {
    return zeros(dims).fill(value);
  }

  /// The axis sizes.
  ///
  /// @return the shape
  public Shape shape() {
    return shape;
  }

  /// The size of one axis, see [Shape#dim].
  ///
  /// @param axis the axis, negative if counted from the end
  /// @return its size
  public int dim(int axis) {
    return shape.dim(axis);
  }

  /// The number of elements.
  ///
  /// @return the product of the axis sizes
  public int size() {
    return shape.size();
  }

  /// The memory behind this tensor; element `i` in row-major order is `data()[offset() + i]`.
  ///
  /// @return the array itself, not a copy
  public float[] data() {
    return data;
  }

  /// Where this tensor begins in [#data].
  ///
  /// @return index of the first element
  public int offset() {
    return offset;
  }

  /// The element at an index.
  ///
  /// @param index one number an axis
  /// @return the element
  /// @throws IllegalArgumentException if the index does not lie in the shape
  public float get(int... index) {
    return data[offset + flat(index)];
  }

  /// Replaces the element at an index.
  ///
  /// @param value the new element
  /// @param index one number an axis
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

  /// The only element of a tensor of size 1.
  ///
  /// @return the element
  /// @throws IllegalArgumentException if there is not exactly one
  public float item() {
    if (size() != 1) {
      throw new IllegalArgumentException("item: not one element: " + shape);
    }
    return data[offset];
  }

  /// The same data under another shape of the same size.
  ///
  /// @param dims the new axis sizes; one may be -1 and is computed from the others
  /// @return a tensor that shares this one's data
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
  /// @param newShape the new shape
  /// @return a tensor that shares this one's data
  /// @throws IllegalArgumentException if the sizes differ
  public Tensor reshape(Shape newShape) {
    if (newShape.size() != size()) {
      throw new IllegalArgumentException("reshape: sizes differ: " + shape + " to " + newShape);
    }
    return new Tensor(newShape, data, offset);
  }

  /// One entry of the outermost axis: image `i` of a batch.
  ///
  /// @param i the entry
  /// @return a tensor of one axis less that shares this one's data
  /// @throws IllegalArgumentException if there is no such entry
  public Tensor at(int i) {
    return slice(i, 1).reshape(Shape.of(Arrays.copyOfRange(shape.dims(), 1, shape.rank())));
  }

  /// Consecutive entries of the outermost axis: some images of a batch.
  ///
  /// @param from the first entry
  /// @param count how many
  /// @return a tensor of the same rank that shares this one's data
  /// @throws IllegalArgumentException if the entries do not exist
  public Tensor slice(int from, int count) {
    if (shape.rank() == 0 || from < 0 || count < 0 || from > shape.dim(0) - count) {
      throw new IllegalArgumentException(
          "slice: no entries " + from + " to " + (from + count) + " in " + shape);
    }
    int stride = shape.count(1, shape.rank());
    return new Tensor(shape.with(0, count), data, offset + from * stride);
  }

  /// Sets every element.
  ///
  /// @param value the new value
  /// @return this
  public Tensor fill(float value) {
    Arrays.fill(data, offset, offset + size(), value);
    return this;
  }

  /// Overwrites this tensor's elements with another's.
  ///
  /// @param source a tensor of the same shape
  /// @return this
  /// @throws IllegalArgumentException if the shapes differ
  public Tensor copyFrom(Tensor source) {
    if (!shape.equals(source.shape)) {
      throw new IllegalArgumentException("copy: shapes differ: " + source.shape + " to " + shape);
    }
    System.arraycopy(source.data, source.offset, data, offset, size());
    return this;
  }

  /// A tensor with the same elements in memory of its own.
  ///
  /// @return the copy
  public Tensor copy() {
    return new Tensor(shape, toArray(), 0);
  }

  /// The elements, row-major.
  ///
  /// @return a fresh array
  public float[] toArray() {
    return Arrays.copyOfRange(data, offset, offset + size());
  }

  /// `this + other`, broadcast, see [Elementwise#add].
  ///
  /// @param other the other operand
  /// @return the sum
  /// @throws IllegalArgumentException if the shapes do not broadcast
  public Tensor plus(Tensor other) {
    return Elementwise.add(Allocator.HEAP, this, other);
  }

  /// `this - other`, broadcast, see [Elementwise#subtract].
  ///
  /// @param other the other operand
  /// @return the difference
  /// @throws IllegalArgumentException if the shapes do not broadcast
  public Tensor minus(Tensor other) {
    return Elementwise.subtract(Allocator.HEAP, this, other);
  }

  /// `this * other`, element by element, broadcast, see [Elementwise#multiply].
  ///
  /// @param other the other operand
  /// @return the product
  /// @throws IllegalArgumentException if the shapes do not broadcast
  public Tensor times(Tensor other) {
    return Elementwise.multiply(Allocator.HEAP, this, other);
  }

  /// `this * factor`, see [Elementwise#scale].
  ///
  /// @param factor the factor of every element
  /// @return the product
  public Tensor times(float factor) {
    return Elementwise.scale(Allocator.HEAP, this, factor);
  }

  /// `this / other`, element by element, broadcast, see [Elementwise#divide].
  ///
  /// @param other the divisor
  /// @return the quotient
  /// @throws IllegalArgumentException if the shapes do not broadcast
  public Tensor dividedBy(Tensor other) {
    return Elementwise.divide(Allocator.HEAP, this, other);
  }

  /// The matrix product over the two innermost axes, see [MatMul#multiply].
  ///
  /// @param other `[..., k, n]` for this `[..., m, k]`, or `[k, n]` for all its entries
  /// @return `[..., m, n]`
  /// @throws IllegalArgumentException if the shapes do not fit
  public Tensor matmul(Tensor other) {
    return MatMul.multiply(Allocator.HEAP, this, false, other, false);
  }

  /// The sum over some axes, see [Reduce#sum].
  ///
  /// @param axes the axes to sum over, negative if counted from the end; all if none is given
  /// @return a tensor of the same rank in which those axes have size 1
  /// @throws IllegalArgumentException if there is no such axis
  public Tensor sum(int... axes) {
    return Reduce.sum(Allocator.HEAP, this, axes);
  }

  /// The mean over some axes, see [Reduce#mean].
  ///
  /// @param axes the axes to average over, negative if counted from the end; all if none is given
  /// @return a tensor of the same rank in which those axes have size 1
  /// @throws IllegalArgumentException if there is no such axis
  public Tensor mean(int... axes) {
    return Reduce.mean(Allocator.HEAP, this, axes);
  }

  /// Every element limited to a range, see [Elementwise#clamp].
  ///
  /// @param low the smallest result
  /// @param high the largest result
  /// @return `min(max(this, low), high)`
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
