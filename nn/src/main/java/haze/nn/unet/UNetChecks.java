package haze.nn.unet;

import haze.nn.unet.UNetSwitch.TimeEmbeddingType;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// What must hold between the values of a [UNetConfig].
final class UNetChecks {
  private UNetChecks() {}

  /// The values of a configuration that can be wrong.
  record Sizes(
      int inChannels,
      int outChannels,
      int layersPerBlock,
      List<Integer> blockOutChannels,
      List<BlockType> downBlockTypes,
      List<BlockType> upBlockTypes,
      boolean midAttention,
      OptionalInt attentionHeadDim,
      OptionalInt normNumGroups,
      double normEps,
      int downsamplePadding,
      double freqShift,
      OptionalInt numClassEmbeds) {

    private boolean any(Predicate<BlockType> condition) {
      return Stream.concat(downBlockTypes.stream(), upBlockTypes.stream()).anyMatch(condition);
    }

    private boolean all(Predicate<BlockType> condition) {
      return !any(condition.negate());
    }
  }

  /// @throws IllegalArgumentException naming the first key that makes no sense
  static void check(Sizes c, Map<UNetSwitch<?>, Object> switches) {
    requireAtLeastOne("in_channels", c.inChannels);
    requireAtLeastOne("out_channels", c.outChannels);
    requireAtLeastOne("layers_per_block", c.layersPerBlock);
    int levels = c.blockOutChannels.size();
    require(levels >= 1, "block_out_channels", c.blockOutChannels, "at least one level");
    requireCount("down_block_types", c.downBlockTypes, levels);
    requireCount("up_block_types", c.upBlockTypes, levels);
    c.blockOutChannels.forEach(channels -> requireAtLeastOne("block_out_channels", channels));
    c.attentionHeadDim.ifPresent(depth -> requireAtLeastOne("attention_head_dim", depth));
    c.numClassEmbeds.ifPresent(labels -> requireAtLeastOne("num_class_embeds", labels));
    require(c.normEps > 0 && c.normEps < 1, "norm_eps", c.normEps, "between 0 and 1");
    int padding = c.downsamplePadding;
    require(padding == 0 || padding == 1, "downsample_padding", padding, "0 or 1");
    checkGroups(c, switches);
    checkAttention(c, switches);
    checkTime(c, switches);
    checkImage(c);
    checkK(c);
  }

  private static void checkGroups(Sizes c, Map<UNetSwitch<?>, Object> switches) {
    if (c.normNumGroups.isEmpty()) {
      require(!c.any(BlockType::hasNormGroups), "norm_num_groups", "null", "a number");
      return;
    }
    int groups = c.normNumGroups.getAsInt();
    requireAtLeastOne("norm_num_groups", groups);
    for (int channels : c.blockOutChannels) {
      String multiple = "a multiple of norm_num_groups " + groups;
      require(channels % groups == 0, "block_out_channels", channels, multiple);
    }
    OptionalInt middle = UNetConfig.value(switches, UNetSwitch.ATTN_NORM_NUM_GROUPS);
    int coarsest = c.blockOutChannels.getLast();
    require(
        coarsest % middle.orElse(1) == 0,
        "attn_norm_num_groups",
        middle.orElse(1),
        "a divisor of " + coarsest);
  }

  private static void checkAttention(Sizes c, Map<UNetSwitch<?>, Object> switches) {
    int depth = c.attentionHeadDim.orElse(1);
    int levels = c.blockOutChannels.size();
    for (int i = 0; i < levels; i++) {
      boolean middle =
          i == levels - 1 && c.midAttention && UNetConfig.value(switches, UNetSwitch.MID_BLOCK);
      if (middle
          || c.downBlockTypes.get(i).hasAttention()
          || c.upBlockTypes.get(levels - 1 - i).hasAttention()) {
        int channels = c.blockOutChannels.get(i);
        require(
            depth <= channels,
            "attention_head_dim",
            depth,
            "at most " + channels + ", the channels of a level with attention");
      }
    }
  }

  private static void checkTime(Sizes c, Map<UNetSwitch<?>, Object> switches) {
    TimeEmbeddingType type = UNetConfig.value(switches, UNetSwitch.TIME_EMBEDDING_TYPE);
    require(
        type != TimeEmbeddingType.POSITIONAL
            || (c.blockOutChannels.getFirst() / 2 > c.freqShift && c.freqShift >= 0),
        "freq_shift",
        c.freqShift,
        "below half of block_out_channels[0]");
    require(
        type != TimeEmbeddingType.LEARNED
            || UNetConfig.value(switches, UNetSwitch.NUM_TRAIN_TIMESTEPS).isPresent(),
        "num_train_timesteps",
        "null",
        "a number for a learned time embedding");
  }

  /// The image beside the feature maps must have their resolution.
  private static void checkImage(Sizes c) {
    if (!c.any(BlockType::hasImage)) {
      return;
    }
    for (int i = 1; i < c.blockOutChannels.size() - 1; i++) {
      require(
          !c.downBlockTypes.get(i).hasImage() || c.downBlockTypes.get(i - 1).hasImage(),
          "down_block_types",
          c.downBlockTypes.get(i).down() + " behind " + c.downBlockTypes.get(i - 1).down(),
          "skip blocks first");
    }
    for (int i = 1; i < c.blockOutChannels.size(); i++) {
      require(
          c.upBlockTypes.get(i).hasImage() || !c.upBlockTypes.get(i - 1).hasImage(),
          "up_block_types",
          c.upBlockTypes.get(i).up() + " behind " + c.upBlockTypes.get(i - 1).up(),
          "skip blocks last");
    }
    String three = "3 with skip blocks, as in diffusers";
    require(c.inChannels == 3, "in_channels", c.inChannels, three);
    require(c.outChannels == 3, "out_channels", c.outChannels, three);
    for (int channels : c.blockOutChannels) {
      require(
          channels % 4 == 0 && (channels < 128 || channels % 32 == 0),
          "block_out_channels",
          channels,
          "a multiple of 4, from 128 on of 32, with skip blocks");
    }
  }

  private static void checkK(Sizes c) {
    if (!c.any(type -> type == BlockType.K)) {
      return;
    }
    require(
        c.all(type -> type == BlockType.K),
        "down_block_types",
        c.downBlockTypes.stream().map(BlockType::down).toList(),
        "K blocks in every place, down and up, or in none");
    for (int channels : c.blockOutChannels) {
      require(
          channels % KDownBlock.GROUP == 0,
          "block_out_channels",
          channels,
          "a multiple of " + KDownBlock.GROUP + " with K blocks");
    }
  }

  private static void requireAtLeastOne(String key, int value) {
    require(value >= 1, key, value, "at least 1");
  }

  private static void requireCount(String key, List<BlockType> types, int levels) {
    require(types.size() == levels, key, types, levels + " blocks");
  }

  static void require(boolean condition, String key, Object value, String expected) {
    if (!condition) {
      throw new InvalidConfigException(key, "is " + value + ", expected " + expected);
    }
  }
}
