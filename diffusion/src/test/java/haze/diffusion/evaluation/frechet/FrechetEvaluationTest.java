package haze.diffusion.evaluation.frechet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.data.DataException;
import haze.diffusion.data.DataOptions;
import haze.diffusion.data.DataSource;
import haze.diffusion.data.ImageClusters;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.io.JsonObject;
import haze.diffusion.pipeline.ClassNames;
import haze.diffusion.pipeline.NotFiniteException;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.PipelineGolden;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.pipeline.SampleRequest;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.sampler.ProgressListener;
import haze.tensor.Shape;
import haze.tensor.Workers;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FrechetEvaluationTest {
  private static final FrechetData BARS = FrechetData.of("bars", BarsFixture.dataset(70));
  private static final TrainedClassifier CLASSIFIER = TrainedClassifier.train(BARS);
  private static final Pipeline MODEL =
      PipelineGolden.untrained(PipelineGolden.TINY, PipelineGolden.SHORT);
  private static final FrechetRequest REQUEST =
      new FrechetRequest(BARS, SampleRequest.of(9).sampler(SamplerKind.DDIM).steps(3).seed(4));

  private static SampleReport run(
      Pipeline model, FrechetRequest request, int threads, ProgressListener listener) {
    try (Workers workers = new Workers(threads)) {
      return new FrechetEvaluation(model).run(request, CLASSIFIER, workers, listener);
    }
  }

  @Test
  void theExampleOfTheDocumentation(@TempDir Path run) throws IOException {
    MODEL.save(run);
    ImageDataset images = BarsFixture.dataset(70);
    var out = new StringWriter();
    var console = new PrintWriter(out);
    // @start region="frechet"
    Pipeline model = Pipeline.load(run);
    FrechetData data = FrechetData.of("bars", images);
    TrainedClassifier classifier = TrainedClassifier.train(data);
    FrechetRequest request = new FrechetRequest(data, SampleRequest.of(9).steps(3));
    SampleReport report = new FrechetEvaluation(model).run(request, classifier);
    report.lines().forEach(console::println);
    FrechetFiles.of(run).write(report);
    // @end
    console.flush();
    assertTrue(out.toString().startsWith("Frechet distance "), out.toString());
    assertEquals(
        report.distance().value(),
        JsonObject.read(FrechetFiles.of(run).json()).number("frechet_distance", 0));
  }

  @Test
  void aPathIsComparedWithItsHeldOutImagesAndTheOthersBesideThem(@TempDir Path directory)
      throws IOException {
    Path file = BarsFixture.images(directory.resolve("bars.idx"), 45);
    Path labels = BarsFixture.labels(directory.resolve("bars-classes.idx"), 45);
    DataSource learned =
        DataSource.parse(file.toString(), DataOptions.NONE.withLabels(labels).withHeldOut(5));
    FrechetData held = FrechetData.of(learned.heldOut().orElseThrow());
    assertEquals("held-out images of bars.idx", held.reference().name());
    assertEquals(9, held.reference().range().count());
    assertEquals(36, held.others().orElseThrow().range().count());
    assertEquals(36, held.training().count());
    assertEquals(9, held.test().count());
    FrechetData train = FrechetData.of(learned);
    assertEquals("images of bars.idx", train.reference().name());
    assertEquals(36, train.reference().range().count());
    DataSource few = DataSource.parse(file.toString(), DataOptions.NONE.withHeldOut(50));
    assertEquals(45, FrechetData.of(few).reference().range().count());
  }

  @Test
  void oneRealImageIsRefusedBeforeSamplesAreDrawn() {
    FrechetRequest request =
        new FrechetRequest(FrechetData.of("one", BarsFixture.dataset(1)), REQUEST.samples());
    assertEquals(
        "one: has 1 image to compare with, expected at least 2",
        assertThrows(
                IllegalArgumentException.class, () -> new FrechetEvaluation(MODEL).require(request))
            .getMessage());
  }

  @Test
  void samplesOfAModelInMemoryAreComparedWithImagesInMemory() {
    SampleReport report = new FrechetEvaluation(MODEL).run(REQUEST, CLASSIFIER);
    assertEquals(
        new SampleReport.Sampling("ddim", 3, 4, OptionalDouble.empty()), report.sampling());
    assertTrue(report.distance().value() > 0);
    assertEquals(9, report.distance().images());
    assertEquals(70, report.distance().references());
    assertEquals("images of bars", report.distance().referenceName());
    assertEquals(9, report.histogram().stream().mapToInt(i -> i).sum());
    assertTrue(report.accuracy().isEmpty());
    assertTrue(report.lines().getFirst().startsWith("Frechet distance "));
  }

  @Test
  void theBitsDependNeitherOnThreadsNorOnBatches() {
    SampleReport reference = run(MODEL, REQUEST, 1, ProgressListener.NONE);
    for (int threads : List.of(1, 3)) {
      for (SampleRequest samples : List.of(REQUEST.samples(), REQUEST.samples().batch(4))) {
        assertEquals(
            reference.members(),
            run(MODEL, new FrechetRequest(BARS, samples), threads, ProgressListener.NONE)
                .members());
      }
    }
    assertNotEquals(
        reference.distance(),
        run(MODEL, new FrechetRequest(BARS, REQUEST.samples().seed(5)), 1, ProgressListener.NONE)
            .distance());
  }

  @Test
  void progressCountsTheStepsOfAllBatches() {
    FrechetRequest request = new FrechetRequest(BARS, REQUEST.samples().batch(4));
    List<Integer> seen = new ArrayList<>();
    run(
        MODEL,
        request,
        2,
        (done, total) -> {
          assertEquals(9, total);
          seen.add(done);
        });
    assertEquals(IntStream.rangeClosed(1, 9).boxed().toList(), seen);
    try (Workers workers = new Workers(2)) {
      assertEquals(9, new FrechetEvaluation(MODEL).steps(request, workers));
    }
  }

  @Test
  void aModelOfClassesIsComparedWithTheRequestedOnes() {
    Pipeline model =
        PipelineGolden.untrained(
            PipelineGolden.TINY.with(8, 8, 1, 1, OptionalInt.of(BarsFixture.CLASSES + 1)),
            PipelineGolden.SHORT);
    SampleReport report =
        new FrechetEvaluation(model)
            .run(
                new FrechetRequest(BARS, REQUEST.samples().classes(2, 1).guidance(1.5)),
                CLASSIFIER);
    assertEquals(OptionalDouble.of(1.5), report.sampling().guidance());
    assertEquals(List.of(0, 4, 5), report.accuracy().orElseThrow().requested());
    assertEquals(1.5, report.members().get("guidance"));
  }

  @Test
  void theSameClassifierIsTrainedForAnyNumberOfThreads() {
    try (Workers workers = new Workers(3)) {
      List<Integer> steps = new ArrayList<>();
      TrainedClassifier other =
          TrainedClassifier.train(BARS, workers, (step, _) -> steps.add(step));
      assertEquals(CLASSIFIER.accuracy(), other.accuracy());
      assertEquals(10, other.measuredOn());
      assertEquals("bars", other.data());
      assertEquals(
          CLASSIFIER.classifier().parameters().get("output.weight").value().toArray()[7],
          other.classifier().parameters().get("output.weight").value().toArray()[7]);
      assertEquals(TrainedClassifier.trainingSteps(BARS), steps.size());
    }
  }

  @Test
  void theImagesOfASourceHaveTheOtherPartBesideThemIfThereIsOne() throws DataException {
    FrechetData test = FrechetData.of(DataSource.Embedded.TEST);
    assertEquals("MNIST", test.name());
    assertEquals("test images", test.reference().name());
    assertEquals(10_000, test.reference().range().count());
    assertEquals("training images", test.others().orElseThrow().name());
    assertEquals(60_000, test.training().count());
    assertEquals(10_000, test.test().count());
    FrechetData train = FrechetData.of(DataSource.Embedded.TRAIN);
    assertEquals(60_000, train.reference().range().count());
    assertEquals(60_000, train.training().count());
    FrechetData own = FrechetData.of(DataSource.of(BarsFixture.dataset(70)));
    assertEquals(70, own.reference().range().count());
    assertTrue(own.others().isEmpty());
    assertEquals(60, own.training().count());
    assertEquals(60, own.test().from());
  }

  @Test
  void requestsThatDoNotFitAreRefusedInOneLine() throws DataException {
    assertRefused(
        RequestException.class,
        "count is 1, expected at least 2",
        () -> new FrechetRequest(BARS, SampleRequest.of(1)));
    var evaluation = new FrechetEvaluation(MODEL);
    assertRefused(
        RequestException.class,
        "steps is 21, but the model was trained on 20 timesteps",
        () -> evaluation.require(new FrechetRequest(BARS, REQUEST.samples().steps(21))));
    assertRefused(
        RequestException.class,
        "class is for a model that was trained with labels (haze train --conditional) or clusters",
        () -> evaluation.require(new FrechetRequest(BARS, REQUEST.samples().classes(1))));
    FrechetData digits = FrechetData.of(DataSource.Embedded.TEST);
    assertRefused(
        IllegalArgumentException.class,
        "MNIST: images [28, 28, 1], but the model makes [8, 8, 1]",
        () -> evaluation.run(new FrechetRequest(digits, REQUEST.samples()), CLASSIFIER));
    var small = new TrainedClassifier(new Classifier(Shape.of(7, 8, 1), 3), "bars", 1, 10);
    assertRefused(
        IllegalArgumentException.class,
        "classifier of bars: reads images [7, 8, 1], but the model makes [8, 8, 1]",
        () -> evaluation.run(REQUEST, small));
    Pipeline many =
        PipelineGolden.untrained(
            PipelineGolden.TINY.with(8, 8, 1, 1, OptionalInt.of(6)), PipelineGolden.SHORT);
    assertRefused(
        IllegalArgumentException.class,
        "sample quality: the classifier knows 3 classes, there is no 3",
        () -> new FrechetEvaluation(many).run(REQUEST, CLASSIFIER));
  }

  /// As many clusters as the classifier has no classes for.
  @Test
  void clustersAreDrawnByTheirSharesAndAreNoClassesOfTheClassifier() {
    Pipeline six =
        PipelineGolden.untrained(
            PipelineGolden.TINY.with(8, 8, 1, 1, OptionalInt.of(7)), PipelineGolden.SHORT);
    Optional<ImageClusters> clusters;
    try (Workers workers = new Workers(1)) {
      clusters = Optional.of(ImageClusters.of(BarsFixture.dataset(70), 6, 1, workers));
    }
    Pipeline model = new Pipeline(six.unet(), six.scheduler(), ClassNames.NONE, clusters);
    SampleReport report = run(model, REQUEST, 1, ProgressListener.NONE);
    assertTrue(report.accuracy().isEmpty());
    assertEquals(OptionalDouble.of(1), report.sampling().guidance());
    int[] drawn = REQUEST.samples().labels(model);
    List<Integer> asked = IntStream.of(drawn).boxed().toList();
    FrechetRequest same = new FrechetRequest(BARS, REQUEST.samples().classes(asked));
    assertEquals(report.distance(), run(model, same, 1, ProgressListener.NONE).distance());
    assertEquals(
        "pipeline: 6 clusters, but the network has 0 classes",
        assertThrows(
                IllegalArgumentException.class,
                () -> new Pipeline(MODEL.unet(), MODEL.scheduler(), ClassNames.NONE, clusters))
            .getMessage());
  }

  private static void assertRefused(
      Class<? extends RuntimeException> type, String message, Runnable action) {
    assertEquals(message, assertThrows(type, action::run).getMessage());
  }

  @Test
  void damagedWeightsAreNamed() {
    Pipeline model = PipelineGolden.untrained(PipelineGolden.TINY, PipelineGolden.SHORT);
    model.unet().parameters().get("conv_out.bias").value().fill(Float.NaN);
    assertThrows(
        NotFiniteException.class, () -> new FrechetEvaluation(model).run(REQUEST, CLASSIFIER));
  }
}
