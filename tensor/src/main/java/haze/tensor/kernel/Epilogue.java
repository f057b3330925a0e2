package haze.tensor.kernel;

import java.util.Arrays;

/// What a convolution adds to its result while it is in the cache: a bias `[cout]`, a shift `[n,
/// cout]` of every pixel of an image, and a residual, images of the result's shape. Each is absent
/// where its array is empty; `bias0`, `shift0` and `residual0` are their starts.
@SuppressWarnings("ArrayRecordComponent") // A bundle of arguments, never compared.
public record Epilogue(float[] bias, int bias0, float[] shift, int shift0, float[] residual,
    int residual0) {
  public static final float[] ABSENT = {};
  public static final Epilogue NONE = new Epilogue(ABSENT, 0, ABSENT, 0, ABSENT, 0);

  public Epilogue withBias(float[] array, int start) {
    return new Epilogue(array, start, shift, shift0, residual, residual0);
  }

  /// Whether something is added that is the same for all pixels of an image.
  boolean hasConstant() {
    return bias.length > 0 || shift.length > 0;
  }

  boolean hasResidual() {
    return residual.length > 0;
  }

  /// `out[q] = bias[o + q] + shift[image, o + q]` for `q < n`.
  void constant(int image, int cout, int o, int n, float[] out, int out0) {
    if (bias.length > 0) {
      System.arraycopy(bias, bias0 + o, out, out0, n);
    } else {
      Arrays.fill(out, out0, out0 + n, 0);
    }
    if (shift.length > 0) {
      Vectors.add(n, shift, shift0 + image * cout + o, out, out0);
    }
  }

  /// `y[at + q] += residual[at + q]` for `q < n`.
  void addResidual(int at, int n, float[] y, int y0) {
    Vectors.add(n, residual, residual0 + at, y, y0 + at);
  }

  /// Adds everything to whole images `[images, pixels, cout]`.
  ///
  /// @param scratch receives a row of channels
  public void addTo(int images, int pixels, int cout, float[] y, int y0, float[] scratch,
      int scratch0) {
    for (int image = 0; image < images; image++) {
      int at = image * pixels * cout;
      if (hasConstant()) {
        constant(image, cout, 0, cout, scratch, scratch0);
        Pixels.add(pixels, cout, scratch, scratch0, y, y0 + at);
      }
      if (hasResidual()) {
        addResidual(at, pixels * cout, y, y0);
      }
    }
  }
}
