package haze.diffusion.training;

import haze.diffusion.data.ColorChoice;
import haze.diffusion.data.DataFormat;
import haze.diffusion.data.DataSource;
import haze.diffusion.data.ImageSize;
import haze.diffusion.data.ValueRange;
import haze.diffusion.data.image.Background;
import haze.diffusion.loss.LossKind;
import haze.diffusion.loss.MinSnrLoss;
import haze.diffusion.loss.TimestepDistribution;
import haze.diffusion.pipeline.BetaSchedule;
import haze.diffusion.pipeline.SampleRequest;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.process.Prediction;
import haze.diffusion.training.Setting.Group;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The options of training, one row each, see [Setting]. `docs/add-a-training-option.md` adds one.
public final class Settings {
  /// Of the probabilities from 0.1 to 0.5 that Ho and Salimans 2022 tried, the one that does best
  /// with 0.2.
  static final double USUAL_DROPOUT = 0.1;

  /// Enough to measure with, and little to lose.
  static final int USUAL_HELD_OUT = 10;

  /// More than any step has; counts of what a batch is made of do not overflow.
  private static final int MOST_IMAGES = 1 << 20;

  private static final int LARGEST_LOGIT = 5;

  /// Each takes a row in the table of classes, and a comparison with each image.
  private static final int MOST_CLUSTERS = 1000;

  /// The images, as [DataSource#parse] reads them.
  public static final Setting<String> DATA =
      new Setting.Builder<>(Group.DATA, "data", SettingType.SOURCE)
          .stored(DataSource.Embedded.TRAIN.text())
          .changeable()
          .option(
              "--data mnist|PATH",
              "images to train on: the embedded MNIST, or a path: " + DataFormat.titles());

  /// The file with the labels of the images of a file; empty if there is none.
  public static final Setting<String> LABELS =
      new Setting.Builder<>(Group.DATA, "labels", SettingType.PATH)
          .stored("")
          .changeable()
          .option(
              "--labels FILE",
              "labels of an array of images, IDX or .npy, for --conditional; found if they lie"
                  + " beside it under the usual name");

  /// The values of black and white in an array; empty if they are to be found.
  public static final Setting<String> RANGE =
      new Setting.Builder<>(Group.DATA, "range", SettingType.TEXT)
          .stored("")
          .range("LOW,HIGH, such as 0,1", text -> text.isEmpty() || ValueRange.isRange(text))
          .option(
              "--range LOW,HIGH",
              "the values of black and white in an array; else 0,255 for bytes, and found for other"
                  + " numbers");

  /// The size that images are cropped and scaled to; empty for as they are.
  public static final Setting<String> SIZE =
      new Setting.Builder<>(Group.DATA, "size", SettingType.TEXT)
          .stored("")
          .range(
              "N or WxH, 1 to " + ImageSize.MAX, text -> text.isEmpty() || ImageSize.isSize(text))
          .option(
              "--size N|WxH",
              "size of the images: the middle of each, as much as has these proportions, scaled");

  /// Grey or in colour.
  public static final Setting<ColorChoice> COLOR =
      new Setting.Builder<>(Group.DATA, "color", SettingType.choice(ColorChoice.class))
          .stored(ColorChoice.AS_IS)
          .option("--color as-is|grey|rgb", "grey images, in colour, or as they are");

  /// What lies behind transparent pixels.
  public static final Setting<String> BACKGROUND =
      new Setting.Builder<>(Group.DATA, "background", SettingType.TEXT)
          .stored("white")
          .range(Background.FORMS, Settings::isBackground)
          .option("--background COLOR", "what lies behind transparent pixels: " + Background.FORMS);

  /// Whether half of the images, drawn anew in each step, are mirrored.
  public static final Setting<Boolean> FLIP =
      new Setting.Builder<>(Group.DATA, "flip", SettingType.FLAG)
          .stored(false)
          .option("--flip", "exchange left and right of half of the images, drawn anew each step");

  /// Whether an image that cannot be read ends the run.
  public static final Setting<Boolean> STRICT =
      new Setting.Builder<>(Group.DATA, "strict", SettingType.FLAG)
          .stored(false)
          .sameWeights()
          .option(
              "--strict",
              "an image that cannot be read is an error; else it is named, and the next one takes"
                  + " its place");

  /// One image in so many is held out, to be measured with, if the data has none of that kind; 0:
  /// none.
  public static final Setting<Integer> HELD_OUT =
      new Setting.Builder<>(Group.DATA, "held_out", SettingType.COUNT)
          .stored(0)
          .byDefault(Integer.toString(USUAL_HELD_OUT))
          .range("0, or at least 2", oneIn -> oneIn == 0 || oneIn >= 2)
          .option(
              "--held-out N",
              "one image in N is kept to measure with, unless the data has a test set of its own;"
                  + " 0: none");

  /// The digest of the images, [haze.diffusion.data.ImageDataset#fingerprint]; empty if the run is
  /// older.
  public static final Setting<String> FINGERPRINT =
      new Setting.Builder<>(Group.DATA, "data_fingerprint", SettingType.TEXT)
          .stored("")
          .noOption("digest of the images, by which a resumed run knows them again");

  /// Whether the network is conditioned on labels. Where a preset says so and nobody else, it is if
  /// the images have labels.
  public static final Setting<Boolean> CONDITIONAL =
      new Setting.Builder<>(Group.DATA, "conditional", SettingType.FLAG)
          .negatable()
          .byDefault("the preset's, if the images have labels")
          .option(
              "--conditional",
              "condition the network on each image's label, so that it makes samples of a class;"
                  + " --no-conditional: not");

  /// The probability that an image's label is left out, so that the network learns to do without
  /// (Ho and Salimans 2022, "Classifier-Free Diffusion Guidance", algorithm 1); 0: the network is
  /// not conditioned on labels.
  public static final Setting<Double> LABEL_DROPOUT =
      number(Group.DATA, "label_dropout", 0.0)
          .byDefault(Double.toString(USUAL_DROPOUT))
          .range("at least 0 and below 1", p -> p >= 0 && p < 1)
          .option(
              "--label-dropout P",
              "for --conditional and --clusters: how likely a label or cluster is left out, which"
                  + " guidance needs");

  /// How many clusters k-means is to find among the images, which the network is conditioned on in
  /// the place of labels, see [haze.diffusion.data.ImageClusters]; 0: none.
  public static final Setting<Integer> CLUSTERS =
      new Setting.Builder<>(Group.DATA, "clusters", SettingType.COUNT)
          .stored(0)
          .range(
              "0, or 2 to " + MOST_CLUSTERS,
              count -> count == 0 || (count >= 2 && count <= MOST_CLUSTERS))
          .option(
              "--clusters N",
              "condition the network on which of N groups of similar images each is in, found by"
                  + " k-means: better samples of images without labels; 0: not");

  /// The name of a [Preset]; empty if the run is older.
  public static final Setting<String> PRESET =
      new Setting.Builder<>(Group.NETWORK, "preset", SettingType.TEXT)
          .stored("")
          .byDefault("mnist")
          .list(() -> lines(Preset.all(), Preset::name, Preset::description))
          .option("--preset NAME", "network and settings");

  /// A pipeline whose weights, network and scheduler training starts from; empty: none.
  public static final Setting<String> FROM =
      new Setting.Builder<>(Group.NETWORK, "from", SettingType.TEXT)
          .stored("")
          .option(
              "--from PIPELINE",
              "start from the weights of a pipeline, with its network and scheduler (fine-tuning)");

  /// A network from diffusers' configuration, in the place of the preset's.
  public static final Setting<String> NETWORK =
      new Setting.Builder<>(Group.NETWORK, "network", SettingType.TEXT)
          .byDefault("the preset's")
          .option("--network FILE", "the network of a config.json of diffusers' UNet2DModel");

  /// Channels of each level.
  public static final Setting<String> CHANNELS =
      new Setting.Builder<>(Group.NETWORK, "channels", SettingType.TEXT)
          .byDefault("the preset's")
          .range("whole numbers such as 64,128,256", NetworkChoice::isList)
          .option(
              "--channels N,N,..",
              "channels of each level, finest first; each level but the last halves the images");

  /// Residual blocks of a level.
  public static final Setting<Integer> LAYERS =
      new Setting.Builder<>(Group.NETWORK, "layers", SettingType.COUNT)
          .byDefault("the preset's")
          .range("1 to 1000", count -> count >= 1 && count <= 1000)
          .option("--layers N", "residual blocks of each level on the way down");

  /// Levels with attention.
  public static final Setting<String> ATTENTION =
      new Setting.Builder<>(Group.NETWORK, "attention", SettingType.TEXT)
          .byDefault("the preset's; the coarsest level with --channels")
          .range(
              "heights of levels such as 16,8, or none",
              text -> text.equals("none") || NetworkChoice.isList(text))
          .option(
              "--attention N,N,..|none",
              "levels with attention, by the height of their images; none: not in the middle"
                  + " either");

  /// Channels of an attention head.
  public static final Setting<Integer> HEAD_DIM =
      new Setting.Builder<>(Group.NETWORK, "head_dim", SettingType.COUNT)
          .byDefault("the preset's")
          .range("at least 1", count -> count >= 1)
          .option("--head-dim N", "channels of an attention head");

  /// Groups of every group normalisation.
  public static final Setting<Integer> GROUPS =
      new Setting.Builder<>(Group.NETWORK, "groups", SettingType.COUNT)
          .byDefault("the preset's")
          .range("at least 1", count -> count >= 1)
          .option("--groups N", "groups of every group normalisation");

  /// The probability that an element within a residual block is dropped in training.
  public static final Setting<Double> DROPOUT =
      new Setting.Builder<>(Group.NETWORK, "dropout", SettingType.NUMBER)
          .byDefault("the network's")
          .range("at least 0 and below 1", p -> p >= 0 && p < 1)
          .option(
              "--dropout P",
              "how likely an element within a residual block is dropped, in training alone");

  /// Whether the network sees waves of the image's values beside them; in the network's file.
  public static final Setting<Boolean> FOURIER_FEATURES =
      new Setting.Builder<>(Group.NETWORK, "fourier_features", SettingType.FLAG)
          .byDefault("the network's")
          .negatable()
          .option(
              "--fourier-features",
              "let the network see sines and cosines of the image's values, which tell a level of"
                  + " 256 from the next: for a better bound; diffusers does not load such a"
                  + " network");

  /// The loss.
  public static final Setting<LossKind> LOSS =
      new Setting.Builder<>(Group.OBJECTIVE, "loss", SettingType.choice(LossKind.class))
          .stored(LossKind.SIMPLE)
          .list(() -> lines(List.of(LossKind.values()), LossKind::toString, LossKind::description))
          .option("--loss NAME", "the loss");

  /// The largest weight of [LossKind#MIN_SNR], which others do not use.
  public static final Setting<Double> MIN_SNR_GAMMA =
      number(Group.OBJECTIVE, "min_snr_gamma", MinSnrLoss.PUBLISHED_GAMMA)
          .range("a number above 0", gamma -> gamma > 0)
          .option("--min-snr-gamma X", "for min-snr: the largest weight");

  /// How the timesteps of a batch are drawn.
  public static final Setting<TimestepDistribution> TIMESTEP_SAMPLING =
      new Setting.Builder<>(
              Group.OBJECTIVE, "timestep_sampling", SettingType.choice(TimestepDistribution.class))
          .stored(TimestepDistribution.UNIFORM)
          .list(
              () ->
                  lines(
                      List.of(TimestepDistribution.values()),
                      TimestepDistribution::toString,
                      TimestepDistribution::description))
          .byDefault(
              "the preset's; uniform for logit-normal with --from, or another loss, prediction or"
                  + " schedule")
          .option("--timestep-sampling NAME", "how the timesteps of a batch are drawn");

  /// The middle of [TimestepDistribution#LOGIT_NORMAL], which others do not use.
  public static final Setting<Double> LOGIT_MEAN =
      number(Group.OBJECTIVE, "logit_mean", 0)
          .byDefault("the preset's; 0 with --from, or another loss, prediction or schedule")
          .range("-5 to 5", mean -> Math.abs(mean) <= LARGEST_LOGIT)
          .option(
              "--logit-mean X",
              "for logit-normal: half of the timesteps, but for the uniform ones, are above"
                  + " T / (1 + exp(-X)); 0 is T / 2, a larger X is more noise; -5 to 5");

  /// How many timesteps of [TimestepDistribution#LOGIT_NORMAL] are uniform.
  public static final Setting<Double> UNIFORM_SHARE =
      number(Group.OBJECTIVE, "uniform_share", 0)
          .byDefault("the preset's; 0 with --from, or another loss, prediction or schedule")
          .range("0 to 1", share -> share >= 0 && share <= 1)
          .option(
              "--uniform-share X",
              "for logit-normal: the share of timesteps, 0 to 1, that are drawn as uniform has"
                  + " them, so that the finest detail is learned too");

  /// What the network predicts; in the scheduler's file.
  public static final Setting<Prediction> PREDICTION =
      new Setting.Builder<>(Group.OBJECTIVE, "prediction", SettingType.choice(Prediction.class))
          .byDefault("the preset's")
          .option(
              "--prediction epsilon|x0|v", "what the network predicts: noise, image or velocity");

  /// The variance of a reverse step; in the scheduler's file.
  public static final Setting<ScheduleChoice.Variance> VARIANCE =
      new Setting.Builder<>(
              Group.OBJECTIVE, "variance", SettingType.choice(ScheduleChoice.Variance.class))
          .byDefault("small, for hybrid learned")
          .option("--variance small|large|learned", "variance of a reverse step");

  /// The noise schedule; in the scheduler's file.
  public static final Setting<BetaSchedule> SCHEDULE =
      new Setting.Builder<>(Group.OBJECTIVE, "schedule", SettingType.choice(BetaSchedule.class))
          .byDefault("the preset's")
          .option(
              "--schedule NAME",
              Stream.of(BetaSchedule.values())
                  .map(Object::toString)
                  .collect(Collectors.joining(", ", "noise schedule: ", "")));

  /// The number of timesteps; in the scheduler's file.
  public static final Setting<Integer> TIMESTEPS =
      new Setting.Builder<>(Group.OBJECTIVE, "timesteps", SettingType.COUNT)
          .byDefault("the preset's")
          .range(
              "1 to " + SchedulerConfig.MAX_TIMESTEPS,
              count -> count >= 1 && count <= SchedulerConfig.MAX_TIMESTEPS)
          .option("--timesteps T", "timesteps of the noise schedule");

  /// Whether the schedule is rescaled to end without signal (Lin et al. 2023); in the scheduler's
  /// file.
  public static final Setting<Boolean> ZERO_TERMINAL_SNR =
      new Setting.Builder<>(Group.OBJECTIVE, "zero_terminal_snr", SettingType.FLAG)
          .option(
              "--zero-terminal-snr",
              "rescale the schedule so that nothing of the image is left at T; for --prediction v"
                  + " or x0");

  /// Updates of the weights.
  public static final Setting<Integer> STEPS =
      count(Group.OPTIMISATION, "steps", 5000, 1).changeable().option("--steps N", "steps in all");

  /// Images of a step.
  public static final Setting<Integer> BATCH =
      images(Group.OPTIMISATION, "batch", 64).option("--batch N", "images of a step");

  /// Images of a shard: the part of a batch that one thread computes at a time. Results depend on
  /// it, because sums are made in another order; on the number of threads they do not.
  public static final Setting<Integer> SHARD =
      images(Group.OPTIMISATION, "shard", 16)
          .option(
              "--shard N",
              "images that one thread computes at a time; fewer take less memory, and sums have"
                  + " another order");

  /// Images that are computed at the same time, rounded down to whole shards; 0: a shard a thread.
  /// The result does not depend on it.
  public static final Setting<Integer> MICRO_BATCH =
      new Setting.Builder<>(Group.OPTIMISATION, "micro_batch", SettingType.COUNT)
          .stored(0)
          .byDefault("all")
          .range(
              "1 to " + MOST_IMAGES + ", or 0 for the whole batch",
              value -> value >= 0 && value <= MOST_IMAGES)
          .sameWeights()
          .option(
              "--micro-batch N",
              "images of a batch that are computed at the same time, a multiple of --shard: less"
                  + " than a shard a thread takes less memory and more time; the result does not"
                  + " depend on it; 0: no limit");

  /// How a gradient moves the weights.
  public static final Setting<OptimizerKind> OPTIMIZER =
      new Setting.Builder<>(
              Group.OPTIMISATION, "optimizer", SettingType.choice(OptimizerKind.class))
          .stored(OptimizerKind.ADAM)
          .list(
              () ->
                  lines(
                      List.of(OptimizerKind.values()),
                      OptimizerKind::toString,
                      OptimizerKind::description))
          .option("--optimizer NAME", "how a gradient moves the weights");

  /// Peak of the learning rate.
  public static final Setting<Double> LEARNING_RATE =
      number(Group.OPTIMISATION, "learning_rate", 2e-4)
          .range("a number above 0 and at most 1", rate -> rate > 0 && rate <= 1)
          .changeable()
          .option(
              "--lr X",
              "peak of the learning rate; a preset's is for its optimizer: that of mnist, 2e-3, for"
                  + " muon, and with --optimizer adam 1e-3 is better");

  /// What becomes of the learning rate after its warm-up. Runs that are older have the root of the
  /// step, from [#DECAY_FROM] on.
  public static final Setting<LearningRateDecay> LR_SCHEDULE =
      new Setting.Builder<>(
              Group.OPTIMISATION, "lr_schedule", SettingType.choice(LearningRateDecay.class))
          .stored(LearningRateDecay.INVERSE_SQRT)
          .changeable()
          .list(
              () ->
                  lines(
                      List.of(LearningRateDecay.values()),
                      LearningRateDecay::toString,
                      LearningRateDecay::description))
          .option("--lr-schedule NAME", "what becomes of the learning rate after its warm-up");

  /// Steps in which the learning rate rises to its peak.
  public static final Setting<Integer> WARM_UP_STEPS =
      count(Group.OPTIMISATION, "warm_up_steps", 0, 0)
          .changeable()
          .option("--warm-up N", "steps in which the learning rate rises to its peak");

  /// The step from which the learning rate falls; 0: with the root of the step never, along a line
  /// or a cosine from the end of the warm-up on.
  public static final Setting<Integer> DECAY_FROM =
      count(Group.OPTIMISATION, "decay_from", 0, 0)
          .changeable()
          .byDefault("the preset's; 0 with another --lr-schedule")
          .option(
              "--decay-from N",
              "step from which the learning rate falls, 0: for inverse-sqrt never, for linear and"
                  + " cosine when the warm-up ends");

  /// The gradient's greatest norm; a longer one is shortened.
  public static final Setting<Double> CLIP_NORM =
      number(Group.OPTIMISATION, "clip_norm", 1.0)
          .range("a number above 0", norm -> norm > 0)
          .changeable()
          .option("--clip-norm X", "greatest norm of the gradient; a longer one is shortened");

  /// The greatest decay of the moving average of the weights.
  public static final Setting<Double> EMA_DECAY =
      number(Group.OPTIMISATION, "ema_decay", 0.999)
          .range("at least 0 and below 1", decay -> decay >= 0 && decay < 1)
          .changeable()
          .option(
              "--ema-decay X",
              "greatest decay of the moving average of the weights, which samples are made with");

  /// Steps between snapshots of averages from which those of other lengths are made afterwards; 0:
  /// none.
  public static final Setting<Integer> EMA_SNAPSHOTS =
      count(Group.OPTIMISATION, "ema_snapshots", 0, 0)
          .option(
              "--ema-snapshots N",
              "steps between snapshots of two more averages, of which haze average makes one of any"
                  + " length afterwards; 0: none");

  /// Whether residual branches and the output start with zeros, as in DDPM.
  public static final Setting<Boolean> ZERO_INITIALIZATION =
      new Setting.Builder<>(Group.OPTIMISATION, "zero_initialization", SettingType.FLAG)
          .stored(false)
          .noOption("whether residual branches and the output start with zeros, as in DDPM");

  /// The seed of everything that is random.
  public static final Setting<Long> SEED =
      new Setting.Builder<>(Group.RUN, "seed", SettingType.LONG)
          .stored(1L)
          .option("--seed N", "seed of everything that is random");

  /// Steps between grids of samples; 0: only at the end.
  public static final Setting<Integer> SAMPLE_EVERY =
      count(Group.RUN, "sample_every", 1000, 0)
          .sameWeights()
          .option("--sample-every N", "steps between grids of samples, 0: only at the end");

  /// Whether no grids of samples are drawn, not at the end either.
  public static final Setting<Boolean> NO_SAMPLES =
      new Setting.Builder<>(Group.RUN, "no_samples", SettingType.FLAG)
          .stored(false)
          .sameWeights()
          .option("--no-samples", "no grids of samples, not at the end either");

  /// The guidance scale of grids of samples, of a network that is conditioned on labels.
  public static final Setting<Double> GUIDANCE =
      number(Group.RUN, "guidance", SampleRequest.USUAL_GUIDANCE)
          .range("a finite number", Double::isFinite)
          .sameWeights()
          .option(
              "--guidance X",
              "guidance scale of the grids' samples, of a network that is conditioned on labels or"
                  + " clusters; 1: none");

  /// Steps between checkpoints; 0: only at the end.
  public static final Setting<Integer> CHECKPOINT_EVERY =
      count(Group.RUN, "checkpoint_every", 250, 0)
          .sameWeights()
          .option("--checkpoint-every N", "steps between checkpoints, 0: only at the end");

  /// Checkpoints that are kept.
  public static final Setting<Integer> KEEP =
      count(Group.RUN, "keep", 2, 1)
          .sameWeights()
          .option("--keep N", "newest checkpoints that are kept, beside the best by validation");

  /// Whether [TrainingRun#run] writes event files.
  public static final Setting<Boolean> TENSORBOARD =
      new Setting.Builder<>(Group.RUN, "tensorboard", SettingType.FLAG)
          .stored(false)
          .sameWeights()
          .option(
              "--tensorboard", "write event files into the run's directory tensorboard as well");

  /// Steps between validations on held-out images; 0: none.
  public static final Setting<Integer> VALIDATE_EVERY =
      count(Group.RUN, "validate_every", 0, 0)
          .changeable()
          .option(
              "--validate-every N",
              "steps between validations on held-out images, loss and bound of the averaged"
                  + " weights, which change no bit of training; 0: none");

  /// The most held-out images of a validation.
  public static final Setting<Integer> VALIDATION_IMAGES =
      images(Group.RUN, "validation_images", 256)
          .option(
              "--validation-images N",
              "held-out images of a validation, or all if there are fewer");

  /// Validations without a lower loss after which the run stops; 0: never.
  public static final Setting<Integer> PATIENCE =
      count(Group.RUN, "patience", 0, 0)
          .changeable()
          .option(
              "--patience N",
              "stop after N validations whose loss is not below the least one before; 0: never");

  private static final List<Setting<?>> ALL =
      List.of(
          DATA,
          LABELS,
          RANGE,
          SIZE,
          COLOR,
          BACKGROUND,
          FLIP,
          STRICT,
          HELD_OUT,
          FINGERPRINT,
          CONDITIONAL,
          LABEL_DROPOUT,
          CLUSTERS,
          PRESET,
          FROM,
          NETWORK,
          CHANNELS,
          LAYERS,
          ATTENTION,
          HEAD_DIM,
          GROUPS,
          DROPOUT,
          FOURIER_FEATURES,
          LOSS,
          MIN_SNR_GAMMA,
          TIMESTEP_SAMPLING,
          LOGIT_MEAN,
          UNIFORM_SHARE,
          PREDICTION,
          VARIANCE,
          SCHEDULE,
          TIMESTEPS,
          ZERO_TERMINAL_SNR,
          STEPS,
          BATCH,
          SHARD,
          MICRO_BATCH,
          OPTIMIZER,
          LEARNING_RATE,
          LR_SCHEDULE,
          WARM_UP_STEPS,
          DECAY_FROM,
          CLIP_NORM,
          EMA_DECAY,
          EMA_SNAPSHOTS,
          ZERO_INITIALIZATION,
          SEED,
          SAMPLE_EVERY,
          NO_SAMPLES,
          GUIDANCE,
          CHECKPOINT_EVERY,
          KEEP,
          TENSORBOARD,
          VALIDATE_EVERY,
          VALIDATION_IMAGES,
          PATIENCE);

  private Settings() {}

  /// {@return all options, in the order of the help}
  public static List<Setting<?>> all() {
    return ALL;
  }

  private static Setting.Builder<Integer> count(Group group, String name, int missing, int least) {
    return new Setting.Builder<>(group, name, SettingType.COUNT)
        .stored(missing)
        .range("at least " + least, value -> value >= least);
  }

  private static Setting.Builder<Integer> images(Group group, String name, int missing) {
    return new Setting.Builder<>(group, name, SettingType.COUNT)
        .stored(missing)
        .range("1 to " + MOST_IMAGES, value -> value >= 1 && value <= MOST_IMAGES);
  }

  private static boolean isBackground(String text) {
    try {
      Background.parse(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static Setting.Builder<Double> number(Group group, String name, double missing) {
    return new Setting.Builder<>(group, name, SettingType.NUMBER).stored(missing);
  }

  private static <E> List<String> lines(
      List<E> values, Function<E, String> name, Function<E, String> description) {
    String lines =
        values.stream()
            .map(value -> name.apply(value) + ": " + description.apply(value))
            .collect(Collectors.joining(",\n"));
    return lines.lines().toList();
  }
}
