package haze.tensor.kernel;

import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.XOR;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// Random words from Philox 4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2,
/// 3"), one block or vectors of blocks at a time. A block is a function of a counter (c0, c1, c2,
/// c3), lowest word first, and a key (k0, k1):
///
/// ```
/// a round    c0, c1, c2, c3 = high(M1 c2) ^ c1 ^ k0, low(M1 c2), high(M0 c0) ^ c3 ^ k1, low(M0 c0)
///            k0, k1 = k0 + W0, k1 + W1
/// ```
public final class Philox {
  /// Words of a block.
  public static final int BLOCK = 4;

  private static final int MULTIPLIER_0 = 0xD2511F53;
  private static final int MULTIPLIER_1 = 0xCD9E8D57;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final int ROUNDS = 10;

  /// The low half of a lane.
  static final long LOW = 0xFFFF_FFFFL;
  private static final VectorShape SHAPE = Lanes.SPECIES.vectorShape();
  static final VectorSpecies<Long> LONGS = VectorSpecies.of(long.class, SHAPE);
  static final VectorSpecies<Float> FLOATS = VectorSpecies.of(float.class, SHAPE);
  static final int COUNT = FLOATS.length();
  /// Neighbouring lanes of 64 bits change places. In lanes of 32 bits, since a vector of two longs
  /// has no instruction for it.
  private static final VectorShuffle<Integer> NEIGHBOUR = VectorShuffle
      .fromOp(VectorSpecies.of(int.class, SHAPE), i -> i ^ 2);

  private static final LongVector MULTIPLIERS = alternating(MULTIPLIER_0, 0, MULTIPLIER_1);
  private static final LongVector WEYL = alternating(WEYL_0, 0, WEYL_1);
  private static final LongVector NEXT_BLOCKS = alternating(COUNT / BLOCK, 0, 0);

  private Philox() {}

  /// Writes the four random words of one block to `out`.
  public static void block(int c0, int c1, int c2, int c3, int k0, int k1, int[] out) {
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

  /// {@return how many of the first n words of a stream fill whole vectors}
  public static int whole(int n) {
    return n - n % COUNT;
  }

  /// The first n words, see [#whole], of the blocks with c0 = 0, 1, 2, ...; out receives their
  /// bits, not their values.
  ///
  /// The two halves of a block, (c0, c1) and (c2, c3), go through the same steps, each with the
  /// other's product. So a block lies in two neighbouring lanes of 64 bits, where a product has
  /// room, and the products change places.
  public static void words(int c1, int c2, int c3, int k0, int k1, int n, float[] out, int out0) {
    LongVector firstX = alternating(0, 1, c2);
    LongVector firstY = alternating(c1, 0, c3);
    LongVector firstKey = alternating(k0, 0, k1);
    for (int i = 0; i < n; i += COUNT) {
      LongVector x = firstX;
      LongVector y = firstY;
      LongVector key = firstKey;
      for (int round = 0; round < ROUNDS; round++) {
        // Bits above the 32nd of x, y and key never move down again. With the masks beside the
        // multiplication C2 chooses the instruction for 32 x 32 bits, several times faster.
        IntVector product = x.and(LOW).mul(MULTIPLIERS.and(LOW)).reinterpretAsInts();
        LongVector other = product.rearrange(NEIGHBOUR).reinterpretAsLongs();
        x = other.lanewise(LSHR, Integer.SIZE).lanewise(XOR, y).lanewise(XOR, key);
        y = other;
        key = key.add(WEYL);
      }
      x.and(LOW).or(y.lanewise(LSHL, Integer.SIZE)).reinterpretAsFloats().intoArray(out, out0 + i);
      firstX = firstX.add(NEXT_BLOCKS);
    }
  }

  /// A vector of `even, odd, even + step, odd, even + 2 step, odd, ...`
  private static LongVector alternating(int even, int step, int odd) {
    long[] lanes = new long[LONGS.length()];
    for (int i = 0; i < lanes.length; i += 2) {
      lanes[i] = (even + i / 2 * step) & LOW;
      lanes[i + 1] = odd & LOW;
    }
    return LongVector.fromArray(LONGS, lanes, 0);
  }
}
