package haze.diffusion.data.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// Reads JPEG files (ITU-T T.81): their markers; [JpegScan] has the JDK decode the pixels.
///
/// The file's own segments decide what its samples mean, as they do in libjpeg. The JDK's reader
/// would apply a colour profile, take four inks for light, and guess otherwise.
final class JpegFile {
  private static final int MARK = 0xFF;
  private static final int END = 0xD9;
  private static final int SCAN = 0xDA;
  private static final int FIRST_RESTART = 0xD0;
  private static final int LAST_RESTART = 0xD7;
  private static final int FIRST_APPLICATION = 0xE0;
  private static final int COMMENT = 0xFE;

  /// Pixels that a byte can hold at most: one bit for a block of 8 x 8, and sampling may leave out
  /// one of two blocks.
  private static final int MAX_RATIO = 1024;

  private static final String EXPECTED = ", expected baseline or progressive JPEG";

  private final String name;
  private final byte[] file;
  private final ByteBuffer in;

  /// The file without the segments of applications.
  private final ByteArrayOutputStream bare;

  private boolean jfif;

  /// The colour transform that Adobe's segment names, -1 without one.
  private int adobe = -1;

  private int orientation = Pixels.UPRIGHT;
  private int width;
  private int height;

  /// The numbers of the components; none before the frame's header.
  private byte[] components = {};

  /// Of each component, samples in a unit: columns in the upper four bits, rows in the lower.
  private byte[] sampling = {};

  private JpegFile(String name, byte[] file) {
    this.name = name;
    this.file = file;
    in = ByteBuffer.wrap(file);
    bare = new ByteArrayOutputStream(file.length);
  }

  static Pixels read(String name, byte[] file) throws ImageException {
    return new JpegFile(name, file).read();
  }

  private Pixels read() throws ImageException {
    bare.write(file, 0, 2);
    int at = 2;
    int marker = 0;
    while (marker != END) {
      int start = marker(at, marker == SCAN);
      if (marker == SCAN) {
        bare.write(file, at, start - at);
      }
      marker = Byte.toUnsignedInt(file[start + 1]);
      at = start + 2;
      if (marker == END) {
        bare.write(file, start, 2);
      } else if (marker != 1 && (marker < FIRST_RESTART || marker > LAST_RESTART)) {
        at = segment(marker, start);
      }
    }
    if (components.length == 0) {
      throw new ImageException(name, "is damaged: no image before the end");
    }
    Pixels.requireHeld(name, width, height, (long) MAX_RATIO * file.length, file.length);
    return JpegScan.read(name, bare.toByteArray(), colours(), halved(), height, width)
        .upright(orientation);
  }

  /// Finds the next marker. Bytes that belong to none are skipped.
  ///
  /// @param coded whether the bytes before it are coded pixels
  private int marker(int from, boolean coded) throws ImageException {
    for (int i = from; i < file.length - 1; i++) {
      if (file[i] == (byte) MARK) {
        int marker = Byte.toUnsignedInt(file[i + 1]);
        boolean within = coded && marker >= FIRST_RESTART && marker <= LAST_RESTART;
        if (marker != 0 && marker != MARK && !within) {
          return i;
        }
      }
    }
    throw cut();
  }

  private ImageException cut() {
    return new ImageException(
        name, "is cut off: byte " + file.length + " comes before its end mark");
  }

  /// Takes a segment.
  ///
  /// @param start its marker's place
  /// @return the place behind it
  private int segment(int marker, int start) throws ImageException {
    int body = start + 4;
    int length = body > file.length ? 0 : Short.toUnsignedInt(in.getShort(start + 2)) - 2;
    int end = body + length;
    if (body > file.length || end > file.length) {
      throw cut();
    }
    if (length < 0) {
      throw new ImageException(name, "is damaged: byte " + start + ": a segment without length");
    }
    if (marker >= FIRST_APPLICATION && marker < FIRST_APPLICATION + 16) {
      application(marker - FIRST_APPLICATION, body, length);
    } else if (marker != COMMENT) {
      bare.write(file, start, end - start);
      switch (marker) {
        case 0xC0, 0xC1, 0xC2 -> frame(body, length);
        case 0xC9, 0xCA -> throw new ImageException(name, "has arithmetic coding" + EXPECTED);
        case 0xC3, 0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF ->
            throw new ImageException(name, "is lossless or hierarchical" + EXPECTED);
        case SCAN -> requireFrame();
        default -> {}
      }
    }
    return end;
  }

  private void application(int number, int body, int length) {
    if (number == 0 && begins(body, length, "JFIF\0")) {
      jfif = true;
    } else if (number == 1 && begins(body, length, "Exif\0\0")) {
      orientation = TiffDirectory.read(in.slice(body + 6, length - 6)).orientation();
    } else if (number == 14 && length >= 12 && begins(body, length, "Adobe")) {
      adobe = Byte.toUnsignedInt(file[body + 11]);
    }
  }

  private boolean begins(int body, int length, String text) {
    return length >= text.length()
        && new String(file, body, text.length(), StandardCharsets.ISO_8859_1).equals(text);
  }

  private void frame(int body, int length) throws ImageException {
    int count = length < 6 ? 0 : file[body + 5];
    if (components.length > 0 || count < 1 || length < 6 + 3 * count) {
      throw new ImageException(name, "is damaged: byte " + body + ": no header of a frame");
    }
    if (file[body] != Byte.SIZE || (count != 1 && count != 3 && count != 4)) {
      throw new ImageException(
          name,
          "has " + count + " channels of " + file[body] + " bits, expected 1, 3 or 4 of 8 bits");
    }
    height = Short.toUnsignedInt(in.getShort(body + 1));
    width = Short.toUnsignedInt(in.getShort(body + 3));
    Pixels.requireSize(name, width, height);
    components = new byte[count];
    sampling = new byte[count];
    for (int i = 0; i < count; i++) {
      components[i] = file[body + 6 + 3 * i];
      sampling[i] = file[body + 7 + 3 * i];
    }
  }

  private void requireFrame() throws ImageException {
    if (components.length == 0) {
      throw new ImageException(name, "is damaged: pixels before their size");
    }
  }

  /// Which components have half as many rows as the others, but all columns.
  private boolean[] halved() {
    int columns = 0;
    int rows = 0;
    for (byte units : sampling) {
      columns = Math.max(columns, units >> 4);
      rows = Math.max(rows, units & 15);
    }
    boolean[] halved = new boolean[sampling.length];
    for (int i = 0; i < halved.length; i++) {
      halved[i] = sampling[i] >> 4 == columns && 2 * (sampling[i] & 15) == rows;
    }
    return halved;
  }

  /// What the samples mean, as libjpeg decides it.
  private JpegColours colours() {
    return switch (components.length) {
      case 1 -> JpegColours.GREY;
      case 3 -> {
        boolean named = components[0] == 'R' && components[1] == 'G' && components[2] == 'B';
        boolean rgb = !jfif && (adobe == 0 || (adobe < 0 && named));
        yield rgb ? JpegColours.RGB : JpegColours.YCC;
      }
      // Without Adobe's segment they are inks as well.
      default -> adobe > 0 ? JpegColours.YCCK : JpegColours.CMYK;
    };
  }
}
