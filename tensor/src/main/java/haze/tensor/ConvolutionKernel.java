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
sealed interface ConvolutionKernel {
  /// {@return the kernel for these sizes}
  static ConvolutionKernel of(ConvolutionShape s) {
    if (s.isPointwise()) {
      return new Pointwise(s);
    }
    return Winograd.suits(s) ? new ByWinograd(s) : new Direct(s);
  }

  /// The convolution: y is overwritten. If `flipped`, the weight is `[kh, kw, cout, cin]`, turned
  /// by 180 degrees: then x is a gradient of the output, and y that of the images.
  void forward(
      Allocator allocator, Tensor x, Tensor weight, boolean flipped, Epilogue epilogue, Tensor y);

  /// Adds the gradient of the weight to `dWeight`.
  void backwardWeight(Allocator allocator, Tensor x, Tensor dy, Tensor dWeight);

  /// `[n * h * w, cin] * [cin, cout]`.
  record Pointwise(ConvolutionShape s) implements ConvolutionKernel {
    @Override
    public void forward(
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

    @Override
    public void backwardWeight(Allocator allocator, Tensor x, Tensor dy, Tensor dWeight) {
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
  record ByWinograd(ConvolutionShape s) implements ConvolutionKernel {
    @Override
    public void forward(
        Allocator allocator,
        Tensor x,
        Tensor weight,
        boolean flipped,
        Epilogue epilogue,
        Tensor y) {
      WinogradPlan plan = WinogradPlan.forward(s);
      float[] scratch = allocator.borrow(plan.scratch());
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
      allocator.giveBack(scratch);
    }

    @Override
    public void backwardWeight(Allocator allocator, Tensor x, Tensor dy, Tensor dWeight) {
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
  record Direct(ConvolutionShape s) implements ConvolutionKernel {
    @Override
    public void forward(
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

    @Override
    public void backwardWeight(Allocator allocator, Tensor x, Tensor dy, Tensor dWeight) {
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
