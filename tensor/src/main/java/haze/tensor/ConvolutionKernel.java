package haze.tensor;

import haze.tensor.kernel.ConvolutionShape;
import haze.tensor.kernel.DirectConvolution;
import haze.tensor.kernel.Epilogue;
import haze.tensor.kernel.Gemm;
import haze.tensor.kernel.Winograd;
import haze.tensor.kernel.WinogradPlan;

/// The three kernels that compute convolutions, and the choice between them: a matrix product for
/// 1x1 at stride 1 without padding, Winograd's method for 3x3 at stride 1, the direct sum for all
/// others.
///
/// The choice depends on the sizes alone, so the same sizes are always summed in the same order.
/// Arrays have the layouts of [Convolution]; the allocator lends scratch memory.
///
/// Static methods, since a step of training calls them some hundred times, and must not leave an
/// object at each.
final class ConvolutionKernel {
  private ConvolutionKernel() {}

  /// The convolution: y is overwritten. If `flipped`, the weight is `[kh, kw, cout, cin]`, turned
  /// by 180 degrees: then x is a gradient of the output, and y that of the images.
  static void forward(
      ConvolutionShape s,
      Allocator allocator,
      Tensor x,
      Tensor weight,
      boolean flipped,
      Epilogue epilogue,
      Tensor y) {
    if (s.isPointwise()) {
      Pointwise.forward(s, allocator, x, weight, flipped, epilogue, y);
    } else if (Winograd.suits(s)) {
      ByWinograd.forward(s, allocator, x, weight, flipped, epilogue, y);
    } else {
      Direct.forward(s, allocator, x, weight, flipped, epilogue, y);
    }
  }

  /// Adds the gradient of the weight to `dWeight`.
  static void backwardWeight(
      ConvolutionShape s, Allocator allocator, Tensor x, Tensor dy, Tensor dWeight) {
    if (s.isPointwise()) {
      Pointwise.backwardWeight(s, allocator, x, dy, dWeight);
    } else if (Winograd.suits(s)) {
      ByWinograd.backwardWeight(s, allocator, x, dy, dWeight);
    } else {
      Direct.backwardWeight(s, allocator, x, dy, dWeight);
    }
  }

  /// `[n * h * w, cin] * [cin, cout]`.
  private static final class Pointwise {
    static void forward(
        ConvolutionShape s,
        Allocator allocator,
        Tensor x,
        Tensor weight,
        boolean flipped,
        Epilogue epilogue,
        Tensor y) {
      int pixels = s.oh() * s.ow();
      float[] scratch = allocator.borrow(Math.max(Gemm.scratch(s.cout(), s.cin()), s.cout()));
      Gemm.multiply(
          s.n() * pixels,
          s.cout(),
          s.cin(),
          x.data(),
          x.offset(),
          s.cin(),
          1,
          weight.data(),
          weight.offset(),
          flipped ? 1 : s.cout(),
          flipped ? s.cin() : 1,
          y.data(),
          y.offset(),
          s.cout(),
          false,
          scratch);
      epilogue.addTo(s.n(), pixels, s.cout(), y.data(), y.offset(), scratch, 0);
      allocator.giveBack(scratch);
    }

    static void backwardWeight(
        ConvolutionShape s, Allocator allocator, Tensor x, Tensor dy, Tensor dWeight) {
      int pixels = s.n() * s.oh() * s.ow();
      float[] scratch = allocator.borrow(Gemm.scratch(s.cout(), pixels));
      Gemm.multiply(
          s.cin(),
          s.cout(),
          pixels,
          x.data(),
          x.offset(),
          1,
          s.cin(),
          dy.data(),
          dy.offset(),
          s.cout(),
          1,
          dWeight.data(),
          dWeight.offset(),
          s.cout(),
          true,
          scratch);
      allocator.giveBack(scratch);
    }
  }

  /// See [Winograd].
  private static final class ByWinograd {
    static void forward(
        ConvolutionShape s,
        Allocator allocator,
        Tensor x,
        Tensor weight,
        boolean flipped,
        Epilogue epilogue,
        Tensor y) {
      WinogradPlan plan = WinogradPlan.forward(s);
      KeptFilters kept = flipped ? null : allocator.keptFilters();
      float[] filters = kept == null ? null : kept.of(weight, plan);
      float[] scratch = allocator.borrow(plan.scratch());
      if (filters == null) {
        Winograd.forward(
            plan,
            x.data(),
            x.offset(),
            weight.data(),
            weight.offset(),
            flipped,
            epilogue,
            y.data(),
            y.offset(),
            scratch);
      } else {
        Winograd.forward(
            plan, x.data(), x.offset(), filters, epilogue, y.data(), y.offset(), scratch);
      }
      allocator.giveBack(scratch);
    }

    static void backwardWeight(
        ConvolutionShape s, Allocator allocator, Tensor x, Tensor dy, Tensor dWeight) {
      WinogradPlan plan = WinogradPlan.backwardWeights(s);
      float[] scratch = allocator.borrow(plan.scratch());
      Winograd.backwardWeights(
          plan,
          x.data(),
          x.offset(),
          dy.data(),
          dy.offset(),
          dWeight.data(),
          dWeight.offset(),
          scratch);
      allocator.giveBack(scratch);
    }
  }

  /// See [DirectConvolution].
  private static final class Direct {
    static void forward(
        ConvolutionShape s,
        Allocator allocator,
        Tensor x,
        Tensor weight,
        boolean flipped,
        Epilogue epilogue,
        Tensor y) {
      float[] scratch = allocator.borrow(DirectConvolution.forwardScratch(s));
      DirectConvolution.forward(
          s,
          x.data(),
          x.offset(),
          weight.data(),
          weight.offset(),
          flipped,
          epilogue,
          y.data(),
          y.offset(),
          scratch);
      allocator.giveBack(scratch);
    }

    static void backwardWeight(
        ConvolutionShape s, Allocator allocator, Tensor x, Tensor dy, Tensor dWeight) {
      float[] scratch = allocator.borrow(DirectConvolution.backwardWeightsScratch(s));
      DirectConvolution.backwardWeights(
          s,
          x.data(),
          x.offset(),
          dy.data(),
          dy.offset(),
          dWeight.data(),
          dWeight.offset(),
          scratch);
      allocator.giveBack(scratch);
    }
  }
}
