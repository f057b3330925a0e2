package haze.nn.unet;

/// What a level of a [UNet] is made of, on the way down or up: one row each.
public enum BlockType {
  /// Residual blocks.
  PLAIN("DownBlock2D", "UpBlock2D", false) {
    @Override
    UNetPart down(Plan plan, int out, boolean last) {
      return new DownBlock(plan, out, false, last, BlockType::halving);
    }

    @Override
    UNetPart up(Plan plan, int out, int next, boolean last) {
      return new UpBlock(plan, out, false, last, BlockType::doubling);
    }
  },
  /// Residual blocks, each followed by attention. Of these alone [UNetSwitch#RESNET_DOWNSAMPLE] and
  /// [UNetSwitch#RESNET_UPSAMPLE] are true.
  ATTENTION("AttnDownBlock2D", "AttnUpBlock2D", true) {
    @Override
    UNetPart down(Plan plan, int out, boolean last) {
      boolean resnet = plan.config().get(UNetSwitch.RESNET_DOWNSAMPLE);
      Resampler resampler = resnet ? Resampler.resnet(Resampling.HALVED) : BlockType::halving;
      return new DownBlock(plan, out, true, last, resampler);
    }

    @Override
    UNetPart up(Plan plan, int out, int next, boolean last) {
      boolean resnet = plan.config().get(UNetSwitch.RESNET_UPSAMPLE);
      Resampler resampler = resnet ? Resampler.resnet(Resampling.DOUBLED) : BlockType::doubling;
      return new UpBlock(plan, out, true, last, resampler);
    }
  },
  /// Residual blocks, of which one changes the resolution.
  RESNET("ResnetDownsampleBlock2D", "ResnetUpsampleBlock2D", false) {
    @Override
    UNetPart down(Plan plan, int out, boolean last) {
      return new DownBlock(plan, out, false, last, Resampler.resnet(Resampling.HALVED));
    }

    @Override
    UNetPart up(Plan plan, int out, int next, boolean last) {
      return new UpBlock(plan, out, false, last, Resampler.resnet(Resampling.DOUBLED));
    }
  },
  /// Residual blocks and the image beside them, for three channels.
  SKIP("SkipDownBlock2D", "SkipUpBlock2D", false) {
    @Override
    UNetPart down(Plan plan, int out, boolean last) {
      return new SkipDownBlock(plan, out, false, last);
    }

    @Override
    UNetPart up(Plan plan, int out, int next, boolean last) {
      return new SkipUpBlock(plan, out, false, last);
    }
  },
  /// The same with attention.
  ATTENTION_SKIP("AttnSkipDownBlock2D", "AttnSkipUpBlock2D", true) {
    @Override
    UNetPart down(Plan plan, int out, boolean last) {
      return new SkipDownBlock(plan, out, true, last);
    }

    @Override
    UNetPart up(Plan plan, int out, int next, boolean last) {
      return new SkipUpBlock(plan, out, true, last);
    }
  },
  /// Residual blocks of k-diffusion.
  K("KDownBlock2D", "KUpBlock2D", false) {
    @Override
    UNetPart down(Plan plan, int out, boolean last) {
      return new KDownBlock(plan, out, last);
    }

    @Override
    UNetPart up(Plan plan, int out, int next, boolean last) {
      return new KUpBlock(plan, out, next, last);
    }
  };

  private final String down;
  private final String up;
  private final boolean attention;

  BlockType(String down, String up, boolean attention) {
    this.down = down;
    this.up = up;
    this.attention = attention;
  }

  /// {@return diffusers' name of it on the way down}
  public String down() {
    return down;
  }

  /// {@return diffusers' name of it on the way up}
  public String up() {
    return up;
  }

  /// {@return whether attention is a part of it}
  public boolean hasAttention() {
    return attention;
  }

  /// {@return whether the image goes beside the feature maps}
  boolean hasImage() {
    return this == SKIP || this == ATTENTION_SKIP;
  }

  /// {@return whether [UNetConfig#normNumGroups] counts for it}
  boolean hasNormGroups() {
    return this == PLAIN || this == ATTENTION || this == RESNET;
  }

  /// A level on the way down.
  ///
  /// @param plan what comes to it; receives what leaves it
  /// @param out its channels
  abstract UNetPart down(Plan plan, int out, boolean last);

  /// A level on the way up.
  ///
  /// @param plan what comes to it; receives what leaves it
  /// @param out its channels
  /// @param next channels of the next level
  abstract UNetPart up(Plan plan, int out, int next, boolean last);

  private static UNetPart halving(int channels, UNetConfig config) {
    return new Halving(channels, config.downsamplePadding());
  }

  private static UNetPart doubling(int channels, UNetConfig config) {
    return new Doubling(channels);
  }
}
