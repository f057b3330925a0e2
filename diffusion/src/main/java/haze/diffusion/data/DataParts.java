package haze.diffusion.data;

import java.nio.file.Path;
import java.util.Optional;

/// What there is in a file or directory of images: each part is read when it is needed.
///
/// @param training the images to learn from, or all of them
/// @param test the images to measure with, if the data has them apart
record DataParts(Part training, Optional<Part> test) {
  /// Reads some of the images.
  @FunctionalInterface
  interface Part {
    ImageDataset load() throws DataException;
  }

  /// Reads an array.
  @FunctionalInterface
  interface ArrayReader {
    NumberArray read(Path file) throws DataException;
  }

  /// {@return the same in another size or with other channels, if the options name such}
  DataParts fitted(DataOptions options) {
    return new DataParts(
        () -> training.load().fitted(options), test.map(part -> () -> part.load().fitted(options)));
  }

  /// {@return the parts of a file that holds one array, with the file of labels that is given or
  /// has the usual name, and the file to measure with beside it}
  static DataParts ofArray(Path images, DataOptions options, ArrayReader reader) {
    return new DataParts(
        () -> {
          NumberArray array = reader.read(images);
          Optional<Path> given = options.labels();
          Optional<Path> labels = given.isPresent() ? given : Labels.beside(images);
          return ArrayImages.dataset(
              array, labels.isPresent() ? Labels.read(labels.get()) : new int[0], options.range());
        },
        options.labels().isPresent()
            ? Optional.empty()
            : Labels.testBeside(images)
                .map(test -> () -> ofArray(test, options, reader).training().load()));
  }
}
