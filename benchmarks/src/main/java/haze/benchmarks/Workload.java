package haze.benchmarks;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.training.Preset;
import haze.diffusion.training.TrainingSettings;
import haze.nn.unet.UNetConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
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
    UNetConfig r = Preset.REFERENCE.network();
    return new UNetConfig(
        size,
        imageChannels,
        imageChannels,
        r.layersPerBlock(),
        List.of(fine, middle, coarse),
        r.downAttention(),
        r.upAttention(),
        r.midAttention(),
        r.attentionHeadDim(),
        r.normNumGroups(),
        r.normEps(),
        r.downsamplePadding(),
        r.flipSinToCos(),
        r.freqShift(),
        OptionalInt.empty());
  }

  /// The reference preset's settings with another batch.
  TrainingSettings settings() {
    TrainingSettings r = Preset.REFERENCE.settings();
    return new TrainingSettings(
        r.steps(),
        batch,
        r.shard(),
        r.learningRate(),
        r.warmUpSteps(),
        r.decayFrom(),
        r.clipNorm(),
        r.emaDecay(),
        r.zeroInitialization(),
        r.labelDropout(),
        r.seed());
  }

  /// Four batches of random pixels, on which a step takes as long as on real images.
  ImageDataset images() throws IOException {
    byte[] pixels = new byte[4 * batch * size * size * imageChannels];
    new Random(1).nextBytes(pixels);
    // The IDX format: unsigned bytes (08) on four axes, then the axes' sizes.
    ByteBuffer file =
        ByteBuffer.allocate(20 + pixels.length)
            .putInt(0x0804)
            .putInt(4 * batch)
            .putInt(size)
            .putInt(size)
            .putInt(imageChannels)
            .put(pixels);
    Path path = Files.createTempFile("haze-benchmark", ".idx");
    try {
      Files.write(path, file.array());
      return ImageDataset.load(path);
    } finally {
      Files.delete(path);
    }
  }
}
