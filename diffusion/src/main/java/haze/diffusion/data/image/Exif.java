package haze.diffusion.data.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The orientation in the metadata of a camera (Exif 2.32, section 4.6.4), which have the form of a
/// TIFF file.
final class Exif {
  static final int UPRIGHT = 1;

  /// From here on, width and height are exchanged.
  static final int FIRST_TURNED = 5;

  private static final int LAST = 8;

  private static final int HEADER = 8;
  private static final int TIFF = 42;
  private static final int ENTRY = 12;
  private static final int ORIENTATION = 0x0112;
  private static final int SHORT = 3;

  private Exif() {}

  /// {@return the orientation, 1 to 8; 1 if there is none, or the metadata are damaged, which
  /// leaves the image as it is stored}
  ///
  /// @param bytes begin with `II` or `MM`
  static int orientation(ByteBuffer bytes) {
    ByteBuffer in = bytes.slice();
    if (in.limit() < HEADER) {
      return UPRIGHT;
    }
    switch (in.getShort(0)) {
      case 'M' << Byte.SIZE | 'M' -> in.order(ByteOrder.BIG_ENDIAN);
      case 'I' << Byte.SIZE | 'I' -> in.order(ByteOrder.LITTLE_ENDIAN);
      default -> {
        return UPRIGHT;
      }
    }
    long directory = Integer.toUnsignedLong(in.getInt(4));
    if (in.getShort(2) != TIFF || directory > in.limit() - Short.BYTES) {
      return UPRIGHT;
    }
    int first = (int) directory + Short.BYTES;
    int count = Short.toUnsignedInt(in.getShort((int) directory));
    for (int i = 0; i < count && first + (i + 1) * ENTRY <= in.limit(); i++) {
      int entry = first + i * ENTRY;
      if (in.getShort(entry) == ORIENTATION && in.getShort(entry + 2) == SHORT) {
        int value = in.getShort(entry + 8);
        return value >= UPRIGHT && value <= LAST ? value : UPRIGHT;
      }
    }
    return UPRIGHT;
  }
}
