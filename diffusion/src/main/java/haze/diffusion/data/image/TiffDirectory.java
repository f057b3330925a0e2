package haze.diffusion.data.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;

/// The tags of a TIFF file's first image (TIFF 6.0, section 2). A camera's metadata have the same
/// form.
///
/// @param values of each tag, its numbers; tags whose values are no whole numbers, or beyond the
///   end, are left out
record TiffDirectory(Map<Integer, long[]> values) {
  static final int WIDTH = 256;
  static final int HEIGHT = 257;
  static final int BITS = 258;
  static final int COMPRESSION = 259;
  static final int SAMPLES = 277;
  static final int ORIENTATION = 274;
  static final int STRIPS = 273;
  static final int STRIP_BYTES = 279;
  static final int PALETTE = 320;
  static final int TILES = 324;
  static final int TILE_BYTES = 325;

  private static final int HEADER = 8;
  private static final int TIFF = 42;
  private static final int ENTRY = 12;
  private static final int BYTE = 1;
  private static final int SHORT = 3;
  private static final int LONG = 4;

  /// Reads the tags, as far as they are there.
  ///
  /// @param bytes begin with `II` or `MM`
  static TiffDirectory read(ByteBuffer bytes) {
    Map<Integer, long[]> values = new HashMap<>();
    ByteBuffer in = bytes.slice();
    if (in.limit() >= HEADER && order(in)) {
      long directory = Integer.toUnsignedLong(in.getInt(4));
      if (in.getShort(2) == TIFF && directory <= in.limit() - Short.BYTES) {
        int first = (int) directory + Short.BYTES;
        int count = Short.toUnsignedInt(in.getShort((int) directory));
        for (int i = 0; i < count && first + (i + 1) * ENTRY <= in.limit(); i++) {
          put(in, first + i * ENTRY, values);
        }
      }
    }
    return new TiffDirectory(values);
  }

  private static boolean order(ByteBuffer in) {
    switch (in.getShort(0)) {
      case 'M' << Byte.SIZE | 'M' -> in.order(ByteOrder.BIG_ENDIAN);
      case 'I' << Byte.SIZE | 'I' -> in.order(ByteOrder.LITTLE_ENDIAN);
      default -> {
        return false;
      }
    }
    return true;
  }

  private static void put(ByteBuffer in, int entry, Map<Integer, long[]> values) {
    int size =
        switch (in.getShort(entry + 2)) {
          case BYTE -> Byte.BYTES;
          case SHORT -> Short.BYTES;
          case LONG -> Integer.BYTES;
          default -> 0;
        };
    long count = Integer.toUnsignedLong(in.getInt(entry + 4));
    long at = count * size <= 4 ? entry + 8 : Integer.toUnsignedLong(in.getInt(entry + 8));
    if (size == 0 || at + count * size > in.limit()) {
      return;
    }
    long[] numbers = new long[(int) count];
    for (int i = 0; i < numbers.length; i++) {
      int place = (int) at + i * size;
      numbers[i] =
          switch (size) {
            case Byte.BYTES -> Byte.toUnsignedInt(in.get(place));
            case Short.BYTES -> Short.toUnsignedInt(in.getShort(place));
            default -> Integer.toUnsignedLong(in.getInt(place));
          };
    }
    values.putIfAbsent(Short.toUnsignedInt(in.getShort(entry)), numbers);
  }

  /// {@return a tag's first number}
  long first(int tag, long otherwise) {
    long[] numbers = all(tag);
    return numbers.length == 0 ? otherwise : numbers[0];
  }

  /// {@return a tag's numbers, none if it is not there}
  long[] all(int tag) {
    return values.getOrDefault(tag, new long[0]);
  }

  /// {@return how the image is to be turned upright, 1 to 8; 1 if there is no such tag, or a wrong
  /// one, which leaves the image as it is stored}
  int orientation() {
    long value = first(ORIENTATION, Pixels.UPRIGHT);
    return value >= Pixels.UPRIGHT && value <= Pixels.LAST_ORIENTATION
        ? (int) value
        : Pixels.UPRIGHT;
  }
}
