package haze.diffusion.data;

import haze.diffusion.io.BadFileException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// An array in NumPy's format (`numpy.lib.format`): magic, version, length of the header, a literal
/// dictionary of Python with type, memory order and sizes, and the numbers.
///
/// Versions 1.0, 2.0 and 3.0, numbers and truth values in both byte orders and both memory orders;
/// no objects, which are pickled programs, no records and no text.
final class NpyFile {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int VERSION = 6;
  private static final int LENGTH = 8;

  /// What `numpy.load` takes at most.
  private static final int MAX_HEADER = 10_000;

  private static final int MAX_RANK = 32;

  private static final Pattern ENTRY =
      Pattern.compile(
          "\\s*(?:'(?<key>[a-z_]+)'|\"(?<key2>[a-z_]+)\")\\s*:\\s*"
              + "(?:'(?<text>[^']*)'|\"(?<text2>[^\"]*)\"|(?<bool>True|False)"
              + "|\\((?<tuple>[\\d\\sL,]*)\\))\\s*(?:,|(?=\\}))");

  /// Python 2 wrote an L behind long numbers.
  private static final Pattern SIZE = Pattern.compile("\\s*(\\d+)L?\\s*");

  private static final Pattern TYPE =
      Pattern.compile("(?<order>[<>=|]?)(?<kind>[biuf])(?<size>\\d)");

  private static final Map<String, String> NAMES =
      Map.of(
          "bool", "b1", "uint8", "u1", "int8", "i1", "uint16", "u2", "int16", "i2", "int32", "i4",
          "int64", "i8", "float16", "f2", "float32", "f4", "float64", "f8");

  private NpyFile() {}

  /// {@return whether a file is an array of NumPy's}
  ///
  /// @param head its first bytes
  static boolean isNpy(byte[] head) {
    if (head.length < MAGIC.length) {
      return false;
    }
    for (int i = 0; i < MAGIC.length; i++) {
      if (head[i] != MAGIC[i]) {
        return false;
      }
    }
    return true;
  }

  /// {@return the array of a file, which may be compressed by gzip}
  ///
  /// @throws DataException if it cannot be read, is damaged, or holds something else than numbers
  static NumberArray read(Path file) throws DataException {
    return ArrayHeader.array(file, NpyFile::header);
  }

  /// {@return the array of a stream}
  ///
  /// @param name of the file, for messages
  /// @param most bytes that the stream can have
  /// @throws DataException as for [#read(Path)]
  /// @throws IOException if the stream fails
  static NumberArray read(String name, InputStream in, long most) throws IOException {
    return ArrayHeader.array(name, in, NpyFile::header, most);
  }

  private static ArrayHeader header(String name, MemorySegment bytes) throws DataException {
    byte[] start = slice(bytes, 0, LENGTH + Integer.BYTES);
    if (!isNpy(start) || start.length < LENGTH + Short.BYTES) {
      throw new DataException(name, "is no array of NumPy's, or ends within its header");
    }
    int version = start[VERSION];
    if (version < 1 || version > 3 || start[VERSION + 1] != 0) {
      throw new DataException(
          name, "has version " + version + "." + start[VERSION + 1] + ", expected 1.0, 2.0 or 3.0");
    }
    int width = version == 1 ? Short.BYTES : Integer.BYTES;
    long length = 0;
    for (int i = Math.min(width, start.length - LENGTH) - 1; i >= 0; i--) {
      length = length << Byte.SIZE | Byte.toUnsignedInt(start[LENGTH + i]);
    }
    if (length > MAX_HEADER || LENGTH + width + length > bytes.byteSize()) {
      throw new DataException(
          name,
          "has a header of "
              + length
              + " bytes, expected at most "
              + Math.max(0, Math.min(MAX_HEADER, bytes.byteSize() - LENGTH - width)));
    }
    Charset charset = version == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1;
    String header = new String(slice(bytes, LENGTH + width, (int) length), charset);
    return header(name, LENGTH + width + length, header.strip());
  }

  private static byte[] slice(MemorySegment bytes, long from, int length) {
    int present = (int) Math.min(length, bytes.byteSize() - from);
    return bytes.asSlice(from, present).toArray(ValueLayout.JAVA_BYTE);
  }

  private static ArrayHeader header(String name, long offset, String header) throws DataException {
    @Nullable String descr = null;
    @Nullable Boolean fortran = null;
    long @Nullable [] sizes = null;
    int at = 1;
    Matcher entry = ENTRY.matcher(header);
    boolean valid = header.startsWith("{") && header.endsWith("}");
    while (valid && !header.substring(at).strip().equals("}")) {
      valid = entry.find(at) && entry.start() == at;
      if (valid) {
        String key = Optional.ofNullable(entry.group("key")).orElseGet(() -> entry.group("key2"));
        String text = entry.group("text") == null ? entry.group("text2") : entry.group("text");
        String tuple = entry.group("tuple");
        String bool = entry.group("bool");
        if (key.equals("descr") && text != null && descr == null) {
          descr = text;
        } else if (key.equals("fortran_order") && bool != null && fortran == null) {
          fortran = bool.equals("True");
        } else if (key.equals("shape") && tuple != null && sizes == null) {
          sizes = sizes(name, tuple);
        } else {
          valid = false;
        }
        at = entry.end();
      }
    }
    if (!valid || descr == null || fortran == null || sizes == null) {
      throw new DataException(
          name,
          "has header '"
              + shown(header)
              + "', expected descr with one type of number, fortran_order and shape");
    }
    return header(name, offset, descr, fortran, sizes);
  }

  private static ArrayHeader header(
      String name, long offset, String descr, boolean fortran, long[] sizes) throws DataException {
    Matcher type = TYPE.matcher(NAMES.getOrDefault(descr, descr));
    Optional<ElementType> element =
        type.matches() ? type(type.group("kind"), type.group("size")) : Optional.empty();
    if (element.isEmpty()) {
      throw new DataException(
          name, "holds '" + shown(descr) + "', expected numbers of 1 to 8 bytes or truth values");
    }
    ByteOrder order =
        switch (type.group("order")) {
          case ">" -> ByteOrder.BIG_ENDIAN;
          case "<" -> ByteOrder.LITTLE_ENDIAN;
          // One byte, or as the machine has it that wrote the file.
          default -> ByteOrder.nativeOrder();
        };
    return new ArrayHeader(element.get(), order, offset, sizes, fortran, false);
  }

  private static long[] sizes(String name, String tuple) throws DataException {
    if (tuple.isBlank()) {
      return new long[0];
    }
    // A tuple of one element ends in a comma.
    String[] parts = tuple.split(",", -1);
    int rank = parts[parts.length - 1].isBlank() ? parts.length - 1 : parts.length;
    if (rank > MAX_RANK || parts.length == 1) {
      throw new DataException(
          name, "has shape (" + shown(tuple) + "), expected at most " + MAX_RANK + " sizes");
    }
    long[] sizes = new long[rank];
    for (int i = 0; i < rank; i++) {
      Matcher size = SIZE.matcher(parts[i]);
      try {
        sizes[i] = size.matches() ? Long.parseLong(size.group(1)) : -1;
      } catch (NumberFormatException e) {
        sizes[i] = -1;
      }
      if (sizes[i] < 0) {
        throw new DataException(
            name, "axis " + i + " has size '" + shown(parts[i]) + "', expected a whole number");
      }
    }
    return sizes;
  }

  private static Optional<ElementType> type(String kind, String size) {
    return Optional.ofNullable(
        switch (kind + size) {
          case "b1" -> ElementType.BOOL;
          case "u1" -> ElementType.U8;
          case "i1" -> ElementType.I8;
          case "u2" -> ElementType.U16;
          case "i2" -> ElementType.I16;
          case "u4" -> ElementType.U32;
          case "i4" -> ElementType.I32;
          case "u8" -> ElementType.U64;
          case "i8" -> ElementType.I64;
          case "f2" -> ElementType.F16;
          case "f4" -> ElementType.F32;
          case "f8" -> ElementType.F64;
          default -> null;
        });
  }

  private static String shown(String text) {
    return BadFileException.shown(text);
  }
}
