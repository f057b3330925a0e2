package haze.diffusion.data;

import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// A data set as arrays, to be sent to another process: levels where all values are such, a byte a
/// pixel and channel, floats where they are not.
///
/// @param levels of all images, row-major, unsigned; empty if there are values between levels
/// @param values of all images, row-major; empty if they are levels
/// @param image the shape of one, `[h, w, c]`
/// @param labels the class of each image; none if there are no classes
/// @param classes number of classes
@SuppressWarnings("ArrayRecordComponent") // Handed on once; nobody compares two.
public record PackedImages(
    byte[] levels,
    float[] values,
    List<Integer> image,
    int[] labels,
    int classes,
    List<String> classNames)
    implements Serializable {
  /// Packs a data set.
  ///
  /// @throws IllegalArgumentException if an image cannot be read
  static PackedImages of(ImageDataset data, int... labels) {
    Optional<byte[]> levels = levels(data);
    float[] values = levels.isEmpty() ? values(data) : new float[0];
    if (data.unreadable().count() > 0) {
      throw new IllegalArgumentException(
          "dataset: " + data.unreadable().count() + " images cannot be read");
    }
    return new PackedImages(
        levels.orElse(new byte[0]),
        values,
        IntStream.of(data.imageShape().dims()).boxed().toList(),
        labels,
        data.classes(),
        data.classNames());
  }

  /// The levels of all images, if all values are such.
  private static Optional<byte[]> levels(ImageDataset data) {
    int size = data.imageShape().size();
    byte[] levels = new byte[Math.multiplyExact(size, data.count())];
    Tensor one = Tensor.zeros(data.imageShape().batch(1).dims());
    for (int i = 0; i < data.count(); i++) {
      float[] image = data.images(new int[] {i}, one).toArray();
      for (int j = 0; j < size; j++) {
        int level = PixelScale.level(image[j]);
        if (PixelScale.value(level) != image[j]) {
          return Optional.empty();
        }
        levels[i * size + j] = (byte) level;
      }
    }
    return Optional.of(levels);
  }

  private static float[] values(ImageDataset data) {
    int size = data.imageShape().size();
    float[] values = new float[Math.multiplyExact(size, data.count())];
    Tensor one = Tensor.zeros(data.imageShape().batch(1).dims());
    for (int i = 0; i < data.count(); i++) {
      System.arraycopy(data.images(new int[] {i}, one).toArray(), 0, values, i * size, size);
    }
    return values;
  }

  /// {@return the data set}
  public ImageDataset unpack() {
    Shape shape = Shape.of(image.stream().mapToInt(Integer::intValue).toArray());
    ImageDataset images =
        levels.length > 0
            ? ImageDataset.ofSharedLevels(levels, shape, labels)
            : ImageDataset.of(values, shape, labels);
    return images.withClasses(classes, classNames);
  }
}
