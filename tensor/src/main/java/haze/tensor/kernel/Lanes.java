package haze.tensor.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// The vector shape that all kernels use: the machine's widest.
final class Lanes {
  static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  static final int COUNT = SPECIES.length();

  private static final VectorShuffle<Float> BY_EIGHT = VectorShuffle.iota(SPECIES, 8, 1, true);
  private static final VectorShuffle<Float> BY_FOUR = VectorShuffle.iota(SPECIES, 4, 1, true);
  private static final VectorShuffle<Float> BY_TWO = VectorShuffle.iota(SPECIES, 2, 1, true);
  private static final VectorShuffle<Float> BY_ONE = VectorShuffle.iota(SPECIES, 1, 1, true);

  private Lanes() {}

  /// The sum of a vector's lanes in a fixed order: halves are added until one is left.
  /// `reduceLanes(ADD)` may add in any order, and changes it once C2 has compiled the caller: the
  /// same input would then give other bits.
  static float sum(FloatVector vector) {
    FloatVector sum = COUNT > 8 ? vector.add(vector.rearrange(BY_EIGHT)) : vector;
    sum = COUNT > 4 ? sum.add(sum.rearrange(BY_FOUR)) : sum;
    sum = COUNT > 2 ? sum.add(sum.rearrange(BY_TWO)) : sum;
    return sum.add(sum.rearrange(BY_ONE)).lane(0);
  }
}
