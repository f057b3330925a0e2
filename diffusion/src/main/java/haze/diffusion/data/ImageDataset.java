package haze.diffusion.data;

import haze.diffusion.data.image.Levels;
import haze.nn.file.PrintableText;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The images that a model learns from: in memory, as bytes or as floats, or in a file, from which
/// they are read when they are used.
///
/// Immutable, so that every thread may take its own images out of it at the same time.
public final class ImageDataset {
  /// The greatest label: a network keeps an embedding for each class.
  public static final int MAX_LABEL = 65_535;

  private static final int PROBES = 16;

  private final Pixels pixels;
  private final int[] labels;
  private final int classes;
  private final List<String> classNames;
  private final List<String> notes;

  /// One byte a pixel and channel, unsigned.
  @SuppressWarnings("ArrayRecordComponent") // Handed on once; nobody compares two.
  private record Bytes(byte[] levels, Shape image, int count) implements Pixels {
    private static final float[] VALUES = new float[PixelScale.MAX_LEVEL + 1];

    static {
      for (int level = 0; level < VALUES.length; level++) {
        VALUES[level] = PixelScale.value(level);
      }
    }

    @Override
    public void copy(int index, float[] to, int at) {
      int size = image.size();
      int from = index * size;
      for (int j = 0; j < size; j++) {
        to[at + j] = VALUES[Byte.toUnsignedInt(levels[from + j])];
      }
    }
  }

  /// Any values in [-1, 1].
  @SuppressWarnings("ArrayRecordComponent") // Handed on once; nobody compares two.
  private record Floats(float[] values, Shape image, int count) implements Pixels {
    @Override
    public void copy(int index, float[] to, int at) {
      System.arraycopy(values, index * image.size(), to, at, image.size());
    }
  }

  /// Images of a reader.
  ///
  /// @throws IllegalArgumentException if the labels do not go with them
  ImageDataset(Pixels pixels, int... labels) {
    this(pixels, labels, greatest(labels) + 1, List.of(), List.of());
    require(
        labels.length == 0 || labels.length == pixels.count(),
        labels.length + " labels for " + pixels.count() + " images");
  }

  private ImageDataset(
      Pixels pixels, int[] labels, int classes, List<String> classNames, List<String> notes) {
    this.pixels = pixels;
    this.labels = labels;
    this.classes = classes;
    this.classNames = List.copyOf(classNames);
    // They name files and folders.
    this.notes = notes.stream().map(PrintableText::harmless).toList();
  }

  private static int greatest(int... labels) {
    int greatest = -1;
    for (int i = 0; i < labels.length; i++) {
      require(
          labels[i] >= 0 && labels[i] <= MAX_LABEL,
          "image " + i + " has label " + labels[i] + ", expected 0 to " + MAX_LABEL);
      greatest = Math.max(greatest, labels[i]);
    }
    return greatest;
  }

  /// Checks the shape of images in memory.
  ///
  /// @return how many there are
  private static int count(int values, Shape image) {
    require(
        image.rank() == 3 && image.size() > 0 && (image.dim(2) == 1 || image.dim(2) == 3),
        "images of shape " + image + ", expected [h, w, c] with 1 or 3 channels");
    require(
        values > 0 && values % image.size() == 0,
        values + " values, expected a multiple of the " + image.size() + " of " + image);
    return values / image.size();
  }

  private static void require(boolean condition, String problem) {
    if (!condition) {
      throw new IllegalArgumentException("dataset: " + problem);
    }
  }

  /// Images as numbers, which stay as they are: they are not rounded to levels.
  ///
  /// @param pixels the values of all images, row-major, each in [-1, 1]; copied
  /// @param image the shape of one, `[h, w, c]`, c is 1 or 3
  /// @param labels the class of each image, in 0..[#MAX_LABEL]; none if there are no classes
  /// @throws IllegalArgumentException if a value is NaN or outside [-1, 1], there is no image, or
  ///   pixels, shape and labels do not go together
  public static ImageDataset of(float[] pixels, Shape image, int... labels) {
    Pixels values = new Floats(pixels.clone(), image, count(pixels.length, image));
    ImageDataset data = new ImageDataset(values, labels.clone());
    for (int i = 0; i < pixels.length; i++) {
      // NaN compares as false.
      if (!(Math.abs(pixels[i]) <= 1)) {
        throw new IllegalArgumentException(
            "dataset: image "
                + i / image.size()
                + " has value "
                + pixels[i]
                + ", expected -1 to 1; level k of 0..255 is k / 127.5 - 1");
      }
    }
    return data;
  }

  /// Images as a tensor.
  ///
  /// @param images `[n, h, w, c]`, values in [-1, 1], c is 1 or 3; copied
  /// @param labels as for [#of(float[], Shape, int...)]
  /// @throws IllegalArgumentException as for [#of(float[], Shape, int...)]
  public static ImageDataset of(Tensor images, int... labels) {
    Shape shape = images.shape();
    require(shape.rank() == 4, "images " + shape + ", expected [n, h, w, c]");
    return of(images.toArray(), Shape.of(shape.dim(1), shape.dim(2), shape.dim(3)), labels);
  }

  /// Images of the JDK.
  ///
  /// @param images opaque, of one size, all grey or all in colour; copied
  /// @param labels as for [#of(float[], Shape, int...)]
  /// @throws IllegalArgumentException naming the image that is transparent or unlike the first, or
  ///   if the labels do not go with them
  public static ImageDataset of(List<BufferedImage> images, int... labels) {
    require(!images.isEmpty(), "no images");
    Shape shape = levels(images, 0).shape();
    byte[] bytes = new byte[shape.batch(images.size()).size()];
    for (int i = 0; i < images.size(); i++) {
      Levels levels = levels(images, i);
      require(
          levels.shape().equals(shape),
          "image " + i + " is " + levels.shape() + ", expected " + shape + " as the first");
      System.arraycopy(levels.bytes(), 0, bytes, i * shape.size(), shape.size());
    }
    return ofSharedLevels(bytes, shape, labels.clone());
  }

  private static Levels levels(List<BufferedImage> images, int index) {
    try {
      return Levels.of(images.get(index));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("dataset: image " + index + " " + e.getMessage(), e);
    }
  }

  /// Images as levels, a quarter of the memory that floats take.
  ///
  /// @param levels the pixels of all images, row-major, unsigned: 0 is black; copied
  /// @param image the shape of one, `[h, w, c]`, c is 1 or 3
  /// @param labels as for [#of(float[], Shape, int...)]
  /// @throws IllegalArgumentException if there is no image, or levels, shape and labels do not go
  ///   together
  public static ImageDataset ofLevels(byte[] levels, Shape image, int... labels) {
    return ofSharedLevels(levels.clone(), image, labels.clone());
  }

  /// As [#ofLevels], but for arrays that a reader has just made: they are not copied.
  static ImageDataset ofSharedLevels(byte[] levels, Shape image, int... labels) {
    return new ImageDataset(new Bytes(levels, image, count(levels.length, image)), labels);
  }

  /// The images of several data sets, one after the other.
  ///
  /// @param parts at least one, of images of one shape, all with labels or all without
  static ImageDataset concatenated(List<ImageDataset> parts) {
    int[] labels = parts.stream().flatMapToInt(part -> IntStream.of(part.labels)).toArray();
    return new ImageDataset(
        parts.size() == 1
            ? parts.getFirst().pixels
            : new Concatenation(parts.stream().map(part -> part.pixels).toList()),
        labels);
  }

  /// {@return the same with names of the classes, which may be fewer or more than the classes}
  ImageDataset withClassNames(List<String> names) {
    int known = hasLabels() ? Math.max(classes, names.size()) : 0;
    return new ImageDataset(
        pixels, labels, known, names.stream().map(PrintableText::of).toList(), notes);
  }

  /// {@return the same with other labels, of classes without names}
  ///
  /// @param number how many classes there are
  ImageDataset withLabels(int[] others, int number) {
    return new ImageDataset(pixels, others, number, List.of(), notes);
  }

  /// {@return the same with other numbers and names of classes}
  ImageDataset withClasses(int number, List<String> names) {
    return new ImageDataset(pixels, labels, number, names, notes);
  }

  /// {@return the images and labels as arrays, to be sent to another process}
  ///
  /// @throws IllegalArgumentException if an image cannot be read
  public PackedImages packed() {
    return PackedImages.of(this, labels);
  }

  /// {@return the same with other remarks}
  ImageDataset withNotes(List<String> remarks) {
    return new ImageDataset(pixels, labels, classes, classNames, remarks);
  }

  /// {@return the same in another size or with other channels, if the options name such}
  ImageDataset fitted(DataOptions options) {
    Shape own = imageShape();
    Shape wanted =
        Shape.of(
            options.size().map(ImageSize::height).orElseGet(() -> own.dim(0)),
            options.size().map(ImageSize::width).orElseGet(() -> own.dim(1)),
            options.color().channels(own.dim(2)));
    return wanted.equals(own)
        ? this
        : new ImageDataset(
            DecodedImages.of(pixels, wanted, options), labels, classes, classNames, notes);
  }

  /// {@return the same with one remark more}
  ImageDataset withNote(String remark) {
    List<String> more = new ArrayList<>(notes);
    more.add(remark);
    return withNotes(more);
  }

  /// {@return some of the images, with as many classes}
  ///
  /// @param indices which, from 0
  ImageDataset subset(int... indices) {
    int[] kept = hasLabels() ? IntStream.of(indices).map(index -> labels[index]).toArray() : labels;
    return new ImageDataset(pixels.subset(indices), kept, classes, classNames, notes);
  }

  /// Reads the images to learn from of a file or directory in one of the formats of [DataFormat].
  ///
  /// @param file the images
  /// @return the data set, without labels
  /// @throws DataException if the file cannot be read, is damaged or holds something else
  public static ImageDataset load(Path file) throws DataException {
    return load(file, DataOptions.NONE);
  }

  /// Reads images and their classes from files.
  ///
  /// @param images in one of the formats of [DataFormat]
  /// @param labels in the form that goes with that format; null if there are none
  /// @throws DataException if a file cannot be read, is damaged or holds something else
  public static ImageDataset load(Path images, @Nullable Path labels) throws DataException {
    return load(images, DataOptions.NONE.withLabels(labels));
  }

  /// As [#load(Path)], in another manner.
  public static ImageDataset load(Path images, DataOptions options) throws DataException {
    return DataFormat.open(images, options).training().load();
  }

  /// {@return how many images there are, at least 1}
  public int count() {
    return pixels.count();
  }

  /// {@return what messages call an image: its file, or its number in the file of all, such as
  /// `image 12`}
  ///
  /// @throws IllegalArgumentException if there is no such image
  public String name(int index) {
    checkIndex(index);
    return pixels.name(index);
  }

  /// {@return the shape of one image, `[h, w, c]`, c is 1 or 3}
  public Shape imageShape() {
    return pixels.image();
  }

  /// {@return whether the images have labels, so that [#label] may be called}
  public boolean hasLabels() {
    return labels.length > 0;
  }

  /// {@return the number of classes: one more than the greatest label, or as many as have names; 0
  /// if there are no labels}
  public int classes() {
    return classes;
  }

  /// {@return the label of an image as the data has it, whether the image can be read or not}
  ///
  /// @throws IllegalArgumentException as for [#label]
  public int storedLabel(int index) {
    checkIndex(index);
    require(hasLabels(), "the images have no labels");
    return labels[index];
  }

  /// {@return the names of the classes in the order of the labels; fewer than [#classes], or none,
  /// if the others have none}
  public List<String> classNames() {
    return classNames;
  }

  /// {@return the name of a class, or its number if it has none}
  public String className(int label) {
    return label < classNames.size() ? classNames.get(label) : Integer.toString(label);
  }

  /// {@return a digest of the data: count, shape, all labels, and sixteen images that are spread
  /// evenly; 16 hexadecimal digits}
  ///
  /// @throws java.io.UncheckedIOException as for [#images]
  public String fingerprint() {
    MessageDigest digest = sha256();
    ByteBuffer head = ByteBuffer.allocate(Integer.BYTES * 4);
    head.putInt(count());
    IntStream.of(imageShape().dims()).forEach(head::putInt);
    digest.update(head.array());
    int probes = Math.min(PROBES, count());
    int size = imageShape().size();
    ByteBuffer values = ByteBuffer.allocate(Float.BYTES * size);
    float[] image = new float[size];
    for (int probe : Spread.over(count(), probes)) {
      pixels.copy(probe, image, 0);
      values.asFloatBuffer().put(image);
      digest.update(values.array());
    }
    ByteBuffer numbers = ByteBuffer.allocate(Integer.BYTES * labels.length);
    numbers.asIntBuffer().put(labels);
    digest.update(numbers.array());
    return HexFormat.of().formatHex(digest.digest(), 0, Long.BYTES);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /// {@return the files of the images, if each is one}
  Optional<LevelReader> reader() {
    return pixels.reader();
  }

  /// {@return whether images are not as they were stored, but cropped, scaled or converted to
  /// [#imageShape]; of many files, whether one of those is that were looked at first}
  public boolean isConverted() {
    return pixels.isConverted();
  }

  /// {@return the images that could not be read so far, in whose place others were taken}
  public Unreadable unreadable() {
    return pixels.unreadable();
  }

  /// Says which images will be needed soon: those that have to be decoded are, on another thread.
  ///
  /// @param indices as for [#images]
  public void prepare(int... indices) {
    pixels.prepare(indices);
  }

  /// {@return what a reader found that a person should know, a line each}
  public List<String> notes() {
    return notes;
  }

  /// {@return the label of an image}
  ///
  /// @param index the image, from 0
  /// @throws IllegalArgumentException if there is no such image or it has no label
  public int label(int index) {
    checkIndex(index);
    require(hasLabels(), "the images have no labels");
    return labels[pixels.source(index)];
  }

  /// Gives some of the images, scaled to [-1, 1]. One that cannot be read is noted, see
  /// [#unreadable], and another takes its place, with its label.
  ///
  /// @param indices which images, from 0; may repeat
  /// @param out receives them, `[indices.length, h, w, c]`
  /// @return `out`
  /// @throws IllegalArgumentException if there is no such image or `out` has another shape
  /// @throws java.io.UncheckedIOException if an image cannot be read and that is an error, see
  ///   [DataOptions#strict]
  public Tensor images(int[] indices, Tensor out) {
    Shape expected = imageShape().batch(indices.length);
    if (!out.shape().equals(expected)) {
      throw new IllegalArgumentException(
          "dataset: shapes differ: " + expected + " into " + out.shape());
    }
    int size = imageShape().size();
    for (int i = 0; i < indices.length; i++) {
      checkIndex(indices[i]);
      pixels.copy(indices[i], out.data(), out.offset() + i * size);
    }
    return out;
  }

  /// Gives one of the images, scaled to [-1, 1].
  ///
  /// @param index the image, from 0
  /// @return a new tensor `[1, h, w, c]`
  /// @throws IllegalArgumentException if there is no such image
  public Tensor image(int index) {
    return images(new int[] {index}, Tensor.zeros(imageShape().batch(1).dims()));
  }

  /// Exchanges left and right of an image.
  ///
  /// @param image `[h, w, c]`, changed in its place
  public static void flip(Tensor image) {
    int width = image.dim(1);
    int channels = image.dim(2);
    float[] data = image.data();
    for (int y = 0; y < image.dim(0); y++) {
      int row = image.offset() + y * width * channels;
      for (int x = 0; x < width / 2; x++) {
        for (int c = 0; c < channels; c++) {
          int left = row + x * channels + c;
          int right = row + (width - 1 - x) * channels + c;
          float value = data[left];
          data[left] = data[right];
          data[right] = value;
        }
      }
    }
  }

  private void checkIndex(int index) {
    if (index < 0 || index >= count()) {
      throw new IllegalArgumentException("dataset: no image " + index + " among " + count());
    }
  }

  /// {@return such as `400 images [32, 32, 3] of 3 classes`}
  @Override
  public String toString() {
    return count()
        + (count() == 1 ? " image " : " images ")
        + imageShape()
        + (hasLabels() ? " of " + classes + (classes == 1 ? " class" : " classes") : "");
  }
}
