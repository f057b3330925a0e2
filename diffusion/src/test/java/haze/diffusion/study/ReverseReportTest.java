package haze.diffusion.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.diffusion.editing.EditListener;
import haze.diffusion.figure.CaptionedGrid;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.PipelineGolden;
import haze.diffusion.pipeline.SampleRequest;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.sampler.Snapshots.Snapshot;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReverseReportTest {
  private static ReverseReport sample(SchedulerConfig scheduler, SampleRequest request) {
    Pipeline model = PipelineGolden.untrained(PipelineGolden.TINY, scheduler);
    try (Workers workers = new Workers(1)) {
      return ReverseReport.sample(model, request, workers, EditListener.NONE);
    }
  }

  @Test
  void samplingIsShownFromPureNoiseAtTheLastTimestepInEvenSteps() {
    // The tests' chain has 20 timesteps.
    ReverseReport report = sample(PipelineGolden.SHORT, SampleRequest.of(2));
    assertEquals(
        List.of(
            "t = 20", "t = 18", "t = 16", "t = 14", "t = 12", "t = 10", "t = 8", "t = 6", "t = 4",
            "t = 2", "t = 0"),
        report.moments());
    double square = 0;
    Tensor noise = report.taken().getFirst().xt();
    for (float value : noise.toArray()) {
      square += (double) value * value / noise.size();
    }
    assertEquals(1, square, 0.4);
  }

  @Test
  void flowMatchingIsShownByTheShareOfNoise() {
    ReverseReport report =
        sample(SchedulerConfig.of(SamplerKind.FLOW), SampleRequest.of(1).steps(5));
    assertEquals(6, report.moments().size());
    assertEquals("s = 1.00", report.moments().getFirst());
    assertEquals("s = 0.00", report.moments().getLast());
  }

  @Test
  void everySampleHasARowOfImagesAndBelowItOneOfPredictions() {
    // Two samples, three moments: x_t of sample p at moment m is 0.1 p + 0.01 m, x_0 as much below
    // 0.
    List<Snapshot> taken = List.of(moment(0), moment(1), moment(2));
    ReverseReport report =
        new ReverseReport(taken, List.of("a", "b", "c"), List.of("circle", "class 0"));
    CaptionedGrid grid = (CaptionedGrid) report.figure();
    assertEquals(Shape.of(12, 1, 1, 1), grid.images().shape());
    float[] expected = {0, .01f, .02f, -0f, -.01f, -.02f, .1f, .11f, .12f, -.1f, -.11f, -.12f};
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], grid.images().data()[i], 1e-6f, "image " + i);
    }
    assertEquals(List.of("a", "b", "c"), grid.above());
    assertEquals(
        List.of("circle", "predicted", "class 0", "predicted"),
        grid.left().stream().map(words -> words.replaceAll("(\n.*| x.*)", "")).toList());
  }

  @Test
  void captionsAndClassesThatAreNotAsManyAsMomentsAndSamplesAreRefused() {
    List<Snapshot> taken = List.of(moment(0), moment(1));
    assertEquals(
        "reverse report: 1 captions and 0 classes for 2 moments of 2 samples",
        assertThrows(
                IllegalArgumentException.class,
                () -> new ReverseReport(taken, List.of("a"), List.of()))
            .getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> new ReverseReport(taken, List.of("a", "b"), List.of("class 1")));
  }

  private static Snapshot moment(int number) {
    Tensor xt = Tensor.of(Shape.of(2, 1, 1, 1), 0.01f * number, 0.1f + 0.01f * number);
    return new Snapshot(number, xt, xt.times(-1));
  }
}
