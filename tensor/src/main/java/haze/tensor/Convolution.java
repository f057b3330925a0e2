package haze.tensor;

import haze.tensor.kernel.ConvolutionShape;
import haze.tensor.kernel.Epilogue;
import org.jspecify.annotations.Nullable;

/// Two-dimensional convolution over NHWC images with zero padding.
///
/// ```
/// y[n, i, j, o] = bias[o] + sum over r, s, c of
///     x[n, i*stride + r - top, j*stride + s - left, c] * w[r, s, c, o]
/// ```
///
/// As everywhere in deep learning it is a correlation: the kernel is not flipped.
///
/// {@snippet file="haze/tensor/TensorExamplesTest.java" region="convolution"}
///
/// Shapes: images x `[n, h, w, cin]`, weight `[kh, kw, cin, cout]`, bias `[cout]`, output y and its
/// gradient dy `[n, oh, ow, cout]` with `oh = (h + top + bottom - kh) / stride + 1`, rounded down,
/// and ow alike. The allocator gives results' memory and lends scratch memory.
///
/// The kernel depends on the sizes alone: a matrix product for 1x1, Winograd's method for 3x3 at
/// stride 1, else the direct sum.
///
/// @param stride step between the windows, the same in both directions
/// @param top rows of zeros above the image
/// @param bottom rows of zeros below
/// @param left columns of zeros to the left
/// @param right columns of zeros to the right
public record Convolution(int stride, int top, int bottom, int left, int right) {
  /// @throws IllegalArgumentException if the stride is not positive or a padding negative
  public Convolution {
    if (stride < 1 || top < 0 || bottom < 0 || left < 0 || right < 0) {
      throw new IllegalArgumentException(
          "convolution: stride "
              + stride
              + ", padding "
              + top
              + ", "
              + bottom
              + ", "
              + left
              + ", "
              + right);
    }
  }

  /// {@return a convolution with the same padding on every side}
  public static Convolution of(int stride, int padding) {
    return new Convolution(stride, padding, padding, padding, padding);
  }

  /// The output `[n, oh, ow, cout]`.
  ///
  /// @throws IllegalArgumentException if shapes do not fit or the window is larger than the padded
  ///   image
  public Tensor forward(Allocator allocator, Tensor x, Tensor weight, Tensor bias) {
    return forward(allocator, x, weight, bias, null, null);
  }

  /// The output `[n, oh, ow, cout]`, with what a residual block adds to it while the result is
  /// still in the cache.
  ///
  /// @param shift `[n, cout]`, added to every pixel of its image, or null
  /// @param residual images of the output's shape, or null
  /// @throws IllegalArgumentException if shapes do not fit or the window is larger than the padded
  ///   image
  public Tensor forward(
      Allocator allocator,
      Tensor x,
      Tensor weight,
      Tensor bias,
      @Nullable Tensor shift,
      @Nullable Tensor residual) {
    ConvolutionShape s = shape(x.shape(), weight.shape());
    Shape output = Shape.of(s.n(), s.oh(), s.ow(), s.cout());
    require("bias", bias, Shape.of(s.cout()), output);
    if (shift != null) {
      require("shift", shift, Shape.of(s.n(), s.cout()), output);
    }
    if (residual != null) {
      require("residual", residual, output, output);
    }
    Epilogue epilogue =
        new Epilogue(
            bias.data(),
            bias.offset(),
            shift == null ? Epilogue.ABSENT : shift.data(),
            shift == null ? 0 : shift.offset(),
            residual == null ? Epilogue.ABSENT : residual.data(),
            residual == null ? 0 : residual.offset());
    Tensor y = allocator.allocate(output);
    ConvolutionKernel.forward(s, allocator, x, weight, false, epilogue, y);
    return y;
  }

  private static void require(String name, Tensor t, Shape expected, Shape output) {
    if (!t.shape().equals(expected)) {
      throw new IllegalArgumentException(
          "convolution: "
              + name
              + " "
              + t.shape()
              + ", expected "
              + expected
              + " for the output "
              + output);
    }
  }

  /// The gradient of the images `[n, h, w, cin]`: dy, dilated by the stride, convolved with the
  /// kernel turned by 180 degrees and its channels exchanged.
  ///
  /// @throws IllegalArgumentException if shapes do not fit
  public Tensor backwardData(Allocator allocator, Shape xShape, Tensor weight, Tensor dy) {
    ConvolutionShape s = shape(xShape, weight.shape());
    requireOutput(s, dy);
    Tensor dx = allocator.allocate(xShape);
    ConvolutionShape backward = s.backwardData();
    if (s.stride() == 1) {
      ConvolutionKernel.forward(backward, allocator, dy, weight, true, Epilogue.NONE, dx);
    } else {
      Shape shape = Shape.of(s.n(), backward.h(), backward.w(), s.cout());
      float[] dilated = allocator.borrow(shape.size());
      s.dilate(dy.data(), dy.offset(), dilated);
      Tensor y = Tensor.wrap(shape, dilated, 0);
      ConvolutionKernel.forward(backward, allocator, y, weight, true, Epilogue.NONE, dx);
      allocator.giveBack(dilated);
    }
    return dx;
  }

  /// Adds the gradient of the weight to `dWeight`: `dw[r, s, c, o] += sum over n, i, j of x[n,
  /// i*stride + r - top, j*stride + s - left, c] * dy[n, i, j, o]`.
  ///
  /// @throws IllegalArgumentException if shapes do not fit
  public void backwardWeight(Allocator allocator, Tensor x, Tensor dy, Tensor dWeight) {
    ConvolutionShape s = shape(x.shape(), dWeight.shape());
    requireOutput(s, dy);
    ConvolutionKernel.backwardWeight(s, allocator, x, dy, dWeight);
  }

  /// {@return the shape of the output} Refuses shapes that do not fit.
  Shape outputShape(Shape x, Shape weight) {
    ConvolutionShape s = shape(x, weight);
    return Shape.of(s.n(), s.oh(), s.ow(), s.cout());
  }

  /// Refuses a dy that has not the shape of the output.
  void requireOutput(Shape x, Shape weight, Tensor dy) {
    requireOutput(shape(x, weight), dy);
  }

  private static void requireOutput(ConvolutionShape s, Tensor dy) {
    Shape expected = Shape.of(s.n(), s.oh(), s.ow(), s.cout());
    if (!dy.shape().equals(expected)) {
      throw new IllegalArgumentException(
          "convolution: gradient " + dy.shape() + " for output " + expected);
    }
  }

  private ConvolutionShape shape(Shape x, Shape weight) {
    if (x.rank() != 4 || weight.rank() != 4 || x.dim(3) != weight.dim(2)) {
      throw new IllegalArgumentException(
          "convolution: images [n, h, w, cin] and weight [kh, kw, cin, cout] do not fit: "
              + x
              + " and "
              + weight);
    }
    int kh = weight.dim(0);
    int kw = weight.dim(1);
    int rows = x.dim(1) + top + bottom - kh;
    int columns = x.dim(2) + left + right - kw;
    if (rows < 0 || columns < 0 || top >= kh || bottom >= kh || left >= kw || right >= kw) {
      throw new IllegalArgumentException(
          "convolution: window "
              + kh
              + "x"
              + kw
              + " with padding "
              + top
              + ", "
              + bottom
              + ", "
              + left
              + ", "
              + right
              + " does not fit images "
              + x);
    }
    return new ConvolutionShape(
        x.dim(0),
        x.dim(1),
        x.dim(2),
        x.dim(3),
        kh,
        kw,
        weight.dim(3),
        stride,
        top,
        left,
        rows / stride + 1,
        columns / stride + 1);
  }
}
