package haze.diffusion.data.image;

import haze.tensor.Shape;
import java.util.Arrays;

/// The middle of an image, as much as there is of the wanted proportions, in another size.
///
/// Shrinking takes the mean of the area that a new pixel covers, to which a pixel on its border
/// contributes in part; so nothing aliases. Enlarging is bilinear between the centres of pixels, as
/// Pillow's `BILINEAR`. Both are a filter along the columns, then one along the rows.
final class Resize {
  private static final double HALF = 0.5;

  /// Sums are of signed bytes, `level - 128`, which the JDK's compiler turns into floats with
  /// vector instructions; unsigned bytes it takes one by one, ten times slower.
  private static final int CENTRE = 128;

  private static final float CENTRE_ROUNDED = CENTRE + 0.5f;

  private Resize() {}

  /// For each new pixel along an axis: which old ones it is made of, and their weights.
  ///
  /// @param first the first of the old pixels
  /// @param weights of this one and those that follow; their sum is 1
  @SuppressWarnings("ArrayRecordComponent") // Of this class alone.
  private record Filter(int[] first, float[][] weights) {
    /// A filter that leaves out equal parts at both ends.
    ///
    /// @param scale old pixels that a new one covers, along the axis
    static Filter of(int from, int to, double scale) {
      Filter filter = new Filter(new int[to], new float[to][]);
      double start = (from - scale * to) / 2;
      for (int i = 0; i < to; i++) {
        if (scale >= 1) {
          filter.area(i, from, start + i * scale, scale);
        } else {
          filter.between(i, from, start + (i + HALF) * scale - HALF);
        }
      }
      return filter;
    }

    private void area(int i, int from, double begin, double scale) {
      double end = begin + scale;
      first[i] = Math.max(0, (int) begin);
      weights[i] = new float[Math.min(from, (int) Math.ceil(end)) - first[i]];
      for (int k = 0; k < weights[i].length; k++) {
        double pixel = first[i] + k;
        weights[i][k] = (float) ((Math.min(pixel + 1, end) - Math.max(pixel, begin)) / scale);
      }
    }

    private void between(int i, int from, double place) {
      double centre = Math.clamp(place, 0, from - 1);
      first[i] = Math.min((int) centre, Math.max(0, from - 2));
      float share = (float) (centre - first[i]);
      weights[i] = from == 1 ? new float[] {1} : new float[] {1 - share, share};
    }
  }

  /// {@return an image of the size, rounded to levels}
  static Levels fit(Levels image, int height, int width) {
    Shape from = image.shape();
    int channels = from.dim(2);
    double scale = Math.min((double) from.dim(0) / height, (double) from.dim(1) / width);
    Filter rows = Filter.of(from.dim(0), height, scale);
    Filter columns = Filter.of(from.dim(1), width, scale);
    int length = from.dim(1) * channels;
    byte[] result = new byte[height * width * channels];
    byte[] centred = new byte[image.bytes().length];
    for (int i = 0; i < centred.length; i++) {
      centred[i] = (byte) (image.bytes()[i] - CENTRE);
    }
    float[] sum = new float[length];
    for (int y = 0; y < height; y++) {
      Arrays.fill(sum, 0);
      for (int k = 0; k < rows.weights[y].length; k++) {
        add(centred, (rows.first[y] + k) * length, rows.weights[y][k], sum);
      }
      for (int x = 0; x < width; x++) {
        for (int c = 0; c < channels; c++) {
          float level = mean(sum, columns.first[x] * channels + c, channels, columns.weights[x]);
          result[(y * width + x) * channels + c] = (byte) (level + CENTRE_ROUNDED);
        }
      }
    }
    return new Levels(Shape.of(height, width, channels), result);
  }

  private static void add(byte[] centred, int from, float weight, float[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += weight * centred[from + i];
    }
  }

  private static float mean(float[] row, int from, int step, float[] weights) {
    float mean = 0;
    for (int k = 0; k < weights.length; k++) {
      mean += weights[k] * row[from + k * step];
    }
    return mean;
  }
}
