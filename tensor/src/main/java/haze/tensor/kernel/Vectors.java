package haze.tensor.kernel;

import static haze.tensor.kernel.Lanes.COUNT;
import static haze.tensor.kernel.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromArray;

import jdk.incubator.vector.FloatVector;

/// Whole vectors of channels: kernels whose lanes are channels need a multiple of the vector length
/// of them.
public final class Vectors {
  /// The first index of an array that lies on a cache line's border, see
  /// [haze.tensor.Allocator#ALIGNED_OFFSET].
  public static final int ALIGNED_OFFSET = 12;

  private Vectors() {}

  /// {@return the width of this machine's vectors in bits, 64 where it has no vector unit}
  public static int bits() {
    return FloatVector.SPECIES_PREFERRED.vectorBitSize();
  }

  /// {@return n rounded up to a multiple of the vector length}
  public static int padded(int n) {
    return Tiles.padded(n);
  }

  /// Copies pixels, adding channels of zeros up to `wide`.
  public static void pad(int pixels, int channels, int wide, float[] from, int from0, float[] to,
      int to0) {
    ConvolutionShape.pad(from, from0, 1, pixels, channels, 0, 0, to, to0, 1, pixels, wide);
  }

  /// Copies the first `channels` of the `wide` channels of pixels: the inverse of [#pad].
  public static void unpad(int pixels, int channels, int wide, float[] from, int from0, float[] to,
      int to0) {
    for (int p = 0; p < pixels; p++) {
      System.arraycopy(from, from0 + p * wide, to, to0 + p * channels, channels);
    }
  }

  /// A part of a column of a matrix: `to[i] = from[i * stride]` for i < n.
  ///
  /// Number by number: in some compilations the Vector API's load through an array of indices makes
  /// objects of its vectors, for as long as the program runs. Otherwise it takes as long as this
  /// for the columns of filters, and two thirds to nine tenths of it where A or B is packed.
  static void gather(int n, float[] from, int from0, int stride, float[] to, int to0) {
    for (int i = 0; i < n; i++) {
      to[to0 + i] = from[from0 + i * stride];
    }
  }

  /// `to[i] += from[i]` for i < n.
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
