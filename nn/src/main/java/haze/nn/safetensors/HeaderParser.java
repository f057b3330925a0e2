package haze.nn.safetensors;

import static haze.nn.safetensors.TensorFileException.quote;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads the JSON of a header: exactly the grammar that a header needs and nothing more.
///
/// ```
/// header   = { name: tensor, ..., "__metadata__": { name: string, ... } }
/// tensor   = { "dtype": string, "shape": [integer, ...], "data_offsets": [integer, integer] }
/// integer  = 0 to 2^63-1
/// ```
///
/// in any order, with JSON's white space and escapes. There is no recursion, so no nesting is too
/// deep: what is nested further is an error at its first byte. Stricter than huggingface's reader
/// in three points: a name may not occur twice, a tensor has no other members, metadata is never
/// null.
final class HeaderParser {
  static final String METADATA = "__metadata__";

  /// More axes than any tensor library has; bounds the memory that a shape takes.
  private static final int MAX_RANK = 64;

  private static final int HEX = 16;
  private static final int FIRST_PRINTABLE = 0x20;
  private static final int FIRST_BEYOND_ASCII = 0x7f;

  private final String file;
  private final byte[] json;
  private int at;

  private HeaderParser(String file, byte[] json) {
    this.file = file;
    this.json = json;
  }

  /// A tensor as declared: nothing is checked but the grammar, and that names are unique.
  record Declared(String name, String dtype, List<Long> shape, long begin, long end) {}

  /// A header as declared, in the file's order.
  record Parsed(Map<String, String> metadata, List<Declared> tensors) {}

  /// Parses a whole header in UTF-8.
  ///
  /// @param file the file's name, for messages
  static Parsed parse(String file, byte[] json) throws TensorFileException {
    var parser = new HeaderParser(file, json);
    Parsed parsed = parser.header();
    parser.skipSpace();
    if (parser.at < json.length) {
      throw parser.expected("the end of the header");
    }
    return parsed;
  }

  private Parsed header() throws TensorFileException {
    Map<String, String> metadata = Map.of();
    var tensors = new ArrayList<Declared>();
    Set<String> names = new HashSet<>();
    expect('{');
    for (boolean more = !next('}'); more; more = continues('}')) {
      String name = string();
      if (!names.add(name)) {
        throw new TensorFileException(file, "header names " + quote(name) + " twice");
      }
      expect(':');
      if (name.equals(METADATA)) {
        metadata = metadata();
      } else {
        tensors.add(tensor(name));
      }
    }
    return new Parsed(metadata, tensors);
  }

  private Map<String, String> metadata() throws TensorFileException {
    Map<String, String> metadata = new LinkedHashMap<>();
    expect('{');
    for (boolean more = !next('}'); more; more = continues('}')) {
      String name = string();
      expect(':');
      if (metadata.put(name, string()) != null) {
        throw new TensorFileException(file, METADATA + " names " + quote(name) + " twice");
      }
    }
    return metadata;
  }

  private Declared tensor(String name) throws TensorFileException {
    @Nullable String dtype = null;
    @Nullable List<Long> shape = null;
    @Nullable List<Long> offsets = null;
    expect('{');
    for (boolean more = !next('}'); more; more = continues('}')) {
      String member = string();
      expect(':');
      boolean twice =
          switch (member) {
            case "dtype" -> dtype != null;
            case "shape" -> shape != null;
            case "data_offsets" -> offsets != null;
            default ->
                throw new TensorFileException(
                    file,
                    "tensor "
                        + quote(name)
                        + ": expected dtype, shape and data_offsets, found "
                        + quote(member));
          };
      if (twice) {
        throw new TensorFileException(file, "tensor " + quote(name) + " has two " + member);
      }
      switch (member) {
        case "dtype" -> dtype = string();
        case "shape" -> shape = integers();
        default -> offsets = integers();
      }
    }
    if (dtype == null || shape == null || offsets == null || offsets.size() != 2) {
      throw new TensorFileException(
          file, "tensor " + quote(name) + ": expected dtype, shape and two data_offsets");
    }
    return new Declared(name, dtype, shape, offsets.getFirst(), offsets.getLast());
  }

  private List<Long> integers() throws TensorFileException {
    List<Long> integers = new ArrayList<>();
    expect('[');
    for (boolean more = !next(']'); more; more = continues(']')) {
      if (integers.size() == MAX_RANK) {
        throw expected("at most " + MAX_RANK + " numbers");
      }
      integers.add(integer());
    }
    return integers;
  }

  private long integer() throws TensorFileException {
    skipSpace();
    int start = at;
    long value = 0;
    for (; at < json.length && json[at] >= '0' && json[at] <= '9'; at++) {
      int digit = json[at] - '0';
      if (value > (Long.MAX_VALUE - digit) / 10) {
        at = start;
        throw expected("an integer below 2^63");
      }
      value = value * 10 + digit;
    }
    if (at == start || (json[start] == '0' && at > start + 1)) {
      at = start;
      throw expected("a non-negative integer");
    }
    return value;
  }

  private String string() throws TensorFileException {
    expect('"');
    int start = at;
    var utf8 = new ByteArrayOutputStream();
    while (at < json.length && json[at] != '"') {
      if (json[at] >= 0 && json[at] < FIRST_PRINTABLE) {
        throw expected("no control character in a string");
      }
      if (json[at] == '\\') {
        at++;
        utf8.writeBytes(escape().getBytes(StandardCharsets.UTF_8));
      } else {
        utf8.write(json[at++]);
      }
    }
    expect('"');
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(utf8.toByteArray()))
          .toString();
    } catch (CharacterCodingException e) {
      at = start;
      throw expected("a string in UTF-8");
    }
  }

  private String escape() throws TensorFileException {
    int start = at;
    int c = at < json.length ? json[at++] : -1;
    return switch (c) {
      case '"', '\\', '/' -> Character.toString(c);
      case 'b' -> "\b";
      case 'f' -> "\f";
      case 'n' -> "\n";
      case 'r' -> "\r";
      case 't' -> "\t";
      case 'u' -> codePoint();
      default -> {
        at = start;
        throw expected("a JSON escape");
      }
    };
  }

  /// One code point above U+FFFF is written as two escapes, a high and a low surrogate.
  private String codePoint() throws TensorFileException {
    int start = at;
    char first = hex4();
    if (!Character.isSurrogate(first)) {
      return Character.toString(first);
    }
    if (at + 1 < json.length && json[at] == '\\' && json[at + 1] == 'u') {
      at += 2;
      char second = hex4();
      if (Character.isSurrogatePair(first, second)) {
        return Character.toString(Character.toCodePoint(first, second));
      }
    }
    at = start;
    throw expected("a pair of surrogates");
  }

  private char hex4() throws TensorFileException {
    int value = 0;
    for (int end = at + Character.BYTES * 2; at < end; at++) {
      int digit = at < json.length ? Character.digit(json[at], HEX) : -1;
      if (digit < 0) {
        throw expected("four hexadecimal digits");
      }
      value = value * HEX + digit;
    }
    return (char) value;
  }

  /// Goes past `,` or the closing bracket; true if another element follows.
  private boolean continues(char close) throws TensorFileException {
    if (next(close)) {
      return false;
    }
    if (!next(',')) {
      throw expected("',' or '" + close + "'");
    }
    return true;
  }

  private void expect(char c) throws TensorFileException {
    if (!next(c)) {
      throw expected("'" + c + "'");
    }
  }

  private boolean next(char c) {
    skipSpace();
    boolean found = at < json.length && json[at] == c;
    if (found) {
      at++;
    }
    return found;
  }

  private void skipSpace() {
    while (at < json.length
        && (json[at] == ' ' || json[at] == '\n' || json[at] == '\r' || json[at] == '\t')) {
      at++;
    }
  }

  private TensorFileException expected(String what) {
    String found;
    if (at >= json.length) {
      found = "its end";
    } else if (json[at] >= FIRST_PRINTABLE && json[at] < FIRST_BEYOND_ASCII) {
      found = "'" + (char) json[at] + "'";
    } else {
      found = String.format("byte 0x%02x", json[at]);
    }
    return new TensorFileException(
        file, "header, byte " + at + ": expected " + what + ", found " + found);
  }
}
