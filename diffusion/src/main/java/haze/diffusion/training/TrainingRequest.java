package haze.diffusion.training;

import haze.diffusion.data.DataSource;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.loss.LossKind;
import haze.diffusion.loss.TimestepDistribution;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.nn.BatchStep;
import haze.nn.unet.UNetConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What a run is to be: its directory, data, network and settings. Immutable.
///
/// {@snippet file="haze/diffusion/training/TrainingRequestTest.java" region="request"}
///
/// @param directory the directory of the run, new or empty
/// @param preset the network, the noise schedule, and the settings that are not given
/// @param given the settings that are given
/// @param images images in memory, in the place of [Settings#DATA]
/// @param heldOut images in memory to validate with, see [Settings#VALIDATE_EVERY], in the place of
///   those that the data holds out
/// @param engine where the steps are computed; the bits are the same with any
public record TrainingRequest(
    Path directory,
    Preset preset,
    TrainingSettings given,
    Optional<ImageDataset> images,
    Optional<ImageDataset> heldOut,
    StepEngine engine) {
  /// How images of a path are read; those of MNIST and of memory are as they are.
  private static final List<Setting<?>> OF_PATHS =
      List.of(Settings.RANGE, Settings.SIZE, Settings.COLOR, Settings.BACKGROUND, Settings.STRICT);

  /// What is given by whoever wants the network conditioned on labels.
  private static final List<Setting<?>> CONDITIONS =
      List.of(Settings.CONDITIONAL, Settings.LABEL_DROPOUT, Settings.LABELS);

  /// What does not go with clusters, which take the place of labels.
  static final List<Setting<?>> OF_LABELS = List.of(Settings.CONDITIONAL, Settings.LABELS);

  /// {@return the default run: MNIST, with the preset for it}
  ///
  /// @param directory the directory of the run, new or empty
  public static TrainingRequest of(Path directory) {
    return new TrainingRequest(
        directory,
        Preset.MNIST,
        TrainingSettings.DEFAULT,
        Optional.empty(),
        Optional.empty(),
        StepEngine.HERE);
  }

  /// {@return the same in another directory}
  public TrainingRequest directory(Path other) {
    return new TrainingRequest(other, preset, given, images, heldOut, engine);
  }

  /// {@return the same with another value of a setting}
  ///
  /// @throws RequestException if the value makes no sense
  public <T> TrainingRequest with(Setting<T> setting, T value) {
    return new TrainingRequest(
        directory,
        setting == Settings.PRESET ? Preset.named(value.toString()) : preset,
        given.with(setting, value),
        setting == Settings.DATA ? Optional.empty() : images,
        heldOut,
        engine);
  }

  /// {@return the same with images in memory}
  ///
  /// The run keeps how many they are, their shape and the number of classes, but not the images: to
  /// resume it, a program gives them again.
  public TrainingRequest data(ImageDataset others) {
    return new TrainingRequest(directory, preset, given, Optional.of(others), heldOut, engine);
  }

  /// {@return the same with images in memory to validate with, which a program gives again to
  /// resume the run}
  public TrainingRequest heldOut(ImageDataset others) {
    return new TrainingRequest(directory, preset, given, images, Optional.of(others), engine);
  }

  /// {@return the same with steps that are computed elsewhere}
  ///
  /// @param other where; the caller closes it after the run
  public TrainingRequest engine(StepEngine other) {
    return new TrainingRequest(directory, preset, given, images, heldOut, other);
  }

  /// {@return the same with images of a file, in one of the formats of
  /// [haze.diffusion.data.DataFormat]}
  public TrainingRequest data(Path file) {
    return with(Settings.DATA, file.toString());
  }

  /// {@return the same with images of a file and their labels}
  public TrainingRequest data(Path file, Path labels) {
    return data(file).with(Settings.LABELS, labels.toString());
  }

  /// {@return the same with the network, noise schedule and settings of another preset}
  public TrainingRequest preset(Preset other) {
    return new TrainingRequest(
        directory, other, given.with(Settings.PRESET, other.name()), images, heldOut, engine);
  }

  /// {@return the same with another network}
  ///
  /// @param network sizes and switches; the sizes of images, the output's channels and the number
  ///   of labels come from data and loss
  public TrainingRequest network(UNetConfig network) {
    return preset(preset.network(network));
  }

  /// {@return the same with another noise schedule, prediction, variance and sampler}
  public TrainingRequest scheduler(SchedulerConfig scheduler) {
    return preset(preset.scheduler(scheduler));
  }

  /// {@return the same, conditioned on the labels of the images, which must be there}
  public TrainingRequest conditional() {
    return with(Settings.CONDITIONAL, true);
  }

  /// {@return the same, not conditioned on labels that the images may have}
  public TrainingRequest unconditional() {
    return with(Settings.CONDITIONAL, false);
  }

  /// {@return the same with another loss}
  public TrainingRequest loss(LossKind loss) {
    return with(Settings.LOSS, loss);
  }

  /// {@return the same with another number of steps, at least 1}
  public TrainingRequest steps(int steps) {
    return with(Settings.STEPS, steps);
  }

  /// {@return the same with another number of images a step, at least 1}
  public TrainingRequest batch(int batch) {
    return with(Settings.BATCH, batch);
  }

  /// {@return the same with another peak of the learning rate, above 0 and at most 1}
  public TrainingRequest learningRate(double rate) {
    return with(Settings.LEARNING_RATE, rate);
  }

  /// {@return the same with another seed}
  public TrainingRequest seed(long seed) {
    return with(Settings.SEED, seed);
  }

  /// {@return what makes the computation of the run's steps}
  BatchStep.Factory batchSteps() {
    return engine.steps(directory, images);
  }

  /// {@return what the network learns from}
  ///
  /// @throws RequestException if there are labels for what is no file, or that nothing is
  ///   conditioned on
  public DataSource source() {
    return images.map(DataSource::of).orElseGet(this::parsed);
  }

  private DataSource parsed() {
    try {
      return given.source();
    } catch (IllegalArgumentException e) {
      throw RequestException.because(e);
    }
  }

  /// {@return all settings of the run, if its images have labels}
  ///
  /// @throws RequestException naming the first that does not go with the others
  public TrainingSettings settings() {
    return settings(true);
  }

  /// {@return all settings of the run}
  ///
  /// @param classes whether there are classes to be conditioned on: in the images, and in the model
  ///   to start from; without them the network is conditioned only if that is given, not if only
  ///   the preset says so
  /// @throws RequestException naming the first that does not go with the others
  TrainingSettings settings(boolean classes) {
    TrainingSettings all =
        LearningRateDecay.with(
            hasOwnObjective() ? preset.settings() : preset.settingsWithoutMiddle(), given);
    requireConsistent(all);
    try {
      LearningRateDecay.of(all);
    } catch (IllegalArgumentException e) {
      throw RequestException.because(e);
    }
    boolean stored = source() instanceof DataSource.Stored;
    for (Setting<?> setting : OF_PATHS) {
      if (given.given(setting).isPresent() && !stored) {
        throw setting.invalid("is for --data PATH");
      }
    }
    if (given.get(Settings.HELD_OUT) > 0 && !stored) {
      throw Settings.HELD_OUT.invalid("is for --data PATH");
    }
    boolean clusters = all.get(Settings.CLUSTERS) > 0;
    if (clusters) {
      for (Setting<?> setting : OF_LABELS) {
        if (given.given(setting).isPresent()) {
          throw setting.invalid("does not go with --clusters, which take the place of labels");
        }
      }
    }
    boolean conditional =
        clusters
            || (all.given(Settings.CONDITIONAL).orElse(false)
                && (classes || CONDITIONS.stream().anyMatch(one -> given.given(one).isPresent())));
    Optional<Double> dropout = all.given(Settings.LABEL_DROPOUT);
    if (dropout.isPresent() && !conditional) {
      throw Settings.LABEL_DROPOUT.invalid(
          "is for --conditional or --clusters, without which the network has no classes");
    }
    if (dropout.isPresent() && dropout.get() == 0) {
      throw Settings.LABEL_DROPOUT.invalid("is 0.0, expected a number above 0 and below 1");
    }
    if (source().labels().isPresent() && !conditional) {
      throw Settings.LABELS.invalid(
          "is for --conditional, without which the network is not conditioned on labels");
    }
    requireGuided(conditional);
    if (all.given(Settings.MIN_SNR_GAMMA).isPresent()
        && all.get(Settings.LOSS) != LossKind.MIN_SNR) {
      throw Settings.MIN_SNR_GAMMA.invalid("is for --loss min-snr");
    }
    int usual = stored ? Settings.USUAL_HELD_OUT : 0;
    return withTimesteps(all)
        .with(Settings.PRESET, preset.name())
        .with(Settings.DATA, source().text())
        .with(Settings.HELD_OUT, all.given(Settings.HELD_OUT).orElse(usual))
        .with(Settings.LABEL_DROPOUT, conditional ? dropout.orElse(Settings.USUAL_DROPOUT) : 0.0);
  }

  /// Whether the run has the loss, noise schedule and prediction of its preset.
  private boolean hasOwnObjective() {
    SchedulerConfig scheduler = preset.scheduler();
    return is(Settings.LOSS, preset.settings().get(Settings.LOSS))
        && (scheduler.kind().isFlow()
            || (is(Settings.SCHEDULE, scheduler.betaSchedule())
                && is(Settings.PREDICTION, scheduler.prediction())))
        && given.get(Settings.FROM).isEmpty();
  }

  /// With no more of the distribution of timesteps than has an effect.
  private TrainingSettings withTimesteps(TrainingSettings all) {
    boolean logits = all.get(Settings.TIMESTEP_SAMPLING) == TimestepDistribution.LOGIT_NORMAL;
    LossKind loss = all.get(Settings.LOSS);
    if (logits && loss.hasBound()) {
      throw Settings.TIMESTEP_SAMPLING.invalid(
          "is logit-normal, under which --loss "
              + loss
              + " would not be the bound: it counts some timesteps more often");
    }
    if (logits) {
      return all;
    }
    for (Setting<Double> setting : TrainingSettings.OF_LOGIT_NORMAL) {
      if (given.given(setting).isPresent()) {
        throw setting.invalid("is for --timestep-sampling logit-normal");
      }
    }
    return all.withoutMiddle();
  }

  /// Whether a setting is a value, which it is if nothing else is given.
  private <T> boolean is(Setting<T> setting, T value) {
    return given.given(setting).orElse(value).equals(value);
  }

  /// {@return all settings of a run that goes on with others}
  ///
  /// @param stored those that it has
  /// @throws RequestException if one does not go with the others
  TrainingSettings resumed(TrainingSettings stored) {
    TrainingSettings all = LearningRateDecay.with(stored, given);
    requireConsistent(all);
    requireGuided(stored.isConditional());
    boolean samples =
        given.given(Settings.SAMPLE_EVERY).isPresent()
            && given.given(Settings.NO_SAMPLES).isEmpty();
    return samples ? all.with(Settings.NO_SAMPLES, false) : all;
  }

  private void requireGuided(boolean conditional) {
    if (given.given(Settings.GUIDANCE).isPresent() && !conditional) {
      throw Settings.GUIDANCE.invalid(
          "is for --conditional or --clusters: without classes nothing guides");
    }
  }

  private void requireConsistent(TrainingSettings all) {
    if (given.get(Settings.NO_SAMPLES) && given.given(Settings.SAMPLE_EVERY).isPresent()) {
      throw Settings.NO_SAMPLES.invalid("does not go with --sample-every");
    }
    if (given.given(Settings.MICRO_BATCH).isPresent()) {
      all.requireWholeShards();
    }
    if (all.get(Settings.VALIDATE_EVERY) == 0) {
      if (all.get(Settings.PATIENCE) > 0) {
        throw Settings.PATIENCE.invalid("needs --validate-every, by whose losses a run is stopped");
      }
      if (given.given(Settings.VALIDATION_IMAGES).isPresent()) {
        throw Settings.VALIDATION_IMAGES.invalid("is for --validate-every");
      }
    }
  }

  /// Checks that only such settings are given as a resumed run may change.
  ///
  /// @throws RequestException if there are others
  void requireResumable() {
    List<String> others =
        Settings.all().stream()
            .filter(setting -> !setting.isChangeable() && given.given(setting).isPresent())
            .flatMap(setting -> setting.option().stream())
            .toList();
    if (!others.isEmpty()) {
      throw new RequestException(
          "resume",
          "takes "
              + String.join(", ", others)
              + " from the run: "
              + (others.size() == 1 ? "it" : "they")
              + " cannot be changed");
    }
  }

  /// {@return the noise schedule, prediction, variance and sampler of the run}
  ///
  /// @throws RequestException if they do not go together, or not with the loss
  public SchedulerConfig scheduler() {
    TrainingSettings all = preset.settings().with(given);
    try {
      SchedulerConfig scheduler = ScheduleChoice.scheduler(preset.scheduler(), all);
      all.objective(scheduler);
      return scheduler;
    } catch (IllegalArgumentException e) {
      throw RequestException.because(e);
    }
  }
}
