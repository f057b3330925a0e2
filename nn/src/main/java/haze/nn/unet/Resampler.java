package haze.nn.unet;

/// Makes the part of a level that changes the resolution.
interface Resampler {
  /// {@return a part for so many channels}
  UNetPart of(int channels, UNetConfig config);

  /// {@return a whole residual block that changes the resolution inside}
  static Resampler resnet(Resampling resampling) {
    return (channels, config) ->
        new ResnetBlock(
            channels,
            channels,
            config,
            ResnetBlock.Variant.resampling(config.groups(channels), resampling));
  }
}
