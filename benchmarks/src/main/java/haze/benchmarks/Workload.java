package haze.benchmarks;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.training.Preset;
import haze.diffusion.training.Settings;
import haze.diffusion.training.TrainingSettings;
import haze.nn.unet.UNetConfig;
import haze.tensor.Shape;
import java.util.Random;

/// The networks that whole steps are measured on, against PyTorch too: the reference preset's with
/// other sizes. `benchmarks/peers/torch_unet.py` has the same rows.
public enum Workload {
  /// A small U-Net for MNIST: 3,939,393 parameters.
  R1(64, 16, 28, 1),
  /// A wider one for small photographs: 6,472,195 parameters.
  R2(32, 16, 32, 3),
  /// DDPM's for CIFAR-10 (Ho et al. 2020, appendix B) without dropout: 35,746,307 parameters.
  R3(16, 8, 32, 3),
  /// Larger images, with attention at 16x16 and 8x8: 22,080,323 parameters.
  R4(16, 8, 64, 3);

  private final int batch;
  private final int shard;
  private final int size;
  private final int imageChannels;

  Workload(int batch, int shard, int size, int imageChannels) {
    this.batch = batch;
    this.shard = shard;
    this.size = size;
    this.imageChannels = imageChannels;
  }

  /// Images of a step.
  public int batch() {
    return batch;
  }

  /// Sizes and switches of the network.
  public UNetConfig network() {
    UNetConfig.Builder unet =
        UNetConfig.builder(size, imageChannels).eps(Preset.REFERENCE.network().normEps());
    return switch (this) {
      case R1 -> unet.build();
      case R2 -> unet.channels(64, 128, 128).build();
      case R3 -> unet.channels(128, 256, 256, 256).attentionAt(1).groups(32).build();
      case R4 -> unet.channels(64, 128, 192, 256).attentionAt(2, 3).build();
    };
  }

  /// The reference preset's settings with another batch, and with a shard for each of two threads.
  TrainingSettings settings() {
    return Preset.REFERENCE.settings().with(Settings.BATCH, batch).with(Settings.SHARD, shard);
  }

  /// Four batches of random pixels, on which a step takes as long as on real images.
  ImageDataset images() {
    byte[] levels = new byte[4 * batch * size * size * imageChannels];
    new Random(1).nextBytes(levels);
    return ImageDataset.ofLevels(levels, Shape.of(size, size, imageChannels));
  }
}
