package haze.diffusion.training;

import haze.diffusion.data.DataOptions;
import haze.diffusion.data.DataSource;
import haze.diffusion.data.ImageSize;
import haze.diffusion.data.ValueRange;
import haze.diffusion.data.image.Background;
import haze.diffusion.io.BadFileException;
import haze.diffusion.io.JsonObject;
import haze.diffusion.io.JsonWriter;
import haze.diffusion.loss.LossKind;
import haze.diffusion.loss.Objective;
import haze.diffusion.loss.TimestepDistribution;
import haze.diffusion.loss.TimestepSampler;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.nn.file.Disk;
import haze.nn.optim.EmaDecay;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Values of [Settings]: immutable, each in its range. What is not given has the value of its row.
///
/// ```
/// TrainingSettings.DEFAULT.with(Settings.STEPS, 500).with(Settings.BATCH, 32)
/// ```
///
/// A run keeps them in its `config.json`, so that nothing has to be given again to resume it; the
/// network and the noise schedule are in the files of the pipeline.
public final class TrainingSettings {
  /// Nothing is given.
  public static final TrainingSettings DEFAULT = new TrainingSettings(Map.of());

  /// What only logit-normal timesteps have.
  static final List<Setting<Double>> OF_LOGIT_NORMAL =
      List.of(Settings.LOGIT_MEAN, Settings.UNIFORM_SHARE);

  private final Map<Setting<?>, Object> values;

  private TrainingSettings(Map<Setting<?>, Object> values) {
    this.values = Map.copyOf(values);
  }

  /// {@return the value of a setting}
  ///
  /// @throws IllegalStateException if it is not given and its row has no value of its own
  public <T> T get(Setting<T> setting) {
    return given(setting).orElseGet(setting::missing);
  }

  /// {@return the value of a setting if it is given}
  public <T> Optional<T> given(Setting<T> setting) {
    @Nullable Object value = values.get(setting);
    return value == null ? Optional.empty() : Optional.of(setting.type().cast(value));
  }

  /// {@return the same with another value}
  ///
  /// @throws haze.diffusion.pipeline.RequestException if the value makes no sense
  public <T> TrainingSettings with(Setting<T> setting, T value) {
    Map<Setting<?>, Object> changed = new HashMap<>(values);
    changed.put(setting, setting.check(value));
    return new TrainingSettings(changed);
  }

  /// {@return the same with all values that others give}
  public TrainingSettings with(TrainingSettings others) {
    Map<Setting<?>, Object> changed = new HashMap<>(values);
    changed.putAll(others.values);
    return new TrainingSettings(changed);
  }

  /// {@return what a run of the same preset, kind of data and conditioning has without further
  /// options}
  public TrainingSettings usual() {
    Preset preset =
        Preset.all().stream()
            .filter(one -> one.name().equals(get(Settings.PRESET)))
            .findFirst()
            .orElse(Preset.MNIST);
    TrainingSettings usual = preset.settings();
    // What has no effect, nobody chose.
    if (get(Settings.TIMESTEP_SAMPLING) != TimestepDistribution.LOGIT_NORMAL) {
      usual = usual.withoutMiddle();
    }
    return usual
        .with(Settings.PRESET, preset.name())
        .with(
            Settings.HELD_OUT, source() instanceof DataSource.Stored ? Settings.USUAL_HELD_OUT : 0)
        .with(Settings.LABEL_DROPOUT, isConditional() ? Settings.USUAL_DROPOUT : 0.0);
  }

  /// {@return the same without what logit-normal timesteps alone have}
  TrainingSettings withoutMiddle() {
    TrainingSettings without = this;
    for (Setting<Double> setting : OF_LOGIT_NORMAL) {
      without = without.with(setting, 0.0);
    }
    return without;
  }

  /// {@return whether the network is conditioned on labels}
  public boolean isConditional() {
    return get(Settings.LABEL_DROPOUT) > 0;
  }

  /// {@return what the network is trained for}
  ///
  /// @param scheduler noise schedule, prediction and variance
  /// @throws IllegalArgumentException if the loss does not go with those
  public Objective objective(SchedulerConfig scheduler) {
    LossKind loss = get(Settings.LOSS);
    boolean flow = scheduler.kind() == SamplerKind.FLOW;
    if (flow != loss.isFlow()) {
      throw new IllegalArgumentException(
          "training: the loss " + loss + " does not go with " + scheduler.kind().className());
    }
    if (flow) {
      return loss.onFlow(scheduler.numTrainTimesteps());
    }
    NoiseSchedule schedule = scheduler.schedule();
    Prediction prediction = scheduler.prediction();
    Objective objective =
        loss.onChain(
            new LossKind.Chain(
                schedule, prediction, scheduler.variance(), get(Settings.MIN_SNR_GAMMA)));
    if (scheduler.losesX0()) {
      throw new IllegalArgumentException(
          "training: a schedule that ends without signal (--zero-terminal-snr) leaves x_T ="
              + " epsilon, which tells nothing of x_0: expected --prediction v or x0");
    }
    return objective;
  }

  /// {@return what draws the timesteps of a batch}
  ///
  /// @param count T
  TimestepSampler timesteps(int count) {
    return get(Settings.TIMESTEP_SAMPLING)
        .sampler(
            new TimestepDistribution.Form(
                count, get(Settings.LOGIT_MEAN), get(Settings.UNIFORM_SHARE)));
  }

  /// {@return what the run learns from}
  ///
  /// @throws IllegalArgumentException if there are labels for what is no file
  public DataSource source() {
    String labels = get(Settings.LABELS);
    String range = get(Settings.RANGE);
    String size = get(Settings.SIZE);
    return DataSource.parse(
        get(Settings.DATA),
        DataOptions.NONE
            .withLabels(labels.isEmpty() ? null : Path.of(labels))
            .withRange(range.isEmpty() ? null : ValueRange.parse(range))
            .withSize(size.isEmpty() ? null : ImageSize.parse(size))
            .withColor(get(Settings.COLOR))
            .withBackground(Background.parse(get(Settings.BACKGROUND)))
            .withStrict(get(Settings.STRICT))
            .withHeldOut(get(Settings.HELD_OUT)));
  }

  /// {@return the number of parts of a batch}
  int shards() {
    return Math.ceilDiv(get(Settings.BATCH), get(Settings.SHARD));
  }

  /// {@return the number of shards that may be computed at the same time}
  ///
  /// @throws haze.diffusion.pipeline.RequestException if the micro-batch is less than a shard
  int shardsAtOnce() {
    int images = get(Settings.MICRO_BATCH);
    int shard = Math.min(get(Settings.SHARD), get(Settings.BATCH));
    if (images > 0 && images < shard) {
      throw Settings.MICRO_BATCH.invalid(
          "is " + images + ", expected at least the " + shard + " images of a shard (--shard)");
    }
    return images == 0 ? shards() : Math.min(shards(), images / shard);
  }

  /// Checks that a micro-batch is a number of shards.
  ///
  /// @throws haze.diffusion.pipeline.RequestException if it is not
  void requireWholeShards() {
    int images = get(Settings.MICRO_BATCH);
    int shard = get(Settings.SHARD);
    int batch = get(Settings.BATCH);
    if (images > batch || (images % shard != 0 && images != batch)) {
      throw Settings.MICRO_BATCH.invalid(
          "is "
              + images
              + ", expected "
              + (batch <= shard ? "" : "a multiple of " + shard + ", the images of a shard, up to ")
              + batch
              + ", the images of a batch; or 0 for all");
    }
  }

  EmaDecay ema() {
    return new EmaDecay.WarmUp(get(Settings.EMA_DECAY), 0, 0);
  }

  /// Reads the configuration of a run. A key that is missing has the value of its row: options are
  /// added in such a way that this is what runs did before.
  ///
  /// @throws IOException if it cannot be read, or a value makes no sense; in one line
  public static TrainingSettings read(Path file) throws IOException {
    return read(JsonObject.read(file), file);
  }

  /// {@return the configuration of a file's text}
  ///
  /// @param text JSON
  /// @param file what messages name
  /// @throws IOException as for [#read(Path)]
  static TrainingSettings parse(String text, Path file) throws IOException {
    return read(JsonObject.of(text.getBytes(StandardCharsets.UTF_8), file), file);
  }

  private static TrainingSettings read(JsonObject json, Path file) throws IOException {
    TrainingSettings settings = read(json, _ -> true);
    json.requireNoOtherKeys();
    source(file, settings);
    return settings;
  }

  /// Reads what a run learns from, whatever else its configuration has.
  ///
  /// @throws IOException if it cannot be read, or a value makes no sense; in one line
  static TrainingSettings readData(Path file) throws IOException {
    TrainingSettings data =
        read(JsonObject.read(file), setting -> setting.group() == Setting.Group.DATA);
    source(file, data);
    return data;
  }

  /// {@return the values of some settings, which others may stand beside}
  ///
  /// @throws BadFileException if a value makes no sense
  static TrainingSettings read(JsonObject json, Predicate<Setting<?>> wanted)
      throws BadFileException {
    Map<Setting<?>, Object> values = new HashMap<>();
    for (Setting<?> setting : Settings.all()) {
      if (setting.key().isPresent() && wanted.test(setting)) {
        values.put(setting, setting.read(json));
      }
    }
    return new TrainingSettings(values);
  }

  private static DataSource source(Path file, TrainingSettings settings) throws BadFileException {
    try {
      return settings.source();
    } catch (IllegalArgumentException e) {
      throw new BadFileException(file, String.valueOf(e.getMessage()));
    }
  }

  /// Writes the configuration of a run.
  ///
  /// @throws IOException if it cannot be written
  void write(Disk disk, Path file) throws IOException {
    JsonWriter json = new JsonWriter();
    stored().forEach(json::put);
    json.write(disk, file);
  }

  /// {@return which options have other values than before, a line each, and whether the weights
  /// depend on that}
  List<String> changesSince(TrainingSettings before) {
    return Settings.all().stream()
        .filter(setting -> setting.key().isPresent() && setting.option().isPresent())
        .filter(setting -> !get(setting).equals(before.get(setting)))
        .map(
            setting ->
                setting.option().orElseThrow()
                    + " is "
                    + get(setting)
                    + " now, was "
                    + before.get(setting)
                    + (setting.hasSameWeights() ? "; no weight depends on it" : ""))
        .toList();
  }

  /// {@return the values that a run's configuration has, by their keys, in the order of the help}
  public Map<String, Object> stored() {
    return stored(_ -> true);
  }

  /// {@return those of some settings}
  Map<String, Object> stored(Predicate<Setting<?>> wanted) {
    Map<String, Object> stored = new LinkedHashMap<>();
    Settings.all().stream()
        .filter(wanted)
        .forEach(setting -> setting.key().ifPresent(key -> stored.put(key, written(setting))));
    return stored;
  }

  private <T> Object written(Setting<T> setting) {
    return setting.written(get(setting));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TrainingSettings that && values.equals(that.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  /// {@return the values that are given}
  @Override
  public String toString() {
    return values.toString();
  }
}
