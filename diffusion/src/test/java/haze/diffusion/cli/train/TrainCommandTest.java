package haze.diffusion.cli.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.cli.CommandHarness;
import haze.diffusion.pipeline.BetaSchedule;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import haze.diffusion.training.Setting;
import haze.diffusion.training.Settings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainCommandTest extends CommandHarness {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --loss flow --schedule cosine | --loss flow has no noise schedule, variance or choice of prediction: --schedule, --variance, --prediction and --zero-terminal-snr are for the other losses
          --loss hybrid --variance small | --variance is not learned, but --loss hybrid learns it: expected learned
          --variance learned     | --variance is learned, but --loss simple does not learn it: expected small or large
          --zero-terminal-snr    | training: a schedule that ends without signal (--zero-terminal-snr) leaves x_T = epsilon, which tells nothing of x_0: expected --prediction v or x0
          --min-snr-gamma 3      | --min-snr-gamma is for --loss min-snr
          --loss min-snr --min-snr-gamma 0 | --min-snr-gamma is 0.0, expected a number above 0
          --timesteps 0          | --timesteps is 0, expected 1 to 100000
          --schedule linear --timesteps 20 | --timesteps is 20, expected at least 21 for the linear schedule, whose betas are those of 1000 timesteps times 1000 / T and have to stay below 1
          --label-dropout 0.2    | --label-dropout is for --conditional or --clusters, without which the network has no classes
          --conditional --label-dropout 0 | --label-dropout is 0.0, expected a number above 0 and below 1
          --labels x             | --labels is for --data PATH
          --labels x --data y    | --labels is for --conditional, without which the network is not conditioned on labels
          --size 15              | --size is for --data PATH
          --color rgb            | --color is for --data PATH
          --held-out -1          | --held-out is -1, expected 0, or at least 2
          --lr 2                 | --lr is 2.0, expected a number above 0 and at most 1
          --steps 0              | --steps is 0, expected at least 1
          --steps five           | --steps is five, expected a whole number
          --steps 3 --steps 4    | option '--steps' (N) should be specified only once
          --lr -1                | --lr is -1.0, expected a number above 0 and at most 1
          --patience 2           | --patience needs --validate-every, by whose losses a run is stopped
          --validation-images 9  | --validation-images is for --validate-every
          --micro-batch -1       | --micro-batch is -1, expected 1 to 1048576, or 0 for the whole batch
          --micro-batch 100      | --micro-batch is 100, expected a multiple of 4, the images of a shard, up to 16, the images of a batch; or 0 for all
          --micro-batch 10       | --micro-batch is 10, expected a multiple of 4, the images of a shard, up to 16, the images of a batch; or 0 for all
          --batch 3 --micro-batch 2 | --micro-batch is 2, expected 3, the images of a batch; or 0 for all
          --logit-mean 1         | --logit-mean is for --timestep-sampling logit-normal
          --no-conditional --guidance 3 | --guidance is for --conditional or --clusters: without classes nothing guides
          --held-out 5           | --held-out is for --data PATH
          --uniform-share 0.5    | --uniform-share is for --timestep-sampling logit-normal
          --uniform-share 1.5 --timestep-sampling logit-normal | --uniform-share is 1.5, expected 0 to 1
          --logit-mean 6 --timestep-sampling logit-normal | --logit-mean is 6.0, expected -5 to 5
          --timestep-sampling logit-normal --loss bound | --timestep-sampling is logit-normal, under which --loss bound would not be the bound: it counts some timesteps more often
          --threads 0            | --threads is 0, expected 1 to 1024
          --executors 0          | --executors is 0, expected 1 to 1024
          --spark local[2]       | --spark needs the module haze-spark, and Apache Spark, on the class path; see diffusion/spark/README.md
          --ema-decay 1          | --ema-decay is 1.0, expected at least 0 and below 1
          --spark local[2] --dry-run | --dry-run is for this machine, not with --spark
          --resume --loss flow   | --resume takes --preset, --loss from the run: they cannot be changed
          --resume --conditional | --resume takes --conditional, --preset from the run: they cannot be changed
          """)
  void trainingThatMakesNoSenseIsWrongUsage(String options, String problem) {
    List<String> args =
        new ArrayList<>(List.of("train", "--preset", "tiny", "--out", file("run").toString()));
    args.addAll(List.of(options.split(" +")));
    String line = "haze: " + problem + "; see haze train --help";
    assertFails(2, line, args.toArray(String[]::new));
    if (!options.contains("--resume") && !options.matches("--spark.*|--executors.*")) {
      args.add("--dry-run");
      assertFails(2, line, args.toArray(String[]::new));
    }
    assertFalse(Files.exists(file("run")));
  }

  /// Every option is in the help, in its group; what they default to comes from the rows.
  @Test
  void theHelpOfTrainingHasItsOptionsInGroups() {
    assertEquals(0, haze("train", "--help"));
    String help = out.toString().replaceAll("\\R +", " ");
    int at = 0;
    for (Setting.Group group : Setting.Group.values()) {
      int next = help.indexOf("\n" + group.title() + ":", at);
      assertTrue(next > at, group + " in " + out);
      at = next;
    }
    for (Setting<?> setting : Settings.all()) {
      setting
          .option()
          .ifPresent(
              option -> assertTrue(help.contains(setting.help().getFirst()), option + ": " + help));
    }
    assertTrue(help.contains("min-snr: the same, weighted"), help);
    assertTrue(help.contains("with --optimizer adam 1e-3 is better (default: the preset's)"), help);
    assertTrue(help.contains("for min-snr: the largest weight (default: 5)"), help);
    assertTrue(help.contains("Examples:"), help);
  }

  @Test
  void anUnknownPresetIsWrongUsage() {
    assertFails(
        2,
        "haze: --preset is large, expected one of mnist, likelihood, tiny, reference; see haze"
            + " train --help",
        "train",
        "--preset",
        "large");
  }

  @Test
  void onlyWhatMayChangeIsTakenWhenARunIsResumed() {
    String run = file("run").toString();
    String[] begin = {"train", "--preset", "tiny", "--out", run, "--sample-every", "0"};
    List<String> first = new ArrayList<>(List.of(begin));
    first.addAll(List.of("--steps", "2"));
    assertEquals(0, haze(first.toArray(String[]::new)), err.toString());
    for (Setting<?> setting : Settings.all()) {
      setting
          .option()
          .filter(option -> !setting.isChangeable())
          .ifPresent(option -> assertNotResumed(run, option, value(setting)));
    }
    assertEquals(
        0,
        haze("train", "--resume", "--out", run, "--steps", "3", "--threads", "1"),
        err::toString);
    assertFails(
        2,
        "haze: --resume needs --out, the directory of the run; see haze train --help",
        "train",
        "--resume");
  }

  /// A value that the option's own check admits; none for a flag.
  private static List<String> value(Setting<?> setting) {
    if (setting.type() == Boolean.class) {
      return List.of();
    }
    if (setting.type().isEnum()) {
      return List.of(setting.type().getEnumConstants()[0].toString());
    }
    if (setting == Settings.PRESET) {
      return List.of("tiny");
    }
    if (setting == Settings.RANGE) {
      return List.of("0,1");
    }
    if (setting == Settings.HELD_OUT) {
      return List.of("2");
    }
    if (setting == Settings.BACKGROUND) {
      return List.of("white");
    }
    return List.of(setting.type() == Double.class ? "0.5" : "2");
  }

  private void assertNotResumed(String run, String option, List<String> value) {
    List<String> args = new ArrayList<>(List.of("train", "--resume", "--out", run, option));
    args.addAll(value);
    assertFails(
        2,
        "haze: --resume takes "
            + option
            + " from the run: it cannot be changed; see haze train --help",
        args.toArray(String[]::new));
  }

  @Test
  void theObjectiveThatIsAskedForIsTrainedAndRemembered() throws IOException {
    String run = file("run").toString();
    assertEquals(
        0,
        haze(
            "train",
            "--preset",
            "tiny",
            "--steps",
            "1",
            "--out",
            run,
            "--loss",
            "min-snr",
            "--min-snr-gamma",
            "3",
            "--prediction",
            "v",
            "--variance",
            "large",
            "--schedule",
            "scaled-linear",
            "--timesteps",
            "50",
            "--zero-terminal-snr",
            "--timestep-sampling",
            "logit-normal",
            "--logit-mean",
            "-0.5",
            "--uniform-share",
            "0.125",
            "--conditional",
            "--label-dropout",
            "0.5",
            "--ema-decay",
            "0.5",
            "--sample-every",
            "0"),
        err.toString());
    Pipeline.Summary model = Pipeline.describe(file("run"));
    assertEquals(
        SchedulerConfig.DDPM
            .withTimesteps(50)
            .withBetas(0.002, 0.4)
            .withBetaSchedule(BetaSchedule.SCALED_LINEAR)
            .withSpacing(TimestepSpacing.TRAILING)
            .withPrediction(Prediction.V)
            .withVariance(ReverseVariance.FIXED_LARGE)
            .withZeroTerminalSnr(true),
        model.scheduler());
    assertEquals(OptionalInt.of(11), model.unet().numClassEmbeds());
    String config = Files.readString(file("run").resolve("training/config.json"));
    for (String line :
        List.of(
            "\"loss\": \"min-snr\"",
            "\"min_snr_gamma\": 3.0",
            "\"timestep_sampling\": \"logit-normal\"",
            "\"logit_mean\": -0.5",
            "\"uniform_share\": 0.125",
            "\"label_dropout\": 0.5",
            "\"ema_decay\": 0.5")) {
      assertTrue(config.contains(line), config);
    }
    assertEquals(0, haze("train", "--resume", "--out", run, "--steps", "2"), err.toString());
    assertEquals(
        0,
        haze(
            "sample",
            run,
            "--class",
            "7",
            "--guidance",
            "3",
            "--count",
            "2",
            "--steps",
            "3",
            "--out",
            file("a.png").toString()),
        err.toString());
  }

  @Test
  void imagesWithoutLabelsCannotTeachClasses() throws IOException {
    byte[] image = new byte[16 + 64];
    ByteBuffer.wrap(image).putInt(0x0803).putInt(1).putInt(8).putInt(8);
    Files.write(file("images.idx"), image);
    Files.write(
        file("classes.idx"), ByteBuffer.allocate(9).putInt(0x0801).putInt(1).put((byte) 2).array());
    List<String> args =
        List.of(
            "train",
            "--preset",
            "tiny",
            "--steps",
            "1",
            "--conditional",
            "--out",
            file("run").toString(),
            "--data",
            file("images.idx").toString());
    assertFails(
        1,
        "haze: training: images.idx has no labels to learn classes from, expected"
            + " labels: --labels names a file of them, and --clusters N does without",
        args.toArray(String[]::new));
    List<String> labelled = new ArrayList<>(args);
    labelled.addAll(List.of("--labels", file("classes.idx").toString()));
    assertEquals(0, haze(labelled.toArray(String[]::new)), err.toString());
    // Labels 0 to 2, and none.
    assertEquals(OptionalInt.of(4), Pipeline.describe(file("run")).unet().numClassEmbeds());
  }

  @Test
  void aRunWithoutSamplesDrawsNone() throws IOException {
    String run = file("run").toString();
    String line = "train --preset tiny --steps 1 --batch 2 --no-samples --out " + run;
    assertEquals(0, haze(line.split(" ")), err.toString());
    assertFalse(Files.exists(file("run/samples")));
    assertFails(
        2,
        "haze: --no-samples does not go with --sample-every; see haze train --help",
        (line + "2 --sample-every 0").split(" "));
  }
}
