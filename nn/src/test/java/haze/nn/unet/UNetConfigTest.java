package haze.nn.unet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class UNetConfigTest {
  @Test
  void theLastLabelStandsForNoClass() {
    UNetConfig ofTenClasses = config(10);
    assertEquals(10, ofTenClasses.classes());
    assertEquals(OptionalInt.of(10), ofTenClasses.noClassLabel());
    UNetConfig withoutLabels = config(0);
    assertEquals(0, withoutLabels.classes());
    assertEquals(OptionalInt.empty(), withoutLabels.noClassLabel());
  }

  @Test
  void anImageHasHeightWidthAndChannels() {
    assertEquals(Shape.of(8, 8, 3), config(0).imageShape());
    UNetConfig wide = UNetConfig.builder(8, 3).size(12, 20).build();
    assertEquals(Shape.of(12, 20, 3), wide.imageShape());
    assertEquals("20 x 12", wide.imageSize().toString());
  }

  @Test
  void aNetworkForAnySizeHasNone() {
    UNetConfig any = UNetConfig.builder(8, 3).anySize().build();
    assertEquals(Optional.empty(), any.sampleSize());
    assertEquals(
        "u-net: sample_size is null, images of any size",
        assertThrows(IllegalStateException.class, any::imageShape).getMessage());
    assertEquals(new ImageSize(4, 8), any.with(4, 8, 3, 3, OptionalInt.empty()).imageSize());
  }

  @Test
  void aSizeThatCannotBeHalvedNamesItsNeighbours() {
    assertEquals(
        "cannot be halved 2 times, the nearest sizes that can: 28 x 28, 28 x 32",
        new ImageSize(30, 28).misfit(4));
    assertEquals(
        "cannot be halved 1 time, the nearest sizes that can: 2 x 2, 2 x 4",
        new ImageSize(3, 1).misfit(2));
    assertEquals(
        "cannot be halved 2 times, the nearest size that can: 4 x 4",
        new ImageSize(3, 1).misfit(4));
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
    assertEquals(Shape.of(28, 28, 1), network.imageShape());
    assertEquals(1, network.outChannels());
    assertEquals(BlockType.ATTENTION, network.downBlockTypes().getLast());
    assertEquals(OptionalInt.of(32), network.attentionHeadDim());
    assertEquals(10, network.classes());
    UNetConfig defaults = UNetConfig.builder(16, 3).build();
    assertEquals(
        UNetConfig.builder(1, 3)
            .size(16, 16)
            .outChannels(3)
            .layers(2)
            .channels(32, 64, 128)
            .down(BlockType.PLAIN, BlockType.PLAIN, BlockType.ATTENTION)
            .up(BlockType.ATTENTION, BlockType.PLAIN, BlockType.PLAIN)
            .midAttention(true)
            .groups(8)
            .eps(1e-5)
            .classes(0)
            .build(),
        defaults);
    assertEquals(OptionalInt.empty(), defaults.attentionHeadDim());
    assertEquals(1, defaults.downsamplePadding());
    assertEquals(true, defaults.flipSinToCos());
    assertEquals(0, defaults.freqShift());
    assertEquals(OptionalInt.empty(), defaults.numClassEmbeds());
  }

  @Test
  void everythingCanBeSetInAnyOrder() {
    UNetConfig expected =
        new UNetConfig(
            Optional.of(new ImageSize(16, 16)),
            3,
            6,
            3,
            List.of(12, 24),
            List.of(BlockType.ATTENTION, BlockType.PLAIN),
            List.of(BlockType.PLAIN, BlockType.ATTENTION),
            false,
            OptionalInt.of(12),
            OptionalInt.of(3),
            1e-6,
            0,
            false,
            1,
            OptionalInt.empty(),
            Map.of(UNetSwitch.DROPOUT, 0.1));
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
            .set(UNetSwitch.CENTER_INPUT_SAMPLE, false)
            .set(UNetSwitch.DROPOUT, 0.1)
            .build());
    assertEquals(
        List.of(BlockType.PLAIN, BlockType.PLAIN, BlockType.PLAIN),
        UNetConfig.builder(8, 1).attentionAt().build().downBlockTypes());
    assertEquals(
        OptionalInt.of(4), UNetConfig.builder(8, 1).channels(8, 16).build().normNumGroups());
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
    assertRefused("u-net: sample_size is [0, 0], expected at least 1", UNetConfig.builder(0, 1));
    assertRefused(
        "u-net: num_class_embeds is 0, expected at least 1", UNetConfig.builder(8, 1).classes(-1));
  }

  private static void assertRefused(String message, UNetConfig.Builder builder) {
    assertEquals(
        message, assertThrows(IllegalArgumentException.class, builder::build).getMessage());
  }

  private static UNetConfig config(int classes) {
    return UNetConfig.builder(8, 3).channels(8, 16).groups(4).classes(classes).build();
  }
}
