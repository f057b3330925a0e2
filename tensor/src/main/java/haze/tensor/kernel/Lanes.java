package haze.tensor.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// The vector shape that all kernels use: the machine's widest, of 128, 256 or 512 bits.
///
/// Every machine shall give the same bits. So what decides in which order numbers are added is a
/// count of [#WIDEST] lanes, or does not depend on lanes at all; [#COUNT] decides only which
/// numbers are computed at the same time.
final class Lanes {
  /// Lanes of the widest vector. Where the terms of a sum lie in lanes, there are this many partial
  /// sums: one vector of 512 bits, or two of 256, or four of 128.
  static final int WIDEST = 16;

  private static final int NARROWEST = 4;

  static final VectorSpecies<Float> SPECIES = species();
  static final int COUNT = SPECIES.length();

  private static final VectorShuffle<Float> BY_EIGHT = VectorShuffle.iota(SPECIES, 8, 1, true);
  private static final VectorShuffle<Float> BY_FOUR = VectorShuffle.iota(SPECIES, 4, 1, true);
  private static final VectorShuffle<Float> BY_TWO = VectorShuffle.iota(SPECIES, 2, 1, true);
  private static final VectorShuffle<Float> BY_ONE = VectorShuffle.iota(SPECIES, 1, 1, true);

  private Lanes() {}

  private static VectorSpecies<Float> species() {
    VectorSpecies<Float> preferred = FloatVector.SPECIES_PREFERRED;
    return preferred.length() > WIDEST
        ? FloatVector.SPECIES_512
        : preferred.length() < NARROWEST ? FloatVector.SPECIES_128 : preferred;
  }

  /// The sum of [#WIDEST] partial sums by halves. They lie in a, or in a and b, or in a to d, as
  /// far as vectors are long; the others are not used.
  static float sum(FloatVector a, FloatVector b, FloatVector c, FloatVector d) {
    return sum(COUNT == 16 ? a : COUNT == 8 ? a.add(b) : a.add(c).add(b.add(d)));
  }

  /// The sum of a vector's lanes in a fixed order: halves are added until one is left.
  /// `reduceLanes(ADD)` may add in any order, and changes it once C2 has compiled the caller: the
  /// same input would then give other bits.
  static float sum(FloatVector vector) {
    FloatVector sum = COUNT > 8 ? vector.add(vector.rearrange(BY_EIGHT)) : vector;
    sum = COUNT > 4 ? sum.add(sum.rearrange(BY_FOUR)) : sum;
    sum = sum.add(sum.rearrange(BY_TWO));
    return sum.add(sum.rearrange(BY_ONE)).lane(0);
  }
}
