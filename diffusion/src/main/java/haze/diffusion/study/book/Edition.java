package haze.diffusion.study.book;

import haze.diffusion.pipeline.DigitsModel;
import haze.diffusion.pipeline.Pipeline;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// What the chapters are run with.
///
/// @param isFull whether counts are those of the book; those of a test are small
/// @param workers the threads
/// @param model a run or another pipeline; null for the model of digits that comes with Haze
public record Edition(boolean isFull, Workers workers, @Nullable Path model) {
  /// Reads the model.
  ///
  /// @throws IOException if it cannot be read
  Pipeline pipeline() throws IOException {
    return model == null ? DigitsModel.load() : Pipeline.load(model);
  }
}
