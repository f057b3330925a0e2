package haze.diffusion.cli;

import haze.diffusion.data.DataException;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.ImageRange;
import haze.diffusion.data.Mnist;
import haze.diffusion.evaluation.frechet.RealImages;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The real images of an evaluation, and those that a classifier is trained and measured on if
/// there is none yet.
///
/// @param name of the data set
/// @param reference what samples are compared with
/// @param others other real images, if there are any
/// @param training what a classifier learns from
/// @param test what it is measured on
record FrechetData(
    String name,
    RealImages reference,
    Optional<RealImages> others,
    ImageRange training,
    ImageRange test) {
  /// The names of MNIST's parts on the command line.
  static final String TEST = "test";

  static final String TRAIN = "train";

  /// What MNIST is called in reports.
  static final String MNIST = "MNIST";

  /// Of a file's images one in so many is not learned from, as of MNIST's.
  private static final int HELD_OUT = 7;

  /// Reads images.
  ///
  /// @param data `test`, `train`, or the path of an IDX file
  /// @param labels of the IDX file, if it has any
  static FrechetData of(String data, @Nullable Path labels) throws DataException {
    if (isMnist(data)) {
      ImageRange training = ImageRange.all(Mnist.train());
      ImageRange test = ImageRange.all(Mnist.test());
      var testImages = new RealImages("test images", test);
      var trainingImages = new RealImages("training images", training);
      return data.equals(TEST)
          ? new FrechetData(MNIST, testImages, Optional.of(trainingImages), training, test)
          : new FrechetData(MNIST, trainingImages, Optional.of(testImages), training, test);
    }
    Path file = Path.of(data);
    ImageDataset images = ImageDataset.load(file, labels);
    String name = String.valueOf(file.getFileName());
    int heldOut = Math.ceilDiv(images.count(), HELD_OUT);
    int learned = Math.max(1, images.count() - heldOut);
    return new FrechetData(
        name,
        new RealImages("images of " + name, ImageRange.all(images)),
        Optional.empty(),
        new ImageRange(images, 0, learned),
        new ImageRange(images, images.count() - heldOut, heldOut));
  }

  /// Whether it is a part of MNIST that the command line names.
  static boolean isMnist(String data) {
    return data.equals(TEST) || data.equals(TRAIN);
  }

  /// Whether a classifier can be trained.
  boolean hasLabels() {
    return training.data().hasLabels();
  }
}
