package haze.diffusion.evaluation.bound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.Mnist;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.PipelineGolden;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.sampler.ProgressListener;
import haze.tensor.Shape;
import haze.tensor.Workers;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoundEvaluationTest {
  private static final Pipeline MODEL = BoundFixture.model();

  private static BoundResult run(
      Pipeline model, BoundRequest request, int threads, ProgressListener listener) {
    try (Workers workers = new Workers(threads)) {
      return new BoundEvaluation(model).run(request, workers, listener);
    }
  }

  @Test
  void theExampleOfTheDocumentation(@TempDir Path run) throws IOException {
    MODEL.save(run);
    ImageDataset images = BoundFixture.images();
    var out = new StringWriter();
    var console = new PrintWriter(out);
    // @start region="bound"
    Pipeline model = Pipeline.load(run);
    BoundRequest request = BoundRequest.of(images).timesteps(5).seed(7);
    BoundResult bound = new BoundEvaluation(model).run(request);
    bound.lines().forEach(console::println);
    BoundFiles.of(run).write(bound, run.toString());
    // @end
    console.flush();
    assertTrue(out.toString().contains("L_{t-1}, t = 2..20"), out.toString());
    assertEquals(bound.total(), BoundFiles.find(run).read().total());
  }

  @Test
  void aModelInMemoryIsMeasuredOnImagesInMemory() {
    BoundResult bound =
        new BoundEvaluation(MODEL).run(BoundRequest.of(BoundFixture.images()).timesteps(5));
    assertEquals(BoundFixture.COUNT, bound.images());
    assertEquals(64, bound.dimensions());
    assertEquals(5, bound.selection().measured());
    assertEquals(
        new BoundResult.Measurement(
            "the data", "", 0, Prediction.EPSILON, ReverseVariance.FIXED_SMALL, true),
        bound.measurement());
    assertEquals("21 images of the data, each at 5 of 20 timesteps", bound.title());
    assertTrue(bound.total().mean() > 0);
    assertTrue(bound.lines().get(1).startsWith("L_T"), bound.lines()::toString);
    assertEquals(bound.total(), bound.stored().total());
  }

  @Test
  void theBitsDependNeitherOnThreadsNorOnBatches() {
    BoundRequest request = BoundRequest.of(BoundFixture.images()).timesteps(5).seed(3);
    BoundResult reference = run(MODEL, request, 1, ProgressListener.NONE);
    for (int threads : List.of(1, 3)) {
      for (UnaryOperator<BoundRequest> batch :
          List.<UnaryOperator<BoundRequest>>of(r -> r, r -> r.batch(4), r -> r.batch(64))) {
        BoundResult result = run(MODEL, batch.apply(request), threads, ProgressListener.NONE);
        assertEquals(reference.timesteps(), result.timesteps());
        assertEquals(reference.total(), result.total());
        assertEquals(reference.epsilonError(), result.epsilonError());
      }
    }
    assertNotEquals(
        reference.total(), run(MODEL, request.seed(4), 1, ProgressListener.NONE).total());
  }

  @Test
  void progressCountsTheBatchesThatTheNetworkIsEvaluatedFor() {
    BoundRequest request = BoundRequest.of(BoundFixture.images()).images(9).timesteps(3).batch(4);
    List<Integer> seen = new ArrayList<>();
    BoundResult result =
        run(
            MODEL,
            request,
            2,
            (done, total) -> {
              assertEquals(9, total);
              seen.add(done);
            });
    assertEquals(IntStream.rangeClosed(1, 9).boxed().toList(), seen);
    assertEquals(9, result.images());
    try (Workers workers = new Workers(2)) {
      assertEquals(9, new BoundEvaluation(MODEL).steps(request, workers));
    }
    assertEquals(27, new BoundEvaluation(MODEL).imagesSeen(request));
  }

  @Test
  void imagesAreOneOfEachPartOfTheData() {
    assertEquals(List.of(0, 7, 14, 16), numbers(BoundRequest.of(BoundFixture.images()).images(4)));
    assertEquals(
        IntStream.range(0, BoundFixture.COUNT).boxed().toList(),
        numbers(BoundRequest.of(BoundFixture.images())));
  }

  private static List<Integer> numbers(BoundRequest request) {
    return IntStream.of(request.numbers()).boxed().toList();
  }

  @Test
  void aNetworkThatKnowsLabelsIsConditionedOnThem() {
    Pipeline model = BoundFixture.model(4);
    BoundRequest request = BoundRequest.of(BoundFixture.labelledImages()).timesteps(3);
    BoundResult conditional = run(model, request, 1, ProgressListener.NONE);
    assertEquals("labels", conditional.measurement().condition());
    assertEquals(
        "21 images of the data, conditioned on their labels, each at 3 of 20 timesteps",
        conditional.title());
    BoundResult without =
        run(model, BoundRequest.of(BoundFixture.images()).timesteps(3), 1, ProgressListener.NONE);
    assertEquals("", without.measurement().condition());
    assertNotEquals(conditional.total(), without.total());
    // A network that knows none ignores them.
    assertEquals("", run(MODEL, request, 1, ProgressListener.NONE).measurement().condition());
  }

  @Test
  void modelsWithoutSuchABoundAreRefused() {
    SchedulerConfig zero = PipelineGolden.SHORT.withZeroTerminalSnr(true);
    for (SchedulerConfig scheduler : List.of(SchedulerConfig.of(SamplerKind.FLOW), zero)) {
      Pipeline model = PipelineGolden.untrained(PipelineGolden.TINY, scheduler);
      assertThrows(IllegalArgumentException.class, () -> new BoundEvaluation(model));
    }
  }

  @Test
  void requestsThatDoNotFitAreRefusedInOneLine() throws IOException {
    ImageDataset images = BoundFixture.images();
    assertRefused("images is 0, expected at least 1", () -> BoundRequest.of(images).images(0));
    assertRefused(
        "images is 22, but the data has 21",
        () -> BoundRequest.of(images).images(BoundFixture.COUNT + 1));
    assertRefused("batch is 0, expected at least 1", () -> BoundRequest.of(images).batch(0));
    assertRefused(
        "timesteps is 0, expected at least 1", () -> BoundRequest.of(images).timesteps(0));
    BoundEvaluation evaluation = new BoundEvaluation(MODEL);
    assertRefused(
        "timesteps is 21, expected 2 to 20, the number that the model was trained on",
        () -> evaluation.run(BoundRequest.of(images).timesteps(21)));
    ImageDataset digits = Mnist.test();
    assertRefused(
        "the images of digits are [28, 28, 1], but the model's [8, 8, 1]",
        () -> evaluation.run(BoundRequest.of(digits).title("digits")));
    Pipeline few = BoundFixture.model(3);
    ImageDataset labelled = BoundFixture.labelledImages();
    assertRefused(
        "the labels of the data are of 3 classes, but the model knows of 2",
        () -> new BoundEvaluation(few).run(BoundRequest.of(labelled)));
  }

  /// A float between two levels would be measured as if it were one of them.
  @Test
  void imagesThatAreNotInLevelsAreRefused() {
    float[] pixels = new float[2 * 64];
    for (int i = 0; i < pixels.length; i++) {
      // As other programs round: not the same bits as k / 127.5 - 1.
      pixels[i] = (i % 256 / 255f - 0.5f) * 2;
    }
    BoundEvaluation evaluation = new BoundEvaluation(MODEL);
    evaluation.require(BoundRequest.of(ImageDataset.of(pixels, Shape.of(8, 8, 1))));
    pixels[70] = 0.25f / 127.5f;
    ImageDataset between = ImageDataset.of(pixels, Shape.of(8, 8, 1));
    assertRefused(
        "image 1 of the data has value 0.0019607844, between two of the 256 levels k / 127.5 - 1"
            + " whose probability the bound is",
        () -> evaluation.require(BoundRequest.of(between)));
  }

  private static void assertRefused(String message, Runnable action) {
    assertEquals(message, assertThrows(RequestException.class, action::run).getMessage());
  }

  @Test
  void damagedWeightsAreNamed() {
    Pipeline model = BoundFixture.model();
    model.unet().parameters().get("conv_out.bias").value().fill(Float.NaN);
    assertThrows(
        ArithmeticException.class,
        () -> new BoundEvaluation(model).run(BoundRequest.of(BoundFixture.images()).images(1)));
  }
}
