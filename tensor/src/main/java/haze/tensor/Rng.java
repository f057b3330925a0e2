package haze.tensor;

import static haze.tensor.kernel.Philox.BLOCK;

import haze.tensor.kernel.BoxMuller;
import haze.tensor.kernel.Philox;

/// Random numbers as a function: the same (seed, purpose, step, image) gives the same numbers,
/// whatever was drawn before, on any thread, in any order.
///
/// {@snippet file="haze/tensor/TensorExamplesTest.java" region="rng"}
///
/// The generator is Philox 4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2,
/// 3"): ten rounds turn a 128-bit counter and a 64-bit key into 128 random bits. The key is the
/// seed; the counter is (block, image, step, purpose), where block `i` holds the numbers `4i ..
/// 4i+3` of the stream.
///
/// @param seed the key
/// @param purpose what the numbers are for, so that no two uses share a stream
/// @param step the training or sampling step
/// @param image the index of the image in its batch or data set
public record Rng(long seed, int purpose, int step, int image) {
  private static final float TWO_POW_MINUS_24 = 0x1p-24f;
  private static final int FRACTIONS = 1 << 30;

  /// A process draws so many normal numbers block by block, before it does so by vectors: a few
  /// images' noise is not worth the time in which the JVM compiles those.
  private static final int FEW = 1 << 16;

  /// How many it has drawn, up to [#FEW]; a count that two threads lose costs time only.
  private static int drawn;

  /// Fills a tensor with the first `out.size()` uniform numbers of the stream, multiples of 2^-24
  /// in [0, 1).
  ///
  /// @return `out`
  public Tensor uniform(Tensor out) {
    int whole = Philox.whole(out.size());
    float[] data = out.data();
    int at = out.offset();
    Philox.words(image, step, purpose, (int) seed, (int) (seed >>> 32), whole, data, at);
    for (int i = 0; i < whole; i++) {
      data[at + i] = (Float.floatToRawIntBits(data[at + i]) >>> 8) * TWO_POW_MINUS_24;
    }
    int[] bits = new int[BLOCK];
    for (int i = whole; i < out.size(); i += BLOCK) {
      block(i / BLOCK, bits);
      for (int j = 0; j < Math.min(BLOCK, out.size() - i); j++) {
        data[at + i + j] = (bits[j] >>> 8) * TWO_POW_MINUS_24;
      }
    }
    return out;
  }

  /// Fills a tensor with the first `out.size()` standard normal numbers of the stream, by the
  /// transform of Box and Muller (1958): `sqrt(-2 ln u) (cos, sin)(2 pi v)`. None exceeds 6.66.
  ///
  /// @return `out`
  public Tensor normal(Tensor out) {
    if (out.size() > FEW - drawn) {
      return normal(out, Philox.whole(out.size()));
    }
    drawn += out.size();
    return normal(out, 0);
  }

  /// @param whole how many of them vectors draw, see [Philox#whole]; the others come block by block
  Tensor normal(Tensor out, int whole) {
    if (whole > 0) {
      Philox.words(
          image, step, purpose, (int) seed, (int) (seed >>> 32), whole, out.data(), out.offset());
      BoxMuller.normals(whole, out.data(), out.offset());
    }
    int[] bits = new int[BLOCK];
    int end = out.offset() + out.size();
    for (int i = whole; i < out.size(); i += BLOCK) {
      block(i / BLOCK, bits);
      int at = out.offset() + i;
      BoxMuller.pair(bits[0], bits[1], out.data(), at, end);
      BoxMuller.pair(bits[2], bits[3], out.data(), at + 2, end);
    }
    return out;
  }

  /// One uniform number of the stream as an integer in [0, bound); the bias is below bound / 2^32.
  ///
  /// @param index which number of the stream, from 0
  /// @param bound positive
  public int below(int index, int bound) {
    int[] bits = new int[BLOCK];
    block(index / BLOCK, bits);
    return (int) ((Integer.toUnsignedLong(bits[index % BLOCK]) * bound) >>> 32);
  }

  /// {@return the first uniform number of the stream, a multiple of 2^-30 in [0, 1): finer than
  /// [#uniform] has it}
  public double fraction() {
    return fraction(0);
  }

  /// {@return a uniform number of the stream, a multiple of 2^-30 in [0, 1)}
  ///
  /// @param index which number of the stream, from 0
  public double fraction(int index) {
    return (double) below(index, FRACTIONS) / FRACTIONS;
  }

  private void block(int index, int[] out) {
    Philox.block(index, image, step, purpose, (int) seed, (int) (seed >>> 32), out);
  }
}
