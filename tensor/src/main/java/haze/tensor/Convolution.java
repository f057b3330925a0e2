package haze.tensor;

import haze.tensor.kernel.ConvolutionShape;
import haze.tensor.kernel.DirectConvolution;
import haze.tensor.kernel.Gemm;
import haze.tensor.kernel.Winograd;

/// Two-dimensional convolution over NHWC images with zero padding.
///
/// ```
/// y[n, i, j, o] = bias[o] + sum over r, s, c of
///     x[n, i*stride + r - top, j*stride + s - left, c] * w[r, s, c, o]
/// ```
///
/// As everywhere in deep learning it is a correlation: the kernel is not flipped. Which kernel runs depends on
/// the sizes alone: a matrix product for 1x1, Winograd for 3x3 at stride 1, else the direct sum.
///
/// @param stride step between the windows, the same in both directions
/// @param top rows of zeros above the image
/// @param bottom rows of zeros below
/// @param left columns of zeros to the left
/// @param right columns of zeros to the right
public record Convolution(int stride, int top, int bottom, int left, int right) {
  /// Checks the numbers.
  ///
  /// @throws IllegalArgumentException if the stride is not positive or a padding negative
  public Convolution {
    if (stride < 1 || top < 0 || bottom < 0 || left < 0 || right < 0) {
      throw new IllegalArgumentException(
          "convolution: stride " + stride + ", padding " + top + ", " + bottom + ", "
              + left + ", " + right);
    }
  }

  /// A convolution with the same padding on every side.
  ///
  /// @param stride step between the windows
  /// @param padding rows and columns of zeros
  /// @return the convolution
  public static Convolution of(int stride, int padding) {
    return new Convolution(stride, padding, padding, padding, padding);
  }

  /// The output.
  ///
  /// @param allocator gives the result's memory and lends scratch memory
  /// @param x images `[n, h, w, cin]`
  /// @param weight `[kh, kw, cin, cout]`
  /// @param bias `[cout]`
  /// @return `[n, oh, ow, cout]` with `oh = (h + top + bottom - kh) / stride + 1`, rounded down, and ow alike
  /// @throws IllegalArgumentException if shapes do not fit or the window is larger than the padded image
  public Tensor forward(Allocator allocator, Tensor x, Tensor weight, Tensor bias) {
    ConvolutionShape s = shape(x.shape(), weight.shape());
    if (!bias.shape().equals(Shape.of(s.cout()))) {
      throw new IllegalArgumentException(
          "convolution: bias " + bias.shape() + " for weight " + weight.shape());
    }
    Tensor y = allocator.allocate(Shape.of(s.n(), s.oh(), s.ow(), s.cout()));
    run(allocator, s, x.data(), x.offset(), weight.data(), weight.offset(), bias.data(),
        bias.offset(), y.data(),
        y.offset());
    return y;
  }

  private static void run(Allocator allocator, ConvolutionShape s, float[] x, int x0,
      float[] weight, int weight0,
      float[] bias, int bias0, float[] y, int y0) {
    if (s.isPointwise()) {
      int pixels = s.n() * s.oh() * s.ow();
      for (int i = 0; i < pixels; i++) {
        System.arraycopy(bias, bias0, y, y0 + i * s.cout(), s.cout());
      }
      float[] scratch = allocator.borrow(Gemm.scratch(s.cout(), s.cin()));
      Gemm.multiply(pixels, s.cout(), s.cin(), x, x0, s.cin(), 1, weight, weight0, s.cout(), 1, y,
          y0, s.cout(), true,
          scratch);
      allocator.giveBack(scratch);
    } else if (Winograd.suits(s)) {
      float[] scratch = allocator.borrow(Winograd.forwardScratch(s));
      Winograd.forward(s, x, x0, weight, weight0, bias, bias0, y, y0, scratch);
      allocator.giveBack(scratch);
    } else {
      float[] scratch = allocator.borrow(DirectConvolution.forwardScratch(s));
      DirectConvolution.forward(s, x, x0, weight, weight0, bias, bias0, y, y0, scratch);
      allocator.giveBack(scratch);
    }
  }

  /// The gradient of the images: the dilated gradient of the output, convolved with the flipped kernel.
  ///
  /// @param allocator gives the result's memory and lends scratch memory
  /// @param xShape shape of the images
  /// @param weight `[kh, kw, cin, cout]`
  /// @param dy gradient of the output, `[n, oh, ow, cout]`
  /// @return `[n, h, w, cin]`
  /// @throws IllegalArgumentException if shapes do not fit
  public Tensor backwardData(Allocator allocator, Shape xShape, Tensor weight, Tensor dy) {
    ConvolutionShape s = shape(xShape, weight.shape());
    requireOutput(s, dy);
    Tensor dx = allocator.allocate(xShape);
    float[] flipped = allocator.borrow(weight.size());
    s.flip(weight.data(), weight.offset(), flipped);
    float[] noBias = allocator.borrow(s.cin());
    java.util.Arrays.fill(noBias, 0, s.cin(), 0);
    ConvolutionShape backward = s.backwardData();
    if (s.stride() == 1) {
      run(allocator, backward, dy.data(), dy.offset(), flipped, 0, noBias, 0, dx.data(),
          dx.offset());
    } else {
      float[] dilated = allocator.borrow(s.n() * backward.h() * backward.w() * s.cout());
      s.dilate(dy.data(), dy.offset(), dilated);
      run(allocator, backward, dilated, 0, flipped, 0, noBias, 0, dx.data(), dx.offset());
      allocator.giveBack(dilated);
    }
    allocator.giveBack(noBias);
    allocator.giveBack(flipped);
    return dx;
  }

  /// Adds the gradient of the weight.
  ///
  /// @param allocator lends scratch memory
  /// @param x images `[n, h, w, cin]`
  /// @param dy gradient of the output, `[n, oh, ow, cout]`
  /// @param dWeight is added to, `[kh, kw, cin, cout]`
  /// @throws IllegalArgumentException if shapes do not fit
  public void backwardWeight(Allocator allocator, Tensor x, Tensor dy, Tensor dWeight) {
    ConvolutionShape s = shape(x.shape(), dWeight.shape());
    requireOutput(s, dy);
    if (s.isPointwise()) {
      int pixels = s.n() * s.oh() * s.ow();
      float[] scratch = allocator.borrow(Gemm.scratch(s.cout(), pixels));
      Gemm.multiply(s.cin(), s.cout(), pixels, x.data(), x.offset(), 1, s.cin(), dy.data(),
          dy.offset(), s.cout(), 1,
          dWeight.data(), dWeight.offset(), s.cout(), true, scratch);
      allocator.giveBack(scratch);
    } else if (Winograd.suits(s)) {
      float[] scratch = allocator.borrow(Winograd.backwardWeightsScratch(s));
      Winograd.backwardWeights(s, x.data(), x.offset(), dy.data(), dy.offset(), dWeight.data(),
          dWeight.offset(),
          scratch);
      allocator.giveBack(scratch);
    } else {
      float[] scratch = allocator.borrow(DirectConvolution.backwardWeightsScratch(s));
      DirectConvolution.backwardWeights(s, x.data(), x.offset(), dy.data(), dy.offset(),
          dWeight.data(),
          dWeight.offset(), scratch);
      allocator.giveBack(scratch);
    }
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
              + x + " and " + weight);
    }
    int kh = weight.dim(0);
    int kw = weight.dim(1);
    int rows = x.dim(1) + top + bottom - kh;
    int columns = x.dim(2) + left + right - kw;
    if (rows < 0 || columns < 0 || top >= kh || bottom >= kh || left >= kw || right >= kw) {
      throw new IllegalArgumentException(
          "convolution: window " + kh + "x" + kw + " with padding " + top + ", " + bottom
              + ", " + left + ", " + right + " does not fit images " + x);
    }
    return new ConvolutionShape(x.dim(0), x.dim(1), x.dim(2), x.dim(3), kh, kw, weight.dim(3),
        stride, top, left,
        rows / stride + 1, columns / stride + 1);
  }
}
