package haze.benchmarks;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.training.Preset;
import haze.diffusion.training.Settings;
import haze.diffusion.training.TrainingSettings;
import haze.nn.unet.UNetConfig;
import haze.tensor.Shape;
import java.util.Random;

/// The networks that whole steps are measured on, against PyTorch too.
public enum Workload {
  /// A small U-Net for MNIST: 3,939,393 parameters.
  R1(64, 28, 1, 32, 64, 128),
  /// A wider one for small photographs: 6,472,195 parameters.
  R2(32, 32, 3, 64, 128, 128);

  private final int batch;
  private final int size;
  private final int imageChannels;
  private final int fine;
  private final int middle;
  private final int coarse;

  Workload(int batch, int size, int imageChannels, int fine, int middle, int coarse) {
    this.batch = batch;
    this.size = size;
    this.imageChannels = imageChannels;
    this.fine = fine;
    this.middle = middle;
    this.coarse = coarse;
  }

  /// Images of a step.
  public int batch() {
    return batch;
  }

  /// The network: the reference preset's with other sizes.
  public UNetConfig network() {
    return UNetConfig.builder(size, imageChannels)
        .channels(fine, middle, coarse)
        .eps(Preset.REFERENCE.network().normEps())
        .build();
  }

  /// The reference preset's settings with another batch.
  TrainingSettings settings() {
    return Preset.REFERENCE.settings().with(Settings.BATCH, batch);
  }

  /// Four batches of random pixels, on which a step takes as long as on real images.
  ImageDataset images() {
    byte[] levels = new byte[4 * batch * size * size * imageChannels];
    new Random(1).nextBytes(levels);
    return ImageDataset.ofLevels(levels, Shape.of(size, size, imageChannels));
  }
}
