package haze.diffusion.cli.evaluate;

import haze.diffusion.cli.ModelOptions;
import haze.diffusion.data.DataSource;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.io.BadFileException;
import haze.diffusion.pipeline.Pipeline;
import haze.tensor.Shape;
import java.util.function.Function;

/// The model that is measured, and the images that it is measured with.
///
/// @param options of the model
/// @param source the images, fitted to the model
/// @param isUnknown whether nothing says which images the model has learned from, or is to be
///   measured with
record EvaluatedModel(
    ModelOptions options, Pipeline pipeline, DataSource source, boolean isUnknown) {
  /// {@return an evaluation of the model, whose refusal of it is one of its files}
  ///
  /// @param made throws an [IllegalArgumentException] if it refuses the model
  <E> E evaluation(Function<Pipeline, E> made) throws BadFileException {
    try {
      return made.apply(pipeline);
    } catch (IllegalArgumentException e) {
      throw new BadFileException(options.results(), String.valueOf(e.getMessage()));
    }
  }

  /// Refuses images that are not known to be of the kind that the model has learned.
  void requireKnownImages() {
    if (isUnknown) {
      throw options.wrongUsage(
          options.title()
              + " does not say what it learned from, and its images are not MNIST's: --data PATH"
              + " says which to measure with");
    }
  }

  /// Says that images are not measured as they are.
  void noteConversion(String title, ImageDataset images) {
    if (images.isConverted()) {
      Shape shape = images.imageShape();
      options
          .console()
          .note(
              title
                  + ": images are cropped, scaled or converted to those of the network, "
                  + shape.dim(1)
                  + " x "
                  + shape.dim(0)
                  + (shape.dim(2) == 1 ? " in grey" : " in colour"));
    }
  }
}
