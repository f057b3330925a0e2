package haze.diffusion.data;

import haze.diffusion.data.image.Levels;
import java.io.IOException;

/// Images of any sizes, each decoded when it is wanted. Any number of threads may read at a time.
interface LevelReader {
  /// {@return how many images there are}
  int count();

  /// {@return what messages call an image}
  String name(int image);

  /// {@return whether each image is a file of its own, or as it was in one}
  default boolean isOfFiles() {
    return true;
  }

  /// {@return an image as it is}
  ///
  /// @throws IOException in one line that names it, if it cannot be read
  Levels read(int image) throws IOException;

  /// {@return the format of its file, such as `PNG`}
  ///
  /// @throws IOException as for [#read]
  String format(int image) throws IOException;
}
