package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromArray;

/// Whole vectors of channels: kernels whose lanes are channels want their number to be a multiple
/// of the vector length.
public final class Vectors {
  /// The first index of an array that lies on a cache line's border, see
  /// [haze.tensor.Allocator#ALIGNED_OFFSET].
  public static final int ALIGNED_OFFSET = 12;

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

  /// Where the elements of a column of a matrix lie, for [#gather].
  ///
  /// @param stride distance of its elements
  /// @return one index a lane
  static int[] column(int stride) {
    int[] indices = new int[COUNT];
    for (int i = 0; i < COUNT; i++) {
      indices[i] = i * stride;
    }
    return indices;
  }

  /// A part of a column of a matrix: `to[i] = from[i * stride]`.
  ///
  /// @param n elements
  /// @param from the source
  /// @param from0 its start
  /// @param stride distance of its elements
  /// @param column what [#column] says for this stride
  /// @param to the target
  /// @param to0 its start
  static void gather(int n, float[] from, int from0, int stride, int[] column, float[] to,
      int to0) {
    int i = 0;
    for (; i + COUNT <= n; i += COUNT) {
      fromArray(SPECIES, from, from0 + i * stride, column, 0).intoArray(to, to0 + i);
    }
    for (; i < n; i++) {
      to[to0 + i] = from[from0 + i * stride];
    }
  }

  /// `to[i] += from[i]`.
  ///
  /// @param n elements
  /// @param from what is added
  /// @param from0 its start
  /// @param to the target
  /// @param to0 its start
  static void add(int n, float[] from, int from0, float[] to, int to0) {
    int i = 0;
    for (; i + COUNT <= n; i += COUNT) {
      fromArray(SPECIES, to, to0 + i).add(fromArray(SPECIES, from, from0 + i)).intoArray(to,
          to0 + i);
    }
    for (; i < n; i++) {
      to[to0 + i] += from[from0 + i];
    }
  }
}
