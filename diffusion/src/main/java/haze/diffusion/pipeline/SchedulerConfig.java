package haze.diffusion.pipeline;

import haze.diffusion.io.BadFileException;
import haze.diffusion.io.JsonObject;
import haze.diffusion.io.JsonWriter;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.sampler.AncestralSampler;
import haze.diffusion.sampler.Clip;
import haze.diffusion.sampler.DdimSampler;
import haze.diffusion.sampler.Sampler;
import haze.diffusion.sampler.TimestepSpacing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// How a model was noised in training and is to be sampled: diffusers' `scheduler_config.json` for `DDPMScheduler` and
/// `DDIMScheduler`, whose keys the names here are.
///
/// @param kind the sampler that the model's author chose; both work with every model
/// @param numTrainTimesteps T
/// @param betaSchedule the shape of the noise schedule; ignored if there are `trainedBetas`
/// @param betaStart the first beta; ignored by [BetaSchedule#SQUAREDCOS_CAP_V2]
/// @param betaEnd the last beta; ignored by [BetaSchedule#SQUAREDCOS_CAP_V2]
/// @param trainedBetas all T betas, or none
/// @param variance the noise that a step of ancestral sampling adds; diffusers writes it for `DDPMScheduler` alone
/// @param clipSample whether the guess at the picture is clipped
/// @param clipSampleRange to +- this
/// @param timestepSpacing which timesteps are visited if not all are
/// @param stepsOffset moves them if the spacing is leading
/// @param setAlphaToOne DDIM's last step arrives at the picture, not at `x_1`; diffusers writes
///     it for `DDIMScheduler` alone
public record SchedulerConfig(Kind kind, int numTrainTimesteps, BetaSchedule betaSchedule,
    double betaStart, double betaEnd, List<Double> trainedBetas, ReverseVariance variance,
    boolean clipSample, double clipSampleRange, TimestepSpacing timestepSpacing, int stepsOffset,
    boolean setAlphaToOne) {

  /// A bound that no sensible model reaches.
  private static final int MAX_TIMESTEPS = 100_000;
  private static final ReverseVariance[] FIXED_VARIANCES = {ReverseVariance.FIXED_SMALL,
      ReverseVariance.FIXED_LARGE};
  /// Of dynamic thresholding, which Haze does not have; diffusers writes these also where it is off.
  private static final double THRESHOLDING_RATIO = 0.995;
  private static final double THRESHOLDING_MAX = 1.0;

  /// A way to sample.
  public enum Kind {
    /// The whole Markov chain, [AncestralSampler].
    DDPM("DDPMScheduler"),
    /// Fewer steps and no fresh noise, [DdimSampler].
    DDIM("DDIMScheduler");

    private final String className;

    Kind(String className) {
      this.className = className;
    }

    /// Diffusers' name of it.
    ///
    /// @return a class name, `DDPMScheduler` or `DDIMScheduler`
    public String className() {
      return className;
    }
  }

  /// A shape of the noise schedule.
  public enum BetaSchedule {
    /// [NoiseSchedule#linear(int, double, double)].
    LINEAR,
    /// [NoiseSchedule#scaledLinear].
    SCALED_LINEAR,
    /// [NoiseSchedule#cosine].
    SQUAREDCOS_CAP_V2
  }

  /// The defaults of diffusers' `DDPMScheduler`, which are the values of Ho et al. 2020.
  public static final SchedulerConfig DDPM = new SchedulerConfig(Kind.DDPM, 1000,
      BetaSchedule.LINEAR, 1e-4, 0.02, List.of(), ReverseVariance.FIXED_SMALL, true, 1,
      TimestepSpacing.LEADING, 0, true);

  /// Checks the numbers.
  ///
  /// @throws IllegalArgumentException naming what makes no sense
  public SchedulerConfig {
    trainedBetas = List.copyOf(trainedBetas);
    require(numTrainTimesteps >= 1 && numTrainTimesteps <= MAX_TIMESTEPS, "num_train_timesteps",
        numTrainTimesteps, "1 to " + MAX_TIMESTEPS);
    require(clipSampleRange > 0, "clip_sample_range", clipSampleRange, "a positive number");
    require(stepsOffset >= 0 && stepsOffset < numTrainTimesteps, "steps_offset", stepsOffset,
        "0 to below num_train_timesteps " + numTrainTimesteps);
    require(trainedBetas.isEmpty() || trainedBetas.size() == numTrainTimesteps, "trained_betas",
        "a list of " + trainedBetas.size(),
        "as many as num_train_timesteps " + numTrainTimesteps);
    for (double beta : trainedBetas) {
      requireBeta(beta, "trained_betas");
    }
    requireBeta(betaStart, "beta_start");
    requireBeta(betaEnd, "beta_end");
  }

  private static void requireBeta(double beta, String key) {
    require(beta > 0 && beta < 1, key, beta, "between 0 and 1");
  }

  private static void require(boolean condition, String key, Object value, String expected) {
    if (!condition) {
      throw new IllegalArgumentException(
          "scheduler: " + key + " is " + value + ", expected " + expected);
    }
  }

  /// The noise schedule that the model was trained with.
  ///
  /// @return the schedule, of [#numTrainTimesteps]
  public NoiseSchedule schedule() {
    if (!trainedBetas.isEmpty()) {
      return NoiseSchedule.ofBetas(trainedBetas.stream().mapToDouble(beta -> beta).toArray());
    }
    return switch (betaSchedule) {
      case LINEAR -> NoiseSchedule.linear(numTrainTimesteps, betaStart, betaEnd);
      case SCALED_LINEAR -> NoiseSchedule.scaledLinear(numTrainTimesteps, betaStart, betaEnd);
      case SQUAREDCOS_CAP_V2 -> NoiseSchedule.cosine(numTrainTimesteps);
    };
  }

  /// A sampler for the model.
  ///
  /// @param sampler which; what its own class of scheduler would have and this one lacks has its default
  /// @param steps how many steps to take, 1..T
  /// @return the sampler
  /// @throws IllegalArgumentException if the number of steps is not in 1..T
  public Sampler sampler(Kind sampler, int steps) {
    int[] timesteps = timestepSpacing.timesteps(numTrainTimesteps, steps, stepsOffset);
    Clip clip = clipSample ? new Clip((float) clipSampleRange) : Clip.NONE;
    return switch (sampler) {
      case DDPM -> new AncestralSampler(schedule(), timesteps, variance, clip);
      case DDIM -> new DdimSampler(schedule(), timesteps,
          new DdimSampler.Options(0, clip, setAlphaToOne, false));
    };
  }

  /// Reads a configuration. Missing keys have diffusers' defaults.
  ///
  /// @param file `scheduler/scheduler_config.json`
  /// @return what it describes
  /// @throws IOException if it cannot be read; in one line naming the key that is wrong or that Haze does not support
  public static SchedulerConfig read(Path file) throws IOException {
    JsonObject json = JsonObject.read(file);
    json.requireOneOf("prediction_type", List.of("epsilon"));
    json.requireOneOf("thresholding", List.of(false));
    json.requireOneOf("rescale_betas_zero_snr", List.of(false));
    json.number("dynamic_thresholding_ratio", THRESHOLDING_RATIO);
    json.number("sample_max_value", THRESHOLDING_MAX);
    Kind kind = named(json, "_class_name", Kind.values(), Kind::className, null);
    // Python's `if trained_betas is not None`: there is no key, null, or a list.
    List<Double> betas = json.isNull("trained_betas") ? List.of() : json.numbers("trained_betas");
    SchedulerConfig config;
    try {
      config = new SchedulerConfig(
          kind,
          json.integer("num_train_timesteps", DDPM.numTrainTimesteps, 1, MAX_TIMESTEPS),
          named(json, "beta_schedule", BetaSchedule.values(), SchedulerConfig::name,
              DDPM.betaSchedule),
          json.number("beta_start", DDPM.betaStart),
          json.number("beta_end", DDPM.betaEnd),
          betas,
          named(json, "variance_type", FIXED_VARIANCES, SchedulerConfig::name,
              DDPM.variance),
          json.bool("clip_sample", DDPM.clipSample),
          json.number("clip_sample_range", DDPM.clipSampleRange),
          named(json, "timestep_spacing", TimestepSpacing.values(), SchedulerConfig::name,
              DDPM.timestepSpacing),
          json.integer("steps_offset", DDPM.stepsOffset, 0, MAX_TIMESTEPS),
          json.bool("set_alpha_to_one", DDPM.setAlphaToOne));
    } catch (IllegalArgumentException e) {
      throw new BadFileException(file, String.valueOf(e.getMessage()));
    }
    json.requireNoOtherKeys();
    return config;
  }

  /// The constant that a string names; a missing string names the fallback, if there is one.
  private static <E> E named(JsonObject json, String key, E[] values, Function<E, String> name,
      @Nullable E fallback) throws BadFileException {
    String given = json.string(key, fallback == null ? "" : name.apply(fallback));
    for (E value : values) {
      if (name.apply(value).equals(given)) {
        return value;
      }
    }
    List<String> names = Arrays.stream(values).map(name).toList();
    throw json.refusal(key, "Haze supports " + String.join(", ", names));
  }

  /// A constant as diffusers writes it.
  private static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /// The configuration as diffusers writes it.
  JsonWriter write() {
    JsonWriter json = new JsonWriter()
        .put("_class_name", kind.className())
        .put("_diffusers_version", Pipeline.DIFFUSERS_VERSION)
        .put("beta_end", betaEnd)
        .put("beta_schedule", name(betaSchedule))
        .put("beta_start", betaStart)
        .put("clip_sample", clipSample)
        .put("clip_sample_range", clipSampleRange)
        .put("dynamic_thresholding_ratio", THRESHOLDING_RATIO)
        .put("num_train_timesteps", numTrainTimesteps)
        .put("prediction_type", "epsilon")
        .put("rescale_betas_zero_snr", false)
        .put("sample_max_value", THRESHOLDING_MAX)
        .put("steps_offset", stepsOffset)
        .put("thresholding", false)
        .put("timestep_spacing", name(timestepSpacing))
        .put("trained_betas", trainedBetas.isEmpty() ? null : trainedBetas);
    return switch (kind) {
      case DDPM -> json.put("variance_type", name(variance));
      case DDIM -> json.put("set_alpha_to_one", setAlphaToOne);
    };
  }
}
