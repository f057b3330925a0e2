package haze.tensor;

/// Halving and doubling the resolution of NHWC images through a low-pass filter, whose samples
/// along each axis are 1/8, 3/8, 3/8, 1/8 (Karras et al. 2020, "Analyzing and improving the image
/// quality of StyleGAN"; Song et al. 2021). It has no parameters.
///
/// ```
/// halved    y[i] = (x[2i-1] + 3 x[2i] + 3 x[2i+1] + x[2i+2]) / 8
/// doubled   y[2i] = (x[i-1] + 3 x[i]) / 4        y[2i+1] = (3 x[i] + x[i+1]) / 4
/// ```
///
/// The allocator gives the result's memory.
///
/// @param doubles whether it doubles height and width; otherwise it halves them
/// @param border what lies beyond the edge of an image
public record FirFilter(boolean doubles, Border border) {
  /// Twice, at an inner pixel the sum of the filter's samples is 1.
  private static final float[] HALVED = {0.125f, 0.375f, 0.375f, 0.125f};

  private static final float[] EVEN = {0.25f, 0.75f};
  private static final float[] ODD = {0.75f, 0.25f};

  /// What lies beyond the edge of an image.
  public enum Border {
    /// Zeros, which darken the edge.
    ZERO,
    /// The image, mirrored at its last pixel.
    REFLECT
  }

  /// {@return the filtered images, `[n, h/2, w/2, c]` or `[n, 2h, 2w, c]`}
  ///
  /// @param x images `[n, h, w, c]`
  /// @throws IllegalArgumentException if x does not have four axes, an odd height or width to be
  ///   halved, or one below 2 to be mirrored
  public Tensor forward(Allocator allocator, Tensor x) {
    Shape shape = x.shape();
    if (shape.rank() != 4) {
      throw new IllegalArgumentException("filter: not images [n, h, w, c]: " + shape);
    }
    if (!doubles && (shape.dim(1) % 2 != 0 || shape.dim(2) % 2 != 0)) {
      throw new IllegalArgumentException("filter: odd height or width: " + shape);
    }
    if (border == Border.REFLECT && (shape.dim(1) < 2 || shape.dim(2) < 2)) {
      throw new IllegalArgumentException("filter: too small to be mirrored: " + shape);
    }
    int h = resized(shape.dim(1));
    int w = resized(shape.dim(2));
    Tensor y = allocator.allocate(Shape.of(shape.dim(0), h, w, shape.dim(3))).fill(0);
    forEachTap(x.shape(), y.shape(), (from, to, weight) -> add(weight, x, from, y, to));
    return y;
  }

  /// {@return the gradient of x, of a shape that [#forward] accepts, from that of the result}
  ///
  /// @throws IllegalArgumentException if the shapes do not fit
  public Tensor backward(Allocator allocator, Shape x, Tensor dy) {
    Shape y = Shape.of(x.dim(0), resized(x.dim(1)), resized(x.dim(2)), x.dim(3));
    if (!dy.shape().equals(y)) {
      throw new IllegalArgumentException("filter: gradient " + dy.shape() + ", expected " + y);
    }
    Tensor dx = allocator.allocate(x).fill(0);
    forEachTap(x, y, (from, to, weight) -> add(weight, dy, to, dx, from));
    return dx;
  }

  private int resized(int side) {
    return doubles ? 2 * side : side / 2;
  }

  private static void add(float weight, Tensor source, int from, Tensor target, int to) {
    int channels = source.dim(3);
    float[] a = source.data();
    float[] b = target.data();
    int a0 = source.offset() + from * channels;
    int b0 = target.offset() + to * channels;
    for (int i = 0; i < channels; i++) {
      b[b0 + i] += weight * a[a0 + i];
    }
  }

  private interface Tap {
    void apply(int from, int to, float weight);
  }

  /// Every pair of pixels of x and of the result, by their numbers, with its weight.
  private void forEachTap(Shape x, Shape y, Tap tap) {
    int rows = x.dim(1);
    int columns = x.dim(2);
    int width = y.dim(2);
    for (int to = 0; to < y.dim(0) * y.dim(1) * width; to++) {
      int image = to / (y.dim(1) * width);
      int down = to / width % y.dim(1);
      int across = to % width;
      float[] weights = weights(down);
      float[] others = weights(across);
      for (int i = 0; i < weights.length; i++) {
        int row = inside(first(down) + i, rows);
        for (int k = 0; row >= 0 && k < others.length; k++) {
          int column = inside(first(across) + k, columns);
          if (column >= 0) {
            tap.apply((image * rows + row) * columns + column, to, weights[i] * others[k]);
          }
        }
      }
    }
  }

  /// The first pixel of an axis that is a part of a result.
  private int first(int at) {
    return doubles ? (at + 1) / 2 - 1 : 2 * at - 1;
  }

  /// The weights of that pixel and the next ones.
  private float[] weights(int at) {
    if (!doubles) {
      return HALVED;
    }
    return at % 2 == 0 ? EVEN : ODD;
  }

  /// The pixel that stands at a place of an axis; -1 for a zero.
  private int inside(int at, int size) {
    if (at >= 0 && at < size) {
      return at;
    }
    return switch (border) {
      case ZERO -> -1;
      case REFLECT -> at < 0 ? -at : 2 * (size - 1) - at;
    };
  }
}
