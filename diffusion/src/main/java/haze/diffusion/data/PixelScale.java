package haze.diffusion.data;

/// Between the 256 levels of a pixel in a file and the values that a model works with: level k is
/// `k / 127.5 - 1`, from -1 (black) to 1 (white).
public final class PixelScale {
  /// The highest level.
  public static final int MAX_LEVEL = 255;

  private static final float HALF_RANGE = MAX_LEVEL / 2f;

  private PixelScale() {}

  /// {@return the value of a level, in [-1, 1]}
  ///
  /// @param level 0 to 255
  public static float value(int level) {
    return level / HALF_RANGE - 1;
  }

  /// Writes the values of levels.
  ///
  /// @param levels unsigned
  /// @param to receives as many values, from `at` on
  static void values(byte[] levels, float[] to, int at) {
    for (int i = 0; i < levels.length; i++) {
      to[at + i] = value(Byte.toUnsignedInt(levels[i]));
    }
  }

  /// {@return the levels nearest to values, unsigned}
  static byte[] levels(float... values) {
    byte[] levels = new byte[values.length];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = (byte) level(values[i]);
    }
    return levels;
  }

  /// {@return the level nearest to a value, 0 to 255; 0 for NaN}
  ///
  /// As diffusers' pipelines have it: `clamp(x / 2 + 0.5, 0, 1) * 255`, rounded half to even.
  ///
  /// @param value in [-1, 1]; others are clamped
  public static int level(float value) {
    float unit = Math.clamp(value / 2 + 0.5f, 0f, 1f);
    return (int) Math.rint(unit * MAX_LEVEL);
  }
}
