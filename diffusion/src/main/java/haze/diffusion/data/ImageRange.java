package haze.diffusion.data;

import java.util.stream.IntStream;

/// Images of a data set that follow each other: to learn from, to measure with, or to compare with.
///
/// @param data the data set
/// @param from the first
/// @param count how many
public record ImageRange(ImageDataset data, int from, int count) {
  /// Checks the range.
  ///
  /// @throws IllegalArgumentException if there are no such images
  public ImageRange {
    if (from < 0 || count < 1 || count > data.count() - from) {
      throw new IllegalArgumentException(
          "images: " + count + " from number " + from + " of " + data.count());
    }
  }

  /// All images.
  ///
  /// @param data the data set
  /// @return the range
  public static ImageRange all(ImageDataset data) {
    return new ImageRange(data, 0, data.count());
  }

  /// The first of the images, or all if there are not as many.
  ///
  /// @param most how many at most, at least 1
  /// @return the range
  public ImageRange first(int most) {
    return new ImageRange(data, from, Math.min(most, count));
  }

  /// Numbers of some of the images in the data set.
  ///
  /// @param first the first, counted in this range
  /// @param size how many
  public int[] indices(int first, int size) {
    return IntStream.range(from + first, from + first + size).toArray();
  }
}
