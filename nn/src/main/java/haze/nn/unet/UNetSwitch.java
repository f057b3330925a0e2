package haze.nn.unet;

import haze.nn.Activation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A rarer choice in a [UNetConfig], one row each: its key in diffusers' `UNet2DModel`, its values
/// there and here, and the default of both.
///
/// @param <T> the type of the values here
public final class UNetSwitch<T> {
  /// More than any network has: so that a file cannot ask for more than arrays hold.
  private static final int MOST = 1 << 14;

  private static final int MOST_TIMESTEPS = 100_000;

  /// How the timestep becomes a vector, see [TimeProjection].
  public enum TimeEmbeddingType {
    /// Sinusoids.
    POSITIONAL,
    /// Sinusoids of `ln t` with random frequencies; the output is divided by t.
    FOURIER,
    /// A learned vector for each timestep.
    LEARNED
  }

  /// What the network is conditioned on beside the timestep.
  public enum ClassEmbedding {
    /// A label, with a learned vector each, if there are [UNetConfig#numClassEmbeds].
    TABLE,
    /// A number, embedded as the timestep is.
    TIMESTEP,
    /// A vector as wide as the timestep's embedding.
    IDENTITY
  }

  /// The activation of the residual blocks.
  public static final UNetSwitch<Activation> ACTIVATION =
      choice(
          "act_fn",
          "silu",
          Activation.SILU,
          "swish",
          Activation.SILU,
          "mish",
          Activation.MISH,
          "gelu",
          Activation.GELU,
          "relu",
          Activation.RELU);

  /// Groups of the normalisation of the middle's attention; none: those of the others.
  public static final UNetSwitch<OptionalInt> ATTN_NORM_NUM_GROUPS =
      count("attn_norm_num_groups", MOST);

  /// Whether an input x becomes 2x - 1.
  public static final UNetSwitch<Boolean> CENTER_INPUT_SAMPLE = flag("center_input_sample");

  /// What the network is conditioned on beside the timestep.
  public static final UNetSwitch<ClassEmbedding> CLASS_EMBED_TYPE =
      choice(
          "class_embed_type",
          null,
          ClassEmbedding.TABLE,
          "timestep",
          ClassEmbedding.TIMESTEP,
          "identity",
          ClassEmbedding.IDENTITY);

  /// Whether levels with attention halve the resolution by a residual block.
  public static final UNetSwitch<Boolean> RESNET_DOWNSAMPLE =
      choice("downsample_type", "conv", false, "resnet", true);

  /// Whether levels with attention double the resolution by a residual block.
  public static final UNetSwitch<Boolean> RESNET_UPSAMPLE =
      choice("upsample_type", "conv", false, "resnet", true);

  /// The probability that an element within a residual block is dropped in training (Ho et al. 2020
  /// have 0.1); nothing else depends on it.
  public static final UNetSwitch<Double> DROPOUT =
      number("dropout", 0, "at least 0 and below 1", p -> p >= 0 && p < 1, p -> p);

  /// The divisor of the sums in the middle.
  public static final UNetSwitch<Double> MID_BLOCK_SCALE_FACTOR =
      number(
          "mid_block_scale_factor",
          1,
          "above 0",
          factor -> factor > 0,
          // Diffusers' default is a whole number.
          factor -> factor == 1 ? (Object) 1 : factor);

  /// Whether there is a middle.
  public static final UNetSwitch<Boolean> MID_BLOCK =
      choice("mid_block_type", "UNetMidBlock2D", true, null, false);

  /// The number of timesteps of [TimeEmbeddingType#LEARNED]; others do without.
  public static final UNetSwitch<OptionalInt> NUM_TRAIN_TIMESTEPS =
      count("num_train_timesteps", MOST_TIMESTEPS);

  /// Whether the timestep scales and shifts within a residual block (Dhariwal and Nichol 2021), or
  /// shifts alone.
  public static final UNetSwitch<Boolean> TIME_SCALE_SHIFT =
      choice("resnet_time_scale_shift", "default", false, "scale_shift", true);

  /// Width of the timestep's embedding; none: four times the channels of the finest level.
  public static final UNetSwitch<OptionalInt> TIME_EMBEDDING_DIM =
      count("time_embedding_dim", MOST);

  /// How the timestep becomes a vector.
  public static final UNetSwitch<TimeEmbeddingType> TIME_EMBEDDING_TYPE =
      choice(
          "time_embedding_type",
          "positional",
          TimeEmbeddingType.POSITIONAL,
          "fourier",
          TimeEmbeddingType.FOURIER,
          "learned",
          TimeEmbeddingType.LEARNED);

  /// Whether every label is a class, and none stands for no class. Diffusers has no such key: what
  /// its networks have learned their files do not say.
  public static final UNetSwitch<Boolean> EVERY_LABEL_IS_A_CLASS = flag("every_label_is_a_class");

  /// Whether the network sees waves of the image's values beside them, see [FourierFeatures]: so
  /// that it can tell a level from the next. Diffusers has no such key, passes over it, and refuses
  /// the weights: its `conv_in` has a fifth of the channels.
  public static final UNetSwitch<Boolean> FOURIER_FEATURES = flag("_haze_fourier_features");

  /// Those that diffusers has.
  private static final List<UNetSwitch<?>> ALL =
      List.of(
          ACTIVATION,
          ATTN_NORM_NUM_GROUPS,
          CENTER_INPUT_SAMPLE,
          CLASS_EMBED_TYPE,
          RESNET_DOWNSAMPLE,
          DROPOUT,
          MID_BLOCK_SCALE_FACTOR,
          MID_BLOCK,
          NUM_TRAIN_TIMESTEPS,
          TIME_SCALE_SHIFT,
          TIME_EMBEDDING_DIM,
          TIME_EMBEDDING_TYPE,
          RESNET_UPSAMPLE);

  private final String key;
  private final T missing;
  private final String expected;
  private final Function<@Nullable Object, Optional<T>> parser;
  private final Function<T, @Nullable Object> writer;

  private UNetSwitch(
      String key,
      T missing,
      String expected,
      Function<@Nullable Object, Optional<T>> parser,
      Function<T, @Nullable Object> writer) {
    this.key = key;
    this.missing = missing;
    this.expected = expected;
    this.parser = parser;
    this.writer = writer;
  }

  /// @param namesAndValues a name in diffusers, or null, then its value, and so on; the default
  ///   first
  @SuppressWarnings("unchecked") // Every second is a T.
  private static <T> UNetSwitch<T> choice(String key, @Nullable Object... namesAndValues) {
    Map<@Nullable Object, T> values = new LinkedHashMap<>();
    Map<T, @Nullable Object> names = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      T value = (T) Objects.requireNonNull(namesAndValues[i + 1]);
      values.put(namesAndValues[i], value);
      names.putIfAbsent(value, namesAndValues[i]);
    }
    String words =
        values.keySet().stream()
            .map(name -> name == null ? "null" : "\"" + name + "\"")
            .collect(Collectors.joining(" or "));
    return new UNetSwitch<>(
        key,
        names.keySet().iterator().next(),
        "Haze supports " + words,
        given -> Optional.ofNullable(values.get(given)),
        names::get);
  }

  private static UNetSwitch<Boolean> flag(String key) {
    return new UNetSwitch<>(
        key,
        false,
        "expected true or false",
        given -> given instanceof Boolean flag ? Optional.of(flag) : Optional.empty(),
        value -> value);
  }

  private static UNetSwitch<Double> number(
      String key,
      double missing,
      String range,
      Predicate<Double> contains,
      Function<Double, @Nullable Object> written) {
    return new UNetSwitch<>(
        key,
        missing,
        "expected a number " + range,
        given ->
            given instanceof Number number
                    && Double.isFinite(number.doubleValue())
                    && contains.test(number.doubleValue())
                ? Optional.of(number.doubleValue())
                : Optional.empty(),
        written);
  }

  /// A whole number, or none.
  private static UNetSwitch<OptionalInt> count(String key, int most) {
    return new UNetSwitch<>(
        key,
        OptionalInt.empty(),
        "expected null or a whole number from 1 to " + most,
        given -> {
          if (given == null) {
            return Optional.of(OptionalInt.empty());
          }
          return given instanceof Integer number && number >= 1 && number <= most
              ? Optional.of(OptionalInt.of(number))
              : Optional.empty();
        },
        value -> value.isPresent() ? (Object) value.getAsInt() : null);
  }

  /// {@return all switches}
  public static List<UNetSwitch<?>> all() {
    return ALL;
  }

  /// {@return the key in diffusers' configuration}
  public String key() {
    return key;
  }

  /// {@return the value if none is given}
  public T missing() {
    return missing;
  }

  /// {@return the value that a configuration of diffusers means; nothing if it is none}
  ///
  /// @param given a `String`, `Number`, `Boolean` or null
  public Optional<T> parse(@Nullable Object given) {
    return parser.apply(given);
  }

  /// {@return what [#parse] takes, in words}
  public String expected() {
    return expected;
  }

  /// {@return a value as diffusers' configuration has it: a `String`, `Number`, `Boolean` or null}
  public @Nullable Object written(T value) {
    return writer.apply(value);
  }

  /// {@return the key}
  @Override
  public String toString() {
    return key;
  }
}
