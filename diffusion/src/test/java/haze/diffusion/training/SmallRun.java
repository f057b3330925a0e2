package haze.diffusion.training;

import haze.diffusion.data.ImageDataset;
import haze.nn.unet.UNetConfig;
import haze.tensor.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// A run whose steps take milliseconds, with a checkpoint after each.
final class SmallRun {
  private SmallRun() {}

  static ImageDataset images() {
    float[] pixels = new float[8 * 64];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = i * 37 % 101 / 50f - 1;
    }
    return ImageDataset.of(pixels, Shape.of(8, 8, 1));
  }

  static TrainingRequest request(Path path) {
    return plain(path).with(Settings.SAMPLE_EVERY, 2);
  }

  /// The same without samples on the way.
  static TrainingRequest plain(Path path) {
    UNetConfig network =
        UNetConfig.builder(8, 1)
            .layers(1)
            .channels(4)
            .groups(2)
            .attentionAt()
            .midAttention(false)
            .build();
    return TrainingRequest.of(path)
        .preset(Preset.TINY.network(network).scheduler(Preset.TINY.scheduler().withTimesteps(2)))
        .data(images())
        .batch(4)
        .with(Settings.CHECKPOINT_EVERY, 1);
  }

  /// What a run is resumed with.
  static TrainingRequest again(Path path) {
    return TrainingRequest.of(path).data(images()).heldOut(images());
  }

  /// All files of a directory as text, but for the lock and the times of the metrics.
  static Map<String, String> files(Path root) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(root)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        String name = root.relativize(file).toString();
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        if (!name.endsWith("lock")) {
          files.put(
              name, name.endsWith("metrics.csv") ? text.replaceAll(",[^,\n]*\n", "\n") : text);
        }
      }
    }
    return files;
  }
}
