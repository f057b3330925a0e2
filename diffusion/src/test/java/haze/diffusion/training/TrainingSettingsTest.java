package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.diffusion.io.BadFileException;
import haze.diffusion.loss.BoundLoss;
import haze.diffusion.loss.FlowMatching;
import haze.diffusion.loss.HybridLoss;
import haze.diffusion.loss.LossKind;
import haze.diffusion.loss.MinSnrLoss;
import haze.diffusion.loss.SimpleLoss;
import haze.diffusion.loss.TimestepDistribution;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import haze.nn.file.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingSettingsTest {
  private static final SchedulerConfig FIXED = SchedulerConfig.DDPM;
  private static final SchedulerConfig LEARNED = FIXED.withVariance(ReverseVariance.LEARNED_RANGE);
  private static final SchedulerConfig FLOW = SchedulerConfig.of(SamplerKind.FLOW);
  private static final SchedulerConfig NO_SIGNAL = FIXED.withZeroTerminalSnr(true);

  @TempDir Path directory;

  private static TrainingSettings settings(LossKind loss) {
    return TrainingSettings.DEFAULT.with(Settings.LOSS, loss).with(Settings.MIN_SNR_GAMMA, 3.0);
  }

  @Test
  void eachNameIsItsObjective() {
    var simple =
        assertInstanceOf(
            SimpleLoss.class,
            settings(LossKind.SIMPLE).objective(FIXED.withPrediction(Prediction.V)));
    assertEquals(Prediction.V, simple.prediction());
    assertEquals(FIXED.schedule().alphaBar(1000), simple.schedule().alphaBar(1000));
    assertEquals(
        3, assertInstanceOf(MinSnrLoss.class, settings(LossKind.MIN_SNR).objective(FIXED)).gamma());
    assertEquals(
        ReverseVariance.FIXED_LARGE,
        assertInstanceOf(
                BoundLoss.class,
                settings(LossKind.BOUND).objective(FIXED.withVariance(ReverseVariance.FIXED_LARGE)))
            .variance());
    assertEquals(2, settings(LossKind.BOUND).objective(LEARNED).outputChannels(1));
    assertInstanceOf(HybridLoss.class, settings(LossKind.HYBRID).objective(LEARNED));
    assertEquals(new FlowMatching(1000), settings(LossKind.FLOW).objective(FLOW));
  }

  @Test
  void whatDoesNotGoTogetherIsRefused() {
    assertRefused("training: the loss flow does not go with DDPMScheduler", LossKind.FLOW, FIXED);
    assertRefused(
        "training: the loss simple does not go with FlowMatchEulerDiscreteScheduler",
        LossKind.SIMPLE,
        FLOW);
    assertRefused("training: the loss simple can't learn a variance", LossKind.SIMPLE, LEARNED);
    assertRefused("training: the loss min-snr can't learn a variance", LossKind.MIN_SNR, LEARNED);
    assertRefused(
        "training: the loss hybrid learns a variance, expected learned_range",
        LossKind.HYBRID,
        FIXED);
    assertRefused(
        "training: a schedule that ends without signal (--zero-terminal-snr) leaves x_T = epsilon,"
            + " which tells nothing of x_0: expected --prediction v or x0",
        LossKind.SIMPLE,
        NO_SIGNAL);
    settings(LossKind.SIMPLE).objective(NO_SIGNAL.withPrediction(Prediction.X0));
  }

  private static void assertRefused(String message, LossKind loss, SchedulerConfig scheduler) {
    assertEquals(
        message,
        assertThrows(IllegalArgumentException.class, () -> settings(loss).objective(scheduler))
            .getMessage());
  }

  @Test
  void aValueIsInTheRangeOfItsRow() {
    TrainingSettings settings = TrainingSettings.DEFAULT;
    assertRefused("steps is 0, expected at least 1", () -> settings.with(Settings.STEPS, 0));
    assertRefused("shard is -1, expected 1 to 1048576", () -> settings.with(Settings.SHARD, -1));
    assertRefused(
        "lr is NaN, expected a number above 0 and at most 1",
        () -> settings.with(Settings.LEARNING_RATE, Double.NaN));
    assertRefused(
        "min-snr-gamma is 0.0, expected a number above 0",
        () -> settings.with(Settings.MIN_SNR_GAMMA, 0.0));
    assertRefused(
        "ema-decay is 1.0, expected at least 0 and below 1",
        () -> settings.with(Settings.EMA_DECAY, 1.0));
    assertRefused(
        "checkpoint-every is -1, expected at least 0",
        () -> settings.with(Settings.CHECKPOINT_EVERY, -1));
  }

  private static void assertRefused(String message, Runnable call) {
    assertEquals(message, assertThrows(RequestException.class, call::run).getMessage());
  }

  @Test
  void aValueThatIsNotGivenIsThatOfItsRowAndSettingsAreLaidOverOthers() {
    TrainingSettings preset = Preset.MNIST.settings();
    assertEquals(2e-3, preset.get(Settings.LEARNING_RATE));
    assertEquals(16, preset.get(Settings.SHARD));
    TrainingSettings run =
        preset.with(TrainingSettings.DEFAULT.with(Settings.SHARD, 8).with(Settings.STEPS, 7));
    assertEquals(8, run.get(Settings.SHARD));
    assertEquals(7, run.get(Settings.STEPS));
    assertEquals(32, run.get(Settings.BATCH));
    assertEquals(4000, preset.get(Settings.STEPS));
  }

  /// A run may be resumed from another directory.
  @Test
  void pathsAreStoredFromTheRootOn() throws IOException {
    String here = Path.of("").toAbsolutePath().toString();
    assertEquals(here + "/a.idx", stored("a.idx", ""));
    assertEquals(here + "/mnist", stored("./mnist", ""));
    assertEquals(here + "/../a.idx", stored("../a.idx", ""), "may follow a link");
    assertEquals("/a.idx", stored("/a.idx", ""));
    assertEquals("mnist", stored("mnist", ""));
    assertEquals("memory: 3 images", stored("memory: 3 images", ""));
    assertEquals(here + "/a.idx" + here + "/b.idx", stored("a.idx", "b.idx"));
  }

  private String stored(String data, String labels) throws IOException {
    Path file = directory.resolve("config.json");
    Preset.MNIST
        .settings()
        .with(Settings.DATA, data)
        .with(Settings.LABELS, labels)
        .with(Settings.LABEL_DROPOUT, labels.isEmpty() ? 0 : 0.1)
        .write(Disk.system(), file);
    TrainingSettings read = TrainingSettings.read(file);
    return read.get(Settings.DATA) + read.get(Settings.LABELS);
  }

  /// The file of a run, byte for byte: runs of before are resumed, and tools read it.
  @Test
  void theFileOfARunHasAllStoredSettings() throws IOException {
    Path file = directory.resolve("config.json");
    TrainingSettings settings =
        Preset.MNIST
            .settings()
            .with(Settings.LOSS, LossKind.MIN_SNR)
            .with(Settings.TIMESTEP_SAMPLING, TimestepDistribution.IMPORTANCE)
            .with(Settings.SEED, Long.MIN_VALUE)
            .with(Settings.DATA, "/a b.idx")
            .with(Settings.LABELS, "/l.idx")
            .with(Settings.LABEL_DROPOUT, 0.1);
    settings.write(Disk.system(), file);
    assertEquals(
        """
        {
          "background": "white",
          "batch": 32,
          "checkpoint_every": 250,
          "clip_norm": 1.0,
          "clusters": 0,
          "color": "as-is",
          "data": "/a b.idx",
          "data_fingerprint": "",
          "decay_from": 1800,
          "ema_decay": 0.998,
          "ema_snapshots": 0,
          "flip": false,
          "from": "",
          "guidance": 2.0,
          "held_out": 0,
          "keep": 2,
          "label_dropout": 0.1,
          "labels": "/l.idx",
          "learning_rate": 0.002,
          "logit_mean": 1.2,
          "loss": "min-snr",
          "lr_schedule": "inverse-sqrt",
          "micro_batch": 0,
          "min_snr_gamma": 5.0,
          "no_samples": false,
          "optimizer": "muon",
          "patience": 0,
          "preset": "",
          "range": "",
          "sample_every": 1000,
          "seed": "-9223372036854775808",
          "shard": 16,
          "size": "",
          "steps": 4000,
          "strict": false,
          "tensorboard": false,
          "timestep_sampling": "importance",
          "uniform_share": 0.25,
          "validate_every": 0,
          "validation_images": 256,
          "warm_up_steps": 100,
          "zero_initialization": true
        }
        """,
        Files.readString(file));
    TrainingSettings read = TrainingSettings.read(file);
    for (Setting<?> setting : Settings.all()) {
      if (setting.key().isPresent()) {
        assertEquals(settings.get(setting), read.get(setting), setting.toString());
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"batch": 0}             | batch is 0, expected 1 to 1048576
          {"batch": "many"}        | batch is "many", expected a whole number from 0 to 2147483647
          {"learning_rate": 2}     | learning_rate is 2, expected a number above 0 and at most 1
          {"loss": "Simple"}       | loss is "Simple", expected one of [simple, min-snr, bound, hybrid, flow]
          {"seed": 1}              | seed is 1, expected a string
          {"seed": "x"}            | seed is "x", expected a whole number in quotes
          {"zero_initialization": 1} | zero_initialization is 1, expected true or false
          {"conditional": true}    | unknown key conditional
          {"labels": "x"}          | --labels is for --data PATH
          """)
  void aFileThatMakesNoSenseIsRefusedInOneLine(String json, String problem) throws IOException {
    Path file = Files.writeString(directory.resolve("config.json"), json);
    assertEquals(
        file + ": " + problem,
        assertThrows(BadFileException.class, () -> TrainingSettings.read(file)).getMessage());
  }

  @Test
  void aKeyThatIsMissingHasTheValueOfItsRow() throws IOException {
    Path file = Files.writeString(directory.resolve("config.json"), "{}");
    assertEquals(5000, TrainingSettings.read(file).get(Settings.STEPS));
    assertEquals("mnist", TrainingSettings.read(file).get(Settings.DATA));
  }
}
