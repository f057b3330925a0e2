package haze.diffusion.data.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// Reads PNG files (PNG specification, third edition): their chunks; [PngRows] reads the rows.
///
/// By hand, because the JDK's reader says nothing of a file without its end or with a wrong
/// checksum, hands out grey as linear light, and takes several times as long for a small image.
final class PngFile {
  private static final int SIGNATURE = 8;
  private static final int HEADER_BYTES = 13;

  /// Length, type and checksum of a chunk.
  private static final int CHUNK = 12;

  /// What deflate makes of a byte at most: 258 bytes of two bits.
  private static final int MAX_RATIO = 1032;

  private final String name;
  private final byte[] file;
  private final ByteBuffer in;
  private final List<ByteBuffer> data = new ArrayList<>();
  private @Nullable Header header;
  private byte[] palette = {};
  private byte[] transparency = {};
  private int orientation = Pixels.UPRIGHT;

  /// The chunk `IHDR`.
  ///
  /// @param depth bits of a sample
  /// @param type bit 0: a palette, bit 1: colour, bit 2: alpha
  record Header(int width, int height, int depth, int type, boolean interlaced) {
    static final int GREY = 0;
    static final int RGB = 2;
    static final int PALETTE = 3;
    private static final int GREY_ALPHA = 4;
    private static final int RGB_ALPHA = 6;

    /// {@return the samples of a pixel; 0 if there is no such type}
    int samples() {
      return switch (type) {
        case GREY, PALETTE -> 1;
        case GREY_ALPHA -> 2;
        case RGB -> 3;
        case RGB_ALPHA -> 4;
        default -> 0;
      };
    }

    private boolean isValid() {
      return switch (depth) {
        case 1, 2, 4 -> type == GREY || type == PALETTE;
        case 8 -> samples() > 0;
        case 16 -> samples() > 0 && type != PALETTE;
        default -> false;
      };
    }

    /// {@return the bytes of so many pixels of a row, without the byte of its filter}
    int bytes(int pixels) {
      return Math.toIntExact(((long) pixels * samples() * depth + Byte.SIZE - 1) / Byte.SIZE);
    }
  }

  private PngFile(String name, byte[] file) {
    this.name = name;
    this.file = file;
    in = ByteBuffer.wrap(file);
  }

  static Pixels read(String name, byte[] file) throws ImageException {
    return new PngFile(name, file).read();
  }

  private Pixels read() throws ImageException {
    int at = SIGNATURE;
    boolean more = true;
    while (more) {
      long length = remaining(at) < CHUNK ? -1 : Integer.toUnsignedLong(in.getInt(at));
      if (length < 0 || length > remaining(at) - CHUNK) {
        throw new ImageException(name, "is cut off: byte " + file.length + " is not its end");
      }
      more = chunk(at, (int) length);
      at += CHUNK + (int) length;
    }
    return rows(header()).upright(orientation);
  }

  private long remaining(int at) {
    return (long) file.length - at;
  }

  /// Takes a chunk. Unknown ones are skipped, as are their checksums.
  ///
  /// @return whether another one follows
  private boolean chunk(int at, int length) throws ImageException {
    String type = new String(file, at + 4, 4, StandardCharsets.ISO_8859_1);
    ByteBuffer body = in.slice(at + 8, length);
    switch (type) {
      case "IHDR" -> {
        requireChecksum(at, type, length);
        header = header(body);
      }
      case "PLTE" -> {
        requireChecksum(at, type, length);
        palette = bytes(body);
      }
      case "tRNS" -> {
        requireChecksum(at, type, length);
        transparency = bytes(body);
      }
      case "IDAT" -> {
        requireChecksum(at, type, length);
        header();
        data.add(body);
      }
      case "eXIf" -> orientation = TiffDirectory.read(body).orientation();
      case "IEND" -> {
        return false;
      }
      default -> {
        // Critical chunks have a capital letter.
        if (Character.isUpperCase(type.charAt(0))) {
          throw damaged("byte " + at + ": unknown kind of chunk");
        }
      }
    }
    return true;
  }

  private Header header(ByteBuffer body) throws ImageException {
    if (header != null || body.limit() != HEADER_BYTES) {
      throw damaged("byte " + SIGNATURE + ": no header of " + HEADER_BYTES + " bytes");
    }
    Header read =
        new Header(body.getInt(0), body.getInt(4), body.get(8), body.get(9), body.get(12) == 1);
    Pixels.requireSize(name, read.width, read.height);
    if (!read.isValid() || body.get(10) != 0 || body.get(11) != 0 || (body.get(12) & ~1) != 0) {
      throw damaged(
          "no PNG has type "
              + read.type
              + " with "
              + read.depth
              + " bits, compression "
              + body.get(10)
              + ", filter "
              + body.get(11)
              + ", interlace "
              + body.get(12));
    }
    return read;
  }

  private Header header() throws ImageException {
    if (header == null) {
      throw damaged("no header before the pixels");
    }
    return header;
  }

  private Pixels rows(Header header) throws ImageException {
    long compressed = data.stream().mapToLong(ByteBuffer::limit).sum();
    long bits = (long) MAX_RATIO * Byte.SIZE * compressed;
    long most = bits / ((long) header.samples() * header.depth);
    Pixels.requireHeld(name, header.width, header.height, most, compressed);
    return new PngRows(name, header, palette, transparency).read(data);
  }

  private void requireChecksum(int at, String type, int length) throws ImageException {
    CRC32 crc = new CRC32();
    crc.update(file, at + 4, length + 4);
    if ((int) crc.getValue() != in.getInt(at + 8 + length)) {
      throw damaged("byte " + at + ": wrong checksum of chunk " + type);
    }
  }

  private ImageException damaged(String problem) {
    return new ImageException(name, "is damaged: " + problem);
  }

  private static byte[] bytes(ByteBuffer body) {
    byte[] bytes = new byte[body.limit()];
    body.get(bytes);
    return bytes;
  }
}
