package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.autograd.Tape;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.Mnist;
import haze.diffusion.data.Spread;
import haze.diffusion.evaluation.bound.BoundEvaluation;
import haze.diffusion.evaluation.bound.BoundRequest;
import haze.diffusion.io.BadFileException;
import haze.diffusion.loss.LossKind;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.process.NoiseSchedule;
import haze.nn.ParameterVector;
import haze.nn.file.Disk;
import haze.tensor.BufferPool;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ValidationTest {
  private static final int IMAGES = 6;

  @TempDir Path directory;

  private Path path(String name) {
    return directory.resolve(name);
  }

  private TrainingRequest plain(String name) {
    return TrainingRequest.of(path(name))
        .preset(Preset.TINY)
        .steps(6)
        .batch(4)
        .with(Settings.SAMPLE_EVERY, 0)
        .with(Settings.CHECKPOINT_EVERY, 2);
  }

  private TrainingRequest request(String name) {
    return plain(name).with(Settings.VALIDATE_EVERY, 2).with(Settings.VALIDATION_IMAGES, IMAGES);
  }

  private static TrainingRun trained(TrainingRequest request, int threads) throws Exception {
    try (Workers workers = new Workers(threads);
        TrainingRun run = TrainingRun.begin(request, workers)) {
      run.run(TrainingListener.NONE);
      return run;
    }
  }

  private List<Validation> validations(String name) throws IOException {
    return ValidationLog.read(new RunDirectory(path(name)).validation());
  }

  @Test
  void trainingDoesNotNotice() throws Exception {
    TrainingRun without = trained(plain("plain"), 2);
    TrainingRun with = trained(request("run"), 2);
    without
        .state()
        .forEach((name, values) -> assertArrayEquals(values, with.state().get(name), name));
    assertEquals(List.of(2, 4, 6), validations("run").stream().map(Validation::step).toList());
    assertFalse(Files.exists(path("plain").resolve("validation.csv")));
  }

  @Test
  void aRunEndsWithAValidation() throws Exception {
    TrainingRun without = trained(plain("plain").steps(5), 1);
    TrainingRun with = trained(request("run").steps(5), 1);
    assertEquals(List.of(2, 4, 5), validations("run").stream().map(Validation::step).toList());
    without
        .state()
        .forEach((name, values) -> assertArrayEquals(values, with.state().get(name), name));
  }

  /// The images, timesteps and noise are those of the documentation, and the loss is the mean
  /// squared error of epsilon.
  @Test
  void theLossIsThatOfTheAveragedWeightsOnHeldOutImages() throws Exception {
    trained(request("run"), 2);
    Validation last = validations("run").getLast();
    Pipeline model = Pipeline.load(path("run"));
    ImageDataset held = Mnist.test();
    NoiseSchedule schedule = model.scheduler().schedule();
    double sum = 0;
    for (int i = 0; i < IMAGES; i++) {
      int t = 1 + (int) (i * 1.618033988749895 % 1 * 20);
      Tensor x0 = held.image(Spread.sample(held.count(), IMAGES)[i]);
      Tensor epsilon = Tensor.zeros(1, 28, 28, 1);
      new Rng(1, 0x56414C49, 0, i).normal(epsilon);
      Tensor xt = Tensor.zeros(1, 28, 28, 1);
      double a = schedule.alphaBar(t);
      for (int k = 0; k < x0.size(); k++) {
        xt.data()[k] = (float) (Math.sqrt(a) * x0.data()[k] + Math.sqrt(1 - a) * epsilon.data()[k]);
      }
      try (Tape tape = Tape.off(new BufferPool())) {
        Tensor output =
            model
                .unet()
                .forward(tape, tape.constant(xt), new float[] {NoiseSchedule.modelTimestep(t)})
                .value();
        double squares = 0;
        float[] predicted = output.toArray();
        for (int k = 0; k < predicted.length; k++) {
          squares += Math.pow(predicted[k] - epsilon.data()[k], 2);
        }
        sum += squares / predicted.length;
      }
    }
    assertEquals(sum / IMAGES, last.loss(), 1e-5 * last.loss());
    var bound =
        new BoundEvaluation(model).run(BoundRequest.of(held).images(IMAGES).timesteps(16).seed(1));
    assertEquals(Validation.Bound.of(bound), last.bound().orElseThrow());
  }

  @Test
  void theNumbersDependNeitherOnThreadsNorOnInterruptions() throws Exception {
    TrainingRun whole = trained(request("whole"), 1);
    String expected = Files.readString(whole.directory().validation());
    trained(request("threads"), 3);
    assertEquals(expected, Files.readString(path("threads").resolve("validation.csv")));
    List<Validation> seen = new ArrayList<>();
    TrainingListener listener =
        new TrainingListener() {
          @Override
          public void validated(Validation validation) {
            seen.add(validation);
          }
        };
    try (Workers workers = new Workers(2)) {
      try (TrainingRun run = TrainingRun.begin(request("parts"), workers)) {
        // Interrupted while it validates: the resumed run begins with that.
        BooleanSupplier interrupted = () -> run.completed() == 4;
        assertFalse(run.run(listener, interrupted));
        assertEquals(1, seen.size());
      }
      try (TrainingRun rest = TrainingRun.resume(TrainingRequest.of(path("parts")), workers)) {
        assertTrue(rest.run(listener, () -> false));
        assertEquals(validations("whole"), seen);
      }
    }
    assertEquals(expected, Files.readString(path("parts").resolve("validation.csv")));
  }

  /// With a rate of 1 the weights only get worse.
  @Test
  void aRunStopsEarlyAndItsBestModelIsKept() throws Exception {
    TrainingRequest request =
        request("run")
            .steps(40)
            .with(Settings.PATIENCE, 2)
            .learningRate(1)
            .with(Settings.EMA_DECAY, 0.5);
    TrainingRun run = trained(request, 2);
    List<Validation> all = validations("run");
    Validation best = run.best().orElseThrow();
    assertTrue(run.completed() < 40);
    assertEquals(all.size(), 2 + all.indexOf(best) + 1);
    assertEquals(
        "stopped early at step "
            + run.completed()
            + " of 40: no better validation loss for 2 validations; best at step "
            + best.step(),
        run.stoppedEarly().orElseThrow());
    assertEquals(run.stoppedEarly(), run.directory().stoppedEarly(run.settings()));
    assertTrue(Files.exists(run.directory().samples(run.completed())));
    // The same run as far as the best validation has that model.
    TrainingRun shorter =
        trained(
            request("shorter").steps(best.step()).learningRate(1).with(Settings.EMA_DECAY, 0.5), 1);
    assertArrayEquals(
        new ParameterVector(shorter.pipeline().unet()).values(),
        new ParameterVector(Pipeline.load(path("run").resolve("best")).unet()).values());
    try (Workers workers = new Workers(1)) {
      String message =
          assertThrows(
                  BadFileException.class,
                  () -> TrainingRun.resume(TrainingRequest.of(path("run")), workers))
              .getMessage();
      assertEquals(
          path("run")
              + ": "
              + run.stoppedEarly().orElseThrow()
              + ". A --patience above 2 goes on, --patience 0 to the last step",
          message);
      TrainingRequest longer = TrainingRequest.of(path("run")).with(Settings.PATIENCE, 3);
      try (TrainingRun on = TrainingRun.resume(longer, workers)) {
        on.run(TrainingListener.NONE);
        assertTrue(on.completed() > run.completed());
      }
    }
  }

  @Test
  void aModelWithoutABoundHasALossAlone() throws Exception {
    trained(
        request("run")
            .loss(LossKind.FLOW)
            .scheduler(SchedulerConfig.of(SamplerKind.FLOW).withTimesteps(20)),
        2);
    assertTrue(validations("run").stream().allMatch(one -> one.bound().isEmpty()));
    assertTrue(
        Files.readString(path("run").resolve("validation.csv")).matches("(?s).*\n6,[0-9.]+,,,,\n"));
  }

  @Test
  void aProgramGivesImagesOfItsOwnToMeasureWith() throws Exception {
    TrainingRequest request =
        request("run")
            .data(SmallRun.images())
            .network(SmallRun.request(path("run")).preset().network());
    trained(request.heldOut(SmallRun.images()), 1);
    assertEquals(3, validations("run").size());
    try (Workers workers = new Workers(1)) {
      assertEquals(
          "validation: the held-out images are [28, 28, 1], those to learn from [8, 8, 1]",
          assertThrows(
                  RequestException.class,
                  () ->
                      TrainingRun.begin(
                          request
                              .directory(path("other"))
                              .heldOut(ImageDataset.of(new float[784], Shape.of(28, 28, 1))),
                          workers))
              .getMessage());
    }
  }

  @Test
  void whatHasNothingToMeasureWithIsRefused() throws Exception {
    try (Workers workers = new Workers(1)) {
      assertEquals(
          "patience needs --validate-every, by whose losses a run is stopped",
          assertThrows(
                  RequestException.class,
                  () -> TrainingRun.begin(plain("a").with(Settings.PATIENCE, 1), workers))
              .getMessage());
      ImageDataset memory = ImageDataset.of(new float[2 * 784], Shape.of(28, 28, 1));
      assertEquals(
          "validate-every needs images that are held out, but of memory: 2 images [28, 28, 1] there"
              + " are none",
          assertThrows(
                  RequestException.class,
                  () -> TrainingRun.begin(request("a").data(memory), workers))
              .getMessage());
    }
    assertFalse(Files.exists(path("a")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'H'|line 1: expected H",
        "'Hx\n'|line 1: expected H",
        "'H\n2,0.5,,,'|line 2: '2,0.5,,,', expected numbers: H",
        "'H\n2,0.5,1,2,,3\n'|line 2: '2,0.5,1,2,,3', expected numbers: H",
        "'H\n2,0.5,NaN,2,3,3\n'|line 2: '2,0.5,NaN,2,3,3', expected numbers: H",
        "'H\n2,0.5,,,,\n2,0.5,,,,\n'|line 3: the step does not rise",
        "'H\n2,0.5,,,,\n\u001b\n'|line 3: '?', expected numbers: H",
        "'\u00e9'|is not a text in UTF-8"
      })
  void aDamagedFileIsRefusedWithItsPlace(String text, String problem) throws IOException {
    Path file = path("validation.csv");
    String header = "step,loss,bound,prior,transitions,decoder";
    String damaged = text.equals("H") ? "" : text.replace("H", header);
    Files.writeString(file, damaged, StandardCharsets.ISO_8859_1);
    assertEquals(
        file + ": " + problem.replace("H", header),
        assertThrows(BadFileException.class, () -> ValidationLog.read(file)).getMessage());
  }

  @Test
  void aLossThatIsNotFiniteIsNeverTheBest() throws IOException {
    Path file = path("validation.csv");
    ValidationLog log = ValidationLog.none(file);
    var nothing = Optional.<Validation.Bound>empty();
    log.add(new Validation(1, Double.NaN, nothing), Disk.system());
    assertEquals(1, log.sinceBest());
    log.add(new Validation(2, 0.5, nothing), Disk.system());
    log.add(new Validation(3, Double.POSITIVE_INFINITY, nothing), Disk.system());
    log.add(new Validation(4, 0.5, nothing), Disk.system());
    assertEquals(2, log.best().orElseThrow().step());
    assertEquals(2, log.sinceBest());
    assertEquals(4, ValidationLog.read(file).size());
    assertEquals(1, ValidationLog.upTo(3, file).sinceBest());
  }
}
