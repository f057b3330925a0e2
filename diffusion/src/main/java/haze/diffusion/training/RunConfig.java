package haze.diffusion.training;

import haze.diffusion.io.BadFileException;
import haze.diffusion.io.JsonObject;
import haze.diffusion.io.JsonWriter;
import haze.diffusion.loss.LossKind;
import haze.diffusion.loss.TimestepDistribution;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/// What a run was asked to do, so that nothing has to be said again to resume it. The network and
/// the noise schedule stand in the files of the pipeline.
///
/// @param data `mnist` or the path of an IDX file
/// @param labels the path of its labels; empty if there is no such file
/// @param objective what for
/// @param settings how to train
/// @param sampleEvery steps between grids of samples; 0: only at the end
/// @param checkpointEvery steps between checkpoints; 0: only at the end
public record RunConfig(
    String data,
    String labels,
    LossConfig objective,
    TrainingSettings settings,
    int sampleEvery,
    int checkpointEvery) {
  /// Steps between grids of samples, if nothing else is asked for.
  public static final int SAMPLE_EVERY = 1000;

  /// Steps between checkpoints, if nothing else is asked for.
  public static final int CHECKPOINT_EVERY = 250;

  /// Checks the numbers.
  ///
  /// @throws IllegalArgumentException naming the first that makes no sense
  public RunConfig {
    if (sampleEvery < 0 || checkpointEvery < 0) {
      throw new IllegalArgumentException(
          "training: samples every "
              + sampleEvery
              + " and checkpoints every "
              + checkpointEvery
              + " steps, expected at least 0");
    }
  }

  /// The same for another number of steps.
  RunConfig withSteps(int steps) {
    return new RunConfig(
        data, labels, objective, settings.withSteps(steps), sampleEvery, checkpointEvery);
  }

  static RunConfig read(Path file) throws IOException {
    JsonObject json = JsonObject.read(file);
    try {
      var settings =
          new TrainingSettings(
              json.integer("steps", 0, 0, Integer.MAX_VALUE),
              json.integer("batch", 0, 0, Integer.MAX_VALUE),
              json.integer("shard", 0, 0, Integer.MAX_VALUE),
              json.number("learning_rate", 0),
              json.integer("warm_up_steps", 0, 0, Integer.MAX_VALUE),
              json.integer("decay_from", 0, 0, Integer.MAX_VALUE),
              json.number("clip_norm", 0),
              json.number("ema_decay", 0),
              json.bool("zero_initialization", false),
              json.number("label_dropout", 0),
              Long.parseLong(json.string("seed", "")));
      var objective =
          new LossConfig(
              named(json, "loss", LossKind.values(), LossConfig.DDPM.loss()),
              json.number("min_snr_gamma", LossConfig.DDPM.minSnrGamma()),
              named(
                  json,
                  "timestep_sampling",
                  TimestepDistribution.values(),
                  LossConfig.DDPM.timesteps()));
      var config =
          new RunConfig(
              json.string("data", ""),
              json.string("labels", ""),
              objective,
              settings,
              json.integer("sample_every", 0, 0, Integer.MAX_VALUE),
              json.integer("checkpoint_every", 0, 0, Integer.MAX_VALUE));
      json.requireNoOtherKeys();
      return config;
    } catch (NumberFormatException e) {
      throw json.invalid("seed", "expected a whole number in quotes");
    } catch (IllegalArgumentException e) {
      throw new BadFileException(file, String.valueOf(e.getMessage()));
    }
  }

  /// A value that is known by its name.
  private static <E extends Enum<E>> E named(
      JsonObject json, String key, E[] values, E defaultValue) throws BadFileException {
    String name = json.string(key, defaultValue.toString());
    return Arrays.stream(values)
        .filter(value -> value.toString().equals(name))
        .findFirst()
        .orElseThrow(() -> json.invalid(key, "expected one of " + Arrays.toString(values)));
  }

  void write(Path file) throws IOException {
    new JsonWriter()
        .put("data", data)
        .put("labels", labels)
        .put("loss", objective.loss().toString())
        .put("min_snr_gamma", objective.minSnrGamma())
        .put("timestep_sampling", objective.timesteps().toString())
        .put("label_dropout", settings.labelDropout())
        .put("steps", settings.steps())
        .put("batch", settings.batch())
        .put("shard", settings.shard())
        .put("learning_rate", settings.learningRate())
        .put("warm_up_steps", settings.warmUpSteps())
        .put("decay_from", settings.decayFrom())
        .put("clip_norm", settings.clipNorm())
        .put("ema_decay", settings.emaDecay())
        .put("zero_initialization", settings.zeroInitialization())
        .put("seed", Long.toString(settings.seed()))
        .put("sample_every", sampleEvery)
        .put("checkpoint_every", checkpointEvery)
        .write(file);
  }
}
