package haze.diffusion.data;

import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The images that a model learns from, all in memory, one byte a pixel and channel.
///
/// Immutable, so that every thread may take its own images out of it at the same time.
public final class ImageDataset {
  /// Pixel `x` in 0..255 as the model sees it: `x / 127.5 - 1`, from -1 to 1.
  private static final float[] SCALED = scaled();

  private final int count;
  private final Shape imageShape;
  private final byte[] pixels;
  private final byte @Nullable [] labels;

  private ImageDataset(int count, Shape imageShape, byte[] pixels, byte @Nullable [] labels) {
    this.count = count;
    this.imageShape = imageShape;
    this.pixels = pixels;
    this.labels = labels;
  }

  /// Reads images from a file in the IDX format: unsigned bytes `[n, h, w]` (grey) or `[n, h, w,
  /// c]` with 1 or 3 channels, compressed by gzip or not.
  ///
  /// @param file the images
  /// @return the data set, without labels
  /// @throws DataException if the file cannot be read, is damaged or holds something else
  public static ImageDataset load(Path file) throws DataException {
    return load(file, null);
  }

  /// Reads images, and what they show if it is known, from files in the IDX format.
  ///
  /// @param images as for [#load(Path)]
  /// @param labels unsigned bytes `[n]`, or null
  /// @return the data set
  /// @throws DataException if a file cannot be read, is damaged or holds something else
  public static ImageDataset load(Path images, @Nullable Path labels) throws DataException {
    return of(IdxFile.read(images), labels == null ? null : IdxFile.read(labels));
  }

  /// Images with or without labels.
  ///
  /// @param images unsigned bytes `[n, h, w]` or `[n, h, w, c]`
  /// @param labels one a image, `[n]`, or null
  /// @return the data set; shares the files' bytes
  /// @throws DataException if the shapes are others
  static ImageDataset of(IdxFile images, @Nullable IdxFile labels) throws DataException {
    Shape shape = images.shape();
    int channels = shape.rank() == 4 ? shape.dim(3) : 1;
    boolean axes = shape.rank() == 3 || shape.rank() == 4;
    if (!axes || (channels != 1 && channels != 3)) {
      throw new DataException(
          images.name(),
          "holds " + shape + ", expected images [n, h, w], or [n, h, w, c] with 1 or 3 channels");
    }
    if (shape.size() == 0) {
      throw new DataException(images.name(), "holds no image: " + shape);
    }
    int count = shape.dim(0);
    if (labels != null && !labels.shape().equals(Shape.of(count))) {
      throw new DataException(
          labels.name(),
          "holds " + labels.shape() + ", expected one label a image: [" + count + "]");
    }
    return new ImageDataset(
        count,
        Shape.of(shape.dim(1), shape.dim(2), channels),
        images.bytes(),
        labels == null ? null : labels.bytes());
  }

  /// How many images there are.
  ///
  /// @return at least 1
  public int count() {
    return count;
  }

  /// The shape of one image.
  ///
  /// @return `[h, w, c]`, c is 1 or 3
  public Shape imageShape() {
    return imageShape;
  }

  /// Whether the images have labels.
  ///
  /// @return true if [#label] may be called
  public boolean hasLabels() {
    return labels != null;
  }

  /// How many classes the labels name.
  ///
  /// @return one more than the greatest label; 0 if there are no labels
  public int classes() {
    int classes = 0;
    for (int i = 0; labels != null && i < count; i++) {
      classes = Math.max(classes, 1 + label(i));
    }
    return classes;
  }

  /// What an image shows.
  ///
  /// @param index the image, from 0
  /// @return its label, in 0..255
  /// @throws IllegalArgumentException if there is no such image or it has no label
  public int label(int index) {
    checkIndex(index);
    if (labels == null) {
      throw new IllegalArgumentException("dataset: the images have no labels");
    }
    return Byte.toUnsignedInt(labels[index]);
  }

  /// Gives some of the images, scaled to [-1, 1].
  ///
  /// @param indices which images, from 0; may repeat
  /// @param out receives them, `[indices.length, h, w, c]`
  /// @return `out`
  /// @throws IllegalArgumentException if there is no such image or `out` has another shape
  public Tensor images(int[] indices, Tensor out) {
    Shape expected =
        Shape.of(indices.length, imageShape.dim(0), imageShape.dim(1), imageShape.dim(2));
    if (!out.shape().equals(expected)) {
      throw new IllegalArgumentException(
          "dataset: shapes differ: " + expected + " into " + out.shape());
    }
    float[] data = out.data();
    int size = imageShape.size();
    for (int i = 0; i < indices.length; i++) {
      checkIndex(indices[i]);
      int from = indices[i] * size;
      int to = out.offset() + i * size;
      for (int j = 0; j < size; j++) {
        data[to + j] = SCALED[Byte.toUnsignedInt(pixels[from + j])];
      }
    }
    return out;
  }

  private void checkIndex(int index) {
    if (index < 0 || index >= count) {
      throw new IllegalArgumentException("dataset: no image " + index + " among " + count);
    }
  }

  private static float[] scaled() {
    float[] scaled = new float[256];
    for (int x = 0; x < scaled.length; x++) {
      scaled[x] = x / 127.5f - 1;
    }
    return scaled;
  }
}
