package haze.benchmarks;

import static haze.tensor.kernel.Philox.BLOCK;

import haze.tensor.kernel.Philox;

/// Philox one block at a time: the same numbers as [haze.tensor.Rng], transformed with the
/// functions of [Math].
final class ScalarPhilox {
  private ScalarPhilox() {}

  /// Multiples of 2^-24 in [0, 1).
  static void uniform(int seed, int purpose, int step, int image, float[] out) {
    int[] bits = new int[BLOCK];
    for (int i = 0; i < out.length; i += BLOCK) {
      Philox.block(i / BLOCK, image, step, purpose, seed, 0, bits);
      for (int j = 0; j < BLOCK && i + j < out.length; j++) {
        out[i + j] = (bits[j] >>> 8) * 0x1p-24f;
      }
    }
  }

  /// Standard normal numbers by the transform of Box and Muller (1958).
  static void normal(int seed, int purpose, int step, int image, float[] out) {
    int[] bits = new int[BLOCK];
    for (int i = 0; i < out.length; i += BLOCK) {
      Philox.block(i / BLOCK, image, step, purpose, seed, 0, bits);
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
}
