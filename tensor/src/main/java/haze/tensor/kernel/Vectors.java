package haze.tensor.kernel;

/// Whole vectors of channels: kernels whose lanes are channels want their number to be a multiple of the
/// vector length.
public final class Vectors {
  private Vectors() {}

  /// How wide the vectors of this machine are.
  ///
  /// @return bits of a vector, 64 where the machine has no vector unit
  public static int bits() {
    return Lanes.SPECIES.vectorBitSize();
  }

  /// `n` rounded up to whole vectors.
  ///
  /// @param n a number of channels
  /// @return a multiple of the vector length
  public static int padded(int n) {
    return Tiles.padded(n);
  }

  /// Copies pixels, adding channels of zeros.
  ///
  /// @param pixels how many
  /// @param channels channels of the source
  /// @param wide channels of the target
  /// @param from the source
  /// @param from0 its start
  /// @param to the target
  /// @param to0 its start
  public static void pad(int pixels, int channels, int wide, float[] from, int from0, float[] to,
      int to0) {
    ConvolutionShape.pad(from, from0, 1, pixels, channels, 0, 0, to, to0, 1, pixels, wide);
  }

  /// Copies pixels, leaving added channels out: the inverse of [#pad].
  ///
  /// @param pixels how many
  /// @param channels channels of the target
  /// @param wide channels of the source
  /// @param from the source
  /// @param from0 its start
  /// @param to the target
  /// @param to0 its start
  public static void unpad(int pixels, int channels, int wide, float[] from, int from0, float[] to,
      int to0) {
    for (int p = 0; p < pixels; p++) {
      System.arraycopy(from, from0 + p * wide, to, to0 + p * channels, channels);
    }
  }
}
