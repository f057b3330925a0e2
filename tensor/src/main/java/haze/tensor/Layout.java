package haze.tensor;

/// Operations that move elements without computing: permute, slice, concat, gather. All of them
/// copy; the allocator gives the result's memory.
///
/// {@snippet file="haze/tensor/TensorExamplesTest.java" region="layout"}
public final class Layout {
  private Layout() {}

  /// The same elements with the axes in another order: axis `i` of the result is axis `axes[i]` of
  /// x.
  ///
  /// @throws IllegalArgumentException if `axes` is not a permutation of x's axes
  public static Tensor permute(Allocator allocator, Tensor x, int... axes) {
    int rank = x.shape().rank();
    boolean[] seen = new boolean[rank];
    boolean valid = axes.length == rank;
    for (int i = 0; valid && i < rank; i++) {
      valid = axes[i] >= 0 && axes[i] < rank && !seen[axes[i]];
      if (valid) {
        seen[axes[i]] = true;
      }
    }
    if (!valid) {
      throw new IllegalArgumentException(
          "permute: "
              + java.util.Arrays.toString(axes)
              + " is not an order of the axes of "
              + x.shape());
    }
    int[] dims = new int[rank];
    int[] strides = new int[rank];
    for (int i = 0; i < rank; i++) {
      dims[i] = x.dim(axes[i]);
      strides[i] = x.shape().count(axes[i] + 1, rank);
    }
    Tensor out = allocator.allocate(Shape.of(dims));
    int[] index = new int[rank];
    int from = x.offset();
    for (int to = 0; to < out.size(); to++) {
      out.data()[out.offset() + to] = x.data()[from];
      for (int axis = rank - 1; axis >= 0; axis--) {
        from += strides[axis];
        if (++index[axis] < dims[axis]) {
          break;
        }
        from -= dims[axis] * strides[axis];
        index[axis] = 0;
      }
    }
    return out;
  }

  /// A copy of consecutive entries of one axis; [Tensor#slice] shares those of the outermost.
  ///
  /// @throws IllegalArgumentException if the entries do not exist
  public static Tensor slice(Allocator allocator, Tensor x, int axis, int from, int count) {
    if (from < 0 || count < 0 || from > x.dim(axis) - count) {
      throw new IllegalArgumentException(
          "slice: no entries "
              + from
              + " to "
              + (from + count)
              + " on axis "
              + axis
              + " of "
              + x.shape());
    }
    Tensor out = allocator.allocate(x.shape().with(axis, count));
    copy(x, x.dim(axis), from, out, count, 0, count, x.shape().axis(axis));
    return out;
  }

  /// Tensors one behind the other along an axis; their shapes may differ along it only.
  ///
  /// @throws IllegalArgumentException if there is no part or shapes differ elsewhere
  public static Tensor concat(Allocator allocator, int axis, Tensor... parts) {
    if (parts.length == 0) {
      throw new IllegalArgumentException("concat: nothing to join");
    }
    int total = 0;
    for (Tensor part : parts) {
      if (part.shape().rank() != parts[0].shape().rank()
          || !part.shape().with(axis, 1).equals(parts[0].shape().with(axis, 1))) {
        throw new IllegalArgumentException(
            "concat: shapes differ beyond axis "
                + axis
                + ": "
                + parts[0].shape()
                + " and "
                + part.shape());
      }
      total += part.dim(axis);
    }
    Tensor out = allocator.allocate(parts[0].shape().with(axis, total));
    int at = 0;
    for (Tensor part : parts) {
      copy(part, part.dim(axis), 0, out, total, at, part.dim(axis), out.shape().axis(axis));
      at += part.dim(axis);
    }
    return out;
  }

  /// Copies `count` entries of an axis on which x has `xDim` and out `outDim`.
  private static void copy(
      Tensor x, int xDim, int xFrom, Tensor out, int outDim, int outFrom, int count, int axis) {
    int inner = x.shape().count(axis + 1, x.shape().rank());
    int outer = x.shape().count(0, axis);
    for (int i = 0; i < outer; i++) {
      System.arraycopy(
          x.data(),
          x.offset() + (i * xDim + xFrom) * inner,
          out.data(),
          out.offset() + (i * outDim + outFrom) * inner,
          count * inner);
    }
  }

  /// Rows of a table `[rows, ...]`, as an embedding looks them up: `[indices.length, ...]`.
  ///
  /// @throws IllegalArgumentException if there is no such row
  public static Tensor gather(Allocator allocator, Tensor table, int... indices) {
    int width = table.shape().count(1, table.shape().rank());
    Tensor out = allocator.allocate(table.shape().with(0, indices.length));
    for (int i = 0; i < indices.length; i++) {
      int row = indices[i];
      requireRow("gather", row, table);
      System.arraycopy(
          table.data(), table.offset() + row * width, out.data(), out.offset() + i * width, width);
    }
    return out;
  }

  /// Adds rows `[indices.length, ...]` to a table, the gradient of [#gather]; a row that occurs
  /// twice is added twice.
  ///
  /// @throws IllegalArgumentException if there is no such row or `rows` has another shape
  public static void scatterAdd(Tensor table, Tensor rows, int... indices) {
    for (int row : indices) {
      requireRow("scatter", row, table);
    }
    if (!rows.shape().equals(table.shape().with(0, indices.length))) {
      throw new IllegalArgumentException(
          "scatter: rows " + rows.shape() + " for " + indices.length + " rows of " + table.shape());
    }
    for (int i = 0; i < indices.length; i++) {
      Elementwise.accumulate(table.at(indices[i]), rows.at(i));
    }
  }

  private static void requireRow(String operation, int row, Tensor table) {
    if (row < 0 || row >= table.dim(0)) {
      throw new IllegalArgumentException(operation + ": no row " + row + " in " + table.shape());
    }
  }
}
