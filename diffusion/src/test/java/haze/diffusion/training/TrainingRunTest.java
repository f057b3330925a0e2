package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.data.Mnist;
import haze.diffusion.loss.HybridLoss;
import haze.diffusion.loss.LossKind;
import haze.diffusion.loss.Objective;
import haze.diffusion.loss.SimpleLoss;
import haze.diffusion.loss.TimestepDistribution;
import haze.diffusion.loss.TimestepSampler;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import haze.nn.optim.Adam;
import haze.nn.optim.Optimizer;
import haze.nn.safetensors.SafetensorsFile;
import haze.nn.unet.UNet;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrainingRunTest {
  private static final int STEPS = 20;

  @TempDir Path directory;

  @Test
  void theWeightsAreTheSameBitsForOneTwoAndFourThreads() throws Exception {
    Map<String, float[]> one = trained("one", 1);
    assertSame(one, trained("two", 2));
    assertSame(one, trained("four", 4));
  }

  @Test
  void aRunThatIsResumedIsTheRunThatWasNeverStopped() throws Exception {
    Map<String, float[]> whole = trained("whole", 2);
    run("parts", 2, STEPS / 2);
    resume("parts", STEPS, 2);
    assertSame(whole, state("parts"));
    assertEquals(metrics("whole"), metrics("parts"));
  }

  @Test
  void aRunThatWasInterruptedGoesOnAtItsCheckpoint() throws Exception {
    Map<String, float[]> whole = trained("whole", 2);
    try (Workers workers = new Workers(2);
        TrainingRun run = TrainingRun.begin(request("stopped", STEPS), workers)) {
      assertFalse(run.run(TrainingListener.NONE, () -> run.completed() == 7));
    }
    // A crash after the checkpoint may leave lines of steps that will be made again, the last one
    // torn.
    Files.writeString(
        path("stopped").resolve("metrics.csv"),
        "8,0.1,0.1,0.1,1.0\n9,0.",
        StandardOpenOption.APPEND);
    resume("stopped", 0, 1);
    assertSame(whole, state("stopped"));
    assertEquals(metrics("whole"), metrics("stopped"));
  }

  @Test
  void aRunThatWasKilledBeforeItsFirstCheckpointBeginsAgain() throws Exception {
    Map<String, float[]> whole = trained("whole", 2);
    try (Workers workers = new Workers(2)) {
      TrainingRun.begin(request("killed", STEPS), workers).close();
    }
    resume("killed", 0, 2);
    assertSame(whole, state("killed"));
    assertEquals(metrics("whole"), metrics("killed"));
  }

  /// In quarters of the timesteps, the least noise first; NaN where none was drawn.
  @Test
  void theMeanOfLogitsSaysWhichTimestepsAreTrained() throws Exception {
    for (double mean : new double[] {-5, 5}) {
      TrainingRequest request =
          request("mean" + mean, 2)
              .with(Settings.TIMESTEP_SAMPLING, TimestepDistribution.LOGIT_NORMAL)
              .with(Settings.LOGIT_MEAN, mean);
      try (Workers workers = new Workers(1);
          TrainingRun run = TrainingRun.begin(request, workers)) {
        run.step();
        List<Double> losses = run.takeLossByLevel();
        assertTrue(losses.get(mean < 0 ? 0 : 3) > 0, losses.toString());
        assertTrue(losses.get(mean < 0 ? 3 : 0).isNaN(), losses.toString());
      }
    }
    TrainingRequest request =
        request("all uniform", 2)
            .with(Settings.TIMESTEP_SAMPLING, TimestepDistribution.LOGIT_NORMAL)
            .with(Settings.LOGIT_MEAN, -5.0)
            .with(Settings.UNIFORM_SHARE, 1.0);
    try (Workers workers = new Workers(1);
        TrainingRun run = TrainingRun.begin(request, workers)) {
      run.step();
      assertTrue(run.takeLossByLevel().stream().allMatch(loss -> loss > 0));
    }
  }

  /// All that a run can remember beside weights: what it is for, how timesteps were drawn (by
  /// importance, once each has had its ten losses), and labels.
  @Test
  void aRunWithLabelsALearnedVarianceAndImportanceIsResumedToTheSameBits() throws Exception {
    int steps = 24;
    for (String name : List.of("whole", "parts")) {
      TrainingRequest request =
          request(name, name.equals("whole") ? steps : 16)
              .loss(LossKind.HYBRID)
              .conditional()
              .with(Settings.TIMESTEP_SAMPLING, TimestepDistribution.IMPORTANCE)
              .with(Settings.LABEL_DROPOUT, 0.25)
              .with(Settings.CHECKPOINT_EVERY, 0)
              .scheduler(Preset.TINY.scheduler().withTimesteps(8))
              .seed(3);
      try (Workers workers = new Workers(name.equals("whole") ? 1 : 3);
          TrainingRun run = TrainingRun.begin(request, workers)) {
        assertTrue(run.run(TrainingListener.NONE, () -> false));
      }
    }
    Map<String, float[]> half = state("parts");
    // Each timestep has been seen ten times: importance is at work.
    for (float count : half.get("timesteps.counts")) {
      assertEquals(10, count);
    }
    resume("parts", steps, 2);
    assertSame(state("whole"), state("parts"));
    assertEquals(metrics("whole"), metrics("parts"));
    Pipeline model = Pipeline.load(path("parts"));
    assertEquals(2, model.unet().config().outChannels());
    assertEquals(11, model.unet().config().numClassEmbeds().orElse(0));
    assertEquals(
        Preset.TINY.scheduler().withTimesteps(8).withVariance(ReverseVariance.LEARNED_RANGE),
        model.scheduler());
  }

  @ParameterizedTest
  @EnumSource(LossKind.class)
  void everyLossFalls(LossKind loss) throws Exception {
    SchedulerConfig scheduler =
        switch (loss) {
          case FLOW -> SchedulerConfig.of(SamplerKind.FLOW).withTimesteps(20);
          case HYBRID, BOUND -> Preset.TINY.scheduler().withVariance(ReverseVariance.LEARNED_RANGE);
          default -> Preset.TINY.scheduler();
        };
    TrainingSettings settings = Preset.TINY.settings().with(Settings.LOSS, loss);
    Objective objective = settings.objective(scheduler);
    var network =
        new UNet(
            Preset.TINY
                .network()
                .with(28, 28, 1, objective.outputChannels(1), OptionalInt.empty()));
    List<Double> losses = new ArrayList<>();
    try (Workers workers = new Workers(2)) {
      var trainer =
          new Trainer(
              network,
              objective,
              new TimestepSampler.Stratified(20),
              Optimizer.Factory.ofSize(Adam::new),
              Mnist.train(),
              settings,
              workers);
      for (int step = 0; step < 30; step++) {
        losses.add(trainer.step().loss());
      }
    }
    assertTrue(sum(losses.subList(25, 30)) < 0.7 * sum(losses.subList(0, 5)), losses.toString());
  }

  private static double sum(List<Double> losses) {
    return losses.stream().mapToDouble(Double::doubleValue).sum();
  }

  @Test
  void whatTheNetworkCannotBeToldIsRefused() throws Exception {
    try (Workers workers = new Workers(1)) {
      UNet plain = new UNet(Preset.TINY.network());
      var objective = new SimpleLoss(NoiseSchedule.cosine(10), Prediction.EPSILON);
      var timesteps = new TimestepSampler.Uniform(10);
      TrainingSettings s = Preset.TINY.settings();
      TrainingSettings dropout = s.with(Settings.LABEL_DROPOUT, 0.1);
      assertMessage(
          "training: the network has 0 labels, expected 11: 10 classes, and one for no class",
          () ->
              new Trainer(
                  plain,
                  objective,
                  timesteps,
                  Optimizer.Factory.ofSize(Adam::new),
                  Mnist.train(),
                  dropout,
                  workers));
      UNet conditional = new UNet(Preset.TINY.network().with(28, 28, 1, 1, OptionalInt.of(11)));
      assertMessage(
          "training: the network has 11 labels, expected 0",
          () ->
              new Trainer(
                  conditional,
                  objective,
                  timesteps,
                  Optimizer.Factory.ofSize(Adam::new),
                  Mnist.train(),
                  s,
                  workers));
      var hybrid = new HybridLoss(NoiseSchedule.cosine(10), Prediction.EPSILON);
      assertMessage(
          "training: the network has 1 output channel, expected 2 for this objective",
          () ->
              new Trainer(
                  plain,
                  hybrid,
                  timesteps,
                  Optimizer.Factory.ofSize(Adam::new),
                  Mnist.train(),
                  s,
                  workers));
    }
  }

  private static void assertMessage(String message, Executable wrong) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, wrong).getMessage());
  }

  @Test
  void theLossFalls() throws Exception {
    trained("run", 2);
    List<String> lines = Files.readAllLines(path("run").resolve("metrics.csv"));
    assertEquals(1 + STEPS, lines.size());
    assertEquals("step,loss,gradient_norm,learning_rate,ms", lines.getFirst());
    assertTrue(loss(lines.getLast()) < 0.6 * loss(lines.get(1)), lines.toString());
  }

  /// Weights that give no finite loss end the run after three steps; the checkpoint stays as it is.
  @Test
  void aRunThatHasDivergedStopsWithItsLastCheckpointAndSaysHowToGoOn() throws Exception {
    run("run", 1, 6);
    Map<String, float[]> good = state("run");
    List<Trainer.Step> seen = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void stepped(Trainer.Step step) {
            seen.add(step);
          }
        };
    try (Workers workers = new Workers(1);
        TrainingRun run = TrainingRun.resume(TrainingRequest.of(path("run")).steps(20), workers)) {
      run.step();
      // As a step would leave them that was too long.
      Arrays.fill(run.state().get("weights"), 1e30f);
      String message = assertThrows(TrainingException.class, () -> run.run(listener)).getMessage();
      assertEquals(
          "training: steps 8 to 10 have no finite loss and gradient. The checkpoint of step 6 is"
              + " kept; to go on from there with smaller steps: haze train --resume --out "
              + path("run")
              + " --lr 0.00100, or --clip-norm 0.500",
          message);
    }
    assertEquals(List.of(8, 9, 10), seen.stream().map(Trainer.Step::step).toList());
    assertSame(good, state("run"));
    Metrics metrics = Metrics.read(new RunDirectory(path("run")));
    assertArrayEquals(new double[] {8, 9, 10}, metrics.refused());
    assertArrayEquals(new double[] {1, 2, 3, 4, 5, 6, 7}, metrics.steps());
    try (Workers workers = new Workers(1);
        TrainingRun run =
            TrainingRun.resume(TrainingRequest.of(path("run")).learningRate(1e-3), workers)) {
      assertEquals(6, run.completed());
      assertTrue(run.run(TrainingListener.NONE, () -> false));
    }
    assertEquals(20, Metrics.read(new RunDirectory(path("run"))).steps().length);
    assertEquals(1e-3, Metrics.read(new RunDirectory(path("run"))).learningRates()[19]);
  }

  /// A lower rate cannot help where the checkpoint itself gives no finite loss.
  @Test
  void aCheckpointThatGivesNoFiniteLossIsNamed() throws Exception {
    try (Workers workers = new Workers(1);
        TrainingRun run = TrainingRun.begin(request("run", 20), workers)) {
      Arrays.fill(run.state().get("weights"), 1e30f);
      run.checkpoint();
      assertEquals(
          "training: steps 1 to 3 have no finite loss and gradient. The weights of step 0, the last"
              + " checkpoint, give none: --from starts a new run from an earlier model",
          assertThrows(TrainingException.class, () -> run.run(TrainingListener.NONE)).getMessage());
      assertEquals(
          "training: steps 1 to 4 have no finite loss and gradient. The weights of step 0, the last"
              + " checkpoint, give none: --from starts a new run from an earlier model",
          assertThrows(TrainingException.class, run::step).getMessage());
    }
  }

  /// The advice is followed to the end.
  @Test
  void aRunWhoseLastCheckpointIsBrokenGoesOnFromTheOneBefore() throws Exception {
    Path broken = path("run").resolve("training/checkpoints/step-000003");
    try (Workers workers = new Workers(1)) {
      try (TrainingRun run = TrainingRun.begin(request("run", 8), workers)) {
        run.step();
        run.step();
        run.checkpoint();
        run.step();
        Arrays.fill(run.state().get("weights"), 1e30f);
        run.checkpoint();
        assertEquals(
            "training: steps 4 to 6 have no finite loss and gradient. The weights of step 3, the"
                + " last checkpoint, give none: remove "
                + broken
                + " to go on from step 2 with smaller steps: haze train --resume --out "
                + path("run")
                + " --lr 0.00100, or --clip-norm 0.500",
            assertThrows(TrainingException.class, () -> run.run(TrainingListener.NONE))
                .getMessage());
      }
      for (String name : List.of("state.safetensors", "manifest.json", "")) {
        Files.delete(broken.resolve(name));
      }
      TrainingRequest slower = TrainingRequest.of(path("run")).learningRate(1e-3);
      try (TrainingRun run = TrainingRun.resume(slower, workers)) {
        assertEquals(2, run.completed());
        assertTrue(run.run(TrainingListener.NONE, () -> false));
      }
    }
    assertEquals(8, Metrics.read(new RunDirectory(path("run"))).steps().length);
  }

  @Test
  void theDirectoryIsAPipelineWithTheAveragedWeights() throws Exception {
    Map<String, float[]> state = trained("run", 2);
    Pipeline model = Pipeline.load(path("run"));
    var parameters = new haze.nn.ParameterVector(model.unet());
    assertArrayEquals(state.get("ema"), parameters.values());
    assertTrue(Files.size(path("run").resolve("samples/step-000020.png")) > 0);
  }

  @Test
  void anotherRunIsNotOverwritten() throws Exception {
    trained("run", 1);
    Map<String, float[]> before = state("run");
    IOException refused = assertThrows(IOException.class, () -> run("run", 1, STEPS));
    assertTrue(refused.getMessage().contains("holds a run already"), refused.getMessage());
    assertSame(before, state("run"));
    Path other = Files.createDirectory(path("other"));
    Files.writeString(other.resolve("thesis.txt"), "precious");
    assertTrue(
        assertThrows(IOException.class, () -> run("other", 1, 1))
            .getMessage()
            .contains("not empty"));
    assertEquals(List.of(other.resolve("thesis.txt")), Files.list(other).toList());
  }

  @Test
  void whatCannotBeResumedIsRefusedInOneLine() throws Exception {
    assertRefused("nowhere", "no run to resume");
    run("done", 1, 2);
    assertRefused("done", "has had its 2 steps");
    Path config = path("done").resolve("training/config.json");
    String text = Files.readString(config);
    Files.writeString(config, text.replace("\"batch\": 16", "\"batch\": 0"));
    assertRefused("done", "batch");
    Files.writeString(config, text.replace("\"batch\": 16", "\"batch\": \"many\""));
    assertRefused("done", "batch");
    Files.writeString(config, "{");
    assertRefused("done", "not valid JSON");
    Files.writeString(config, text.replace("\"steps\": 2", "\"steps\": 4"));
    Path state = stateFile("done");
    byte[] bytes = Files.readAllBytes(state);
    Files.write(state, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    Files.delete(path("done").resolve("training/checkpoints/step-000000/manifest.json"));
    assertRefused("done", "state.safetensors");
  }

  private void assertRefused(String name, String expected) {
    IOException refused = assertThrows(IOException.class, () -> resume(name, 0, 1));
    assertTrue(refused.getMessage().contains(expected), refused.getMessage());
    assertFalse(refused.getMessage().contains("\n"), refused.getMessage());
  }

  private Path path(String name) {
    return directory.resolve(name);
  }

  private TrainingRequest request(String name, int steps) {
    return TrainingRequest.of(path(name))
        .preset(Preset.TINY)
        .steps(steps)
        .with(Settings.SAMPLE_EVERY, 0)
        .with(Settings.CHECKPOINT_EVERY, 5);
  }

  private Map<String, float[]> trained(String name, int threads) throws Exception {
    run(name, threads, STEPS);
    return state(name);
  }

  private void run(String name, int threads, int steps) throws Exception {
    try (Workers workers = new Workers(threads);
        TrainingRun run = TrainingRun.begin(request(name, steps), workers)) {
      assertTrue(run.run(TrainingListener.NONE, () -> false));
    }
  }

  private void resume(String name, int steps, int threads) throws Exception {
    TrainingRequest request = TrainingRequest.of(path(name));
    try (Workers workers = new Workers(threads);
        TrainingRun run =
            TrainingRun.resume(steps == 0 ? request : request.steps(steps), workers)) {
      assertTrue(run.run(TrainingListener.NONE, () -> false));
    }
  }

  private Path stateFile(String name) throws IOException {
    int step = new RunDirectory(path(name)).checkpointStep().orElseThrow();
    return path(name).resolve("training/checkpoints/step-%06d/state.safetensors".formatted(step));
  }

  private Map<String, float[]> state(String name) throws Exception {
    Map<String, float[]> state = new TreeMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(stateFile(name))) {
      for (String tensor : file.entries().keySet()) {
        Tensor values = file.tensor(tensor);
        state.put(tensor, values.toArray());
      }
    }
    return state;
  }

  /// The metrics without the column of times.
  private List<String> metrics(String name) throws Exception {
    return Files.readAllLines(path(name).resolve("metrics.csv")).stream()
        .map(line -> line.substring(0, line.lastIndexOf(',')))
        .toList();
  }

  private static double loss(String line) {
    return Double.parseDouble(line.split(",", 3)[1]);
  }

  private static void assertSame(Map<String, float[]> expected, Map<String, float[]> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach((name, values) -> assertArrayEquals(values, actual.get(name), name));
  }

  @Test
  void theAdviceForMoreMemoryCountsItsThreads() throws Exception {
    try (Workers one = new Workers(1);
        TrainingRun run = TrainingRun.begin(SmallRun.request(directory.resolve("advice")), one)) {
      String advice = run.memoryAdvice();
      assertTrue(advice.contains("GB with 1 thread, the heap may have "), advice);
    }
  }
}
