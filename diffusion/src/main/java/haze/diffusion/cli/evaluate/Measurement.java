package haze.diffusion.cli.evaluate;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// One of the measurements of `haze evaluate`: with the progress on the terminal, and its files
/// written.
interface Measurement {
  /// Measures a model.
  ///
  /// @throws IOException if a file cannot be read or written, or the model has no such measure
  Outcome measure(EvaluatedModel model) throws IOException;

  /// What there is to print of a measurement.
  ///
  /// @param event the name of the event, whose content is the first file's
  /// @param lines for people
  /// @param files which were written, the first of them in JSON, all in one directory
  /// @param earlier where the files of an earlier result now are, if there were some
  record Outcome(String event, List<String> lines, List<Path> files, Optional<Path> earlier) {
    public Outcome {
      lines = List.copyOf(lines);
      files = List.copyOf(files);
    }
  }
}
