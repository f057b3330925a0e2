package haze.diffusion.pipeline;

import static haze.diffusion.pipeline.PipelineGolden.SHORT;
import static haze.diffusion.pipeline.PipelineGolden.TINY;
import static haze.diffusion.pipeline.PipelineGolden.untrained;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.nn.ParameterVector;
import haze.nn.safetensors.SafetensorsFile;
import haze.nn.unet.UNet;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PipelineTest {
  private static final List<String> FILES =
      List.of(
          "model_index.json",
          "scheduler/scheduler_config.json",
          "unet/config.json",
          "unet/diffusion_pytorch_model.safetensors");

  @TempDir Path directory;

  private String invalid(Path pipeline) {
    return assertThrows(IOException.class, () -> Pipeline.load(pipeline))
        .getMessage()
        .replace(directory + "/", "");
  }

  private Path saved(String name) throws IOException {
    Path pipeline = directory.resolve(name);
    untrained(TINY, SHORT).save(pipeline);
    return pipeline;
  }

  @Test
  void aPipelineThatIsReadAndWrittenAgainHasTheSameBytes() throws IOException {
    Path first = saved("a/b");
    Path second = directory.resolve("c");
    Pipeline loaded = Pipeline.load(first);
    assertEquals(SHORT, loaded.scheduler());
    assertEquals(TINY, loaded.unet().config());
    loaded.save(second);
    for (String file : FILES) {
      assertEquals(-1, Files.mismatch(first.resolve(file), second.resolve(file)), file);
    }
    try (Stream<Path> all = Files.walk(second)) {
      assertEquals(
          FILES,
          all.filter(Files::isRegularFile)
              .map(file -> second.relativize(file).toString())
              .sorted()
              .toList());
    }
    assertEquals(
        """
        {
          "_class_name": "DDPMPipeline",
          "_diffusers_version": "0.40.0.dev0",
          "scheduler": [
            "diffusers",
            "DDPMScheduler"
          ],
          "unet": [
            "diffusers",
            "UNet2DModel"
          ]
        }
        """,
        Files.readString(first.resolve("model_index.json")));
  }

  @Test
  void savingReplacesTheModelAndLeavesWhatElseIsThere() throws IOException {
    Path pipeline = saved("a");
    Files.writeString(pipeline.resolve("metrics.csv"), "step");
    Pipeline other = untrained(TINY, SHORT);
    other.unet().parameters().values().forEach(parameter -> parameter.value().fill(3));
    other.save(pipeline);
    assertEquals(3, Pipeline.load(pipeline).unet().parameters().get("conv_in.bias").value().get(0));
    assertEquals("step", Files.readString(pipeline.resolve("metrics.csv")));
  }

  @Test
  void aSummaryIsReadFromTheFilesAlone() throws IOException {
    Pipeline.Summary summary = Pipeline.describe(saved("a"));
    assertEquals(TINY, summary.unet());
    assertEquals(SHORT, summary.scheduler());
    assertEquals(List.of("F32"), summary.types());
    assertEquals(
        new UNet(TINY)
            .parameters().values().stream().mapToInt(parameter -> parameter.value().size()).sum(),
        summary.parameters());
  }

  @Test
  void theDenoiserAnswersAsDiffusersDoes() throws IOException {
    Pipeline pipeline = Pipeline.load(PipelineGolden.oldNames(directory.resolve("a")));
    try (Workers workers = new Workers(1);
        var io = SafetensorsFile.open(PipelineGolden.path("unet-old-names/io.safetensors"))) {
      // One channel: [1, 1, 8, 8] and [1, 8, 8, 1] are the same data.
      Tensor epsilon =
          new ShardedUNet(pipeline.unet(), workers)
              .predict(
                  io.tensor("sample").reshape(haze.tensor.Shape.of(1, 8, 8, 1)),
                  (int) io.longs("timesteps")[0]);
      assertArrayEquals(io.tensor("output").toArray(), epsilon.toArray(), 1e-5f);
    }
  }

  @Test
  void anImageDoesNotDependOnItsBatchNorOnTheThreads() {
    UNet unet = untrained(TINY, SHORT).unet();
    int images = 2 * ShardedUNet.SHARD + 3;
    Tensor xt = new Rng(1, 2, 3, 4).normal(Tensor.zeros(images, 8, 8, 1));
    Tensor before = xt.copy();
    try (Workers one = new Workers(1);
        Workers three = new Workers(3)) {
      ShardedUNet alone = new ShardedUNet(unet, one);
      float[] all = alone.predict(xt, 7).toArray();
      ShardedUNet shared = new ShardedUNet(unet, three);
      for (int repeat = 0; repeat < 3; repeat++) {
        assertArrayEquals(all, shared.predict(xt, 7).toArray());
      }
      for (int count = 1; count <= images; count++) {
        float[] part = alone.predict(xt.slice(images - count, count), 7).toArray();
        for (int i = 0; i < part.length; i++) {
          assertEquals(all[(images - count) * 64 + i], part[i], "image of " + count);
        }
      }
      assertFalse(java.util.Arrays.equals(all, alone.predict(xt, 8).toArray()));
    }
    assertArrayEquals(before.toArray(), xt.toArray());
  }

  @Test
  void aPipelineWithoutSubdirectoriesIsUnderstood() throws IOException {
    Path old = PipelineGolden.oldNames(directory.resolve("a"));
    Path flat = Files.createDirectory(directory.resolve("flat"));
    for (String file : FILES) {
      Files.copy(old.resolve(file), flat.resolve(Path.of(file).getFileName()));
    }
    assertEquals(TINY, Pipeline.load(flat).unet().config());
  }

  @Test
  void whatIsNoPipelineIsNamed() throws IOException {
    assertEquals("nothing: no such directory", invalid(directory.resolve("nothing")));
    Path file = Files.writeString(directory.resolve("file"), "x");
    assertEquals("file: not a directory, expected that of a model", invalid(file));
    Path empty = Files.createDirectory(directory.resolve("empty"));
    assertEquals("empty: not a pipeline directory, it has no model_index.json", invalid(empty));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "scheduler/scheduler_config.json",
        "unet/config.json",
        "unet/diffusion_pytorch_model.safetensors"
      })
  void aMissingFileIsNamed(String file) throws IOException {
    Files.delete(saved("a").resolve(file));
    assertEquals("a/" + file + ": no such file", invalid(directory.resolve("a")));
  }

  @Test
  void theDirectoryOfAPartIsNoModel() throws IOException {
    Path unet = saved("a").resolve("unet");
    assertEquals(
        "a/unet: not a pipeline directory, it has no model_index.json; the directory above it has"
            + " one",
        invalid(unet));
    assertEquals(
        "a/model_index.json: not a directory, expected that of a model",
        invalid(directory.resolve("a/model_index.json")));
  }

  @Test
  void theAverageIsReadIfItIsChosen() throws IOException {
    Path pipeline = saved("a");
    LoadChoice average = new LoadChoice(true, Optional.empty(), Optional.empty(), Optional.empty());
    assertEquals(
        "a/unet_ema: no such directory, expected the average of a/unet",
        assertThrows(IOException.class, () -> Pipeline.load(pipeline, average))
            .getMessage()
            .replace(directory + "/", ""));
    Pipeline other = PipelineGolden.untrained(PipelineGolden.TINY, PipelineGolden.SHORT);
    new ParameterVector(other.unet()).values()[0] = 7;
    other.save(directory.resolve("b"));
    Files.move(directory.resolve("b/unet"), pipeline.resolve("unet_ema"));
    assertEquals(7, new ParameterVector(Pipeline.load(pipeline, average).unet()).values()[0]);
    assertNotEquals(7, new ParameterVector(Pipeline.load(pipeline).unet()).values()[0]);
  }

  @Test
  void otherPipelinesAreNamed() throws IOException {
    Path index = saved("a").resolve("model_index.json");
    String good = Files.readString(index);
    Files.writeString(index, good.replace("DDPMPipeline", "StableDiffusionPipeline"));
    assertEquals(
        "a/model_index.json: _class_name is \"StableDiffusionPipeline\", "
            + "Haze supports \"DDPMPipeline\" or \"DDIMPipeline\" or \"PNDMPipeline\"",
        invalid(directory.resolve("a")));
    Files.writeString(index, good.replace("UNet2DModel", "UNet1DModel"));
    assertEquals(
        "a/model_index.json: unet is [\"diffusers\",\"UNet1DModel\"], "
            + "Haze supports [\"diffusers\",\"UNet2DModel\"]",
        invalid(directory.resolve("a")));
    Files.writeString(
        index, good.replaceFirst("\"diffusers\",\\s+\"DDPMScheduler\"", "null, null"));
    assertTrue(invalid(directory.resolve("a")).startsWith("a/model_index.json: scheduler is "));
    Files.writeString(index, good.replaceFirst("\\{", "{\"vae\": [null, null],"));
    assertEquals("a/model_index.json: unknown key vae", invalid(directory.resolve("a")));
  }

  @Test
  void aConfigurationThatIsLargerThanTheWeightsMakesNoNetwork() throws IOException {
    Path config = saved("a").resolve("unet/config.json");
    String good = Files.readString(config);
    for (String large :
        List.of(
            good.replace("\"layers_per_block\": 1", "\"layers_per_block\": 1000"),
            good.replaceFirst("8,\n *16", "16384,16384"),
            good.replace("\"in_channels\": 1", "\"in_channels\": 16000")
                .replace("\"out_channels\": 1", "\"out_channels\": 16000"))) {
      Files.writeString(config, large);
      String message = invalid(directory.resolve("a"));
      assertTrue(message.contains("does not fit the network: holds"), message);
    }
    Files.writeString(config, good.replace("\"layers_per_block\": 1", "\"layers_per_block\": 2"));
    String message = invalid(directory.resolve("a"));
    assertTrue(
        message.startsWith("a/unet/diffusion_pytorch_model.safetensors: does not fit the network"),
        message);
    Files.writeString(config, good.replace("\"out_channels\": 1", "\"out_channels\": 2"));
    assertEquals(
        "a/unet/config.json: out_channels is 2, expected 1 " + "because in_channels is 1",
        invalid(directory.resolve("a")));
  }
}
