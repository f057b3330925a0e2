package haze.diffusion.data;

import haze.tensor.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/// The MNIST database of handwritten digits (LeCun, Cortes, Burges), which the module carries with
/// it, so that a first model can be trained with nothing else at hand.
///
/// Images are `[28, 28, 1]`, white on black; labels are the digits 0 to 9. Origin, licence and
/// checksums: `mnist/ORIGIN.md` beside the files.
public final class Mnist {
  /// The shape of an image, `[h, w, c]`.
  public static final Shape IMAGE = Shape.of(28, 28, 1);

  private Mnist() {}

  /// The images to learn from.
  ///
  /// @return 60000 images with labels
  /// @throws DataException if the module's own files are damaged
  public static ImageDataset train() throws DataException {
    return load("train");
  }

  /// The images to measure with.
  ///
  /// @return 10000 images with labels
  /// @throws DataException if the module's own files are damaged
  public static ImageDataset test() throws DataException {
    return load("t10k");
  }

  private static ImageDataset load(String part) throws DataException {
    NumberArray images = resource(part + "-images-idx3-ubyte.gz");
    int[] labels = Labels.of(resource(part + "-labels-idx1-ubyte.gz"));
    return ArrayImages.dataset(images, labels, Optional.empty());
  }

  private static NumberArray resource(String file) throws DataException {
    String name = "mnist/" + file;
    try (InputStream in = Mnist.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new DataException(name, "is missing from this build of Haze");
      }
      return IdxFile.read(name, in);
    } catch (DataException e) {
      throw e;
    } catch (IOException e) {
      throw DataException.unreadable(name, e);
    }
  }
}
