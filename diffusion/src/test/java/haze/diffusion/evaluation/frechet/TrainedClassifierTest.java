package haze.diffusion.evaluation.frechet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.autograd.Tape;
import haze.nn.Parameter;
import haze.nn.ParameterVector;
import haze.nn.safetensors.SafetensorsFile;
import haze.tensor.BufferPool;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainedClassifierTest {
  @TempDir Path directory;

  private final Classifier classifier = new Classifier(Shape.of(7, 10, 3), 5);
  private Path file;
  private Map<String, String> metadata;
  private Map<String, Tensor> tensors;

  @BeforeEach
  void save() throws IOException {
    new ParameterVector(classifier).initialize(1, 2, false);
    file = directory.resolve("new/classifier.safetensors");
    new TrainedClassifier(classifier, "bars", 0.75, 40).save(file);
    try (SafetensorsFile saved = SafetensorsFile.open(file)) {
      metadata = new HashMap<>(saved.metadata());
      tensors = new HashMap<>();
      for (String name : saved.entries().keySet()) {
        tensors.put(name, saved.tensor(name));
      }
    }
  }

  private void assertRefused(String problem) throws IOException {
    SafetensorsFile.write(file, metadata, tensors);
    String message =
        assertThrows(IOException.class, () -> TrainedClassifier.load(file)).getMessage();
    assertEquals(file + ": " + problem, message);
  }

  @Test
  void featuresAreThoseOfTheClassifierForAnyNumberOfThreads() {
    Tensor images = new Rng(1, 2, 3, 4).normal(Tensor.zeros(70, 7, 10, 3));
    Tensor expected;
    try (Tape tape = Tape.off(new BufferPool())) {
      expected = classifier.features(tape, tape.constant(images)).value().copy();
    }
    for (int threads : new int[] {1, 3}) {
      try (Workers workers = new Workers(threads)) {
        Tensor features =
            new TrainedClassifier(classifier, "bars", 0.75, 40).features(images, workers);
        assertEquals(Shape.of(70, Classifier.FEATURES), features.shape());
        assertArrayEquals(expected.toArray(), features.toArray(), 1e-6f);
      }
    }
  }

  @Test
  void whatIsSavedIsLoaded() throws IOException {
    TrainedClassifier loaded = TrainedClassifier.load(file);
    assertEquals(new TrainedClassifier(loaded.classifier(), "bars", 0.75, 40), loaded);
    assertEquals(Shape.of(7, 10, 3), loaded.classifier().image());
    assertEquals(5, loaded.classifier().classes());
    for (Map.Entry<String, Parameter> parameter : classifier.parameters().entrySet()) {
      assertArrayEquals(
          parameter.getValue().value().toArray(),
          loaded.classifier().parameters().get(parameter.getKey()).value().toArray());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          kind        | cat        | metadata: kind is cat, expected haze classifier
          height      | 0          | metadata: height is 0, expected a whole number from 1 to 4096
          height      | x          | metadata: height is x, expected a whole number from 1 to 4096
          width       | 4097       | metadata: width is 4097, expected a whole number from 1 to 4096
          width       | 4096       | holds 48773 numbers, too few for 5 classes of images [7, 4096, 3]
          width       | 6          | hidden.weight has shape [64, 384], expected [64, 256]
          channels    | 99999999999 | metadata: channels is 99999999999, expected a whole number from 1 to 16
          channels    | 1          | conv1.weight has shape [16, 3, 3, 3], expected [16, 1, 3, 3]
          classes     | 65537      | metadata: classes is 65537, expected a whole number from 1 to 65536
          classes     | 6          | output.weight has shape [5, 64], expected [6, 64]
          features    | 65         | metadata: features is 65, expected 64
          accuracy    | NaN        | metadata: accuracy is NaN, expected a number from 0 to 1
          accuracy    | 1.1        | metadata: accuracy is 1.1, expected a number from 0 to 1
          measured_on | -1         | metadata: measured_on is -1, expected a whole number from 1 to 2147483647
          """)
  void metadataThatDoNotFitAreNamed(String key, String value, String problem) throws IOException {
    metadata.put(key, value);
    assertRefused(problem);
  }

  @ParameterizedTest
  @CsvSource({
    "kind",
    "height",
    "width",
    "channels",
    "classes",
    "features",
    "data",
    "accuracy",
    "measured_on"
  })
  void missingMetadataAreNamed(String key) throws IOException {
    metadata.remove(key);
    assertRefused("its metadata have no " + key + ", it is no classifier of haze");
  }

  @Test
  void aNameThatWouldMoveTheCursorIsMadeHarmless() throws IOException {
    metadata.put("data", "a\u001b[2Jb");
    SafetensorsFile.write(file, metadata, tensors);
    assertEquals("a?[2Jb", TrainedClassifier.load(file).data());
  }

  @Test
  void weightsThatDoNotFitAreNamed() throws IOException {
    tensors.put("output.bias", Tensor.full(Float.POSITIVE_INFINITY, 5));
    assertRefused("output.bias holds Infinity, the weights are damaged");
    tensors.remove("output.bias");
    assertRefused("does not fit the network: missing output.bias;");
  }

  @Test
  void aFileThatIsCutOffOrMissingIsNamed() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    for (int length : new int[] {0, 7, 100, bytes.length - 1}) {
      Files.write(file, Arrays.copyOf(bytes, length));
      String message =
          assertThrows(IOException.class, () -> TrainedClassifier.load(file)).getMessage();
      assertEquals(file + ": ", message.substring(0, file.toString().length() + 2));
      assertEquals(1, message.lines().count());
    }
    Files.delete(file);
    assertEquals(
        file + ": no such file",
        assertThrows(IOException.class, () -> TrainedClassifier.load(file)).getMessage());
  }
}
