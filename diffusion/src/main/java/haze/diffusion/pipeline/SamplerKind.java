package haze.diffusion.pipeline;

import static haze.diffusion.pipeline.SchedulerKey.oneOf;
import static haze.diffusion.pipeline.SchedulerKey.positive;
import static haze.diffusion.pipeline.SchedulerKey.whole;
import static haze.diffusion.pipeline.SchedulerKeys.BETA_SCHEDULE;
import static haze.diffusion.pipeline.SchedulerKeys.ENDS_CLEAN;
import static haze.diffusion.pipeline.SchedulerKeys.LU;
import static haze.diffusion.pipeline.SchedulerKeys.SHIFT;
import static haze.diffusion.pipeline.SchedulerKeys.SPACING;
import static haze.diffusion.pipeline.SchedulerKeys.STEPS_OFFSET;
import static haze.diffusion.pipeline.SchedulerKeys.TIMESTEPS;
import static haze.diffusion.pipeline.SchedulerKeys.VARIANCE;
import static haze.diffusion.pipeline.SchedulerKeys.ZERO_TERMINAL_SNR;
import static haze.diffusion.pipeline.SchedulerKeys.all;
import static haze.diffusion.pipeline.SchedulerKeys.chain;
import static haze.diffusion.pipeline.SchedulerKeys.clipping;
import static haze.diffusion.pipeline.SchedulerKeys.inLogSnr;
import static haze.diffusion.pipeline.SchedulerKeys.model;
import static haze.diffusion.pipeline.SchedulerKeys.only;
import static haze.diffusion.pipeline.SchedulerKeys.shifting;
import static haze.diffusion.pipeline.SchedulerKeys.sigmas;
import static haze.diffusion.pipeline.SchedulerKeys.thresholding;
import static haze.diffusion.sampler.schedule.TimestepSpacing.LEADING;
import static haze.diffusion.sampler.schedule.TimestepSpacing.LINSPACE;

import haze.diffusion.pipeline.SchedulerKey.Value;
import haze.diffusion.pipeline.SchedulerKey.WithDefault;
import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.sampler.AncestralSampler;
import haze.diffusion.sampler.DdimSampler;
import haze.diffusion.sampler.DpmSolverSampler;
import haze.diffusion.sampler.DpmSolverSinglestepSampler;
import haze.diffusion.sampler.EulerAncestralSampler;
import haze.diffusion.sampler.EulerSampler;
import haze.diffusion.sampler.HeunSampler;
import haze.diffusion.sampler.Kdpm2Sampler;
import haze.diffusion.sampler.LcmSampler;
import haze.diffusion.sampler.LinearMultistepSampler;
import haze.diffusion.sampler.PndmSampler;
import haze.diffusion.sampler.Sampler;
import haze.diffusion.sampler.UniPcSampler;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// The samplers, one row each: names, number of steps, the keys of diffusers' class with their
/// defaults, and how the sampler is made of them. Whoever adds a sampler adds a row.
@SuppressWarnings("ImmutableEnumChecker") // Its functions are pure, its collections stay as made.
public enum SamplerKind {
  /// The learned Markov chain, [AncestralSampler].
  DDPM(
      "ddpm",
      "DDPMScheduler",
      "the learned Markov chain",
      trained -> trained,
      EnumSet.noneOf(Trait.class),
      all(
          chain(NoiseSchedule.BETA_START, NoiseSchedule.BETA_END, LEADING),
          thresholding(),
          clipping(true),
          List.of(
              ZERO_TERMINAL_SNR.orElse(false),
              VARIANCE
                  .only("fixed_small", "fixed_small_log", "fixed_large", "learned_range")
                  .orElse(Optional.of(ReverseVariance.FIXED_SMALL)))),
      (s, steps, eta) -> new AncestralSampler(s.schedule(), s.timesteps(steps), s.variance())),

  /// Fewer steps with less fresh noise, or none, [DdimSampler].
  DDIM(
      "ddim",
      "DDIMScheduler",
      "fewer steps and no fresh noise, or less",
      atMost(50), // Song et al. 2021
      EnumSet.of(Trait.INVERTIBLE, Trait.ETA),
      all(
          chain(NoiseSchedule.BETA_START, NoiseSchedule.BETA_END, LEADING),
          thresholding(),
          clipping(true),
          List.of(ZERO_TERMINAL_SNR.orElse(false), SolverKeys.SET_ALPHA_TO_ONE.orElse(true))),
      Samplers::ddim),

  /// Second or third order, for few steps, [DpmSolverSampler].
  DPM_SOLVER(
      "dpmsolver++",
      "DPMSolverMultistepScheduler",
      "fewest steps, second order",
      SamplerKind::fewest,
      EnumSet.noneOf(Trait.class),
      all(
          chain(NoiseSchedule.BETA_START, NoiseSchedule.BETA_END, LINSPACE),
          inLogSnr(),
          List.of(
              ZERO_TERMINAL_SNR.orElse(false),
              LU.orElse(false),
              SolverKeys.MULTISTEP.orElse(SolverKeys.Multistep.DPM_SOLVER_PLUS_PLUS),
              SolverKeys.ORDER.orElse(2),
              SolverKeys.HEUN_RULE.orElse(false),
              SolverKeys.LOWER_ORDER_FINAL.orElse(true),
              SolverKeys.EULER_AT_FINAL.orElse(false),
              ENDS_CLEAN.orElse(true),
              SolverKeys.LAMBDA_MIN.orElse(Double.NEGATIVE_INFINITY),
              // Whether the network has a variance is seen from its output.
              VARIANCE.orElse(Optional.empty()))),
      (s, steps, eta) ->
          new DpmSolverSampler(
              Samplers.inLambda(s, s.get(ENDS_CLEAN), steps, s.get(SolverKeys.LAMBDA_MIN)),
              new DpmSolverSampler.Options(
                  s.get(SolverKeys.ORDER),
                  s.get(SolverKeys.HEUN_RULE),
                  s.get(SolverKeys.MULTISTEP).sde(),
                  s.get(SolverKeys.LOWER_ORDER_FINAL),
                  s.get(SolverKeys.EULER_AT_FINAL),
                  s.get(SolverKeys.MULTISTEP).ofEpsilon()))),

  /// First order, [EulerSampler].
  EULER(
      "euler",
      "EulerDiscreteScheduler",
      "straight steps, first order",
      atMost(50),
      EnumSet.of(Trait.INVERTIBLE),
      all(
          chain(NoiseSchedule.BETA_START, NoiseSchedule.BETA_END, LINSPACE),
          sigmas(),
          List.of(
              ZERO_TERMINAL_SNR.orElse(false),
              SolverKeys.SIGMA_MIN.orElse(OptionalDouble.empty()),
              SolverKeys.SIGMA_MAX.orElse(OptionalDouble.empty()),
              ENDS_CLEAN.orElse(true),
              only("interpolation_type", "linear"),
              only("timestep_type", "discrete"))),
      (s, steps, eta) ->
          new EulerSampler(
              s.sigmas(s.get(ENDS_CLEAN))
                  .euler(
                      steps,
                      s.get(SolverKeys.SIGMA_MIN).orElse(Double.NaN),
                      s.get(SolverKeys.SIGMA_MAX).orElse(Double.NaN)))),

  /// Second order, two network evaluations a step, [HeunSampler].
  HEUN(
      "heun",
      "HeunDiscreteScheduler",
      "second order, two network evaluations a step",
      atMost(25), // Karras et al. 2022: 35 to 79 network evaluations
      EnumSet.noneOf(Trait.class),
      all(chain(0.00085, 0.012, LINSPACE), clipping(false), sigmas()),
      (s, steps, eta) ->
          s.isStable()
              ? new HeunSampler(s.sigmas(true).euler(steps), HeunSampler.STABLE_STEP)
              : new HeunSampler(s.sigmas(true).euler(steps))),

  /// Predictor and corrector, [UniPcSampler].
  UNI_PC(
      "unipc",
      "UniPCMultistepScheduler",
      "fewest steps, corrected at no further evaluation",
      SamplerKind::fewest,
      EnumSet.noneOf(Trait.class),
      all(
          chain(NoiseSchedule.BETA_START, NoiseSchedule.BETA_END, LINSPACE),
          inLogSnr(),
          List.of(
              ZERO_TERMINAL_SNR.orElse(false),
              SolverKeys.UNI_PC_ORDER.orElse(2),
              SolverKeys.PREDICT_X0.orElse(true),
              SolverKeys.BH1.orElse(false),
              SolverKeys.LOWER_ORDER_FINAL.orElse(true),
              SolverKeys.DISABLE_CORRECTOR.orElse(List.of()),
              only("solver_p", null),
              ENDS_CLEAN.orElse(true),
              SolverKeys.SIGMA_MIN.orElse(OptionalDouble.empty()),
              SolverKeys.SIGMA_MAX.orElse(OptionalDouble.empty()),
              only("shift_terminal", null))),
      (s, steps, eta) ->
          new UniPcSampler(
              Samplers.inLambda(s, s.get(ENDS_CLEAN), steps, Double.NEGATIVE_INFINITY),
              new UniPcSampler.Options(
                  s.get(SolverKeys.UNI_PC_ORDER),
                  s.get(SolverKeys.PREDICT_X0),
                  s.get(SolverKeys.BH1),
                  s.get(SolverKeys.LOWER_ORDER_FINAL),
                  Set.copyOf(s.get(SolverKeys.DISABLE_CORRECTOR))))),

  /// Combines the noise of several steps, [PndmSampler].
  PNDM(
      "pndm",
      "PNDMScheduler",
      "fourth order, by the noise of earlier steps",
      atMost(50),
      EnumSet.noneOf(Trait.class),
      all(
          chain(NoiseSchedule.BETA_START, NoiseSchedule.BETA_END, LEADING),
          List.of(SolverKeys.SET_ALPHA_TO_ONE.orElse(false), SolverKeys.SKIP_PRK.orElse(false))),
      Samplers::pndm),

  /// First order with fresh noise, [EulerAncestralSampler].
  EULER_ANCESTRAL(
      "euler-ancestral",
      "EulerAncestralDiscreteScheduler",
      "straight steps and fresh noise",
      atMost(50),
      EnumSet.noneOf(Trait.class),
      all(
          chain(NoiseSchedule.BETA_START, NoiseSchedule.BETA_END, LINSPACE),
          List.of(ZERO_TERMINAL_SNR.orElse(false))),
      (s, steps, eta) -> new EulerAncestralSampler(s.sigmas(true).euler(steps))),

  /// Exponential integrator, [LinearMultistepSampler].
  DEIS(
      "deis",
      "DEISMultistepScheduler",
      "few steps, polynomials in the logarithm of the noise level",
      SamplerKind::fewest,
      EnumSet.noneOf(Trait.class),
      all(
          chain(NoiseSchedule.BETA_START, NoiseSchedule.BETA_END, LINSPACE),
          inLogSnr(),
          List.of(
              SolverKeys.ORDER.orElse(2),
              oneOf(
                      "algorithm_type",
                      new Value<>("deis", "deis"),
                      // Diffusers takes them for its own.
                      new Value<>("dpmsolver", "deis"),
                      new Value<>("dpmsolver++", "deis"))
                  .orElse("deis"),
              oneOf(
                      "solver_type",
                      new Value<>("logrho", "logrho"),
                      new Value<>("midpoint", "logrho"),
                      new Value<>("heun", "logrho"),
                      new Value<>("bh1", "logrho"),
                      new Value<>("bh2", "logrho"))
                  .orElse("logrho"),
              SolverKeys.LOWER_ORDER_FINAL.orElse(true))),
      (s, steps, eta) ->
          new LinearMultistepSampler(
              Samplers.inLambda(s, false, steps, Double.NEGATIVE_INFINITY),
              s.get(SolverKeys.ORDER),
              true,
              s.get(SolverKeys.LOWER_ORDER_FINAL))),

  /// Adams and Bashforth's method, [LinearMultistepSampler].
  LMS(
      "lms",
      "LMSDiscreteScheduler",
      "fourth order, polynomials in the noise level",
      atMost(50),
      EnumSet.noneOf(Trait.class),
      all(chain(NoiseSchedule.BETA_START, NoiseSchedule.BETA_END, LINSPACE), sigmas()),
      (s, steps, eta) ->
          new LinearMultistepSampler(
              s.sigmas(true).euler(steps), SolverKeys.LMS_ORDER, false, false)),

  /// Midpoint method, [Kdpm2Sampler].
  KDPM2(
      "kdpm2",
      "KDPM2DiscreteScheduler",
      "second order by the middle, two network evaluations a step",
      atMost(25),
      EnumSet.noneOf(Trait.class),
      all(chain(0.00085, 0.012, LINSPACE), sigmas()),
      (s, steps, eta) -> Samplers.kdpm2(s, steps, false)),

  /// The same with fresh noise.
  KDPM2_ANCESTRAL(
      "kdpm2-ancestral",
      "KDPM2AncestralDiscreteScheduler",
      "the same with fresh noise",
      atMost(25),
      EnumSet.noneOf(Trait.class),
      all(chain(0.00085, 0.012, LINSPACE), sigmas()),
      (s, steps, eta) -> Samplers.kdpm2(s, steps, true)),

  /// Steps of order 1, 2, 3 in turn, [DpmSolverSinglestepSampler].
  DPM_SOLVER_SINGLESTEP(
      "dpmsolver-singlestep",
      "DPMSolverSinglestepScheduler",
      "few steps, of first and second order in turn",
      SamplerKind::fewest,
      EnumSet.noneOf(Trait.class),
      all(
          model(NoiseSchedule.BETA_START, NoiseSchedule.BETA_END, BetaSchedule.LINEAR),
          inLogSnr(),
          List.of(
              SolverKeys.ORDER.orElse(2),
              SolverKeys.ALGORITHM.orElse(
                  DpmSolverSinglestepSampler.Algorithm.DPM_SOLVER_PLUS_PLUS),
              SolverKeys.HEUN_RULE.orElse(false),
              SolverKeys.LOWER_ORDER_FINAL.orElse(false),
              ENDS_CLEAN.orElse(true),
              SolverKeys.LAMBDA_MIN.orElse(Double.NEGATIVE_INFINITY),
              VARIANCE.orElse(Optional.empty()))),
      (s, steps, eta) ->
          new DpmSolverSinglestepSampler(
              Samplers.inLambda(s, s.get(ENDS_CLEAN), steps, s.get(SolverKeys.LAMBDA_MIN)),
              new DpmSolverSinglestepSampler.Options(
                  s.get(SolverKeys.ORDER),
                  s.get(SolverKeys.ALGORITHM),
                  s.get(SolverKeys.HEUN_RULE),
                  s.get(SolverKeys.LOWER_ORDER_FINAL)))),

  /// For a consistency model, [LcmSampler].
  LCM(
      "lcm",
      "LCMScheduler",
      "for consistency models, whose samples take few steps",
      trained -> Math.min(trained, 4), // Luo et al. 2023
      EnumSet.noneOf(Trait.class),
      all(
          model(0.00085, 0.012, BetaSchedule.SCALED_LINEAR),
          thresholding(),
          clipping(false),
          List.of(
              SPACING.orElse(LEADING),
              STEPS_OFFSET.orElse(0),
              ZERO_TERMINAL_SNR.orElse(false),
              SolverKeys.SET_ALPHA_TO_ONE.orElse(true),
              SolverKeys.ORIGINAL_STEPS.orElse(50),
              SolverKeys.TIMESTEP_SCALING.orElse(10.0))),
      (s, steps, eta) ->
          new LcmSampler(
              SamplingSchedule.of(
                  s.schedule(),
                  LcmSampler.timesteps(
                      s.get(TIMESTEPS),
                      Math.min(s.get(SolverKeys.ORIGINAL_STEPS), s.get(TIMESTEPS)),
                      steps),
                  NoiseLevel.CLEAN),
              s.get(SolverKeys.TIMESTEP_SCALING))),

  /// First order, for a model trained by flow matching, [EulerSampler].
  FLOW(
      "flow",
      "FlowMatchEulerDiscreteScheduler",
      "straight steps, for a model trained by flow matching, which needs it",
      atMost(50),
      EnumSet.of(Trait.INVERTIBLE),
      all(
          shifting(),
          List.of(
              TIMESTEPS.orElse(1000),
              SHIFT.orElse(1.0),
              only("invert_sigmas", false),
              only("shift_terminal", null),
              only("stochastic_sampling", false),
              only("use_karras_sigmas", false),
              only("use_exponential_sigmas", false),
              only("use_beta_sigmas", false),
              positive("base_shift").orElse(0.5),
              positive("max_shift").orElse(1.15),
              whole("base_image_seq_len", 1, Integer.MAX_VALUE).orElse(256),
              whole("max_image_seq_len", 1, Integer.MAX_VALUE).orElse(4096))),
      (s, steps, eta) ->
          new EulerSampler(SamplingSchedule.flow(s.get(TIMESTEPS), steps, s.get(SHIFT))));

  private enum Trait {
    /// Its steps have an inverse, from image to noise.
    INVERTIBLE,
    /// It has [DdimSampler.Options#eta].
    ETA
  }

  /// Makes a sampler.
  @FunctionalInterface
  private interface Factory {
    Sampler sampler(SchedulerSettings settings, int steps, double eta);
  }

  private final String cliName;
  private final String className;
  private final String description;
  private final IntUnaryOperator defaultSteps;
  private final Set<Trait> traits;
  private final List<WithDefault> keys;
  private final Factory factory;

  SamplerKind(
      String cliName,
      String className,
      String description,
      IntUnaryOperator defaultSteps,
      Set<Trait> traits,
      List<WithDefault> keys,
      Factory factory) {
    this.cliName = cliName;
    this.className = className;
    this.description = description;
    this.defaultSteps = defaultSteps;
    this.traits = Set.copyOf(traits);
    this.keys = keys;
    this.factory = factory;
  }

  private static int fewest(int trained) {
    // Lu et al. 2022: 15 to 20. A solver in the log-SNR keeps a timestep for the end.
    return Math.clamp(trained - 1, 1, 20);
  }

  private static IntUnaryOperator atMost(int steps) {
    return trained -> Math.min(trained, steps);
  }

  /// {@return the name on the command line, such as `dpmsolver++`}
  public String cliName() {
    return cliName;
  }

  /// {@return the name of diffusers' class, such as `DDPMScheduler`}
  public String className() {
    return className;
  }

  /// {@return a few words for people}
  public String description() {
    return description;
  }

  /// {@return the number of steps if none is given}
  ///
  /// @param trained T, the number of timesteps that the model was trained on
  public int defaultSteps(int trained) {
    return defaultSteps.applyAsInt(trained);
  }

  /// {@return whether its steps have an inverse, see [haze.diffusion.editing.DdimInversion]}
  public boolean isInvertible() {
    return traits.contains(Trait.INVERTIBLE);
  }

  /// {@return whether it has [DdimSampler.Options#eta]}
  public boolean hasEta() {
    return traits.contains(Trait.ETA);
  }

  /// {@return whether it takes a choice of timesteps, [SchedulerConfig#withSpacing]}
  public boolean hasSpacing() {
    return keys.stream().anyMatch(key -> key.key() == SPACING);
  }

  /// {@return whether it is for models that were trained by flow matching, which have no noise
  /// schedule; all others are for models that were trained on a Markov chain}
  public boolean isFlow() {
    return keys.stream().noneMatch(key -> key.key() == BETA_SCHEDULE);
  }

  /// The keys of diffusers' class.
  List<WithDefault> keys() {
    return keys;
  }

  /// Makes the sampler.
  ///
  /// @throws IllegalArgumentException if there are not as many steps, or eta is not 0 for a sampler
  ///   that has none
  Sampler sampler(SchedulerSettings settings, int steps, double eta) {
    if (eta != 0 && !hasEta()) {
      throw new IllegalArgumentException(
          "eta is "
              + eta
              + ", but "
              + className
              + " has none, only "
              + listed(SamplerKind::hasEta, SamplerKind::className)
              + " does");
    }
    return factory.sampler(settings, steps, eta);
  }

  /// {@return the names of some samplers, such as `ddim, euler and flow`}
  public static String listed(Predicate<SamplerKind> which, Function<SamplerKind, String> name) {
    return String.join(", ", Stream.of(values()).filter(which).map(name).toList())
        .replaceFirst(", ([^,]*)$", " and $1");
  }

  /// {@return [#cliName]}
  @Override
  public String toString() {
    return cliName;
  }
}
