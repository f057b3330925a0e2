package haze.diffusion.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.GoldenFiles;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.editing.Conditioning;
import haze.diffusion.editing.EditListener;
import haze.diffusion.editing.ImageEditing;
import haze.diffusion.evaluation.bound.BoundEvaluation;
import haze.diffusion.evaluation.bound.BoundRequest;
import haze.nn.unet.UNetConfig;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A class model of diffusers, whose ten labels are ten classes, beside Haze's, whose last label
/// stands for no class; see `golden/files/ORIGIN.md`.
class EveryLabelIsAClassTest {
  private static final Path CLASSES = Path.of("src/test/resources/golden/files/classes-10");

  @TempDir Path directory;

  @Test
  void theNetworksOutputIsThatOfDiffusers() throws IOException {
    Map<String, Tensor> expected = GoldenFiles.tensors("files/classes-10/expected");
    Pipeline model = Pipeline.load(CLASSES);
    int[] labels = integers(expected.get("class_labels"));
    float[] timesteps = expected.get("timesteps").toArray();
    try (Workers workers = new Workers(2)) {
      assertArrayEquals(
          GoldenFiles.images(expected.get("output")).toArray(),
          new ShardedUNet(model.unet(), workers)
              .predict(GoldenFiles.images(expected.get("sample")), timesteps, labels)
              .toArray(),
          1e-5f);
    }
  }

  private static int[] integers(Tensor tensor) {
    int[] integers = new int[tensor.size()];
    for (int i = 0; i < integers.length; i++) {
      integers[i] = (int) tensor.toArray()[i];
    }
    return integers;
  }

  @Test
  void allOfItsClassesAreDrawnAndThereIsNoGuidance() throws IOException {
    Pipeline model = Pipeline.load(CLASSES);
    UNetConfig network = model.unet().config();
    assertEquals(10, network.classes());
    assertEquals(OptionalInt.empty(), network.noClassLabel());
    SampleRequest ten = SampleRequest.of(10).steps(3);
    assertArrayEquals(new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, ten.labels(model));
    float[] ninth = model.sample(ten).at(9).toArray();
    assertArrayEquals(ninth, model.sample(ten.classes(9)).at(9).toArray());
    assertFalse(Arrays.equals(ninth, model.sample(ten.classes(8)).at(9).toArray()));
    assertEquals(
        "guidance is for a model that was also trained without a class, but every label of this one"
            + " is a class",
        assertThrows(RequestException.class, () -> model.sample(ten.guidance(3))).getMessage());
    assertTrue(
        Pipeline.describe(CLASSES).lines().contains("classes     10, from 0 to 9, always one"));
  }

  @Test
  void itsBoundNeedsImagesWithLabels() throws IOException {
    Pipeline model = Pipeline.load(CLASSES);
    byte[] levels = new byte[2 * 64];
    BoundRequest without =
        BoundRequest.of(ImageDataset.ofLevels(levels, Shape.of(8, 8, 1))).timesteps(2);
    String message =
        assertThrows(RequestException.class, () -> new BoundEvaluation(model).run(without))
            .getMessage();
    assertTrue(message.endsWith("no labels, but every label of the model is a class"), message);
    BoundRequest with =
        BoundRequest.of(ImageDataset.ofLevels(levels, Shape.of(8, 8, 1), 3, 9)).timesteps(2);
    assertEquals(2, new BoundEvaluation(model).run(with).images());
  }

  @Test
  void anEditNeedsAClass() throws IOException {
    Pipeline model = Pipeline.load(CLASSES);
    Tensor image = Tensor.full(-0.5f, 1, 8, 8, 1);
    SamplerChoice steps = SamplerChoice.DEFAULT.steps(3);
    try (Workers workers = new Workers(1)) {
      assertEquals(
          "class is not given, but every label of the model is a class, 0 to 9",
          assertThrows(
                  RequestException.class,
                  () ->
                      new ImageEditing(
                          model, steps, 0, workers, EditListener.NONE, Conditioning.NONE))
              .getMessage());
      assertEquals(
          "class is 10, expected 0 to 9",
          assertThrows(
                  RequestException.class,
                  () -> new ImageEditing(model, steps, 0, workers, EditListener.NONE, ofClass(10)))
              .getMessage());
      float[] nine = denoised(model, image, workers, 9);
      assertFalse(Arrays.equals(nine, denoised(model, image, workers, 8)));
    }
  }

  private static Conditioning ofClass(int label) {
    return new Conditioning(OptionalInt.of(label), OptionalDouble.empty());
  }

  private static float[] denoised(Pipeline model, Tensor image, Workers workers, int label) {
    return new ImageEditing(
            model, SamplerChoice.DEFAULT.steps(3), 0, workers, EditListener.NONE, ofClass(label))
        .denoise(image, 900, 1)
        .tensors()
        .get("images")
        .toArray();
  }

  @Test
  void hazesOwnModelsAreKnownByTheirKeyAndOlderRunsByTheirSettings() throws IOException {
    UNetConfig three = UNetConfig.builder(8, 1).channels(8, 16).labels(OptionalInt.of(3)).build();
    PipelineGolden.untrained(three, PipelineGolden.SHORT).save(directory);
    Path file = directory.resolve("unet/config.json");
    String own = Files.readString(file);
    assertTrue(own.contains("\"_haze_no_class\": 2,"), own);
    assertEquals(three, Pipeline.load(directory).unet().config());
    Files.writeString(file, own.replace("  \"_haze_no_class\": 2,\n", ""));
    assertEquals(3, Pipeline.load(directory).unet().config().classes());
    Files.createDirectories(directory.resolve("training"));
    Files.writeString(directory.resolve("training/config.json"), "{}");
    assertEquals(three, Pipeline.load(directory).unet().config());
    Files.writeString(file, own.replace("\"_haze_no_class\": 2", "\"_haze_no_class\": 1"));
    assertEquals(
        file + ": _haze_no_class is 1, expected the last label, 2",
        assertThrows(IOException.class, () -> Pipeline.load(directory)).getMessage());
  }

  /// Written again, it is still what it was.
  @Test
  void aModelOfDiffusersStaysOne() throws IOException {
    Pipeline model = Pipeline.load(CLASSES);
    model.save(directory);
    assertEquals(
        Files.readString(CLASSES.resolve("unet/config.json")),
        Files.readString(directory.resolve("unet/config.json")));
    assertEquals(List.of(), Pipeline.load(directory).scheduler().unknownKeys());
    assertEquals(10, Pipeline.load(directory).unet().config().classes());
  }
}
