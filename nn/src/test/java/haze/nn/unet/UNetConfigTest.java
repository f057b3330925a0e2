package haze.nn.unet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.tensor.Shape;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class UNetConfigTest {
  @Test
  void theLastLabelStandsForNoClass() {
    UNetConfig ofTenClasses = config(OptionalInt.of(11));
    assertEquals(10, ofTenClasses.classes());
    assertEquals(OptionalInt.of(10), ofTenClasses.noClassLabel());
    UNetConfig withoutLabels = config(OptionalInt.empty());
    assertEquals(0, withoutLabels.classes());
    assertEquals(OptionalInt.empty(), withoutLabels.noClassLabel());
  }

  @Test
  void anImageHasHeightWidthAndChannels() {
    assertEquals(Shape.of(8, 8, 3), config(OptionalInt.empty()).imageShape());
  }

  @Test
  void whatIsNotSetHasItsDefault() {
    // @start region="builder"
    UNetConfig network =
        UNetConfig.builder(28, 1) // images of 28x28 pixels with one channel
            .channels(32, 64, 64) // three levels: 28x28, 14x14, 7x7
            .layers(1)
            .headChannels(32)
            .classes(10)
            .build();
    // @end
    assertEquals(
        new UNetConfig(
            28,
            1,
            1,
            1,
            List.of(32, 64, 64),
            List.of(false, false, true),
            List.of(true, false, false),
            true,
            OptionalInt.of(32),
            8,
            1e-5,
            1,
            true,
            0,
            OptionalInt.of(11)),
        network);
    assertEquals(10, network.classes());
    assertEquals(
        new UNetConfig(
            16,
            3,
            3,
            2,
            List.of(32, 64, 128),
            List.of(false, false, true),
            List.of(true, false, false),
            true,
            OptionalInt.empty(),
            8,
            1e-5,
            1,
            true,
            0,
            OptionalInt.empty()),
        UNetConfig.builder(16, 3).build());
  }

  @Test
  void everythingCanBeSetInAnyOrder() {
    UNetConfig expected =
        new UNetConfig(
            16,
            3,
            6,
            3,
            List.of(12, 24),
            List.of(true, false),
            List.of(false, true),
            false,
            OptionalInt.of(12),
            3,
            1e-6,
            0,
            false,
            1,
            OptionalInt.empty());
    assertEquals(
        expected,
        UNetConfig.builder(16, 3)
            .attentionAt(0)
            .groups(3)
            .eps(1e-6)
            .headChannels(12)
            .midAttention(false)
            .outChannels(6)
            .channels(12, 24)
            .layers(3)
            .classes(0)
            .ddpm()
            .build());
    assertEquals(
        List.of(false, false, false),
        UNetConfig.builder(8, 1).attentionAt().build().downAttention());
    assertEquals(4, UNetConfig.builder(8, 1).channels(8, 16).build().normNumGroups());
  }

  @Test
  void whatDoesNotFitIsRefusedWhenItIsBuilt() {
    assertRefused(
        "u-net: attention is 3, expected a level from 0 to 2",
        UNetConfig.builder(8, 1).attentionAt(0, 3));
    assertRefused(
        "u-net: attention is -1, expected a level from 0 to 2",
        UNetConfig.builder(8, 1).attentionAt(-1));
    assertRefused(
        "u-net: block_out_channels is [], expected at least one level",
        UNetConfig.builder(8, 1).channels());
    assertRefused(
        "u-net: block_out_channels is 30, expected a multiple of norm_num_groups 8",
        UNetConfig.builder(8, 1).channels(30, 60));
    assertRefused("u-net: sample_size is 0, expected at least 1", UNetConfig.builder(0, 1));
    assertRefused(
        "u-net: num_class_embeds is OptionalInt[0], expected at least 1",
        UNetConfig.builder(8, 1).classes(-1));
  }

  private static void assertRefused(String message, UNetConfig.Builder builder) {
    assertEquals(
        message, assertThrows(IllegalArgumentException.class, builder::build).getMessage());
  }

  private static UNetConfig config(OptionalInt labels) {
    List<Boolean> attention = List.of(false, false);
    return new UNetConfig(
        8,
        3,
        3,
        1,
        List.of(8, 16),
        attention,
        attention,
        false,
        OptionalInt.empty(),
        4,
        1e-5,
        1,
        true,
        0,
        labels);
  }
}
