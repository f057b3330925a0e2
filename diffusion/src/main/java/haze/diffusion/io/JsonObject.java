package haze.diffusion.io;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.jr.ob.JSON;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/// A configuration file: a JSON object whose members are read by name and type, so that every
/// mistake in the file ends in one line that names file, key, value, and what was expected.
///
/// What is not read is a mistake too, see [#requireNoOtherKeys]: a switch that is passed over in
/// silence would give a different network.
public final class JsonObject {
  /// Far more than a configuration needs; a list of a thousand betas takes 30 kB.
  private static final int MAX_BYTES = 1 << 20;

  private static final int MAX_DEPTH = 32;

  /// A key twice is a mistake: readers differ in which one counts. Python writes `-Infinity` where
  /// JSON has nothing.
  private static final JsonFactory STRICT =
      JsonFactory.builder()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
          .build();

  private final Path file;
  private final Map<String, @Nullable Object> members;
  private final Set<String> read = new HashSet<>();

  private JsonObject(Path file, Map<String, @Nullable Object> members) {
    this.file = file;
    this.members = members;
  }

  /// {@return the object that a file holds}
  ///
  /// @param file at most 1 MiB
  /// @throws BadFileException if there is no such file or it is something else
  /// @throws IOException if it cannot be read
  public static JsonObject read(Path file) throws IOException {
    return read(file, MAX_BYTES);
  }

  /// As [#read(Path)], of a file that may be larger.
  public static JsonObject read(Path file, int mostBytes) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new BadFileException(file, Files.exists(file) ? "not a file" : "no such file");
    }
    byte[] content;
    try (InputStream in = Files.newInputStream(file)) {
      content = in.readNBytes(mostBytes + 1);
    }
    if (content.length > mostBytes) {
      throw new BadFileException(file, "more than " + mostBytes + " bytes, too long for its kind");
    }
    return of(content, file);
  }

  /// {@return the object of a text}
  ///
  /// @param content the text in UTF-8
  /// @param file what messages name
  /// @throws BadFileException if it is something else
  /// @throws IOException not from memory
  public static JsonObject of(byte[] content, Path file) throws IOException {
    try (JsonParser parser = STRICT.createParser(content)) {
      @Nullable Object root = JSON.std.anyFrom(parser);
      if (!(root instanceof Map<?, ?> map)) {
        throw new BadFileException(file, "expected a JSON object, found " + shown(root));
      }
      if (parser.nextToken() != null) {
        throw new BadFileException(file, "expected the end of the file after the JSON object");
      }
      @SuppressWarnings("unchecked") // The keys of a JSON object are strings.
      var members = (Map<String, @Nullable Object>) map;
      return new JsonObject(file, members);
    } catch (JsonProcessingException e) {
      throw new BadFileException(file, place(e) + "not valid JSON: " + reason(e));
    } catch (CharConversionException e) {
      // Bytes of 0 at the beginning pass for another encoding.
      throw new BadFileException(file, "not valid JSON: is not a text in UTF-8");
    }
  }

  private static String place(JsonProcessingException e) {
    JsonLocation at = e.getLocation();
    return at == null ? "" : "line " + at.getLineNr() + ", column " + at.getColumnNr() + ": ";
  }

  /// The parser's reason without its advice to programmers.
  private static String reason(JsonProcessingException e) {
    return BadFileException.shown(
        e.getOriginalMessage()
            .replaceFirst("(?s)([\r\n]|: (enable|maybe)| \\(from `|: was expecting).*", ""));
  }

  private static String shown(@Nullable Object value) {
    try {
      return value == null ? "null" : BadFileException.shown(JSON.std.asString(value));
    } catch (IOException e) {
      throw new AssertionError("writing to memory", e);
    }
  }

  /// {@return an exception that refuses the value of a key}
  ///
  /// @param key the key
  /// @param expected what would be right, such as `expected a number` or `Haze supports ...`
  public BadFileException invalid(String key, String expected) {
    return new BadFileException(file, key + " is " + shown(members.get(key)) + ", " + expected);
  }

  private boolean read(String key) {
    read.add(key);
    return members.containsKey(key);
  }

  /// {@return all keys, in the order of the file}
  public Set<String> keys() {
    return Collections.unmodifiableSet(members.keySet());
  }

  /// {@return a value: a `Boolean`, `Number`, `String`, list, map, or null; null also if the key is
  /// missing}
  public @Nullable Object value(String key) {
    return read(key) ? members.get(key) : null;
  }

  /// {@return whether a key is there, with any value}
  public boolean has(String key) {
    return read(key);
  }

  /// {@return whether the value is a list; false also if the key is missing}
  public boolean isList(String key) {
    return read(key) && members.get(key) instanceof List<?>;
  }

  /// {@return whether a key is missing or its value is `null`}
  public boolean isNull(String key) {
    return !read(key) || members.get(key) == null;
  }

  /// {@return a string, or the default if the key is missing}
  ///
  /// @throws BadFileException if the value is no string
  public String string(String key, String defaultValue) throws BadFileException {
    if (!read(key)) {
      return defaultValue;
    }
    if (members.get(key) instanceof String text) {
      return text;
    }
    throw invalid(key, "expected a string");
  }

  /// {@return a truth value, or the default if the key is missing}
  ///
  /// @throws BadFileException if the value is neither `true` nor `false`
  public boolean bool(String key, boolean defaultValue) throws BadFileException {
    if (!read(key)) {
      return defaultValue;
    }
    if (members.get(key) instanceof Boolean value) {
      return value;
    }
    throw invalid(key, "expected true or false");
  }

  /// {@return a whole number, or the default if the key is missing}
  ///
  /// @throws BadFileException if the value is no whole number from `min` to `max`
  public int integer(String key, int defaultValue, int min, int max) throws BadFileException {
    if (!read(key)) {
      return defaultValue;
    }
    if (members.get(key) instanceof Integer value && value >= min && value <= max) {
      return value;
    }
    throw invalid(key, "expected a whole number from " + min + " to " + max);
  }

  /// {@return a finite number, or the default if the key is missing}
  ///
  /// @throws BadFileException if the value is no number or beyond the range of `double`
  public double number(String key, double defaultValue) throws BadFileException {
    if (!read(key)) {
      return defaultValue;
    }
    if (members.get(key) instanceof Number value && Double.isFinite(value.doubleValue())) {
      return value.doubleValue();
    }
    throw invalid(key, "expected a number");
  }

  /// {@return a list of strings, or the default if the key is missing}
  ///
  /// @throws BadFileException if the value is something else
  public List<String> strings(String key, List<String> defaultValue) throws BadFileException {
    return list(key, String.class, defaultValue, "strings");
  }

  /// {@return a list of whole numbers, or the default if the key is missing}
  ///
  /// @throws BadFileException if the value is something else
  public List<Integer> integers(String key, List<Integer> defaultValue) throws BadFileException {
    return list(key, Integer.class, defaultValue, "whole numbers");
  }

  /// {@return a list of numbers; empty if the key is missing}
  ///
  /// @throws BadFileException if the value is something else
  public List<Double> numbers(String key) throws BadFileException {
    List<Number> numbers = list(key, Number.class, List.of(), "numbers");
    return numbers.stream().map(Number::doubleValue).toList();
  }

  private <T> List<T> list(String key, Class<T> type, List<T> defaultValue, String expected)
      throws BadFileException {
    if (!read(key)) {
      return defaultValue;
    }
    if (!(members.get(key) instanceof List<?> values)) {
      throw invalid(key, "expected a list of " + expected);
    }
    List<T> elements = new ArrayList<>();
    for (Object value : values) {
      if (!type.isInstance(value)) {
        throw invalid(key, "expected a list of " + expected);
      }
      elements.add(type.cast(value));
    }
    return elements;
  }

  /// Checks a switch of which Haze knows only some positions.
  ///
  /// @param key its key; missing means a supported value
  /// @param supported strings, numbers, booleans, or `null`
  /// @throws BadFileException if the value is none of them
  public void requireOneOf(String key, List<? extends @Nullable Object> supported)
      throws BadFileException {
    if (!read(key)) {
      return;
    }
    @Nullable Object value = members.get(key);
    StringJoiner names = new StringJoiner(" or ");
    for (Object candidate : supported) {
      if (same(candidate, value)) {
        return;
      }
      names.add(shown(candidate));
    }
    throw invalid(key, "Haze supports " + names);
  }

  /// Equality that does not tell 1 from 1.0, as Python's does not.
  private static boolean same(@Nullable Object a, @Nullable Object b) {
    if (a instanceof Number x && b instanceof Number y) {
      return x.doubleValue() == y.doubleValue();
    }
    return a == null ? b == null : a.equals(b);
  }

  /// Checks that every key was read, except those that begin with an underscore: they are remarks
  /// of the program that wrote the file.
  ///
  /// @throws BadFileException naming the first other key
  public void requireNoOtherKeys() throws BadFileException {
    for (String key : otherKeys()) {
      throw new BadFileException(file, "unknown key " + BadFileException.shown(key));
    }
  }

  /// {@return the keys that were not read, but for those that begin with an underscore}
  public List<String> otherKeys() {
    return members.keySet().stream()
        .filter(key -> !read.contains(key) && !key.startsWith("_"))
        .toList();
  }
}
