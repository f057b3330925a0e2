package haze.diffusion.training;

import static haze.diffusion.io.Quantities.counted;

import haze.diffusion.loss.Objective;
import haze.nn.unet.ImageSize;
import haze.nn.unet.UNetConfig;
import haze.tensor.Shape;

/// Checks that what a network is to be trained with fits it.
///
/// @param network sizes and switches
record NetworkFit(UNetConfig network) {
  /// Checks channels, height and width of the images.
  ///
  /// @param image the shape of one, `[h, w, c]`
  /// @throws IllegalArgumentException if the network does not take them
  void requireImages(Shape image) {
    if (image.dim(2) != network.inChannels()) {
      throw new IllegalArgumentException(
          "training: images with "
              + counted(image.dim(2), "channel")
              + ", expected "
              + counted(network.inChannels(), "channel"));
    }
    ImageSize size = new ImageSize(image.dim(0), image.dim(1));
    if (!size.isMultipleOf(network.imageMultiple())) {
      throw new IllegalArgumentException(
          "training: images of " + size + " " + size.misfit(network.imageMultiple()));
    }
  }

  /// Checks the channels of the output.
  ///
  /// @throws IllegalArgumentException if the objective needs another number
  void requireObjective(Objective objective) {
    int expected = objective.outputChannels(network.inChannels());
    if (network.outChannels() != expected) {
      throw new IllegalArgumentException(
          "training: the network has "
              + counted(network.outChannels(), "output channel")
              + ", expected "
              + expected
              + " for this objective");
    }
  }

  /// Checks the labels: one for each class, and one for none.
  ///
  /// @param classes their number; 0 if the network is not to be conditioned on them
  /// @throws IllegalArgumentException if the network has another number of labels
  void requireClasses(int classes) {
    int expected = classes == 0 ? 0 : classes + 1;
    int labels = network.numClassEmbeds().orElse(0);
    if (labels != expected) {
      throw new IllegalArgumentException(
          "training: the network has "
              + counted(labels, "label")
              + ", expected "
              + expected
              + (classes == 0 ? "" : ": " + counted(classes, "class") + ", and one for no class"));
    }
  }
}
