package haze.diffusion.evaluation.frechet;

import haze.diffusion.data.DataException;
import haze.diffusion.data.DataSource;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.ImageRange;
import java.util.Optional;

/// The real images of an evaluation, and those that a classifier is trained and measured on if
/// there is none yet.
///
/// @param name of the data set
/// @param reference what samples are compared with
/// @param others other real images, if there are any
/// @param training what a classifier learns from
/// @param test what it is measured on
public record FrechetData(
    String name,
    RealImages reference,
    Optional<RealImages> others,
    ImageRange training,
    ImageRange test) {
  private static final String MNIST = "MNIST";

  /// A classifier does not learn from one image in so many, as with MNIST.
  private static final int HELD_OUT = 7;

  /// {@return the images of a source; those of MNIST with the other part beside them}
  ///
  /// @throws DataException if they cannot be read
  public static FrechetData of(DataSource source) throws DataException {
    return switch (source) {
      case DataSource.Embedded part -> mnist(part);
      case DataSource.Stored all -> {
        DataSource.Stored.Parts parts = all.loadParts();
        yield parts.heldOut().isPresent()
            ? parted(name(all), parts.learned(), parts.heldOut().get(), false)
            : of(name(all), parts.learned());
      }
      case DataSource.HeldOut held -> {
        DataSource.Stored.Parts parts = held.all().loadParts();
        yield parted(
            name(held.all()), parts.learned(), parts.heldOut().orElseThrow(held::tooFew), true);
      }
      case DataSource.InMemory memory -> of(memory.title(), source.load());
    };
  }

  private static String name(DataSource.Stored source) {
    return String.valueOf(source.path().getFileName());
  }

  /// The images that a model learned from, and those that are held out of them.
  private static FrechetData parted(
      String name, ImageDataset all, ImageDataset held, boolean heldOut) {
    var learned = new RealImages("images of " + name, ImageRange.all(all));
    var others = new RealImages("held-out images of " + name, ImageRange.all(held));
    return new FrechetData(
        name,
        heldOut ? others : learned,
        Optional.of(heldOut ? learned : others),
        learned.range(),
        others.range());
  }

  private static FrechetData mnist(DataSource.Embedded part) throws DataException {
    ImageRange training = ImageRange.all(DataSource.Embedded.TRAIN.load());
    ImageRange test = ImageRange.all(DataSource.Embedded.TEST.load());
    var trainingImages = new RealImages("training images", training);
    var testImages = new RealImages("test images", test);
    return switch (part) {
      case TRAIN -> new FrechetData(MNIST, trainingImages, Optional.of(testImages), training, test);
      case TEST -> new FrechetData(MNIST, testImages, Optional.of(trainingImages), training, test);
    };
  }

  /// {@return images to compare all samples with; the last seventh of them is what a classifier is
  /// measured on, so that they should be in no order}
  ///
  /// @param name what a report calls them
  public static FrechetData of(String name, ImageDataset images) {
    int heldOut = Math.ceilDiv(images.count(), HELD_OUT);
    int learned = Math.max(1, images.count() - heldOut);
    return new FrechetData(
        name,
        new RealImages("images of " + name, ImageRange.all(images)),
        Optional.empty(),
        new ImageRange(images, 0, learned),
        new ImageRange(images, images.count() - heldOut, heldOut));
  }
}
