package haze.diffusion.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.diffusion.GoldenFiles;
import haze.nn.ParameterVector;
import haze.nn.Weights;
import haze.nn.safetensors.SafetensorsFile;
import haze.nn.safetensors.TensorFile;
import haze.nn.unet.UNet;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Files that diffusers wrote, see `golden/files/ORIGIN.md`.
class WeightsFilesTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden/files");
  private static final String PLAIN = "diffusion_pytorch_model.safetensors";
  private static final String FP16 = "diffusion_pytorch_model.fp16.safetensors";

  @TempDir Path directory;

  /// A network's directory with files of the golden ones under other names.
  private void copy(String golden, String name) throws IOException {
    Files.copy(GOLDEN.resolve(golden), directory.resolve(name));
  }

  private String invalid(@Nullable String variant) {
    String message =
        assertThrows(
                IOException.class,
                () -> WeightsFiles.open(directory, Optional.ofNullable(variant)).close())
            .getMessage();
    return message.replace(directory + "/", "").replace(directory.toString(), "unet");
  }

  @ParameterizedTest
  @CsvSource({
    "fp16, diffusion_pytorch_model.safetensors, F16",
    "bf16, diffusion_pytorch_model.safetensors, BF16",
    "bin, diffusion_pytorch_model.bin, F32",
    "variant-fp16-alone, diffusion_pytorch_model.fp16.safetensors, F16",
    "shards, diffusion_pytorch_model.safetensors.index.json, F32",
    "shards-variant-fp16, diffusion_pytorch_model.safetensors.index.fp16.json, F16"
  })
  void weightsAreFoundUnderEveryName(String pipeline, String name, String type) throws IOException {
    Path unet = GOLDEN.resolve(pipeline).resolve("unet");
    try (TensorFile file = WeightsFiles.open(unet, Optional.empty())) {
      assertEquals(unet.resolve(name).toString(), file.name());
      assertEquals(Shape.of(8, 1, 3, 3), described(file, "conv_in.weight").shape());
      assertEquals(type, described(file, "conv_in.weight").dtype().toString());
      assertEquals(Shape.of(8, 1, 3, 3), file.tensor("conv_in.weight").shape());
      assertEquals(144, file.entries().size());
    }
  }

  /// What diffusers computes with these weights.
  @ParameterizedTest
  @CsvSource({
    "fp16",
    "bf16",
    "bin",
    "variant-fp16-alone",
    "shards",
    "shards-variant-fp16",
    "unet-ema",
    "unknown-keys"
  })
  void theNetworkComputesWhatDiffusersDoes(String pipeline) throws IOException {
    Map<String, Tensor> expected = GoldenFiles.tensors("files/" + pipeline + "/expected");
    Tensor samples = GoldenFiles.images(Objects.requireNonNull(expected.get("sample")));
    try (Workers workers = new Workers(1);
        var file = SafetensorsFile.open(GOLDEN.resolve(pipeline + "/expected.safetensors"))) {
      long[] timesteps = file.longs("timesteps");
      ShardedUNet unet = new ShardedUNet(Pipeline.load(GOLDEN.resolve(pipeline)).unet(), workers);
      for (int i = 0; i < timesteps.length; i++) {
        float[] made = unet.predict(samples.slice(i, 1), timesteps[i]).toArray();
        float[] theirs =
            GoldenFiles.images(Objects.requireNonNull(expected.get("output")))
                .slice(i, 1)
                .toArray();
        assertArrayEquals(theirs, made, 1e-5f);
      }
    }
  }

  /// The outputs of the two differ by 6e-7 only, so the weights are compared.
  @Test
  void theAverageIsReadFromItsOwnFile() throws IOException {
    Path pipeline = GOLDEN.resolve("unet-ema");
    LoadChoice average = new LoadChoice(true, Optional.empty(), Optional.empty(), Optional.empty());
    UNet expected = new UNet(Pipeline.load(pipeline).unet().config());
    try (TensorFile file = WeightsFiles.open(pipeline.resolve("unet_ema"), Optional.empty())) {
      Weights.load(expected.parameters(), file);
    }
    float[] averaged = new ParameterVector(expected).values();
    assertArrayEquals(
        averaged, new ParameterVector(Pipeline.load(pipeline, average).unet()).values());
    float[] plain = new ParameterVector(Pipeline.load(pipeline).unet()).values();
    assertFalse(Arrays.equals(averaged, plain));
  }

  @Test
  void keysThatNobodyKnowsAreNamed() throws IOException {
    assertEquals(
        List.of("a_key_of_the_future", "another_unknown"),
        Pipeline.unknownKeys(GOLDEN.resolve("unknown-keys")));
    assertEquals(List.of(), Pipeline.unknownKeys(GOLDEN.resolve("unet-ema")));
  }

  private static TensorFile.Description described(TensorFile file, String tensor) {
    return Objects.requireNonNull(file.entries().get(tensor));
  }

  @Test
  void shardsHoldTheirOwnTensors() throws IOException {
    Path unet = GOLDEN.resolve("shards/unet");
    int tensors = 0;
    List<Path> shards;
    try (Stream<Path> files = Files.list(unet)) {
      shards = files.filter(file -> file.toString().endsWith(".safetensors")).toList();
    }
    try (TensorFile all = WeightsFiles.open(unet, Optional.empty())) {
      for (Path shard : shards) {
        try (TensorFile one = WeightsFiles.openOne(shard)) {
          for (String name : one.entries().keySet()) {
            assertArrayEquals(one.tensor(name).toArray(), all.tensor(name).toArray(), name);
            tensors++;
          }
        }
      }
      assertEquals(all.entries().size(), tensors);
    }
  }

  @Test
  void filesWithoutAWordComeFirstAndAVariantIsChosenByItsWord() throws IOException {
    copy("fp16/unet/" + PLAIN, FP16);
    copy("bin/unet/diffusion_pytorch_model.bin", "diffusion_pytorch_model.bin");
    assertOpens(null, "diffusion_pytorch_model.bin");
    assertOpens("fp16", FP16);
    assertEquals("unet: has no weights of the variant bf16, there are fp16", invalid("bf16"));
    copy("bf16/unet/" + PLAIN, PLAIN);
    assertOpens(null, PLAIN);
    Files.delete(directory.resolve(PLAIN));
    Files.delete(directory.resolve("diffusion_pytorch_model.bin"));
    assertOpens(null, FP16);
    copy("bf16/unet/" + PLAIN, "diffusion_pytorch_model.bf16.safetensors");
    assertEquals(
        "unet: has several variants, there are bf16, fp16: choose one with --variant",
        invalid(null));
    assertOpens("bf16", "diffusion_pytorch_model.bf16.safetensors");
  }

  private void assertOpens(@Nullable String variant, String name) throws IOException {
    try (TensorFile file = WeightsFiles.open(directory, Optional.ofNullable(variant))) {
      assertEquals(directory.resolve(name).toString(), file.name());
    }
  }

  @Test
  void whatTheIndexAndItsFilesDoNotAgreeOnIsNamed() throws IOException {
    assertEquals(PLAIN + ": no such file", invalid(null));
    Path from = GOLDEN.resolve("shards/unet");
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, directory.resolve(file.getFileName().toString()));
      }
    }
    String index = PLAIN + ".index.json";
    String good = Files.readString(directory.resolve(index));
    String last = "diffusion_pytorch_model-00004-of-00004.safetensors";
    Files.move(directory.resolve(last), directory.resolve("moved"));
    assertEquals(last + ": no such file", invalid(null));
    Files.move(directory.resolve("moved"), directory.resolve(last));
    rewrite(index, good.replace("\"conv_in.bias\"", "\"conv_in.other\""));
    assertEquals(
        index
            + ": expects conv_in.other in diffusion_pytorch_model-00001-of-00004.safetensors, which"
            + " lacks it",
        invalid(null));
    rewrite(index, good.replaceFirst("\"conv_in.bias\": [^,]*,", ""));
    assertEquals(
        index
            + ": does not list conv_in.bias of diffusion_pytorch_model-00001-of-00004.safetensors",
        invalid(null));
    rewrite(index, good.replace("\"" + last, "\"elsewhere/" + last));
    assertEquals(index + ": weight_map names elsewhere/" + last, invalid(null));
    rewrite(index, "{}");
    assertEquals(index + ": weight_map is null, expected the file of each tensor", invalid(null));
  }

  private void rewrite(String name, String content) throws IOException {
    Files.writeString(directory.resolve(name), content);
  }
}
