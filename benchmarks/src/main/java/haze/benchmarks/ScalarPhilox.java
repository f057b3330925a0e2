package haze.benchmarks;

/// Philox 4x32-10 (Salmon et al. 2011) in a plain loop, with the stream that [haze.tensor.Rng] defines.
final class ScalarPhilox {
  private static final int MULTIPLIER_0 = 0xD2511F53;
  private static final int MULTIPLIER_1 = 0xCD9E8D57;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final int ROUNDS = 10;
  private static final int BLOCK = 4;

  private ScalarPhilox() {}

  /// Multiples of 2^-24 in [0, 1).
  static void uniform(int seed, int purpose, int step, int image, float[] out) {
    int[] bits = new int[BLOCK];
    for (int i = 0; i < out.length; i += BLOCK) {
      block(i / BLOCK, image, step, purpose, seed, bits);
      for (int j = 0; j < BLOCK && i + j < out.length; j++) {
        out[i + j] = (bits[j] >>> 8) * 0x1p-24f;
      }
    }
  }

  /// Standard normal numbers by the transform of Box and Muller (1958).
  static void normal(int seed, int purpose, int step, int image, float[] out) {
    int[] bits = new int[BLOCK];
    for (int i = 0; i < out.length; i += BLOCK) {
      block(i / BLOCK, image, step, purpose, seed, bits);
      for (int j = 0; j < BLOCK && i + j < out.length; j += 2) {
        double u = (Integer.toUnsignedLong(bits[j]) + 1) * 0x1p-32;
        double angle = 2 * Math.PI * Integer.toUnsignedLong(bits[j + 1]) * 0x1p-32;
        double radius = Math.sqrt(-2 * Math.log(u));
        out[i + j] = (float) (radius * Math.cos(angle));
        if (i + j + 1 < out.length) {
          out[i + j + 1] = (float) (radius * Math.sin(angle));
        }
      }
    }
  }

  private static void block(int index, int image, int step, int purpose, int seed, int[] out) {
    int c0 = index;
    int c1 = image;
    int c2 = step;
    int c3 = purpose;
    int k0 = seed;
    int k1 = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long product0 = Integer.toUnsignedLong(MULTIPLIER_0) * Integer.toUnsignedLong(c0);
      long product1 = Integer.toUnsignedLong(MULTIPLIER_1) * Integer.toUnsignedLong(c2);
      c0 = (int) (product1 >>> 32) ^ c1 ^ k0;
      c1 = (int) product1;
      c2 = (int) (product0 >>> 32) ^ c3 ^ k1;
      c3 = (int) product0;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
  }
}
