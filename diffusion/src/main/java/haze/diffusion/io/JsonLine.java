package haze.diffusion.io;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A JSON object on one line, for programs that read what a command prints. Members are in the
/// order in which they were added. JSON has no NaN and no infinity: such a number is `null`.
public final class JsonLine {
  private final Map<String, @Nullable Object> members = new LinkedHashMap<>();

  /// An object without members.
  public JsonLine() {}

  /// Adds a member.
  ///
  /// @param value a string, a number, a boolean, `null`, a list or a map of such, or another object
  public JsonLine put(String key, @Nullable Object value) {
    members.put(key, value);
    return this;
  }

  /// Adds the members of another object.
  public JsonLine putAll(JsonLine other) {
    members.putAll(other.members);
    return this;
  }

  /// Adds the members of a JSON text.
  ///
  /// @param text an object
  public JsonLine putAll(String text) {
    try {
      members.putAll(JSON.std.mapFrom(text));
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Adds members.
  public JsonLine putAll(Map<String, @Nullable Object> others) {
    members.putAll(others);
    return this;
  }

  /// {@return the members, as they are now}
  public Map<String, @Nullable Object> members() {
    return new LinkedHashMap<>(members);
  }

  private static @Nullable Object plain(@Nullable Object value) {
    return switch (value) {
      case JsonLine line -> plain(line.members);
      case Map<?, ?> map -> {
        Map<Object, @Nullable Object> plain = new LinkedHashMap<>();
        map.forEach((key, member) -> plain.put(key, plain(member)));
        yield plain;
      }
      case List<?> list -> {
        List<@Nullable Object> plain = new ArrayList<>();
        list.forEach(element -> plain.add(plain(element)));
        yield plain;
      }
      case Double number when !Double.isFinite(number) -> null;
      case null -> null;
      default -> value;
    };
  }

  /// {@return the line, without its end}
  @Override
  public String toString() {
    try {
      return JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES).asString(plain(members));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
