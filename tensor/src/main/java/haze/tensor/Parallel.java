package haze.tensor;

/// A single large operation, spread over threads, for programs whose work is one matrix product or
/// convolution after the other.
///
/// {@snippet file="haze/tensor/TensorExamplesTest.java" region="parallel"}
///
/// Training and sampling do not need it: there each thread computes a shard of the batch and joins
/// once a step. The results are the same bits for any number of threads; those of [#multiply],
/// [#forward] and [#backwardData] are also the bits of the operation on one thread.
public final class Parallel {
  /// Rows of a matrix in a task: a multiple of every kernel's tile, so that the order of no sum
  /// changes.
  private static final int ROWS = 64;

  /// Rows of a single image in a task, likewise.
  private static final int IMAGE_ROWS = 32;

  /// Fewest rows in the last of several tasks: from 6 rows on Winograd's tiles end where the rows
  /// do.
  private static final int LAST_ROWS = 6;

  /// Groups of images in a batch; their number decides in which order a gradient is summed.
  private static final int GROUPS = 8;

  private Parallel() {}

  /// The matrix product [MatMul#multiply], its rows spread over threads.
  ///
  /// @throws IllegalArgumentException as for [MatMul#multiply]
  public static Tensor multiply(
      Workers workers, Tensor a, boolean transposeA, Tensor b, boolean transposeB) {
    Shape shape = MatMul.productShape(a, transposeA, b, transposeB);
    Tensor c = Allocator.HEAP.allocate(shape);
    int rows = shape.dim(-2);
    int blocks = Math.ceilDiv(rows, ROWS);
    int entries = shape.count(0, shape.rank() - 2);
    workers.run(
        entries * blocks,
        (task, worker) -> {
          int from = task % blocks * ROWS;
          MatMul.rows(
              Allocator.HEAP,
              a,
              transposeA,
              b,
              transposeB,
              c,
              false,
              task / blocks,
              from,
              Math.min(from + ROWS, rows));
        });
    return c;
  }

  /// The convolution [Convolution#forward(Allocator, Tensor, Tensor, Tensor)], spread over threads
  /// by groups of images, or by the rows of a single one.
  ///
  /// @throws IllegalArgumentException as for the convolution
  public static Tensor forward(
      Workers workers, Convolution convolution, Tensor x, Tensor weight, Tensor bias) {
    Shape shape = convolution.outputShape(x.shape(), weight.shape());
    Tensor y = Allocator.HEAP.allocate(shape);
    if (shape.dim(0) != 1) {
      groups(
          workers,
          shape.dim(0),
          (_, from, count) ->
              y.slice(from, count)
                  .copyFrom(
                      convolution.forward(Allocator.HEAP, x.slice(from, count), weight, bias)));
      return y;
    }
    int rows = shape.dim(1);
    int blocks = Math.max(1, Math.ceilDiv(rows - LAST_ROWS + 1, IMAGE_ROWS));
    workers.run(
        blocks,
        (block, worker) -> {
          int from = block * IMAGE_ROWS;
          int past = block < blocks - 1 ? from + IMAGE_ROWS : rows;
          // The rows of the image under these rows of the result, and as many rows of zeros as
          // reach beyond it.
          int first = from * convolution.stride() - convolution.top();
          int last = (past - 1) * convolution.stride() - convolution.top() + weight.dim(0);
          int begin = Math.max(first, 0);
          int end = Math.min(last, x.dim(1));
          var part =
              new Convolution(
                  convolution.stride(),
                  begin - first,
                  last - end,
                  convolution.left(),
                  convolution.right());
          rows(y, from, past)
              .copyFrom(part.forward(Allocator.HEAP, rows(x, begin, end), weight, bias));
        });
    return y;
  }

  /// A task on `count` images from `from` on.
  private interface Group {
    void run(int group, int from, int count);
  }

  private static void groups(Workers workers, int images, Group task) {
    int groups = Math.min(GROUPS, images);
    workers.run(
        groups,
        (group, worker) -> {
          int from = (int) ((long) images * group / groups);
          task.run(group, from, (int) ((long) images * (group + 1) / groups) - from);
        });
  }

  /// Rows `from` to `past - 1` of a single image, in the same memory.
  private static Tensor rows(Tensor image, int from, int past) {
    int row = image.dim(2) * image.dim(3);
    return Tensor.wrap(
        image.shape().with(1, past - from), image.data(), image.offset() + from * row);
  }

  /// The gradient of the images, [Convolution#backwardData], spread over threads by groups of
  /// images.
  ///
  /// @throws IllegalArgumentException as for the convolution
  public static Tensor backwardData(
      Workers workers, Convolution convolution, Shape xShape, Tensor weight, Tensor dy) {
    convolution.requireOutput(xShape, weight.shape(), dy);
    Tensor dx = Allocator.HEAP.allocate(xShape);
    groups(
        workers,
        xShape.dim(0),
        (_, from, count) ->
            dx.slice(from, count)
                .copyFrom(
                    convolution.backwardData(
                        Allocator.HEAP, xShape.with(0, count), weight, dy.slice(from, count))));
    return dx;
  }

  /// Adds the gradient of the weight, [Convolution#backwardWeight], spread over threads by groups
  /// of images whose gradients are summed in their order.
  ///
  /// @throws IllegalArgumentException as for the convolution
  public static void backwardWeight(
      Workers workers, Convolution convolution, Tensor x, Tensor dy, Tensor dWeight) {
    convolution.requireOutput(x.shape(), dWeight.shape(), dy);
    Tensor[] sums = new Tensor[GROUPS];
    groups(
        workers,
        x.dim(0),
        (group, from, count) -> {
          Tensor sum = Tensor.zeros(dWeight.shape().dims());
          convolution.backwardWeight(
              Allocator.HEAP, x.slice(from, count), dy.slice(from, count), sum);
          sums[group] = sum;
        });
    for (int group = 0; group < Math.min(GROUPS, x.dim(0)); group++) {
      Elementwise.accumulate(dWeight, sums[group]);
    }
  }
}
