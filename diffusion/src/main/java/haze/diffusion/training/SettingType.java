package haze.diffusion.training;

import haze.diffusion.data.DataSource;
import haze.diffusion.io.BadFileException;
import haze.diffusion.io.JsonObject;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Function;

/// The type of a setting's values, and how the run's configuration has them.
///
/// @param java the class
/// @param reader reads a value
/// @param written a value as the file has it
record SettingType<T>(Class<T> java, Reader<T> reader, Function<T, Object> written) {
  static final SettingType<Boolean> FLAG =
      new SettingType<>(Boolean.class, JsonObject::bool, value -> value);

  static final SettingType<Double> NUMBER =
      new SettingType<>(Double.class, JsonObject::number, value -> value);

  static final SettingType<String> TEXT =
      new SettingType<>(String.class, JsonObject::string, value -> value);

  /// A path as it is given; the file has it from the root on, so that it names the same from every
  /// directory. Empty stays empty.
  static final SettingType<String> PATH =
      new SettingType<>(
          String.class, JsonObject::string, text -> text.isEmpty() ? text : absolute(text));

  /// What [DataSource#parse(String)] reads; if that is a path, as [#PATH].
  static final SettingType<String> SOURCE =
      new SettingType<>(
          String.class,
          JsonObject::string,
          text -> DataSource.parse(text) instanceof DataSource.Stored ? absolute(text) : text);

  static final SettingType<Integer> COUNT =
      new SettingType<>(
          Integer.class,
          (json, key, missing) -> json.integer(key, missing, 0, Integer.MAX_VALUE),
          value -> value);

  /// Many readers of JSON know no numbers but doubles: 64 bits are kept as text.
  static final SettingType<Long> LONG =
      new SettingType<>(Long.class, SettingType::readLong, value -> value.toString());

  /// Reads a value of a file.
  @FunctionalInterface
  interface Reader<T> {
    /// {@return the value of a key, or `missing` if the file has no such key}
    T read(JsonObject json, String key, T missing) throws BadFileException;
  }

  /// Constants by the names that [Object#toString] gives them.
  static <E extends Enum<E>> SettingType<E> choice(Class<E> constants) {
    return new SettingType<>(
        constants,
        (json, key, missing) -> {
          E[] all = constants.getEnumConstants();
          String name = json.string(key, missing.toString());
          return Arrays.stream(all)
              .filter(constant -> constant.toString().equals(name))
              .findFirst()
              .orElseThrow(() -> json.invalid(key, "expected one of " + Arrays.toString(all)));
        },
        Enum::toString);
  }

  private static String absolute(String text) {
    Path path = Path.of(text).toAbsolutePath();
    for (Path name : path) {
      if (name.toString().equals("..")) {
        return path.toString(); // It may follow a link.
      }
    }
    return path.normalize().toString();
  }

  private static Long readLong(JsonObject json, String key, Long missing) throws BadFileException {
    try {
      return Long.valueOf(json.string(key, missing.toString()));
    } catch (NumberFormatException e) {
      throw json.invalid(key, "expected a whole number in quotes");
    }
  }
}
