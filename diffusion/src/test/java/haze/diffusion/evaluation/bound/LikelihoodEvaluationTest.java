package haze.diffusion.evaluation.bound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.sampler.ProgressListener;
import haze.tensor.Shape;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LikelihoodEvaluationTest {
  private static final Pipeline MODEL = BoundFixture.model();

  @Test
  void theExampleOfTheDocumentation(@TempDir Path run) throws IOException {
    MODEL.save(run);
    ImageDataset images = BoundFixture.images();
    // @start region="likelihood"
    Pipeline model = Pipeline.load(run);
    try (Workers workers = new Workers(2)) {
      LikelihoodResult result =
          new LikelihoodEvaluation(model)
              .continuous(
                  BoundRequest.of(images).timesteps(50).seed(3), workers, ProgressListener.NONE);
      System.out.println(result.total().mean());
    }
    // @end
  }

  /// The network between the timesteps is the same as at them: for a network without training the
  /// two bounds are near each other.
  @Test
  void itIsNearTheBoundOfTheChain() {
    BoundRequest request = BoundRequest.of(BoundFixture.images());
    try (Workers workers = new Workers(2)) {
      double chain = new BoundEvaluation(MODEL).run(request).total().mean();
      int[] steps = new int[2];
      LikelihoodResult result =
          new LikelihoodEvaluation(MODEL)
              .continuous(
                  request.timesteps(200),
                  workers,
                  (done, all) -> {
                    steps[0]++;
                    steps[1] = all;
                  });
      assertEquals(201, steps[0]);
      assertEquals(steps[0], steps[1]);
      assertEquals(201, new LikelihoodEvaluation(MODEL).steps(request.timesteps(200), workers));
      assertEquals(chain, result.total().mean(), 0.3 * chain, chain + " and " + result.lines());
      assertTrue(result.total().standardError() > 0);
      assertEquals(64, result.dimensions());
    }
  }

  @Test
  void labelsConditionTheNetwork() {
    Pipeline model = BoundFixture.model(4);
    List<ImageDataset> data = List.of(BoundFixture.labelledImages(), BoundFixture.images());
    double[] totals = new double[2];
    try (Workers workers = new Workers(1)) {
      for (int i = 0; i < 2; i++) {
        LikelihoodResult result =
            new LikelihoodEvaluation(model)
                .continuous(
                    BoundRequest.of(data.get(i)).timesteps(3), workers, ProgressListener.NONE);
        assertEquals(i == 0 ? "labels" : "", result.measurement().condition());
        totals[i] = result.total().mean();
      }
    }
    assertFalse(totals[0] == totals[1]);
  }

  @Test
  void imagesThatDoNotFitAreRefused() {
    ImageDataset small = ImageDataset.ofLevels(new byte[16], Shape.of(4, 4, 1));
    assertEquals(
        "the images of the data are [4, 4, 1], but the model's [8, 8, 1]",
        assertThrows(
                RequestException.class,
                () -> new LikelihoodEvaluation(MODEL).require(BoundRequest.of(small)))
            .getMessage());
  }
}
