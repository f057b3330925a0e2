package haze.diffusion.data;

import haze.diffusion.io.Quantities;
import haze.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Images that lie in a file as one array, in any order of axes and bytes. An image is read when it
/// is used.
final class ArrayImages implements Pixels {
  private static final int BYTE_VALUES = 256;

  private final NumberArray array;
  private final ValueRange range;
  private final int count;
  private final Shape image;

  /// The pixel of each value, where a number has 8 bits; else none.
  private final float[] table;

  /// Whether an image's bytes lie together: then they are fetched by one copy.
  private final boolean together;

  /// The array, if it is one of Java; else null.
  private final byte @Nullable [] heap;

  /// @param array `[n, h, w, c]`
  private ArrayImages(NumberArray array, ValueRange range, int count, Shape image) {
    this.array = array;
    this.range = range;
    this.count = count;
    this.image = image;
    table = table(array.type(), range);
    long[] sizes = array.sizes();
    long[] strides = array.strides();
    long span = array.type().size();
    for (int axis = 1; axis < sizes.length; axis++) {
      span += (sizes[axis] - 1) * strides[axis];
    }
    heap = array.bytes().heapBase().map(byte[].class::cast).orElse(null);
    together = span == (long) image.size() * array.type().size();
  }

  /// A data set.
  ///
  /// @param array `[n, h, w]`, `[n, h, w, c]`, `[n, c, h, w]` with c 1 or 3, or `[n, d]`, d a
  ///   square
  /// @param labels the class of each image, see [Labels]; none if there are no labels
  /// @param range the values of black and white, if they are known
  /// @throws DataException if the sizes are others, or the values lie in no usual range and none is
  ///   given
  static ImageDataset dataset(NumberArray array, int[] labels, Optional<ValueRange> range)
      throws DataException {
    NumberArray images = interpreted(array);
    long[] sizes = images.sizes();
    List<String> notes = new ArrayList<>();
    long size = NumberArray.bytes(ElementType.U8, sizes[1], sizes[2], sizes[3]);
    if (sizes[0] == 0 || size == 0) {
      throw new DataException(array.name(), "holds no image: " + array.shape());
    }
    if (sizes[0] > Integer.MAX_VALUE || size > Integer.MAX_VALUE - 8 || size < 0) {
      throw new DataException(array.name(), "holds " + array.shape() + ", which is too large");
    }
    if (labels.length != 0 && labels.length != sizes[0]) {
      throw new DataException(
          array.name(),
          "holds "
              + Quantities.counted(sizes[0], "image")
              + ", but there "
              + (labels.length == 1 ? "is 1 label" : "are " + labels.length + " labels"));
    }
    ValueRange known = ranged(images, range, notes);
    Shape image = Shape.of((int) sizes[1], (int) sizes[2], (int) sizes[3]);
    return new ImageDataset(new ArrayImages(images, known, (int) sizes[0], image), labels)
        .withNotes(notes);
  }

  /// The array as `[n, h, w, c]`.
  private static NumberArray interpreted(NumberArray array) throws DataException {
    long[] sizes = array.sizes();
    switch (sizes.length) {
      case 2 -> {
        long side = Math.round(Math.sqrt((double) sizes[1]));
        if (side * side == sizes[1]) {
          return side == 0 ? array.withLast().withLast() : array.split(1, side).withLast();
        }
      }
      case 3 -> {
        return array.withLast();
      }
      case 4 -> {
        if (isChannels(sizes[3])) {
          return array;
        }
        if (isChannels(sizes[1])) {
          return array.axes(0, 2, 3, 1);
        }
      }
      default -> {
        // Refused below.
      }
    }
    throw new DataException(
        array.name(),
        "holds "
            + array.shape()
            + ", expected images [n, h, w], [n, h, w, c] or [n, c, h, w] with 1 or 3 channels, or"
            + " [n, d] where d is a square");
  }

  private static boolean isChannels(long size) {
    return size == 1 || size == 3;
  }

  /// The range: given, or the whole of 8 bits, or found in the values.
  private static ValueRange ranged(
      NumberArray images, Optional<ValueRange> range, List<String> notes) throws DataException {
    boolean bytes = images.type() == ElementType.U8;
    if (bytes || images.type() == ElementType.BOOL) {
      return range.orElse(bytes ? ValueRange.LEVELS : ValueRange.UNIT);
    }
    double[] ends = ends(images);
    ValueRange known =
        range.isPresent() ? range.get() : ValueRange.of(images.name(), ends[0], ends[1]);
    if (ends[0] < known.low() || ends[1] > known.high()) {
      throw new DataException(
          images.name(),
          "holds values from "
              + ends[0]
              + " to "
              + ends[1]
              + ", expected "
              + known.words()
              + " as --range says");
    }
    if (range.isEmpty()) {
      notes.add(
          "values from "
              + ends[0]
              + " to "
              + ends[1]
              + ": taken as "
              + known.words()
              + "; --range says otherwise");
    }
    return known;
  }

  /// The least and the greatest value: a pass over the whole array, in the order of the file.
  private static double[] ends(NumberArray array) throws DataException {
    ElementType type = array.type();
    long elements = NumberArray.bytes(type, array.sizes()) / type.size();
    double least = Double.POSITIVE_INFINITY;
    double greatest = Double.NEGATIVE_INFINITY;
    for (long i = 0; i < elements; i++) {
      double value = type.read(array.bytes(), array.offset() + i * type.size(), array.order());
      least = Math.min(least, value);
      greatest = Math.max(greatest, value);
    }
    // A NaN is the least and the greatest of whatever it stands among.
    if (!Double.isFinite(least) || !Double.isFinite(greatest)) {
      throw new DataException(array.name(), "holds NaN or infinite values, expected numbers");
    }
    return new double[] {least, greatest};
  }

  private static float[] table(ElementType type, ValueRange range) {
    if (type.size() > 1) {
      return new float[0];
    }
    float[] values = new float[BYTE_VALUES];
    for (int bits = 0; bits < BYTE_VALUES; bits++) {
      double value =
          switch (type) {
            case I8 -> (byte) bits;
            case BOOL -> Math.min(bits, 1);
            default -> bits;
          };
      boolean level = range.equals(ValueRange.LEVELS);
      values[bits] = level ? PixelScale.value((int) value) : range.scaled(value);
    }
    return values;
  }

  @Override
  public int count() {
    return count;
  }

  @Override
  public Shape image() {
    return image;
  }

  @Override
  public void copy(int index, float[] to, int at) {
    long first = array.offset() + index * array.strides()[0];
    MemorySegment source = array.bytes();
    if (together && table.length > 0 && heap != null) {
      gather(heap, (int) first, to, at);
      return;
    }
    if (together) {
      // One copy, then everything is in an array of Java: reading a mapped file byte by byte is
      // several times slower where other segments are read in the same program.
      byte[] bytes = new byte[image.size() * array.type().size()];
      MemorySegment.copy(source, ValueLayout.JAVA_BYTE, first, bytes, 0, bytes.length);
      if (table.length > 0) {
        gather(bytes, 0, to, at);
        return;
      }
      source = MemorySegment.ofArray(bytes);
      first = 0;
    }
    gather(source, first, to, at);
  }

  private void gather(byte[] bytes, int first, float[] to, int at) {
    int rows = (int) array.strides()[1];
    int columns = (int) array.strides()[2];
    int channels = (int) array.strides()[3];
    int next = at;
    for (int y = 0; y < image.dim(0); y++) {
      for (int x = 0; x < image.dim(1); x++) {
        int pixel = first + y * rows + x * columns;
        for (int c = 0; c < image.dim(2); c++) {
          to[next++] = table[Byte.toUnsignedInt(bytes[pixel + c * channels])];
        }
      }
    }
  }

  private void gather(MemorySegment source, long first, float[] to, int at) {
    long[] strides = array.strides();
    int next = at;
    for (int y = 0; y < image.dim(0); y++) {
      for (int x = 0; x < image.dim(1); x++) {
        long pixel = first + y * strides[1] + x * strides[2];
        for (int c = 0; c < image.dim(2); c++) {
          double value = array.type().read(source, pixel + c * strides[3], array.order());
          to[next++] =
              table.length > 0 ? table[(int) value & (BYTE_VALUES - 1)] : range.scaled(value);
        }
      }
    }
  }
}
