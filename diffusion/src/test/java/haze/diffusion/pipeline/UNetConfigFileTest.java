package haze.diffusion.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.io.BadFileException;
import haze.nn.unet.UNetConfig;
import haze.nn.unet.UNetSwitch;
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
          act_fn                  | "tanh"       | Haze supports "silu" or "swish" or "mish" or "gelu" or "relu"
          attn_norm_num_groups    | 0            | expected null or a whole number from 1 to 16384
          attn_norm_num_groups    | [4]          | expected null or a whole number from 1 to 16384
          center_input_sample     | 1            | expected true or false
          class_embed_type        | "projection" | Haze supports null or "timestep" or "identity"
          downsample_type         | "fir"        | Haze supports "conv" or "resnet"
          upsample_type           | null         | Haze supports "conv" or "resnet"
          dropout                 | 1            | expected a number at least 0 and below 1
          dropout                 | -0.1         | expected a number at least 0 and below 1
          dropout                 | null         | expected a number at least 0 and below 1
          mid_block_scale_factor  | 0            | expected a number above 0
          mid_block_scale_factor  | "1"          | expected a number above 0
          mid_block_type          | "UNetMidBlock2DCrossAttn" | Haze supports "UNetMidBlock2D" or null
          num_class_embeds        | 0            | expected a whole number from 1 to 1048576
          num_train_timesteps     | 1000000000   | expected null or a whole number from 1 to 100000
          resnet_time_scale_shift | "ada_group"  | Haze supports "default" or "scale_shift"
          time_embedding_dim      | 100000       | expected null or a whole number from 1 to 16384
          time_embedding_type     | {}           | Haze supports "positional" or "fourier" or "learned"
          down_block_types        | ["DownBlock2D","CrossAttnDownBlock2D"] | Haze supports DownBlock2D, AttnDownBlock2D, ResnetDownsampleBlock2D, SkipDownBlock2D, AttnSkipDownBlock2D, KDownBlock2D
          up_block_types          | ["AttnDownBlock2D","UpBlock2D"]   | Haze supports UpBlock2D, AttnUpBlock2D, ResnetUpsampleBlock2D, SkipUpBlock2D, AttnSkipUpBlock2D, KUpBlock2D
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
          attention_head_dim | 24     | u-net: attention_head_dim is 24, expected at most 16, the channels of a level with attention
          norm_num_groups    | null   | u-net: norm_num_groups is null, expected a number
          attn_norm_num_groups | 5    | u-net: attn_norm_num_groups is 5, expected a divisor of 16
          time_embedding_type | "learned" | u-net: num_train_timesteps is null, expected a number for a learned time embedding
          down_block_types   | ["KDownBlock2D","DownBlock2D"] | u-net: down_block_types is [KDownBlock2D, DownBlock2D], expected K blocks in every place, down and up, or in none
          down_block_types   | ["SkipDownBlock2D","DownBlock2D"] | u-net: in_channels is 1, expected 3 with skip blocks, as in diffusers
          up_block_types     | ["SkipUpBlock2D","UpBlock2D"] | u-net: up_block_types is UpBlock2D behind SkipUpBlock2D, expected skip blocks last
          """)
  void valuesThatDoNotFitTogetherAreNamed(String key, String value, String expected)
      throws IOException {
    assertEquals("config.json: " + expected, invalid(changed(key, value)));
  }

  /// Values beside the default that mean the same network.
  @Test
  void whatChangesNothingIsAcceptedAndKept() throws IOException {
    for (String[] given :
        new String[][] {
          {"attn_norm_num_groups", "4"},
          {"time_embedding_dim", "32"},
          {"num_train_timesteps", "1000"},
          {"downsample_type", "\"resnet\""},
          {"dropout", "0.1"},
          {"mid_block_scale_factor", "1.414"},
          {"layers_per_block", "3"}
        }) {
      UNetConfig config = read(changed(given[0], given[1]));
      assertEquals(config, read(UNetConfigFile.write(config).toString()), given[0]);
    }
    String wide = changed("block_out_channels", "[8, 24]");
    assertEquals(
        24,
        read(wide.replace("\"attention_head_dim\": 8", "\"attention_head_dim\": 24"))
            .attentionHeadDim()
            .orElseThrow());
  }

  /// Diffusers passes over keys with an underscore, and refuses the weights for their shape.
  @Test
  void fourierFeaturesAreHazesOwnKeyAndAreWrittenOnlyIfTheyAreThere() throws IOException {
    UNetConfig waves = PipelineGolden.TINY.with(UNetSwitch.FOURIER_FEATURES, true);
    String json = UNetConfigFile.write(waves).toString();
    assertTrue(json.contains("\"_haze_fourier_features\": true"), json);
    assertTrue(json.contains("\"in_channels\": 1"), json);
    assertEquals(waves, read(json));
    assertEquals(PipelineGolden.TINY, read(json.replace("features\": true", "features\": false")));
    assertFalse(UNetConfigFile.write(PipelineGolden.TINY).toString().contains("fourier"));
    assertEquals(
        "config.json: _haze_fourier_features is 2, expected true or false",
        invalid(json.replace("features\": true", "features\": 2")));
    assertTrue(
        NetworkDescription.lines(waves)
            .contains("input       the image, and sines and cosines of its values"));
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
