package haze.diffusion.io;

import com.fasterxml.jackson.jr.ob.JSON;
import haze.nn.file.Disk;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Writes a configuration file byte for byte as diffusers does, so that a file that goes through
/// both shows no change: Python's `json.dumps(..., indent=2, sort_keys=True)` and a line's end.
public final class JsonWriter {
  /// Python writes an exponent for numbers below 1e-4 and from 1e16 on.
  private static final int MIN_PLAIN_EXPONENT = -4;

  private static final int MAX_PLAIN_EXPONENT = 15;

  private final SortedMap<String, @Nullable Object> members = new TreeMap<>();

  /// A writer of an object without members.
  public JsonWriter() {}

  /// Adds a member.
  ///
  /// @param value a string, `Integer`, `Long`, `Double` other than NaN, `Boolean`, `null`, or a
  ///   list of such
  public JsonWriter put(String key, @Nullable Object value) {
    members.put(key, value);
    return this;
  }

  /// {@return whether [#put] takes a value}
  public static boolean canWrite(@Nullable Object value) {
    return switch (value) {
      case null -> true;
      case List<?> list -> list.stream().allMatch(JsonWriter::canWrite);
      case Double number -> !Double.isNaN(number);
      case Integer _, Long _, Boolean _, String _ -> true;
      default -> false;
    };
  }

  /// Creates or replaces a file in an existing directory, see [AtomicFile].
  public void write(Path file) throws IOException {
    write(Disk.system(), file);
  }

  /// Creates or replaces a file as [#write(Path)] does.
  ///
  /// @param disk where it is
  public void write(Disk disk, Path file) throws IOException {
    byte[] content = toString().getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(disk, file, out -> out.write(content));
  }

  /// {@return the content of the file}
  @Override
  public String toString() {
    StringJoiner lines = new StringJoiner(",\n", "{\n", "\n}\n").setEmptyValue("{}\n");
    members.forEach((key, value) -> lines.add("  " + text(key) + ": " + text(value)));
    return lines.toString();
  }

  private static String text(@Nullable Object value) {
    return switch (value) {
      case null -> "null";
      case List<?> list -> {
        StringJoiner lines = new StringJoiner(",\n", "[\n", "\n  ]").setEmptyValue("[]");
        list.forEach(element -> lines.add("    " + text(element)));
        yield lines.toString();
      }
      case Double number -> number(number);
      case Integer _, Long _, Boolean _ -> value.toString();
      case String string -> quoted(string);
      default -> throw new IllegalArgumentException("JSON: cannot write " + value.getClass());
    };
  }

  private static String quoted(String text) {
    try {
      return JSON.std.asString(text);
    } catch (IOException e) {
      throw new AssertionError("writing to memory", e);
    }
  }

  /// Python's `repr` of a number: the shortest digits that give it back, as in Java, but plain or
  /// with an exponent as Python chooses.
  static String number(double value) {
    if (Double.isNaN(value)) {
      throw new IllegalArgumentException("JSON: cannot write " + value);
    }
    if (Double.isInfinite(value)) {
      return Double.toString(value);
    }
    BigDecimal decimal = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    int exponent = decimal.precision() - decimal.scale() - 1;
    boolean plainly = exponent >= MIN_PLAIN_EXPONENT && exponent <= MAX_PLAIN_EXPONENT;
    if (value == 0 || plainly) {
      String plain = decimal.toPlainString();
      return decimal.scale() > 0 ? plain : plain + ".0";
    }
    BigDecimal mantissa = decimal.movePointLeft(exponent).stripTrailingZeros();
    return String.format(Locale.ROOT, "%se%+03d", mantissa.toPlainString(), exponent);
  }
}
