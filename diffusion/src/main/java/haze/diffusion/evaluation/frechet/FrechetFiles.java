package haze.diffusion.evaluation.frechet;

import haze.diffusion.io.AtomicFile;
import haze.diffusion.io.BadFileException;
import haze.diffusion.io.EvaluationDirectory;
import haze.diffusion.io.JsonWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A directory that keeps what was measured of samples:
///
/// ```
/// frechet.json             the report
/// classifier.safetensors   the classifier, if no other file is chosen
/// earlier-1/               a report that another took the place of
/// ```
///
/// @param chosen the file of the classifier, if it is not to be in the directory
public record FrechetFiles(Path directory, Optional<Path> chosen) {
  /// {@return the place for the samples of a run}
  ///
  /// @param run the directory of the run, or of another pipeline
  public static FrechetFiles of(Path run) {
    return new FrechetFiles(EvaluationDirectory.of(run).path(), Optional.empty());
  }

  /// {@return the same with another file of the classifier}
  public FrechetFiles classifier(Path file) {
    return new FrechetFiles(directory, Optional.of(file));
  }

  /// {@return the report, `frechet.json`}
  public Path json() {
    return directory.resolve("frechet.json");
  }

  /// {@return the file of the classifier}
  public Path classifier() {
    return chosen.orElse(directory.resolve("classifier.safetensors"));
  }

  /// {@return the classifier, if there is one}
  ///
  /// @param data the images that samples are to be compared with
  /// @throws IOException if it cannot be read, is for images of another shape, or learned from
  ///   other images and was not chosen
  public Optional<TrainedClassifier> findClassifier(FrechetData data) throws IOException {
    Optional<TrainedClassifier> found = TrainedClassifier.find(classifier(), data);
    boolean ofOthers =
        found.isPresent() && !found.get().data().equals(BadFileException.shown(data.name()));
    if (ofOthers && chosen.isEmpty()) {
      throw new BadFileException(
          classifier(),
          "learned from "
              + found.get().data()
              + ", not from "
              + data.name()
              + "; --classifier says which to take, this one or a new file");
    }
    return found;
  }

  /// Makes the directory: to be called before an hour's work.
  ///
  /// @throws IOException if that fails, or nothing can be written there
  public void prepare() throws IOException {
    new EvaluationDirectory(directory).prepare();
  }

  /// Writes a report.
  ///
  /// @return where an earlier report now is, if there was one that differs
  /// @throws IOException if a file cannot be written
  public Optional<Path> write(SampleReport report) throws IOException {
    prepare();
    JsonWriter json = new JsonWriter();
    report.members().forEach(json::put);
    byte[] content = json.toString().getBytes(StandardCharsets.UTF_8);
    Optional<Path> earlier =
        new EvaluationDirectory(directory).setAside(Map.of(json(), content), List.of(json()));
    AtomicFile.write(json(), out -> out.write(content));
    return earlier;
  }
}
