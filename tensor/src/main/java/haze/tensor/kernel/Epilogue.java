package haze.tensor.kernel;

import java.util.Arrays;

/// What a convolution adds to its result while it is in the cache: a number an output channel, a
/// number an image and channel, and an image. Each is absent where its array is empty.
///
/// @param bias `[cout]`
/// @param bias0 its start
/// @param shift `[n, cout]`, added to every pixel of its image
/// @param shift0 its start
/// @param residual images of the result's shape
/// @param residual0 their start
@SuppressWarnings("ArrayRecordComponent") // A bundle of arguments; nobody compares two.
public record Epilogue(float[] bias, int bias0, float[] shift, int shift0, float[] residual,
    int residual0) {
  private static final float[] ABSENT = {};
  /// Nothing.
  public static final Epilogue NONE = new Epilogue(ABSENT, 0, ABSENT, 0, ABSENT, 0);

  /// These and a bias.
  ///
  /// @param array `[cout]`
  /// @param start its start
  /// @return both
  public Epilogue withBias(float[] array, int start) {
    return new Epilogue(array, start, shift, shift0, residual, residual0);
  }

  /// These and a shift of every image.
  ///
  /// @param array `[n, cout]`
  /// @param start its start
  /// @return both
  public Epilogue withShift(float[] array, int start) {
    return new Epilogue(bias, bias0, array, start, residual, residual0);
  }

  /// These and a residual.
  ///
  /// @param array images of the result's shape
  /// @param start their start
  /// @return both
  public Epilogue withResidual(float[] array, int start) {
    return new Epilogue(bias, bias0, shift, shift0, array, start);
  }

  /// Whether the same is added to all pixels of a channel in an image.
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

  /// Adds `n` numbers of the residual, from its `at`-th on, to y's.
  void addResidual(int at, int n, float[] y, int y0) {
    Vectors.add(n, residual, residual0 + at, y, y0 + at);
  }

  /// Adds everything to whole images.
  ///
  /// @param images how many
  /// @param pixels pixels of an image
  /// @param cout channels of a pixel
  /// @param y the images
  /// @param y0 their start
  /// @param scratch receives a row of channels
  /// @param scratch0 its start
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
