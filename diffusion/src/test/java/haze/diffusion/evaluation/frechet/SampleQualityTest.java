package haze.diffusion.evaluation.frechet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.ImageRange;
import haze.diffusion.pipeline.NotFiniteException;
import haze.diffusion.pipeline.PipelineGolden;
import haze.diffusion.sampler.Denoiser;
import haze.diffusion.sampler.Sampler;
import haze.diffusion.sampler.SamplingLoop;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleQualityTest {
  private static final int COUNT = 120;
  private static final SampleReport.Sampling SAMPLING =
      new SampleReport.Sampling("ddpm", 4, 5, OptionalDouble.empty());

  @TempDir static Path directory;

  private static final Workers WORKERS = new Workers(2);
  private static ImageDataset bars;
  private static SampleQuality quality;

  private final Sampler sampler = PipelineGolden.SHORT.sampler(4, 0);

  @BeforeAll
  static void train() throws IOException {
    bars =
        ImageDataset.load(
            BarsFixture.images(directory.resolve("images"), COUNT),
            BarsFixture.labels(directory.resolve("labels"), COUNT));
    var classifier =
        new TrainedClassifier(
            new ClassifierTraining(ImageRange.all(bars), 10, 0, WORKERS).run((_, _) -> {}),
            "bars",
            0.5,
            COUNT);
    quality = new SampleQuality(classifier, WORKERS);
  }

  @AfterAll
  static void close() {
    WORKERS.close();
  }

  /// A model that remembers: it makes the very images of the data set.
  private static Denoiser remembering(int first, int size) {
    Tensor images =
        bars.images(
            new ImageRange(bars, first, size).indices(0, size), Tensor.zeros(size, 8, 8, 1));
    return PipelineGolden.SHORT.denoiser(
        (xt, timestep) -> {
          double alphaBar = PipelineGolden.SHORT.schedule().alphaBar((int) timestep + 1);
          return xt.minus(images.times((float) Math.sqrt(alphaBar)))
              .times((float) (1 / Math.sqrt(1 - alphaBar)));
        });
  }

  private static Features drawn(Denoiser denoiser, Sampler sampler, int count) {
    Tensor samples =
        new SamplingLoop(denoiser, sampler).sample(5, 0, Shape.of(count, 8, 8, 1), (_, _, _) -> {});
    Features features = new Features(count);
    quality.extract(SampleQuality.levels(samples), features, 0);
    return features;
  }

  private Features remembered(int count) {
    return drawn(remembering(0, count), sampler, count);
  }

  @Test
  void samplesThatAreTheImagesHaveNoDistanceFromThem() {
    Features samples = remembered(COUNT);
    SampleReport report =
        quality.report(
            SAMPLING,
            samples,
            new RealImages("bars", ImageRange.all(bars)),
            Optional.empty(),
            Optional.empty());
    assertEquals(0, report.distance().value(), 1e-9);
    assertEquals(COUNT, report.histogram().stream().mapToInt(Integer::intValue).sum());
    assertTrue(report.confidence().mean() > 0.5 && report.confidence().mean() <= 1);
    // The samples are the reference images.
    assertEquals(report.confidence().realSure(), report.confidence().sure());
    assertEquals(0, report.imbalance());
    assertTrue(report.accuracy().isEmpty() && report.real().isEmpty());
  }

  @Test
  void samplesOfNoiseAreFarAway() {
    Features noise = drawn(PipelineGolden.SHORT.denoiser((xt, _) -> xt.times(0)), sampler, COUNT);
    double distance =
        quality
            .report(
                SAMPLING,
                noise,
                new RealImages("bars", ImageRange.all(bars)),
                Optional.empty(),
                Optional.empty())
            .distance()
            .value();
    assertTrue(distance > 1, "" + distance);
  }

  @Test
  void theBatchesChangeNothing() {
    Features batched = new Features(10);
    for (int first = 0; first < 10; first += 3) {
      int size = Math.min(3, 10 - first);
      Tensor images =
          bars.images(
              new ImageRange(bars, first, size).indices(0, size), Tensor.zeros(size, 8, 8, 1));
      quality.extract(images, batched, first);
    }
    assertArrayEquals(batched.values().toArray(), remembered(10).values().toArray());
  }

  @Test
  void theReportSaysHowOftenTheRequestedClassIsPredicted() {
    // The classifier has learned these images; bars come as 0, 1, 2, 0, ...
    Features samples = remembered(9);
    int[] labels = {0, 1, 2, 0, 1, 1, 0, 2, 2};
    SampleReport report =
        quality.report(
            SAMPLING,
            samples,
            new RealImages("bars", ImageRange.all(bars)),
            Optional.empty(),
            Optional.empty(),
            labels);
    ClassAccuracy accuracy = report.accuracy().orElseThrow();
    assertEquals(new ClassAccuracy(List.of(3, 3, 3), List.of(3, 2, 2)), accuracy);
    assertEquals(7.0 / 9, accuracy.overall());
    assertEquals(2.0 / 3, accuracy.of(1));
    assertEquals(List.of(3, 3, 3), report.histogram());
    List<String> lines = report.lines();
    assertEquals(
        List.of(
            "class  samples  requested   correct",
            "    0        3          3  100.00 %",
            "    1        3          3   66.67 %",
            "    2        3          3   66.67 %",
            "the classes' shares differ from those of the bars by 0.0 %",
            "the predicted class is the requested one for 77.78 % of the samples"),
        lines.subList(lines.size() - 6, lines.size()));
    assertEquals(List.of(3, 2, 2), report.members().get("agreed"));
  }

  @Test
  void theReportSaysWhoseFeaturesAreCompared() {
    Features samples = remembered(60);
    var all = new RealImages("images", ImageRange.all(bars));
    var half = new RealImages("other images", new ImageRange(bars, COUNT / 4, COUNT * 3 / 4));
    SampleReport report =
        quality.report(SAMPLING, samples, all, Optional.of(half), Optional.empty());
    assertTrue(
        report
            .lines()
            .getFirst()
            .matches(
                "Frechet distance \\d+\\.\\d\\d \\(features: 64 numbers of Haze's own bars"
                    + " classifier, 50.0 % accurate; 60 samples against 120 images\\)"),
        report.lines().getFirst());
    assertTrue(
        report
            .lines()
            .get(1)
            .matches(
                "of real images it is \\d+\\.\\d\\d"
                    + " \\(the same features; 60 other images against 120 images\\)"),
        report.lines().get(1));
    assertEquals(report.distance().value(), report.members().get("frechet_distance"));
    assertFalse(report.members().containsKey("agreement"));
  }

  @Test
  void samplesAreComparedInGreyLevels() {
    // A quarter of a level away from the images.
    Denoiser exact = remembering(0, 10);
    Features near =
        drawn(
            (xt, level, timestep) ->
                exact.at(xt.plus(Tensor.full(0.001f, 1, 1, 1, 1)), level, timestep),
            PipelineGolden.SHORT.sampler(1, 0),
            10);
    assertArrayEquals(remembered(10).values().toArray(), near.values().toArray());
  }

  @Test
  void classesThatAreMissingAreAnImbalance() {
    assertEquals(0.25, SampleQuality.imbalance(new int[] {3, 0, 3}, new int[] {2, 1, 1}), 1e-15);
    assertEquals(1, SampleQuality.imbalance(new int[] {0, 7}, new int[] {5, 0}), 1e-15);
  }

  @Test
  void whatDoesNotFitIsRefused() {
    Features samples = remembered(4);
    var images = new RealImages("bars", ImageRange.all(bars));
    assertEquals(
        "sample quality: 2 labels for 4 samples",
        invalid(
            () ->
                quality.report(
                    SAMPLING, samples, images, Optional.empty(), Optional.empty(), 1, 2)));
    assertEquals(
        "sample quality: the classifier knows 3 classes, there is no 3",
        invalid(
            () ->
                quality.report(
                    SAMPLING, samples, images, Optional.empty(), Optional.empty(), 0, 1, 2, 3)));
    assertThrows(
        NotFiniteException.class,
        () -> drawn(PipelineGolden.SHORT.denoiser((xt, _) -> xt.times(Float.NaN)), sampler, 2));
  }

  private static String invalid(Runnable action) {
    return assertThrows(IllegalArgumentException.class, action::run).getMessage();
  }
}
