package haze.diffusion.data.image;

import java.util.Arrays;

/// Reads the first frame of GIF files (GIF89a), as the screen shows it.
///
/// By hand, because the JDK's reader hands out the frame alone, without the screen around it.
final class GifFile {
  private static final int SIGNATURE = 6;
  private static final int EXTENSION = 0x21;
  private static final int IMAGE = 0x2C;
  private static final int END = 0x3B;
  private static final int GRAPHIC_CONTROL = 0xF9;
  private static final int HAS_PALETTE = 0x80;
  private static final int INTERLACED = 0x40;
  private static final int MAX = 255;
  private static final int RGB = 3;

  /// Of each pass of an interlaced image: the first row, and the distance of rows.
  private static final int[][] PASSES = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};

  private static final int[][] WHOLE = {{0, 1}};

  private final String name;
  private final byte[] file;
  private int at = SIGNATURE;

  /// The number of the transparent colour, -1 if there is none.
  private int transparent = -1;

  private GifFile(String name, byte[] file) {
    this.name = name;
    this.file = file;
  }

  static Pixels read(String name, byte[] file) throws ImageException {
    return new GifFile(name, file).read();
  }

  private Pixels read() throws ImageException {
    int width = word();
    int height = word();
    int flags = next();
    // The background's colour, which no program shows, and the shape of pixels.
    word();
    byte[] palette = palette(flags);
    for (int block = next(); block != IMAGE; block = next()) {
      if (block == EXTENSION) {
        extension();
      } else {
        throw damaged(block == END ? "no image before its end" : "byte " + (at - 1) + ": no block");
      }
    }
    return frame(width, height, palette);
  }

  private void extension() throws ImageException {
    boolean control = next() == GRAPHIC_CONTROL;
    for (byte[] block = block(); block.length > 0; block = block()) {
      if (control && block.length >= 4 && (block[0] & 1) == 1) {
        transparent = Byte.toUnsignedInt(block[3]);
      }
    }
  }

  private Pixels frame(int screenWidth, int screenHeight, byte[] globalPalette)
      throws ImageException {
    int left = word();
    int top = word();
    int width = word();
    int height = word();
    int flags = next();
    // A frame that leaves the screen makes it larger, as in Pillow.
    int columns = Math.max(screenWidth, left + width);
    int rows = Math.max(screenHeight, top + height);
    Pixels.requireSize(name, columns, rows);
    Pixels.requireHeld(name, columns, rows, (long) GifCodes.MAX_RATIO * file.length, file.length);
    byte[] own = palette(flags);
    byte[] frame = new byte[width * height];
    int count = new GifCodes(next()).decode(this::block, frame);
    if (count < 0) {
      throw damaged("byte " + at + ": a code that none can be");
    }
    if (count < frame.length) {
      throw new ImageException(
          name, "is cut off: its pixels end in row " + count / width + " of " + height);
    }
    // What the frame leaves free is transparent, or has the first colour, as in Pillow.
    byte[] screen = new byte[columns * rows];
    Arrays.fill(screen, (byte) Math.max(0, transparent));
    int from = 0;
    for (int[] pass : (flags & INTERLACED) != 0 ? PASSES : WHOLE) {
      for (int y = pass[0]; y < height; y += pass[1], from += width) {
        System.arraycopy(frame, from, screen, (top + y) * columns + left, width);
      }
    }
    return colours(rows, columns, screen, own.length > 0 ? own : globalPalette);
  }

  private Pixels colours(int height, int width, byte[] screen, byte[] palette)
      throws ImageException {
    int channels = transparent < 0 ? RGB : RGB + 1;
    byte[] levels = new byte[screen.length * channels];
    for (int i = 0; i < screen.length; i++) {
      int index = Byte.toUnsignedInt(screen[i]);
      if (index == transparent) {
        continue;
      }
      if (index >= palette.length / RGB) {
        throw damaged("a pixel of colour " + index + " of " + palette.length / RGB);
      }
      System.arraycopy(palette, index * RGB, levels, i * channels, RGB);
      if (channels > RGB) {
        levels[i * channels + RGB] = (byte) MAX;
      }
    }
    return new Pixels(height, width, channels, levels);
  }

  private byte[] palette(int flags) throws ImageException {
    return (flags & HAS_PALETTE) == 0 ? new byte[0] : bytes(RGB << ((flags & 7) + 1));
  }

  private byte[] block() throws ImageException {
    return bytes(next());
  }

  private byte[] bytes(int count) throws ImageException {
    if (count > file.length - at) {
      throw new ImageException(name, "is cut off: byte " + file.length + " is not its end");
    }
    at += count;
    return Arrays.copyOfRange(file, at - count, at);
  }

  private int next() throws ImageException {
    return Byte.toUnsignedInt(bytes(1)[0]);
  }

  private int word() throws ImageException {
    return next() | next() << Byte.SIZE;
  }

  private ImageException damaged(String problem) {
    return new ImageException(name, "is damaged: " + problem);
  }
}
