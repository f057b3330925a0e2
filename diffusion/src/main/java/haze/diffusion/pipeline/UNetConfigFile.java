package haze.diffusion.pipeline;

import haze.diffusion.io.BadFileException;
import haze.diffusion.io.JsonObject;
import haze.diffusion.io.JsonWriter;
import haze.nn.unet.BlockType;
import haze.nn.unet.ImageSize;
import haze.nn.unet.UNetConfig;
import haze.nn.unet.UNetSwitch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The network's `config.json`: diffusers' `UNet2DModel`, Haze's [UNetConfig].
///
/// A key that is missing has diffusers' default, because old files lack the newer keys. What Haze
/// does not compute is refused: the network would load, and its output would be wrong.
public final class UNetConfigFile {
  static final String CLASS = "UNet2DModel";

  /// Diffusers' default on the way down; upwards it is the reverse.
  private static final List<BlockType> DOWN =
      List.of(BlockType.PLAIN, BlockType.ATTENTION, BlockType.ATTENTION, BlockType.ATTENTION);

  /// Bounds that no sensible network reaches, so that nothing overflows.
  private static final int MAX_LEVELS = 16;

  private static final int MAX_SIZE = 1 << 14;
  private static final int MAX_LAYERS = 1 << 10;
  private static final int MAX_LABELS = 1 << 20;

  /// Haze's own: the label that stands for no class, which is the last. Diffusers takes no notice
  /// of keys with an underscore.
  private static final String NO_CLASS = "_haze_no_class";

  private UNetConfigFile() {}

  /// Reads a configuration.
  ///
  /// @param file `unet/config.json`
  /// @return what it describes
  /// @throws BadFileException naming the key that is wrong or that Haze does not support
  /// @throws IOException if the file cannot be read
  public static UNetConfig read(Path file) throws IOException {
    return read(JsonObject.read(file), file);
  }

  /// {@return what such a file's text describes}
  ///
  /// @param text JSON
  /// @param file what messages name
  /// @throws IOException as for [#read]
  public static UNetConfig parse(String text, Path file) throws IOException {
    return read(JsonObject.of(text.getBytes(StandardCharsets.UTF_8), file), file);
  }

  /// {@return the keys of a file that diffusers' class does not have either; like diffusers, Haze
  /// passes over them}
  static List<String> unknownKeys(Path file) throws IOException {
    JsonObject json = JsonObject.read(file);
    read(json, file);
    return json.otherKeys().stream().map(BadFileException::shown).toList();
  }

  private static UNetConfig read(JsonObject json, Path file) throws IOException {
    json.requireOneOf(Diffusers.CLASS, List.of(CLASS));
    List<Integer> channels = json.integers("block_out_channels", List.of(224, 448, 672, 896));
    if (channels.size() > MAX_LEVELS || channels.stream().anyMatch(c -> c > MAX_SIZE)) {
      throw json.invalid(
          "block_out_channels",
          "Haze supports " + MAX_LEVELS + " levels of " + MAX_SIZE + " channels");
    }
    OptionalInt headDim =
        json.has("attention_head_dim") && json.isNull("attention_head_dim")
            ? OptionalInt.empty()
            : OptionalInt.of(json.integer("attention_head_dim", 8, 1, MAX_SIZE));
    UNetConfig config;
    try {
      config =
          new UNetConfig(
              sampleSize(json),
              json.integer("in_channels", 3, 1, MAX_SIZE),
              json.integer("out_channels", 3, 1, MAX_SIZE),
              json.integer("layers_per_block", 2, 1, MAX_LAYERS),
              channels,
              types(json, "down_block_types", BlockType::down, DOWN),
              types(json, "up_block_types", BlockType::up, DOWN.reversed()),
              json.bool("add_attention", true),
              headDim,
              json.has("norm_num_groups") && json.isNull("norm_num_groups")
                  ? OptionalInt.empty()
                  : OptionalInt.of(json.integer("norm_num_groups", 32, 1, MAX_SIZE)),
              json.number("norm_eps", 1e-5),
              json.integer("downsample_padding", 1, 0, 1),
              json.bool("flip_sin_to_cos", true),
              json.number("freq_shift", 0),
              json.has("num_class_embeds") && !json.isNull("num_class_embeds")
                  ? OptionalInt.of(json.integer("num_class_embeds", 1, 1, MAX_LABELS))
                  : OptionalInt.empty(),
              switches(json));
    } catch (IllegalArgumentException e) {
      throw new BadFileException(file, String.valueOf(e.getMessage()));
    }
    requireHalving(json, config);
    if (config.numClassEmbeds().isPresent() && !hasNoClass(json, file, config)) {
      return config.with(UNetSwitch.EVERY_LABEL_IS_A_CLASS, true);
    }
    return config;
  }

  /// Whether the last label stands for no class, as Haze trains networks. Runs of before have no
  /// key for it, but Haze's settings beside the model.
  private static boolean hasNoClass(JsonObject json, Path file, UNetConfig config)
      throws BadFileException {
    int last = config.numClassEmbeds().orElseThrow() - 1;
    if (json.has(NO_CLASS)) {
      if (json.integer(NO_CLASS, last, 0, MAX_LABELS) != last) {
        throw json.invalid(NO_CLASS, "expected the last label, " + last);
      }
      return true;
    }
    return Files.exists(file.resolveSibling("../training/config.json"));
  }

  private static void requireHalving(JsonObject json, UNetConfig config) throws BadFileException {
    if (!config.sampleSize().map(size -> size.isMultipleOf(config.imageMultiple())).orElse(true)) {
      throw json.invalid(
          "sample_size",
          config.imageSize()
              + " "
              + config.imageSize().misfit(config.imageMultiple())
              + " (width x height)");
    }
  }

  private static Map<UNetSwitch<?>, Object> switches(JsonObject json) throws BadFileException {
    Map<UNetSwitch<?>, Object> switches = new HashMap<>();
    for (UNetSwitch<?> key : UNetSwitch.all()) {
      Object value = value(json, key);
      if (!value.equals(key.missing())) {
        switches.put(key, value);
      }
    }
    if (value(json, UNetSwitch.FOURIER_FEATURES)) {
      switches.put(UNetSwitch.FOURIER_FEATURES, true);
    }
    return switches;
  }

  private static <T> T value(JsonObject json, UNetSwitch<T> key) throws BadFileException {
    if (!json.has(key.key())) {
      return key.missing();
    }
    return key.parse(json.value(key.key()))
        .orElseThrow(() -> json.invalid(key.key(), key.expected()));
  }

  private static <T> void put(JsonWriter json, UNetConfig config, UNetSwitch<T> key) {
    json.put(key.key(), key.written(config.get(key)));
  }

  /// Diffusers has a whole number for square images, `[height, width]`, and `null` for any size.
  private static Optional<ImageSize> sampleSize(JsonObject json) throws BadFileException {
    if (json.isNull("sample_size")) {
      return Optional.empty();
    }
    if (!json.isList("sample_size")) {
      int side = json.integer("sample_size", 0, 1, MAX_SIZE);
      return Optional.of(new ImageSize(side, side));
    }
    List<Integer> sides = json.integers("sample_size", List.of());
    if (sides.size() != 2 || sides.stream().anyMatch(side -> side < 1 || side > MAX_SIZE)) {
      throw json.invalid("sample_size", "expected [height, width], from 1 to " + MAX_SIZE);
    }
    return Optional.of(new ImageSize(sides.getFirst(), sides.getLast()));
  }

  private static @Nullable Object written(Optional<ImageSize> size) {
    if (size.isEmpty()) {
      return null;
    }
    int height = size.get().height();
    int width = size.get().width();
    return height == width ? (Object) height : List.of(height, width);
  }

  private static List<BlockType> types(
      JsonObject json, String key, Function<BlockType, String> name, List<BlockType> defaultValue)
      throws BadFileException {
    List<BlockType> types = new ArrayList<>();
    for (String given : json.strings(key, defaultValue.stream().map(name).toList())) {
      types.add(
          Stream.of(BlockType.values())
              .filter(type -> name.apply(type).equals(given))
              .findFirst()
              .orElseThrow(
                  () ->
                      json.invalid(
                          key,
                          "Haze supports "
                              + Stream.of(BlockType.values())
                                  .map(name)
                                  .collect(Collectors.joining(", ")))));
    }
    return types;
  }

  /// A configuration as diffusers writes it.
  static JsonWriter write(UNetConfig config) {
    JsonWriter json =
        Diffusers.file(CLASS)
            .put("add_attention", config.midAttention())
            .put("attention_head_dim", orNull(config.attentionHeadDim()))
            .put("block_out_channels", config.blockOutChannels())
            .put("down_block_types", names(config.downBlockTypes(), BlockType::down))
            .put("downsample_padding", config.downsamplePadding())
            .put("flip_sin_to_cos", config.flipSinToCos())
            .put("freq_shift", wholeIfPossible(config.freqShift()))
            .put("in_channels", config.inChannels())
            .put("layers_per_block", config.layersPerBlock())
            .put("norm_eps", config.normEps())
            .put("norm_num_groups", orNull(config.normNumGroups()))
            .put("out_channels", config.outChannels())
            .put("num_class_embeds", orNull(config.numClassEmbeds()))
            .put("sample_size", written(config.sampleSize()))
            .put("up_block_types", names(config.upBlockTypes(), BlockType::up));
    UNetSwitch.all().forEach(key -> put(json, config, key));
    config.noClassLabel().ifPresent(label -> json.put(NO_CLASS, label));
    if (config.get(UNetSwitch.FOURIER_FEATURES)) {
      put(json, config, UNetSwitch.FOURIER_FEATURES);
    }
    return json;
  }

  private static @Nullable Integer orNull(OptionalInt number) {
    return number.isPresent() ? (Integer) number.getAsInt() : null;
  }

  private static List<String> names(List<BlockType> types, Function<BlockType, String> name) {
    return types.stream().map(name).toList();
  }

  /// Diffusers has an `int` here, and 0 and 1 are what is used.
  private static Object wholeIfPossible(double number) {
    return number == Math.rint(number) ? (Object) (int) number : (Object) number;
  }
}
