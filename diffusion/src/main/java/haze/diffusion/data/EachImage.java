package haze.diffusion.data;

import haze.diffusion.data.image.Levels;
import haze.tensor.Tensor;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The images of a source one by one: files of several sizes each in its own, unless the source
/// names a size. No image takes the place of one that cannot be read.
public final class EachImage {
  /// Decides nothing: the files are read as they are.
  private static final ImageSize ANY = new ImageSize(1, 1);

  private final ImageDataset images;
  private final @Nullable LevelReader files;

  private EachImage(ImageDataset images, @Nullable LevelReader files) {
    this.images = images;
    this.files = files;
  }

  /// {@return the images of a source}
  ///
  /// @throws DataException if they cannot be listed or loaded
  public static EachImage of(DataSource source) throws DataException {
    if (source instanceof DataSource.Stored stored && stored.options().size().isEmpty()) {
      ImageDataset scaled =
          new DataSource.Stored(stored.path(), stored.options().withSize(ANY)).load();
      Optional<LevelReader> files = scaled.reader();
      if (files.isPresent()) {
        return new EachImage(scaled, files.get());
      }
    }
    return new EachImage(source.load(), null);
  }

  /// {@return how many images there are, at least 1}
  public int count() {
    return images.count();
  }

  /// {@return an image, `[1, h, w, c]`, in [-1, 1]}
  ///
  /// @param index from 0
  /// @throws IOException in one line that names it, if it cannot be read
  /// @throws IllegalArgumentException if there is no such image
  public Tensor read(int index) throws IOException {
    return files == null || index < 0 || index >= count()
        ? images.image(index)
        : tensor(files.read(index));
  }

  static Tensor tensor(Levels image) {
    float[] values = new float[image.bytes().length];
    PixelScale.values(image.bytes(), values, 0);
    return Tensor.of(image.shape().batch(1), values);
  }
}
