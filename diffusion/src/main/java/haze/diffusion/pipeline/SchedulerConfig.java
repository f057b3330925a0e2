package haze.diffusion.pipeline;

import static haze.diffusion.pipeline.SchedulerKeys.BETA_END;
import static haze.diffusion.pipeline.SchedulerKeys.BETA_SCHEDULE;
import static haze.diffusion.pipeline.SchedulerKeys.BETA_START;
import static haze.diffusion.pipeline.SchedulerKeys.PREDICTION;
import static haze.diffusion.pipeline.SchedulerKeys.SPACING;
import static haze.diffusion.pipeline.SchedulerKeys.TIMESTEPS;
import static haze.diffusion.pipeline.SchedulerKeys.TRAINED_BETAS;
import static haze.diffusion.pipeline.SchedulerKeys.VARIANCE;
import static haze.diffusion.pipeline.SchedulerKeys.ZERO_TERMINAL_SNR;

import haze.diffusion.io.BadFileException;
import haze.diffusion.io.JsonObject;
import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.sampler.Clip;
import haze.diffusion.sampler.Denoiser;
import haze.diffusion.sampler.Network;
import haze.diffusion.sampler.Sampler;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.diffusion.sampler.schedule.SigmaSchedule;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// How a model was noised in training and is to be sampled: immutable, what diffusers'
/// `scheduler_config.json` holds.
///
/// Settings of other schedulers that a file carries along stay with it, as diffusers keeps them
/// when it makes one scheduler from another's configuration: [#as] finds them again.
public final class SchedulerConfig {
  /// The most timesteps of a model.
  public static final int MAX_TIMESTEPS = SchedulerKeys.MAX_TIMESTEPS;

  /// The defaults of diffusers' `DDPMScheduler`, which are the values of Ho et al. 2020.
  public static final SchedulerConfig DDPM = of(SamplerKind.DDPM);

  /// Of a clean image's amplitude: how much may be left where sampling begins with pure noise
  /// before it shows. Images of digits whose chain begins at 9 % come out a tenth too grey.
  private static final double LEAST_SIGNAL = 0.05;

  private static final double ROUNDING = 1e-9;

  private final SamplerKind kind;
  private final SchedulerSettings settings;
  private final SamplingDefaults defaults;

  SchedulerConfig(SamplerKind kind, SchedulerSettings settings) {
    this(kind, settings, SamplingDefaults.NONE);
  }

  private SchedulerConfig(SamplerKind kind, SchedulerSettings settings, SamplingDefaults defaults) {
    this.kind = kind;
    this.settings = settings;
    this.defaults = defaults;
  }

  /// {@return the configuration of a file, as diffusers writes it; missing keys have the defaults
  /// of its class}
  ///
  /// @param file `scheduler/scheduler_config.json`
  /// @throws IOException if it cannot be read; in one line naming the key that is wrong or that
  ///   Haze does not support
  public static SchedulerConfig read(Path file) throws IOException {
    return SchedulerFile.read(file);
  }

  /// {@return the configuration of such a file's text}
  ///
  /// @param text JSON
  /// @param file what messages name
  /// @throws IOException as for [#read]
  public static SchedulerConfig parse(String text, Path file) throws IOException {
    return SchedulerFile.read(
        JsonObject.of(text.getBytes(StandardCharsets.UTF_8), file), file, Optional.empty());
  }

  /// {@return the defaults of diffusers' class}
  public static SchedulerConfig of(SamplerKind kind) {
    return new SchedulerConfig(kind, SchedulerSettings.of(kind.keys(), Map.of()));
  }

  /// The configuration of another sampler for the same model, as diffusers' `from_config` makes it:
  /// what both have is kept, the rest has the other's defaults.
  ///
  /// @throws IllegalArgumentException if the model was trained for flow matching and the sampler is
  ///   for a Markov chain, or the other way round
  public SchedulerConfig as(SamplerKind other) {
    if (other == kind) {
      return this;
    }
    if (kind.isFlow() || other.isFlow()) {
      throw new IllegalArgumentException(
          "the model's scheduler is "
              + kind.className()
              + ", it cannot be sampled with "
              + other.className()
              + ": models for flow matching need that one, other models another");
    }
    return new SchedulerConfig(other, settings.as(other.keys()), defaults);
  }

  /// {@return the same, but for a sampler that Haze chooses, or its user, and not the file} Where
  /// diffusers' classes give worse images of the same model, these rules replace theirs:
  ///
  /// - the predicted `x_0` is clipped as the model's scheduler says, whatever the sampler: what a
  ///   perfect network predicts lies in the range of the data, so that nothing is lost;
  /// - a solver begins at sigma 164 at most
  ///   ([haze.diffusion.sampler.schedule.SigmaSchedule#STABLE]); DDIM does so if nothing is
  ///   clipped;
  /// - a step of DDIM arrives where the next begins, and its noise is what is in the image beside
  ///   the clipped `x_0`: with guidance, which predicts beyond the range, digits were none
  ///   otherwise.
  public SchedulerConfig stabilized() {
    return new SchedulerConfig(kind, settings.stabilized(), defaults);
  }

  /// {@return the sampler that the model's author chose}
  public SamplerKind kind() {
    return kind;
  }

  SchedulerSettings settings() {
    return settings;
  }

  /// {@return what samples are drawn with where nothing else is chosen}
  public SamplingDefaults defaults() {
    return defaults;
  }

  /// {@return the same model's configuration with other defaults}
  ///
  /// @throws IllegalArgumentException if there are more steps than timesteps
  public SchedulerConfig withDefaults(SamplingDefaults others) {
    if (others.steps().orElse(1) > numTrainTimesteps()) {
      throw new IllegalArgumentException(
          "sampling: "
              + others.steps().getAsInt()
              + " steps by default, expected at most the "
              + numTrainTimesteps()
              + " timesteps of the model");
    }
    return new SchedulerConfig(kind, settings, others);
  }

  /// {@return T, the number of timesteps that the model was trained on}
  public int numTrainTimesteps() {
    return settings.get(TIMESTEPS);
  }

  /// {@return what the network predicts, for a model trained on a Markov chain}
  public Prediction prediction() {
    return settings.get(PREDICTION);
  }

  /// {@return the variance of the noise that an ancestral step adds; the smallest if the scheduler
  /// has no such setting}
  public ReverseVariance variance() {
    return settings.variance();
  }

  /// The noise schedule that the model was trained with, of [#numTrainTimesteps].
  ///
  /// @throws IllegalStateException if the model was trained for flow matching, which has none
  public NoiseSchedule schedule() {
    if (kind.isFlow()) {
      throw new IllegalStateException(kind.className() + " has no noise schedule");
    }
    return settings.schedule();
  }

  /// {@return whether one output of a network is right for both: flow matching's velocity, or the
  /// same prediction on a noise schedule of the same name} Its range and T are not compared.
  public boolean hasTargetOf(SchedulerConfig other) {
    if (kind.isFlow() || other.kind.isFlow()) {
      return kind.isFlow() == other.kind.isFlow();
    }
    return betaSchedule() == other.betaSchedule()
        && trainedBetas().equals(other.trainedBetas())
        && prediction() == other.prediction();
  }

  /// {@return the noise schedule by name, which [#trainedBetas] take the place of}
  public BetaSchedule betaSchedule() {
    return settings.get(BETA_SCHEDULE);
  }

  /// {@return all T betas if they are given one by one, or none}
  public List<Double> trainedBetas() {
    return settings.get(TRAINED_BETAS);
  }

  /// What an image is made of at a timestep.
  ///
  /// @param t the timestep, 1..T; or 0, the clean image
  /// @throws IllegalArgumentException if there is no such timestep
  public NoiseLevel level(int t) {
    int trained = numTrainTimesteps();
    if (t < 0 || t > trained) {
      throw new IllegalArgumentException("timestep " + t + " is not in 0.." + trained);
    }
    if (kind.isFlow()) {
      double noise = (double) t / trained;
      return new NoiseLevel(1 - noise, noise);
    }
    return t == 0 ? NoiseLevel.CLEAN : NoiseLevel.ofAlphaBar(schedule().alphaBar(t));
  }

  /// {@return the same model's configuration with another number of timesteps, T}
  ///
  /// @throws IllegalArgumentException if it is not in 1..100000, or a noise schedule of as many
  ///   makes no sense
  public SchedulerConfig withTimesteps(int timesteps) {
    return with(TIMESTEPS, timesteps);
  }

  /// {@return the same with another noise schedule}
  ///
  /// @throws IllegalArgumentException for a model of flow matching
  public SchedulerConfig withBetaSchedule(BetaSchedule schedule) {
    return with(BETA_SCHEDULE, schedule);
  }

  /// {@return the same with another first and last beta}
  ///
  /// @throws IllegalArgumentException if one is not in (0, 1), or for a model of flow matching
  public SchedulerConfig withBetas(double start, double end) {
    return with(BETA_START, start).with(BETA_END, end);
  }

  /// {@return the same with betas given one by one}
  ///
  /// @param betas T of them, in (0, 1]; none for those of the named schedule
  /// @throws IllegalArgumentException if there are others, or for a model of flow matching
  public SchedulerConfig withTrainedBetas(List<Double> betas) {
    return with(TRAINED_BETAS, betas);
  }

  /// {@return the same with or without a schedule that is rescaled to end without signal}
  ///
  /// @throws IllegalArgumentException if the scheduler has no such setting
  public SchedulerConfig withZeroTerminalSnr(boolean zero) {
    return with(ZERO_TERMINAL_SNR, zero);
  }

  /// {@return the same for a network that predicts something else}
  ///
  /// @throws IllegalArgumentException for a model of flow matching
  public SchedulerConfig withPrediction(Prediction prediction) {
    return with(PREDICTION, prediction);
  }

  /// {@return the same with another variance of ancestral steps}
  ///
  /// @throws IllegalArgumentException if the scheduler has no such setting
  public SchedulerConfig withVariance(ReverseVariance variance) {
    return with(VARIANCE, Optional.of(variance));
  }

  /// {@return the same with another choice of the timesteps that are visited}
  ///
  /// @throws IllegalArgumentException for a model of flow matching
  public SchedulerConfig withSpacing(TimestepSpacing spacing) {
    return with(SPACING, spacing);
  }

  /// The same configuration, but the predicted x0 stays as it is: what is lost by clipping no
  /// inverse finds again. Samplers that [#as] makes of it do not clip either.
  public SchedulerConfig withoutClipping() {
    return new SchedulerConfig(kind, settings.withoutClipping(), defaults);
  }

  <T> SchedulerConfig with(SchedulerKey<T> key, T value) {
    if (!settings.owns(key)) {
      throw new IllegalArgumentException(kind.className() + " has no key " + key.name());
    }
    return new SchedulerConfig(kind, settings.with(key, value), defaults);
  }

  /// {@return the keys of the file that no scheduler has that Haze knows: they are carried along,
  /// and do not matter}
  public List<String> unknownKeys() {
    return settings.values().keySet().stream()
        .filter(
            name ->
                Stream.of(SamplerKind.values())
                    .flatMap(known -> known.keys().stream())
                    .noneMatch(key -> key.key().name().equals(name)))
        .toList();
  }

  /// {@return whether the network predicts epsilon, but the schedule ends without signal} There
  /// `x_T` is epsilon whatever `x_0` is, and `x_0` cannot be predicted (Lin et al. 2023, section
  /// 3.2).
  public boolean losesX0() {
    return !kind.isFlow()
        && prediction() == Prediction.EPSILON
        && schedule().alphaBar(numTrainTimesteps()) == 0;
  }

  /// The unknown keys, as they may be shown.
  String unknownNames() {
    return unknownKeys().stream().map(BadFileException::shown).collect(Collectors.joining(", "));
  }

  /// {@return a line that names the unknown keys, if there are any}
  public Optional<String> unknownKeysWarning() {
    return unknownKeys().isEmpty()
        ? Optional.empty()
        : Optional.of("the scheduler's file has keys without effect: " + unknownNames());
  }

  /// What to expect of samples that are worse than the model's, a line each.
  ///
  /// @param visited the noise levels of the sampler
  List<String> warnings(SamplingSchedule visited) {
    List<String> warnings = new ArrayList<>();
    int made = defaults.steps().orElse(visited.steps());
    if (visited.steps() != made) {
      warnings.add(
          "the model was made to be drawn in "
              + made
              + (made == 1 ? " step" : " steps")
              + ", not in "
              + visited.steps()
              + ", whose noise levels its network may not know");
    }
    if (kind.isFlow()) {
      return warnings;
    }
    NoiseLevel first = visited.level(0);
    double t = visited.timestep(0) - NoiseSchedule.modelTimestep(0);
    if (t < numTrainTimesteps() && first.signal() > LEAST_SIGNAL) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "sampling begins with pure noise at timestep %.0f of %d, where images of the training"
                  + " still had %.0f %% of their amplitude; --spacing trailing begins at the last",
              t,
              numTrainTimesteps(),
              100 * first.signal()));
    }
    boolean clips = !settings.clip().equals(Clip.NONE) && kind != SamplerKind.HEUN;
    if (!clips && first.sigma() > (1 + ROUNDING) * SigmaSchedule.STABLE) {
      warnings.add(
          String.format(
              Locale.ROOT,
              "sampling begins at sigma %.0f, by which an error of the network is multiplied, as"
                  + " the model's scheduler has it; --sampler %s begins at %.0f at most",
              first.sigma(),
              kind == SamplerKind.DDPM ? SamplerKind.DDIM : kind,
              SigmaSchedule.STABLE));
    }
    return warnings;
  }

  /// {@return the sampler}
  ///
  /// @param steps how many steps to take; up to T, some samplers one less
  /// @throws IllegalArgumentException if there are not as many steps to take
  public Sampler sampler(int steps) {
    return sampler(steps, 0);
  }

  /// {@return the sampler, with fresh noise in DDIM}
  ///
  /// @param steps how many steps to take; up to T, some samplers one less
  /// @param eta how much of the ancestral chain's noise is added, 0..1; for DDIM only
  /// @throws IllegalArgumentException if there are not as many steps to take, or eta is not 0 for
  ///   another sampler
  public Sampler sampler(int steps, double eta) {
    return kind.sampler(settings, steps, eta);
  }

  /// {@return the denoiser for this sampler of a network that was trained so}
  public Denoiser denoiser(Network network) {
    return settings.parameterization().denoiser(network);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SchedulerConfig that
        && kind == that.kind
        && settings.equals(that.settings)
        && defaults.equals(that.defaults);
  }

  @Override
  public int hashCode() {
    return Objects.hash(kind, settings, defaults);
  }

  @Override
  public String toString() {
    return kind.className() + settings;
  }
}
