package haze.diffusion.data;

import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.Arrays;

/// Makes an image the size, and gives it the channels, that a network was made for.
final class Fit {
  /// Luma of red, green and blue (ITU-R BT.601), as Pillow's `convert("L")`.
  private static final float[] LUMA = {0.299f, 0.587f, 0.114f};

  private Fit() {}

  /// Refuses an image of another size, unless it may be scaled.
  static void check(String name, int width, int height, Shape shape, boolean fit)
      throws DataException {
    if (!fit && (height != shape.dim(0) || width != shape.dim(1))) {
      throw new DataException(
          name,
          "is "
              + width
              + " x "
              + height
              + ", expected "
              + shape.dim(1)
              + " x "
              + shape.dim(0)
              + " as the model makes them; --fit scales it");
    }
  }

  /// The middle of an image, as much as there is of the right proportions, scaled: a new pixel is
  /// the mean of the area that it covers.
  ///
  /// @param shape `[h, w, c]`
  /// @param image `[1, any, any, 1 or 3]`
  /// @return `[1, h, w, c]`
  static Tensor to(Shape shape, Tensor image) {
    int height = shape.dim(0);
    int width = shape.dim(1);
    double pixel = Math.min((double) image.dim(1) / height, (double) image.dim(2) / width);
    double top = (image.dim(1) - pixel * height) / 2;
    double left = (image.dim(2) - pixel * width) / 2;
    Tensor fitted = Tensor.zeros(1, height, width, shape.dim(2));
    double[] mean = new double[image.dim(3)];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        mean(image, top + y * pixel, left + x * pixel, pixel, mean);
        for (int c = 0; c < shape.dim(2); c++) {
          fitted.set(channel(mean, c, shape.dim(2)), 0, y, x, c);
        }
      }
    }
    return fitted;
  }

  /// The mean of a square, in which pixels count as much as of them lies within.
  private static void mean(Tensor image, double top, double left, double side, double[] mean) {
    Arrays.fill(mean, 0);
    double area = 0;
    int bottom = (int) Math.min(image.dim(1), Math.ceil(top + side));
    int right = (int) Math.min(image.dim(2), Math.ceil(left + side));
    for (int y = (int) top; y < bottom; y++) {
      double rows = Math.min(y + 1, top + side) - Math.max(y, top);
      for (int x = (int) left; x < right; x++) {
        double share = rows * (Math.min(x + 1, left + side) - Math.max(x, left));
        area += share;
        for (int c = 0; c < mean.length; c++) {
          mean[c] += share * image.get(0, y, x, c);
        }
      }
    }
    for (int c = 0; c < mean.length; c++) {
      mean[c] /= area;
    }
  }

  private static float channel(double[] pixel, int channel, int channels) {
    if (pixel.length == channels) {
      return (float) pixel[channel];
    }
    return pixel.length == 1
        ? (float) pixel[0]
        : (float) (LUMA[0] * pixel[0] + LUMA[1] * pixel[1] + LUMA[2] * pixel[2]);
  }
}
