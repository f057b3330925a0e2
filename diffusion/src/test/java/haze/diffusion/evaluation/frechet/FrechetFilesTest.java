package haze.diffusion.evaluation.frechet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.io.JsonObject;
import haze.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FrechetFilesTest {
  private static final FrechetData BARS = FrechetData.of("bars", BarsFixture.dataset(14));

  @TempDir Path run;

  private FrechetFiles files;

  @BeforeEach
  void place() {
    files = FrechetFiles.of(run);
  }

  private static TrainedClassifier classifier(String data, int classes, double accuracy) {
    return new TrainedClassifier(new Classifier(Shape.of(8, 8, 1), classes), data, accuracy, 10);
  }

  private static SampleReport report(double distance, TrainedClassifier classifier) {
    return new SampleReport(
        new SampleReport.Sampling("ddim", 3, 4, OptionalDouble.empty()),
        new SampleReport.Distance(distance, 9, "samples", 14, "images of bars"),
        Optional.empty(),
        classifier,
        List.of(9, 0, 0),
        .6,
        new SampleReport.Confidence(.5, .25, .75),
        Optional.empty(),
        Optional.empty());
  }

  @Test
  void anotherReportMovesTheEarlierOneAsideAndTheSameOneDoesNot() throws IOException {
    assertEquals(Optional.empty(), files.write(report(1, classifier("bars", 3, 1))));
    assertEquals(Optional.empty(), files.write(report(1, classifier("bars", 3, 1))));
    Path earlier = run.resolve("evaluation/earlier-1");
    assertEquals(Optional.of(earlier), files.write(report(2, classifier("bars", 3, 1))));
    assertEquals(2, JsonObject.read(files.json()).number("frechet_distance", 0));
    assertEquals(1, JsonObject.read(earlier.resolve("frechet.json")).number("frechet_distance", 0));
  }

  /// Otherwise a classifier of digits that a run has from before would read photographs.
  @Test
  void aClassifierThatLearnedFromOtherImagesIsUsedOnlyIfItIsChosen() throws IOException {
    assertEquals(Optional.empty(), files.findClassifier(BARS));
    classifier("bars", 3, 1).save(files.classifier());
    assertEquals("bars", files.findClassifier(BARS).orElseThrow().data());
    classifier("MNIST", 10, 1).save(files.classifier());
    assertEquals(
        files.classifier()
            + ": learned from MNIST, not from bars; --classifier says which to take, this one or a"
            + " new file",
        assertThrows(IOException.class, () -> files.findClassifier(BARS)).getMessage());
    FrechetFiles chosen = files.classifier(files.classifier());
    assertEquals("MNIST", chosen.findClassifier(BARS).orElseThrow().data());
    assertEquals(Optional.empty(), files.classifier(run.resolve("new")).findClassifier(BARS));
  }

  @Test
  void aClassifierOfAnotherSizeIsNamed() throws IOException {
    new TrainedClassifier(new Classifier(Shape.of(8, 9, 1), 3), "bars", 1, 10)
        .save(files.classifier());
    assertEquals(
        files.classifier() + ": images [8, 9, 1], but the model makes [8, 8, 1]",
        assertThrows(IOException.class, () -> files.findClassifier(BARS)).getMessage());
  }

  @Test
  void aClassifierThatGuessesIsWarnedOf() throws IOException {
    SampleReport two = report(1, classifier("bars", 2, .43));
    String warning =
        "the classifier reads 43.0 % of 2 classes right, and chance 50.0 %: its features mean"
            + " little, and so does the distance";
    assertEquals("warning: " + warning, two.lines().get(1));
    files.write(two);
    assertEquals(warning, JsonObject.read(files.json()).string("warning", ""));

    assertWarned(true, 2, .75);
    assertWarned(false, 2, .76);
    assertWarned(true, 10, .2);
    assertWarned(false, 10, .21);
    assertWarned(true, 1, 1);
  }

  private static void assertWarned(boolean expected, int classes, double accuracy) {
    SampleReport report = report(1, classifier("bars", classes, accuracy));
    assertEquals(expected, report.warning().isPresent(), classes + " classes, " + accuracy);
    assertEquals(expected, report.members().containsKey("warning"));
    assertTrue(report.lines().stream().anyMatch(l -> l.startsWith("warning")) == expected);
  }
}
