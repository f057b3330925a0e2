package haze.diffusion.cli.evaluate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.cli.CommandHarness;
import haze.diffusion.data.DataOptions;
import haze.diffusion.data.DataSource;
import haze.diffusion.evaluation.frechet.BarsFixture;
import haze.diffusion.evaluation.frechet.Classifier;
import haze.diffusion.evaluation.frechet.FrechetData;
import haze.diffusion.evaluation.frechet.FrechetEvaluation;
import haze.diffusion.evaluation.frechet.FrechetRequest;
import haze.diffusion.evaluation.frechet.SampleReport;
import haze.diffusion.evaluation.frechet.TrainedClassifier;
import haze.diffusion.io.JsonObject;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.PipelineGolden;
import haze.diffusion.pipeline.SampleRequest;
import haze.diffusion.pipeline.SamplerKind;
import haze.nn.unet.UNetConfig;
import haze.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvaluateSamplesTest extends CommandHarness {
  private static final int COUNT = 70;

  @BeforeEach
  void write() throws IOException {
    PipelineGolden.untrained(PipelineGolden.TINY, PipelineGolden.SHORT).save(file("model"));
    BarsFixture.images(file("bars.idx"), COUNT);
    BarsFixture.labels(file("labels.idx"), COUNT);
  }

  private String[] fid(String... more) {
    List<String> args = new ArrayList<>(List.of("evaluate", file("model").toString(), "--fid"));
    args.addAll(Arrays.asList(more));
    return args.toArray(String[]::new);
  }

  private int measure(String... more) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "--data",
                file("bars.idx").toString(),
                "--labels",
                file("labels.idx").toString(),
                "--count",
                "9",
                "--steps",
                "3"));
    args.addAll(Arrays.asList(more));
    return haze(fid(args.toArray(String[]::new)));
  }

  private void assertRefused(int code, String line, String... more) {
    assertFails(code, line, fid(more));
  }

  @Test
  void theDistanceIsMeasuredWithAClassifierThatIsTrainedOnceAndForAnyNumberOfThreads()
      throws IOException {
    assertEquals(0, measure("--threads", "1"), err.toString());
    Path classifier = file("model/evaluation/classifier.safetensors");
    assertTrue(out.toString().contains("classifier  step 3/3"), out.toString());
    assertTrue(out.toString().contains("sample  step 3/3"), out.toString());
    assertTrue(
        out.toString()
            .matches(
                "(?s).*wrote \\S*classifier.safetensors: reads [0-9.]+ % of"
                    + " 10 images right that it did not learn from\\R.*"),
        out.toString());
    assertTrue(
        out.toString()
            .matches(
                "(?s).*\\RFrechet distance [0-9.]+ \\(features: 64 numbers of Haze's"
                    + " own bars.idx classifier, [0-9.]+ % accurate; 9 samples against 70 images of"
                    + " bars.idx\\)\\R.*wrote \\S*frechet.json\\R"),
        out.toString());
    byte[] first = Files.readAllBytes(file("model/evaluation/frechet.json"));
    byte[] weights = Files.readAllBytes(classifier);

    assertEquals(0, measure("--threads", "3"), err.toString());
    assertFalse(out.toString().contains("wrote " + classifier), out.toString());
    assertArrayEquals(first, Files.readAllBytes(file("model/evaluation/frechet.json")));

    Path other = file("new/other.safetensors");
    assertEquals(0, measure("--threads", "2", "--classifier", other.toString()), err.toString());
    assertArrayEquals(weights, Files.readAllBytes(other));
    assertArrayEquals(first, Files.readAllBytes(file("model/evaluation/frechet.json")));
  }

  @Test
  void theNumbersAreThoseOfTheFrontDoor() throws IOException {
    assertEquals(0, measure("--sampler", "ddim", "--seed", "4"), err.toString());
    FrechetData data =
        FrechetData.of(
            DataSource.parse(
                file("bars.idx").toString(), DataOptions.NONE.withLabels(file("labels.idx"))));
    SampleReport report =
        new FrechetEvaluation(Pipeline.load(file("model")))
            .run(
                new FrechetRequest(
                    data, SampleRequest.of(9).sampler(SamplerKind.DDIM).steps(3).seed(4)),
                TrainedClassifier.train(data));
    JsonObject json = JsonObject.read(file("model/evaluation/frechet.json"));
    report.members().forEach((key, value) -> assertEquals(value, json.value(key), key));
    assertEquals(report.members().keySet(), json.keys());
  }

  /// Of a run on its own images, `train` are these: MNIST's would be read by a classifier of
  /// digits.
  @Test
  void aRunOnOtherImagesIsComparedWithThose() throws IOException {
    Files.createDirectories(file("model/training"));
    Files.writeString(
        file("model/training/config.json"),
        "{\"data\": \"%s\", \"labels\": \"%s\"}".formatted(file("bars.idx"), file("labels.idx")));
    assertEquals(0, haze(fid("--data", "train", "--count", "9", "--steps", "3")), err.toString());
    assertTrue(out.toString().contains("9 samples against 70 images of bars.idx"), out.toString());
    assertRefused(
        2,
        "haze: the run learned from bars.idx, which has no images to measure with: --data says"
            + " which to take, train or a path; see haze evaluate --help");
  }

  @Test
  void aClassifierOfOtherImagesIsUsedOnlyIfItIsChosen() throws IOException {
    Path kept = file("model/evaluation/classifier.safetensors");
    new TrainedClassifier(new Classifier(Shape.of(8, 8, 1), 10), "MNIST", 0.99, 10).save(kept);
    assertEquals(1, measure());
    assertEquals(
        "haze: model/evaluation/classifier.safetensors: learned from MNIST, not from bars.idx;"
            + " --classifier says which to take, this one or a new file\n",
        err.toString().replace(directory + "/", ""));
    assertEquals(0, measure("--classifier", kept.toString()), err.toString());
  }

  @Test
  void aClassifierThatGuessesIsWarnedOfAndAnotherReportKeepsTheEarlierOne() throws IOException {
    Path classifier = file("c.safetensors");
    new TrainedClassifier(new Classifier(Shape.of(8, 8, 1), 2), "bars", 0.43, 10).save(classifier);
    assertEquals(0, measure("--classifier", classifier.toString()), err.toString());
    assertTrue(
        out.toString()
            .contains("warning: the classifier reads 43.0 % of 2 classes right, and chance 50.0 %"),
        out.toString());
    assertEquals(0, measure("--classifier", classifier.toString(), "--seed", "1"), err.toString());
    assertTrue(out.toString().contains("kept the earlier result in "), out.toString());
    assertTrue(Files.exists(file("model/evaluation/earlier-1/frechet.json")));
  }

  @Test
  void damagedWeightsAreNamed() throws IOException {
    Pipeline pipeline = PipelineGolden.untrained(PipelineGolden.TINY, PipelineGolden.SHORT);
    pipeline.unet().parameters().get("conv_out.bias").value().fill(Float.NaN);
    pipeline.save(file("model"));
    assertEquals(1, measure());
    assertEquals(
        "haze: model: the network's output is no number (NaN or infinite), its weights are"
            + " damaged\n",
        err.toString().replace(directory + "/", ""));
    assertFalse(Files.exists(file("model/evaluation/frechet.json")));
  }

  @Test
  void theFileSaysAll() throws IOException {
    assertEquals(0, measure("--sampler", "ddim", "--seed", "4"), err.toString());
    JsonObject json = JsonObject.read(file("model/evaluation/frechet.json"));
    assertTrue(json.number("frechet_distance", -1) > 0);
    assertEquals(9, json.value("samples"));
    assertEquals(COUNT, json.value("reference_images"));
    assertEquals("images of bars.idx", json.value("reference"));
    assertEquals(64, json.value("features"));
    assertEquals("bars.idx", json.value("classifier_data"));
    assertEquals(10, json.value("classifier_measured_on"));
    assertEquals("ddim", json.value("sampler"));
    assertEquals(3, json.value("steps"));
    assertEquals("4", json.value("seed"));
    assertEquals(9, json.integers("histogram", List.of()).stream().mapToInt(i -> i).sum());
    assertFalse(json.has("asked"));
  }

  @Test
  void aModelOfClassesIsComparedWithTheRequestedOnes() throws IOException {
    UNetConfig config =
        PipelineGolden.TINY.with(8, 8, 1, 1, OptionalInt.of(BarsFixture.CLASSES + 1));
    PipelineGolden.untrained(config, PipelineGolden.SHORT).save(file("model"));
    assertEquals(0, measure("--class", "2,1", "--guidance", "1.5"), err.toString());
    JsonObject json = JsonObject.read(file("model/evaluation/frechet.json"));
    assertEquals(List.of(0, 4, 5), json.integers("asked", List.of()));
    assertTrue(json.number("agreement", -1) >= 0);
    assertEquals(1.5, json.number("guidance", 0));
    assertTrue(
        out.toString().contains("the predicted class is the requested one for"), out.toString());
  }

  @Test
  void aClassThatTheClassifierDoesNotKnowIsRefusedBeforeTheWork() throws IOException {
    UNetConfig config = PipelineGolden.TINY.with(8, 8, 1, 1, OptionalInt.of(6));
    PipelineGolden.untrained(config, PipelineGolden.SHORT).save(file("model"));
    new TrainedClassifier(new Classifier(Shape.of(8, 8, 1), 3), "bars", 0.5, 10)
        .save(file("c.safetensors"));
    assertRefused(
        1,
        "haze: sample quality: the classifier knows 3 classes, there is no 3",
        "--data",
        file("bars.idx").toString(),
        "--classifier",
        file("c.safetensors").toString());
  }

  @Test
  void withoutLabelsAClassifierIsNeeded() throws IOException {
    assertRefused(
        1,
        "haze: bars.idx: has no labels to train a classifier on; --labels gives them,"
            + " --classifier a trained one",
        "--data",
        file("bars.idx").toString());
    new TrainedClassifier(new Classifier(Shape.of(8, 8, 1), 3), "bars", 0.5, 10)
        .save(file("c.safetensors"));
    assertEquals(
        0,
        haze(
            fid(
                "--data",
                file("bars.idx").toString(),
                "--classifier",
                file("c.safetensors").toString(),
                "--count",
                "2",
                "--steps",
                "1")),
        err.toString());
  }

  @Test
  void imagesOrAClassifierOfAnotherSizeAreNamed() throws IOException {
    assertRefused(
        1, "haze: MNIST: images [28, 28, 1], but the model makes [8, 8, 1]", "--data", "test");
    new TrainedClassifier(new Classifier(Shape.of(8, 9, 1), 3), "bars", 0.5, 10)
        .save(file("c.safetensors"));
    assertRefused(
        1,
        "haze: c.safetensors: images [8, 9, 1], but the model makes [8, 8, 1]",
        "--data",
        file("bars.idx").toString(),
        "--classifier",
        file("c.safetensors").toString());
    Files.writeString(file("c.safetensors"), "no");
    assertRefused(
        1,
        "haze: c.safetensors: expected the length of a header, 8 bytes, but the file" + " has 2",
        "--data",
        file("bars.idx").toString(),
        "--classifier",
        file("c.safetensors").toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --count 1       | --count is 1, expected at least 2
          --count x       | --count is x, expected a whole number
          --steps 21      | --steps is 21, but the model was trained on 20 timesteps
          --threads 0     | --threads is 0, expected 1 to 1024
          --labels x      | --labels is for --data PATH
          --images 3      | --images is for the bound and --continuous and --ode, not for --fid
          --timesteps 3   | --timesteps is for the bound and --continuous, not for --fid
          --class 1       | --class is for a model that was trained with labels (haze train --conditional) or clusters
          """)
  void wrongUsageIsOneLineAndExitCodeTwo(String options, String problem) {
    assertRefused(2, "haze: " + problem + "; see haze evaluate --help", options.split(" "));
  }
}
