package haze.diffusion.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.diffusion.io.BadFileException;
import haze.nn.unet.UNetConfig;
import haze.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UNetConfigFileTest {
  @TempDir Path directory;

  private UNetConfig read(String json) throws IOException {
    return UNetConfigFile.read(Files.writeString(directory.resolve("config.json"), json));
  }

  /// The golden configuration with one value changed.
  private String changed(String key, String value) throws IOException {
    String json = Files.readString(PipelineGolden.path("unet-tiny/config.json"));
    String with =
        json.replaceFirst("\"" + key + "\": (\\[[^]]*]|[^,\n]*)", "\"" + key + "\": " + value);
    return with.equals(json) ? json.replaceFirst("\\{", "{\"" + key + "\": " + value + ",") : with;
  }

  private String invalid(String json) {
    return assertThrows(BadFileException.class, () -> read(json))
        .getMessage()
        .replace(directory + "/", "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"unet-tiny", "unet-tiny-ddpm", "unet-old-names"})
  void aFileOfDiffusersIsWrittenAgainByteForByte(String name) throws IOException {
    Path file = PipelineGolden.path(name + "/config.json");
    assertEquals(
        Files.readString(file), UNetConfigFile.write(UNetConfigFile.read(file)).toString());
  }

  @Test
  void theKeysMeanWhatTheyMeanInDiffusers() throws IOException {
    assertEquals(
        PipelineGolden.TINY, UNetConfigFile.read(PipelineGolden.path("unet-tiny/config.json")));
    assertEquals(
        UNetConfig.builder(8, 3)
            .layers(2)
            .channels(8, 16)
            .attentionAt(1)
            .groups(4)
            .eps(1e-6)
            .ddpm()
            .build(),
        UNetConfigFile.read(PipelineGolden.path("unet-tiny-ddpm/config.json")));
    assertEquals(0.5, read(changed("freq_shift", "0.5")).freqShift());
    assertEquals(false, read(changed("add_attention", "false")).midAttention());
  }

  @Test
  void missingKeysHaveTheDefaultsOfTheClass() throws IOException {
    assertEquals(
        UNetConfig.builder(64, 3)
            .layers(2)
            .channels(224, 448, 672, 896)
            .attentionAt(1, 2, 3)
            .headChannels(8)
            .groups(32)
            .build(),
        read("{\"sample_size\": 64}"));
  }

  @Test
  void remarksOfTheWriterAndOtherWordsForTheSameAreAccepted() throws IOException {
    for (String json :
        List.of(
            changed("_name_or_path", "\"/x\""),
            changed("act_fn", "\"swish\""),
            changed("mid_block_scale_factor", "1.0"),
            changed("dropout", "0"),
            changed("sample_size", "[8, 8]"))) {
      assertEquals(PipelineGolden.TINY, read(json));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          _class_name             | "UNet2DConditionModel" | Haze supports "UNet2DModel"
          act_fn                  | "gelu"       | Haze supports "silu" or "swish"
          attn_norm_num_groups    | 4            | Haze supports null
          center_input_sample     | true         | Haze supports false
          class_embed_type        | "timestep"   | Haze supports null
          downsample_type         | "resnet"     | Haze supports "conv"
          upsample_type           | "resnet"     | Haze supports "conv"
          dropout                 | 0.1          | Haze supports 0.0
          mid_block_scale_factor  | 1.4142135    | Haze supports 1
          mid_block_type          | null         | Haze supports "UNetMidBlock2D"
          num_class_embeds        | 0            | expected a whole number from 1 to 1048576
          num_train_timesteps     | 1000         | Haze supports null
          resnet_time_scale_shift | "scale_shift" | Haze supports "default"
          time_embedding_dim      | 32           | Haze supports null
          time_embedding_type     | "fourier"    | Haze supports "positional"
          down_block_types        | ["DownBlock2D","SkipDownBlock2D"] | Haze supports DownBlock2D, AttnDownBlock2D
          up_block_types          | ["AttnDownBlock2D","UpBlock2D"]   | Haze supports UpBlock2D, AttnUpBlock2D
          sample_size             | [8]          | expected [height, width], from 1 to 16384
          sample_size             | [-8,-8]      | expected [height, width], from 1 to 16384
          sample_size             | [8,"8"]      | expected a list of whole numbers
          sample_size             | 7            | 7 x 7 cannot be halved 1 time, the nearest sizes that can: 6 x 6, 8 x 8 (width x height)
          sample_size             | [7,8]        | 8 x 7 cannot be halved 1 time, the nearest sizes that can: 8 x 6, 8 x 8 (width x height)
          sample_size             | "8"          | expected a whole number from 1 to 16384
          in_channels             | 0            | expected a whole number from 1 to 16384
          layers_per_block        | [1,2]        | expected a whole number from 1 to 1024
          layers_per_block        | 1000000000   | expected a whole number from 1 to 1024
          attention_head_dim      | [8,8]        | expected a whole number from 1 to 16384
          norm_eps                | "1e-5"       | expected a number
          flip_sin_to_cos         | 1            | expected true or false
          downsample_padding      | 2            | expected a whole number from 0 to 1
          block_out_channels      | [8,null]     | expected a list of whole numbers
          block_out_channels      | [8,100000]   | Haze supports 16 levels of 16384 channels
          """)
  void aValueThatHazeDoesNotSupportIsNamed(String key, String value, String expected)
      throws IOException {
    assertEquals(
        "config.json: " + key + " is " + value + ", " + expected, invalid(changed(key, value)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          norm_num_groups    | 3      | u-net: block_out_channels is 8, expected a multiple of norm_num_groups 3
          norm_eps           | -1     | u-net: norm_eps is -1.0, expected between 0 and 1
          block_out_channels | []     | u-net: block_out_channels is [], expected at least one level
          block_out_channels | [8]    | u-net: down_block_types is [PLAIN, ATTENTION], expected 1 blocks
          freq_shift         | 4      | u-net: freq_shift is 4.0, expected below half of block_out_channels[0]
          encoder            | true   | unknown key encoder
          """)
  void valuesThatDoNotFitTogetherAreNamed(String key, String value, String expected)
      throws IOException {
    assertEquals("config.json: " + expected, invalid(changed(key, value)));
  }

  @Test
  void imagesMayHaveAnySizeAndShape() throws IOException {
    UNetConfig any = read(changed("sample_size", "null"));
    assertEquals(Optional.empty(), any.sampleSize());
    assertEquals(any, read(UNetConfigFile.write(any).toString()));
    UNetConfig high = read(changed("sample_size", "[12, 8]"));
    assertEquals(Shape.of(12, 8, 1), high.imageShape());
    assertEquals(high, read(UNetConfigFile.write(high).toString()));
  }

  @Test
  void moreLevelsThanAnyNetworkHasAreRefused() throws IOException {
    String levels = "[" + "8,".repeat(16) + "8]";
    assertEquals(
        "config.json: block_out_channels is "
            + levels
            + ", Haze supports 16 levels of 16384 channels",
        invalid(changed("block_out_channels", levels)));
  }
}
