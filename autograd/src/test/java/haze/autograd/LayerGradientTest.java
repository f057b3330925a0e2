package haze.autograd;

import haze.tensor.Convolution;
import haze.tensor.GroupNorm;
import haze.tensor.Tensor;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/// Gradients of the operations that networks are made of, for many shapes.
class LayerGradientTest {
  private static final float EPS = 1e-5f;

  @Property(tries = 100)
  void matrixProductsWithEitherSideTransposedAndTheRightOneSharedOrNot(
      @ForAll @Size(max = 2) List<@IntRange(min = 1, max = 3) Integer> leading,
      @ForAll @IntRange(min = 1, max = 9) int m,
      @ForAll @IntRange(min = 1, max = 9) int k,
      @ForAll @IntRange(min = 1, max = 9) int n,
      @ForAll boolean transposeA,
      @ForAll boolean transposeB,
      @ForAll boolean shared,
      @ForAll long seed) {
    var some = new SamplesFixture(seed);
    int[] a = transposeA ? SamplesFixture.with(leading, k, m) : SamplesFixture.with(leading, m, k);
    List<Integer> leadingB = shared ? List.of() : leading;
    int[] b =
        transposeB ? SamplesFixture.with(leadingB, n, k) : SamplesFixture.with(leadingB, k, n);
    GradientCheck.check(
        (t, v) -> MatMulOp.apply(t, v.get(0), transposeA, v.get(1), transposeB),
        some.normal(a),
        some.normal(b));
  }

  @Property(tries = 50)
  void theProductOfAMatrixWithItself(
      @ForAll @Size(max = 1) List<@IntRange(min = 1, max = 3) Integer> leading,
      @ForAll @IntRange(min = 1, max = 7) int n,
      @ForAll boolean transposeA,
      @ForAll boolean transposeB,
      @ForAll long seed) {
    GradientCheck.check(
        (t, v) -> MatMulOp.apply(t, v.get(0), transposeA, v.get(0), transposeB),
        new SamplesFixture(seed).normal(SamplesFixture.with(leading, n, n)));
  }

  @Property(tries = 60)
  void fullyConnectedLayers(
      @ForAll @Size(max = 3) List<@IntRange(min = 1, max = 4) Integer> leading,
      @ForAll @IntRange(min = 1, max = 20) int in,
      @ForAll @IntRange(min = 1, max = 20) int out,
      @ForAll long seed) {
    var some = new SamplesFixture(seed);
    GradientCheck.check(
        (t, v) -> LinearOp.apply(t, v.get(0), v.get(1), v.get(2)),
        some.normal(SamplesFixture.with(leading, in)),
        some.normal(in, out),
        some.normal(out));
  }

  @Property(tries = 120)
  void convolutionsOfAnyWindowStrideAndPaddingWithAndWithoutShiftAndResidual(
      @ForAll @IntRange(min = 1, max = 2) int n,
      @ForAll @IntRange(min = 3, max = 7) int h,
      @ForAll @IntRange(min = 3, max = 7) int w,
      @ForAll @IntRange(min = 1, max = 5) int cin,
      @ForAll @IntRange(min = 1, max = 5) int cout,
      @ForAll @IntRange(min = 1, max = 3) int kh,
      @ForAll @IntRange(min = 1, max = 3) int kw,
      @ForAll @IntRange(min = 1, max = 3) int stride,
      @ForAll @Size(4) List<@IntRange(max = 2) Integer> paddings,
      @ForAll boolean shifted,
      @ForAll boolean added,
      @ForAll long seed) {
    var convolution =
        new Convolution(
            stride,
            paddings.get(0) % kh,
            paddings.get(1) % kh,
            paddings.get(2) % kw,
            paddings.get(3) % kw);
    checkConvolution(convolution, seed, shifted, added, n, h, w, cin, kh, kw, cout);
  }

  @Property(tries = 40)
  void convolutionsOfOnePixel(
      @ForAll @IntRange(min = 1, max = 2) int n,
      @ForAll @IntRange(min = 1, max = 6) int h,
      @ForAll @IntRange(min = 1, max = 6) int w,
      @ForAll @IntRange(min = 1, max = 20) int cin,
      @ForAll @IntRange(min = 1, max = 20) int cout,
      @ForAll boolean shifted,
      @ForAll boolean added,
      @ForAll long seed) {
    checkConvolution(Convolution.of(1, 0), seed, shifted, added, n, h, w, cin, 1, 1, cout);
  }

  /// Eight channels or more on either side: Winograd's algorithm.
  @Property(tries = 40)
  void convolutionsOfManyChannels(
      @ForAll @IntRange(min = 1, max = 2) int n,
      @ForAll @IntRange(min = 2, max = 9) int h,
      @ForAll @IntRange(min = 2, max = 9) int w,
      @ForAll @IntRange(min = 8, max = 20) int cin,
      @ForAll @IntRange(min = 8, max = 20) int cout,
      @ForAll boolean shifted,
      @ForAll boolean added,
      @ForAll long seed) {
    checkConvolution(Convolution.of(1, 1), seed, shifted, added, n, h, w, cin, 3, 3, cout);
  }

  private static void checkConvolution(
      Convolution convolution,
      long seed,
      boolean shifted,
      boolean added,
      int n,
      int h,
      int w,
      int cin,
      int kh,
      int kw,
      int cout) {
    var some = new SamplesFixture(seed);
    Tensor x = some.normal(n, h, w, cin);
    Tensor weight = some.normal(kh, kw, cin, cout);
    Tensor bias = some.normal(cout);
    Tensor y = convolution.forward(shape -> Tensor.zeros(shape.dims()), x, weight, bias);
    Tensor shift = some.normal(n, cout);
    Tensor residual = some.normal(y.shape().dims());
    GradientCheck.check(
        (t, v) ->
            ConvolutionOp.apply(
                t,
                convolution,
                v.get(0),
                v.get(1),
                v.get(2),
                shifted ? v.get(3) : null,
                added ? v.get(4) : null),
        x,
        weight,
        bias,
        shift,
        residual);
  }

  @Test
  void aConvolutionWhoseArgumentIsTheResidualToo() {
    var some = new SamplesFixture(3);
    for (int channels : new int[] {3, 8}) {
      GradientCheck.check(
          (t, v) -> {
            Variable x = Scale.apply(t, v.get(0), 2);
            return ConvolutionOp.apply(t, Convolution.of(1, 1), x, v.get(1), v.get(2), null, x);
          },
          some.normal(2, 4, 5, channels),
          some.normal(3, 3, channels, channels),
          some.normal(channels));
    }
  }

  @Test
  void aConvolutionWhoseResidualIsAResult() {
    var some = new SamplesFixture(4);
    GradientCheck.check(
        (t, v) -> {
          Variable residual = Scale.apply(t, v.get(3), 2);
          // Backward comes here before it needs the residual's gradient, and takes all memory that
          // is free.
          Variable x = Divide.apply(t, v.get(0), Scale.apply(t, v.get(0), 0.5f));
          Variable y = Add.apply(t, x, v.get(0));
          return ConvolutionOp.apply(
              t, Convolution.of(1, 1), y, v.get(1), v.get(2), null, residual);
        },
        some.awayFromZero(2, 4, 5, 3),
        some.normal(3, 3, 3, 3),
        some.normal(3),
        some.normal(2, 4, 5, 3));
  }

  @Property(tries = 100)
  void groupNormalisationWithAndWithoutSilu(
      @ForAll @IntRange(min = 1, max = 3) int n,
      @ForAll @Size(max = 2) List<@IntRange(min = 1, max = 5) Integer> pixels,
      @ForAll @IntRange(min = 1, max = 4) int groups,
      @ForAll @IntRange(min = 1, max = 6) int width,
      @ForAll boolean silu,
      @ForAll long seed) {
    var some = new SamplesFixture(seed);
    int c = groups * width;
    int[] dims = new int[pixels.size() + 2];
    dims[0] = n;
    System.arraycopy(SamplesFixture.with(pixels, c), 0, dims, 1, pixels.size() + 1);
    // A group of one number is normalised to zero; there 1 / sqrt(eps) would multiply rounding
    // alone.
    float eps = width * pixels.stream().reduce(1, Math::multiplyExact) > 1 ? EPS : 1;
    GradientCheck.check(
        (t, v) ->
            GroupNormOp.apply(t, new GroupNorm(groups, eps, silu), v.get(0), v.get(1), v.get(2)),
        some.checkered(dims),
        some.normal(c),
        some.normal(c));
  }

  /// As in a residual block: x has a gradient before the normalisation adds its own, or gets one
  /// after it.
  @Property(tries = 60)
  void normalisationBesideAnotherPath(
      @ForAll @IntRange(min = 1, max = 2) int n,
      @ForAll @IntRange(min = 1, max = 4) int edge,
      @ForAll @IntRange(min = 1, max = 3) int groups,
      @ForAll @IntRange(min = 1, max = 11) int width,
      @ForAll boolean before,
      @ForAll long seed) {
    var some = new SamplesFixture(seed);
    int c = groups * width;
    GradientCheck.check(
        (t, v) -> {
          Variable x = Scale.apply(t, v.get(0), 1.5f);
          Variable path = before ? null : Multiply.apply(t, x, v.get(3));
          Variable y =
              GroupNormOp.apply(t, new GroupNorm(groups, 0.1f, true), x, v.get(1), v.get(2));
          return Add.apply(t, y, path == null ? Multiply.apply(t, x, v.get(3)) : path);
        },
        some.normal(n, edge, edge, c),
        some.normal(c),
        some.normal(c),
        some.normal(n, edge, edge, c));
  }

  @Property(tries = 60)
  void attentionOfAnyNumberOfHeads(
      @ForAll @IntRange(min = 1, max = 2) int n,
      @ForAll @IntRange(min = 1, max = 7) int length,
      @ForAll @IntRange(min = 1, max = 3) int heads,
      @ForAll @IntRange(min = 1, max = 6) int depth,
      @ForAll long seed) {
    var some = new SamplesFixture(seed);
    int c = heads * depth;
    GradientCheck.check(
        (t, v) -> AttentionOp.apply(t, v.get(0), v.get(1), v.get(2), heads),
        some.normal(n, length, c),
        some.normal(n, length, c),
        some.normal(n, length, c));
    GradientCheck.check(
        (t, v) -> AttentionOp.apply(t, v.get(0), v.get(0), v.get(0), heads),
        some.normal(n, length, c));
  }

  @Property(tries = 50)
  void changesOfResolution(
      @ForAll @IntRange(min = 1, max = 2) int n,
      @ForAll @IntRange(min = 1, max = 4) int h,
      @ForAll @IntRange(min = 1, max = 4) int w,
      @ForAll @IntRange(min = 1, max = 9) int c,
      @ForAll long seed) {
    var some = new SamplesFixture(seed);
    GradientCheck.check((t, v) -> Upsample.apply(t, v.get(0)), some.normal(n, h, w, c));
    GradientCheck.check((t, v) -> AveragePool.apply(t, v.get(0)), some.normal(n, 2 * h, 2 * w, c));
  }
}
