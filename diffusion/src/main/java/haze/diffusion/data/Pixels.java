package haze.diffusion.data;

import haze.tensor.Shape;
import java.util.Optional;

/// Where the pixels of a data set are. Any number of threads may read them at a time.
interface Pixels {
  /// {@return how many images there are}
  int count();

  /// {@return the shape of an image, `[h, w, c]`}
  Shape image();

  /// Copies an image, row-major, scaled to [-1, 1].
  void copy(int image, float[] to, int at);

  /// {@return what messages call an image: its file, or its number in the file of all}
  default String name(int image) {
    return "image " + image;
  }

  /// {@return some of the images}
  default Pixels subset(int... indices) {
    return new Subset(this, indices);
  }

  /// {@return which image is copied for an image: another, if that cannot be read}
  default int source(int image) {
    return image;
  }

  /// Says which images will be copied soon.
  default void prepare(int... images) {}

  /// {@return the images that could not be read so far}
  default Unreadable unreadable() {
    return new Unreadable();
  }

  /// {@return whether images are not as they were stored, but cropped, scaled or converted to
  /// [#image]; of files, whether one of those is that were looked at}
  default boolean isConverted() {
    return false;
  }

  /// {@return the files of the images, if each is one}
  default Optional<LevelReader> reader() {
    return Optional.empty();
  }

  /// Some of the images.
  @SuppressWarnings("ArrayRecordComponent") // Handed on once; nobody compares two.
  record Subset(Pixels all, int[] indices) implements Pixels {
    @Override
    public int count() {
      return indices.length;
    }

    @Override
    public Shape image() {
      return all.image();
    }

    @Override
    public String name(int index) {
      return all.name(indices[index]);
    }

    @Override
    public boolean isConverted() {
      return all.isConverted();
    }

    @Override
    public void copy(int index, float[] to, int at) {
      all.copy(indices[index], to, at);
    }
  }
}
