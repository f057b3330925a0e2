package haze.diffusion.training;

import haze.diffusion.io.Choices;
import haze.diffusion.loss.TimestepDistribution;
import haze.diffusion.pipeline.BetaSchedule;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.process.Prediction;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import haze.nn.unet.UNetConfig;
import haze.nn.unet.UNetSwitch;
import java.util.List;

/// A network and settings of its training that go well together, by name.
///
/// @param name the name on the command line
/// @param description a line for help
/// @param network sizes and switches; the sizes of images and the number of labels come from the
///   data
/// @param scheduler noise schedule and sampler
/// @param settings how to train
public record Preset(
    String name,
    String description,
    UNetConfig network,
    SchedulerConfig scheduler,
    TrainingSettings settings) {
  /// Handwritten digits in minutes. Most timesteps are drawn where a digit gets its shape, and a
  /// share of them everywhere, without which what is black keeps a trace of noise; `race` has what
  /// each part of the recipe brings.
  public static final Preset MNIST =
      new Preset(
          "mnist",
          "for small images such as handwritten digits",
          UNetConfig.builder(28, 1).layers(1).channels(16, 32, 64).headChannels(32).build(),
          cosine(1000).withPrediction(Prediction.V),
          TrainingSettings.DEFAULT
              .with(Settings.CONDITIONAL, true)
              .with(Settings.TIMESTEP_SAMPLING, TimestepDistribution.LOGIT_NORMAL)
              .with(Settings.LOGIT_MEAN, 1.2)
              .with(Settings.UNIFORM_SHARE, 0.25)
              .with(Settings.STEPS, 4000)
              .with(Settings.BATCH, 32)
              .with(Settings.OPTIMIZER, OptimizerKind.MUON)
              .with(Settings.LEARNING_RATE, 2e-3)
              .with(Settings.WARM_UP_STEPS, 100)
              .with(Settings.DECAY_FROM, 1800)
              .with(Settings.EMA_DECAY, 0.998)
              .with(Settings.ZERO_INITIALIZATION, true));

  /// The least bits for an image of 256 levels, in hours. In even steps of the log-SNR the squared
  /// error of epsilon is the bound but for a constant factor, and with the posterior's variance a
  /// thousand steps cost hardly more than infinitely many; the network can tell a level from the
  /// next; and the timesteps of a batch are spread evenly, which makes its loss vary less (Kingma
  /// et al. 2021).
  public static final Preset LIKELIHOOD =
      new Preset(
          "likelihood",
          "for the best bound on small images, in hours",
          UNetConfig.builder(28, 1)
              .channels(32, 64, 64)
              .headChannels(32)
              .set(UNetSwitch.FOURIER_FEATURES, true)
              .build(),
          beginningAtT(
              SchedulerConfig.DDPM.withTimesteps(1000).withBetaSchedule(BetaSchedule.LOG_SNR)),
          TrainingSettings.DEFAULT
              .with(Settings.TIMESTEP_SAMPLING, TimestepDistribution.STRATIFIED)
              .with(Settings.STEPS, 30_000)
              .with(Settings.BATCH, 32)
              .with(Settings.OPTIMIZER, OptimizerKind.MUON)
              .with(Settings.LEARNING_RATE, 2e-3)
              .with(Settings.LR_SCHEDULE, LearningRateDecay.COSINE)
              .with(Settings.WARM_UP_STEPS, 200)
              .with(Settings.EMA_DECAY, 0.9995)
              .with(Settings.ZERO_INITIALIZATION, true));

  /// A network for tests, trained in seconds; its samples are no digits.
  public static final Preset TINY =
      new Preset(
          "tiny",
          "a network for tests, trained in seconds; its samples are no digits",
          UNetConfig.builder(28, 1).layers(1).channels(8, 16).headChannels(8).build(),
          cosine(20),
          TrainingSettings.DEFAULT
              .with(Settings.STEPS, 40)
              .with(Settings.BATCH, 16)
              .with(Settings.SHARD, 4)
              .with(Settings.LEARNING_RATE, 2e-3)
              .with(Settings.EMA_DECAY, 0.9));

  /// The reference workload R1 that speed is measured on: 3,939,393 parameters, DDPM's learning
  /// rate and noise schedule, which are the defaults.
  public static final Preset REFERENCE =
      new Preset(
          "reference",
          "the benchmarks' network R1",
          UNetConfig.builder(28, 1).eps(1e-6).build(),
          beginningAtT(SchedulerConfig.DDPM),
          TrainingSettings.DEFAULT);

  private static final List<Preset> ALL = List.of(MNIST, LIKELIHOOD, TINY, REFERENCE);

  /// A cosine schedule destroys a small image more evenly over time than the linear one (Nichol and
  /// Dhariwal 2021).
  private static SchedulerConfig cosine(int timesteps) {
    return beginningAtT(
        SchedulerConfig.DDPM.withTimesteps(timesteps).withBetaSchedule(BetaSchedule.COSINE));
  }

  /// Sampling with few steps begins where the noise is, too.
  private static SchedulerConfig beginningAtT(SchedulerConfig config) {
    return config.withSpacing(TimestepSpacing.TRAILING);
  }

  /// {@return the presets that have a name on the command line}
  public static List<Preset> all() {
    return ALL;
  }

  /// {@return the preset of a name}
  ///
  /// @throws haze.diffusion.pipeline.RequestException listing the names, if there is none of this
  ///   one
  public static Preset named(String name) {
    return ALL.stream()
        .filter(preset -> preset.name.equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                Settings.PRESET.invalid(
                    "is "
                        + name
                        + ", expected "
                        + Choices.expected(name, ALL.stream().map(Preset::name).toList())));
  }

  /// {@return the same with another network}
  public Preset network(UNetConfig other) {
    return new Preset(name, description, other, scheduler, settings);
  }

  /// {@return the same with another noise schedule, prediction and variance, and uniform timesteps
  /// if they were drawn around a middle for those before}
  public Preset scheduler(SchedulerConfig other) {
    return new Preset(
        name,
        description,
        network,
        other,
        other.hasTargetOf(scheduler) ? settings : settingsWithoutMiddle());
  }

  /// {@return the settings for another loss, noise schedule or prediction than the preset's own,
  /// for which a middle of logit-normal timesteps was chosen: with uniform ones}
  TrainingSettings settingsWithoutMiddle() {
    return settings.get(Settings.TIMESTEP_SAMPLING) == TimestepDistribution.LOGIT_NORMAL
        ? settings.with(Settings.TIMESTEP_SAMPLING, TimestepDistribution.UNIFORM).withoutMiddle()
        : settings;
  }
}
