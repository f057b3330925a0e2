package haze.diffusion.pipeline;

import haze.diffusion.io.BadFileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/// A small model of handwritten digits that the module carries with it, conditioned on the classes
/// 0 to 9, so that there is something to sample before anything is trained.
///
/// How it was made: `digits/ORIGIN.md` beside its files, which are those of a pipeline.
public final class DigitsModel {
  /// What messages call it.
  public static final String TITLE = "Haze's own model of digits";

  private static final List<String> FILES =
      List.of(
          "model_index.json",
          "unet/config.json",
          "unet/diffusion_pytorch_model.safetensors",
          "scheduler/scheduler_config.json");

  private DigitsModel() {}

  /// Reads the model.
  ///
  /// @throws IOException if there is no room for a temporary copy, or the module's own files are
  ///   damaged
  public static Pipeline load() throws IOException {
    return load(LoadChoice.DEFAULT);
  }

  /// Reads the model.
  ///
  /// @param choice what is read of it
  /// @throws IOException as for [#load()], and if there is no such thing
  /// @throws RequestException if the network cannot halve images of the size
  public static Pipeline load(LoadChoice choice) throws IOException {
    // Weights are read from files that can be mapped, which those in an archive cannot.
    Path copy = Files.createTempDirectory("haze-digits");
    try {
      copyTo(copy);
      return Pipeline.load(copy, choice);
    } finally {
      delete(copy);
    }
  }

  /// Writes the model's files, which make a pipeline that diffusers reads too.
  ///
  /// @param directory an existing one; files in it of these names are replaced
  /// @throws IOException if they cannot be written
  public static void copyTo(Path directory) throws IOException {
    for (String name : FILES) {
      Path file = directory.resolve(name);
      Files.createDirectories(Objects.requireNonNull(file.getParent()));
      try (InputStream in = DigitsModel.class.getResourceAsStream("digits/" + name)) {
        if (in == null) {
          throw new BadFileException(Path.of(name), "is missing from this build of Haze");
        }
        Files.write(file, in.readAllBytes());
      }
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
