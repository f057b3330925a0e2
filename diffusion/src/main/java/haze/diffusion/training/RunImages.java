package haze.diffusion.training;

import haze.diffusion.data.DataSource;
import haze.diffusion.data.ImageClusters;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.io.BadFileException;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// The images of a run that goes on, which must be those that it began with.
final class RunImages {
  private RunImages() {}

  /// {@return the images}
  ///
  /// @param settings where they are, and their fingerprint
  /// @param given those of a program that holds them in memory
  /// @param clusters what their classes are in the place of their labels
  /// @param workers the threads, which the caller closes
  /// @throws IOException if they cannot be read, or are others than when the run began
  static ImageDataset of(
      RunDirectory run,
      TrainingSettings settings,
      Optional<ImageDataset> given,
      Optional<ImageClusters> clusters,
      Workers workers)
      throws IOException {
    if (settings.get(Settings.CLUSTERS) > 0 && clusters.isEmpty()) {
      throw new BadFileException(
          run.path(), "has lost its clusters.safetensors, which its network is conditioned on");
    }
    ImageDataset data = load(run, settings.source(), given);
    if (clusters.isPresent() && clusters.get().fits(data.imageShape())) {
      data = clusters.get().labelled(data, workers);
    }
    String known = settings.get(Settings.FINGERPRINT);
    if (!known.isEmpty() && !known.equals(data.fingerprint())) {
      throw new BadFileException(
          run.path(),
          "learns from other images than those that "
              + settings.source().title()
              + " holds now (fingerprint "
              + known
              + ", now "
              + data.fingerprint()
              + "): some were added, removed or changed, or are read in another size."
              + (given.isEmpty()
                  ? " Put them back, or start a new run from its weights with --from " + run.path()
                  : " Give those that it began with"));
    }
    return data;
  }

  private static ImageDataset load(
      RunDirectory run, DataSource source, Optional<ImageDataset> given) throws IOException {
    Path path = run.path();
    if (given.isEmpty() && source instanceof DataSource.InMemory) {
      throw new BadFileException(
          path,
          "learns from images in memory ("
              + source.text()
              + "): only a program that has them can go on with it");
    }
    if (given.isEmpty()) {
      new LearnedData(path, source).requireThere();
      return source.load();
    }
    String text = DataSource.of(given.get()).text();
    if (!source.text().equals(text)) {
      throw new BadFileException(path, "learns from " + source.text() + ", given " + text);
    }
    return given.get();
  }
}
