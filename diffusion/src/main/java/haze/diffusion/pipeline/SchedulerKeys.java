package haze.diffusion.pipeline;

import static haze.diffusion.pipeline.SchedulerKey.betas;
import static haze.diffusion.pipeline.SchedulerKey.bool;
import static haze.diffusion.pipeline.SchedulerKey.fixed;
import static haze.diffusion.pipeline.SchedulerKey.number;
import static haze.diffusion.pipeline.SchedulerKey.oneOf;
import static haze.diffusion.pipeline.SchedulerKey.positive;
import static haze.diffusion.pipeline.SchedulerKey.whole;

import haze.diffusion.pipeline.SchedulerKey.Value;
import haze.diffusion.pipeline.SchedulerKey.WithDefault;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The keys of diffusers' `scheduler_config.json` that several classes of schedulers have, and the
/// groups in which they have them. A key of one class stands beside its row in [SamplerKind].
final class SchedulerKeys {
  /// A bound that no sensible model reaches.
  static final int MAX_TIMESTEPS = 100_000;

  static final SchedulerKey<Integer> TIMESTEPS = whole("num_train_timesteps", 1, MAX_TIMESTEPS);

  static final SchedulerKey<Double> BETA_START = beta("beta_start");
  static final SchedulerKey<Double> BETA_END = beta("beta_end");
  static final SchedulerKey<BetaSchedule> BETA_SCHEDULE =
      oneOf(
          "beta_schedule",
          new Value<>("linear", BetaSchedule.LINEAR),
          new Value<>("scaled_linear", BetaSchedule.SCALED_LINEAR),
          new Value<>("squaredcos_cap_v2", BetaSchedule.COSINE),
          new Value<>("sigmoid", BetaSchedule.SIGMOID),
          new Value<>("laplace", BetaSchedule.LAPLACE),
          new Value<>("exp", BetaSchedule.EXPONENTIAL),
          // Haze's own: diffusers looks at trained_betas first, and refuses the name without them.
          new Value<>("log_snr", BetaSchedule.LOG_SNR));
  static final SchedulerKey<List<Double>> TRAINED_BETAS = betas("trained_betas");
  static final SchedulerKey<Boolean> ZERO_TERMINAL_SNR = bool("rescale_betas_zero_snr");
  static final SchedulerKey<Prediction> PREDICTION =
      oneOf(
          "prediction_type",
          new Value<>("epsilon", Prediction.EPSILON),
          new Value<>("sample", Prediction.X0),
          new Value<>("v_prediction", Prediction.V));

  /// The variance of an ancestral step. Empty: it is not given, or it is one that only schedulers
  /// may name that do not use it.
  static final SchedulerKey<Optional<ReverseVariance>> VARIANCE =
      oneOf(
          "variance_type",
          new Value<>(null, Optional.empty()),
          new Value<>("learned", Optional.empty()),
          new Value<>("learned_range", Optional.of(ReverseVariance.LEARNED_RANGE)),
          new Value<>("fixed_small", Optional.of(ReverseVariance.FIXED_SMALL)),
          // The same by way of the logarithm.
          new Value<>("fixed_small_log", Optional.of(ReverseVariance.FIXED_SMALL)),
          new Value<>("fixed_large", Optional.of(ReverseVariance.FIXED_LARGE)),
          new Value<>("fixed_large_log", Optional.empty()));

  static final SchedulerKey<TimestepSpacing> SPACING =
      oneOf(
          "timestep_spacing",
          new Value<>("leading", TimestepSpacing.LEADING),
          new Value<>("linspace", TimestepSpacing.LINSPACE),
          new Value<>("trailing", TimestepSpacing.TRAILING));
  static final SchedulerKey<Integer> STEPS_OFFSET = whole("steps_offset", 0, MAX_TIMESTEPS);

  static final SchedulerKey<Boolean> CLIP = bool("clip_sample");
  static final SchedulerKey<Double> CLIP_RANGE = positive("clip_sample_range");
  static final SchedulerKey<Boolean> THRESHOLDING = bool("thresholding");
  static final SchedulerKey<Double> THRESHOLDING_RATIO =
      number("dynamic_thresholding_ratio", "0 to 1", ratio -> ratio >= 0 && ratio <= 1);
  static final SchedulerKey<Double> THRESHOLDING_MAX = positive("sample_max_value");

  static final SchedulerKey<Boolean> KARRAS = bool("use_karras_sigmas");
  static final SchedulerKey<Boolean> EXPONENTIAL = bool("use_exponential_sigmas");
  static final SchedulerKey<Boolean> BETA = bool("use_beta_sigmas");
  static final SchedulerKey<Boolean> LU = bool("use_lu_lambdas");

  /// Of flow matching, see [haze.diffusion.sampler.schedule.SamplingSchedule#flow].
  static final SchedulerKey<Double> SHIFT = positive("shift");

  /// Whether the last step arrives at the clean image.
  static final SchedulerKey<Boolean> ENDS_CLEAN =
      oneOf("final_sigmas_type", new Value<>("zero", true), new Value<>("sigma_min", false));

  private SchedulerKeys() {}

  private static SchedulerKey<Double> beta(String name) {
    return number(name, "between 0 and 1", beta -> beta > 0 && beta < 1);
  }

  /// Of all schedulers of models that were trained on a Markov chain.
  static List<WithDefault> chain(double betaStart, double betaEnd, TimestepSpacing spacing) {
    return all(
        model(betaStart, betaEnd, BetaSchedule.LINEAR),
        List.of(SPACING.orElse(spacing), STEPS_OFFSET.orElse(0)));
  }

  /// What the model was trained with.
  static List<WithDefault> model(double betaStart, double betaEnd, BetaSchedule schedule) {
    return List.of(
        TIMESTEPS.orElse(1000),
        BETA_START.orElse(betaStart),
        BETA_END.orElse(betaEnd),
        BETA_SCHEDULE.orElse(schedule),
        TRAINED_BETAS.orElse(List.of()),
        PREDICTION.orElse(Prediction.EPSILON));
  }

  /// Of flow matching with samplers for a Markov chain, which is off.
  static List<WithDefault> flowSigmas() {
    return List.of(only("use_flow_sigmas", false), positive("flow_shift").orElse(1.0));
  }

  static List<WithDefault> thresholding() {
    return List.of(
        THRESHOLDING.orElse(false), THRESHOLDING_RATIO.orElse(0.995), THRESHOLDING_MAX.orElse(1.0));
  }

  static List<WithDefault> clipping(boolean clips) {
    return List.of(CLIP.orElse(clips), CLIP_RANGE.orElse(1.0));
  }

  /// The choices of [haze.diffusion.sampler.schedule.SigmaSpacing] that several classes have.
  static List<WithDefault> sigmas() {
    return List.of(KARRAS.orElse(false), EXPONENTIAL.orElse(false), BETA.orElse(false));
  }

  /// What the solvers that step in the log-SNR share.
  static List<WithDefault> inLogSnr() {
    return all(thresholding(), sigmas(), shifting(), flowSigmas());
  }

  /// Of shifting by the size of the image, which is off.
  static List<WithDefault> shifting() {
    return List.of(
        only("use_dynamic_shifting", false),
        oneOf("time_shift_type", new Value<>("exponential", 0), new Value<>("linear", 1))
            .orElse(0));
  }

  /// A switch of which Haze supports one position, diffusers' default.
  static WithDefault only(String name, @Nullable Object value) {
    return fixed(name, value).orElse(Optional.ofNullable(value));
  }

  /// Several groups as one.
  @SafeVarargs
  static List<WithDefault> all(List<WithDefault>... groups) {
    List<WithDefault> all = new ArrayList<>();
    for (List<WithDefault> group : groups) {
      all.addAll(group);
    }
    return List.copyOf(all);
  }
}
