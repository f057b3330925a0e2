package haze.diffusion.evaluation.bound;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.PipelineGolden;
import haze.tensor.Shape;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/// Small images and untrained networks for them.
final class BoundFixture {
  static final int COUNT = 21;
  private static final Shape IMAGE = Shape.of(8, 8, 1);

  private BoundFixture() {}

  /// A network that knows no labels, on a chain of 20 timesteps.
  static Pipeline model() {
    return PipelineGolden.untrained(PipelineGolden.TINY, PipelineGolden.SHORT);
  }

  /// A network of labels.
  ///
  /// @param labels how many, with that of no class
  static Pipeline model(int labels) {
    return PipelineGolden.untrained(
        PipelineGolden.TINY.with(8, 8, 1, 1, OptionalInt.of(labels)), PipelineGolden.SHORT);
  }

  /// So many images of all grey levels.
  static ImageDataset images(int... labels) {
    byte[] levels = new byte[COUNT * IMAGE.size()];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = (byte) (i * 7 + i / IMAGE.size() * 31);
    }
    return ImageDataset.ofLevels(levels, IMAGE, labels);
  }

  /// The same, of three classes.
  static ImageDataset labelledImages() {
    return images(IntStream.range(0, COUNT).map(i -> i % 3).toArray());
  }
}
