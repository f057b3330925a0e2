package haze.diffusion.pipeline;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.DoublePredicate;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A key of diffusers' `scheduler_config.json`: which values Haze supports and what they mean.
///
/// A value in a file is a `Boolean`, `Integer`, `Double`, `String`, a list, or null.
///
/// @param <T> what the value means
final class SchedulerKey<T> {
  private final String name;
  private final Rule rule;
  private final Function<@Nullable Object, T> meaning;
  private final Function<T, @Nullable Object> inFile;

  /// What a value may be.
  @FunctionalInterface
  private interface Rule {
    /// What was expected instead of a value, such as `expected a number`; null if it is right.
    @Nullable String violation(@Nullable Object value);
  }

  /// A value in the file and what it means.
  record Value<T>(@Nullable Object inFile, T meaning) {}

  /// A key of a class of schedulers.
  ///
  /// @param defaultValue what a missing key means there, as in a file
  record WithDefault(SchedulerKey<?> key, @Nullable Object defaultValue) {}

  private SchedulerKey(
      String name,
      Rule rule,
      Function<@Nullable Object, T> meaning,
      Function<T, @Nullable Object> inFile) {
    this.name = name;
    this.rule = rule;
    this.meaning = meaning;
    this.inFile = inFile;
  }

  static SchedulerKey<Boolean> bool(String name) {
    return new SchedulerKey<>(
        name,
        value -> value instanceof Boolean ? null : "expected true or false",
        Boolean.TRUE::equals,
        value -> value);
  }

  static SchedulerKey<Integer> whole(String name, int min, int max) {
    return new SchedulerKey<>(
        name,
        value ->
            value instanceof Integer number && number >= min && number <= max
                ? null
                : "expected a whole number from " + min + " to " + max,
        value -> (int) number(value),
        value -> value);
  }

  /// A finite number.
  ///
  /// @param expected the range in words
  static SchedulerKey<Double> number(String name, String expected, DoublePredicate right) {
    return new SchedulerKey<>(
        name,
        value -> isFinite(value, right) ? null : "expected " + expected,
        SchedulerKey::number,
        value -> value);
  }

  static SchedulerKey<Double> positive(String name) {
    // Some are taken as 32 bits.
    return number(name, "a positive number", number -> (float) number > 0);
  }

  /// A number without a lower end.
  static SchedulerKey<Double> belowInfinity(String name) {
    return new SchedulerKey<>(
        name,
        value ->
            value instanceof Number number && number.doubleValue() < Double.POSITIVE_INFINITY
                ? null
                : "expected a number or -Infinity",
        SchedulerKey::number,
        value -> value);
  }

  static SchedulerKey<OptionalDouble> positiveOrNull(String name) {
    Rule positive = positive(name).rule;
    return new SchedulerKey<>(
        name,
        value -> value == null ? null : positive.violation(value),
        value -> value == null ? OptionalDouble.empty() : OptionalDouble.of(number(value)),
        value -> value.isEmpty() ? null : (Double) value.getAsDouble());
  }

  /// Python's `if trained_betas is not None`: null, or a list. An empty one here means null.
  static SchedulerKey<List<Double>> betas(String name) {
    return new SchedulerKey<>(
        name,
        value ->
            value == null
                    || (value instanceof List<?> list
                        && !list.isEmpty()
                        && list.stream().allMatch(beta -> isFinite(beta, b -> b > 0 && b <= 1)))
                ? null
                : "expected null or a list of numbers between 0 and 1",
        value ->
            value instanceof List<?> list
                ? list.stream().map(SchedulerKey::number).toList()
                : List.of(),
        value -> value.isEmpty() ? null : value);
  }

  /// A list of whole numbers from 0.
  static SchedulerKey<List<Integer>> wholes(String name) {
    return new SchedulerKey<>(
        name,
        value ->
            value instanceof List<?> list
                    && list.stream().allMatch(i -> i instanceof Integer number && number >= 0)
                ? null
                : "expected a list of whole numbers from 0",
        value ->
            value instanceof List<?> list
                ? list.stream()
                    .map(number -> ((Number) Objects.requireNonNull(number)).intValue())
                    .toList()
                : List.of(),
        value -> value);
  }

  /// One of some values. Where several mean the same, the first is written.
  @SafeVarargs
  static <T> SchedulerKey<T> oneOf(String name, Value<T>... values) {
    List<Value<T>> supported = new ArrayList<>();
    for (Value<T> value : values) {
      supported.add(value);
    }
    return new SchedulerKey<>(
        name,
        oneOf(supported.stream().map(Value::inFile).toArray()),
        value ->
            supported.stream()
                .filter(candidate -> Objects.equals(candidate.inFile(), value))
                .findFirst()
                .orElseThrow()
                .meaning(),
        meaning ->
            supported.stream()
                .filter(candidate -> candidate.meaning().equals(meaning))
                .findFirst()
                .orElseThrow()
                .inFile());
  }

  /// A switch of which Haze supports one position.
  static SchedulerKey<Optional<Object>> fixed(String name, @Nullable Object value) {
    return oneOf(name, new Value<>(value, Optional.ofNullable(value)));
  }

  /// The same key for a class that has fewer values.
  SchedulerKey<T> only(@Nullable Object... values) {
    return new SchedulerKey<>(name, oneOf(values.clone()), meaning, inFile);
  }

  private static Rule oneOf(@Nullable Object[] values) {
    String names = Arrays.stream(values).map(String::valueOf).collect(Collectors.joining(", "));
    return value -> Arrays.asList(values).contains(value) ? null : "Haze supports " + names;
  }

  private static double number(@Nullable Object value) {
    return ((Number) Objects.requireNonNull(value)).doubleValue();
  }

  private static boolean isFinite(@Nullable Object value, DoublePredicate right) {
    return value instanceof Number number
        && Double.isFinite(number.doubleValue())
        && right.test(number.doubleValue());
  }

  String name() {
    return name;
  }

  /// What was expected instead of a value of the file; null if the value is right.
  @Nullable String violation(@Nullable Object value) {
    return rule.violation(value);
  }

  /// What a value of the file means.
  T meaning(@Nullable Object value) {
    return meaning.apply(value);
  }

  /// The value in a file for a meaning.
  @Nullable Object inFile(T value) {
    return inFile.apply(value);
  }

  WithDefault orElse(T defaultValue) {
    return new WithDefault(this, inFile(defaultValue));
  }
}
