package haze.diffusion.figure;

import haze.nn.safetensors.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// The kinds of file that images are written to, known by the end of the file's name.
public enum OutputFormat {
  /// Rows and columns, for people.
  PNG {
    @Override
    public void write(Output output, Path file) throws IOException {
      output.figure().write(file);
    }

    @Override
    public Optional<String> problem(long count, int height, int width, int channels) {
      if (channels != 1 && channels != 3) {
        return Optional.of("a picture has 1 or 3 channels, the model " + channels);
      }
      return count * height * width <= MAX_PIXELS
          ? Optional.empty()
          : Optional.of(count + " images are too many for a picture");
    }
  },

  /// The main tensor, for NumPy.
  NPY {
    @Override
    public void write(Output output, Path file) throws IOException {
      Npy.write(output.tensor(output.main()), file);
    }
  },

  /// All tensors and the metadata.
  SAFETENSORS {
    @Override
    public void write(Output output, Path file) throws IOException {
      SafetensorsFile.write(file, output.metadata(), output.tensors());
    }
  };

  /// Some 8000 x 8000: what image viewers can still show.
  private static final long MAX_PIXELS = 1 << 26;

  /// {@return what is wrong with so many images of this size, if anything is}
  public Optional<String> problem(long count, int height, int width, int channels) {
    return count * height * width * channels <= Integer.MAX_VALUE
        ? Optional.empty()
        : Optional.of(count + " images are too many for an array");
  }

  /// Writes images.
  ///
  /// @param file replaced as a whole
  /// @throws IOException if it cannot be written
  public abstract void write(Output output, Path file) throws IOException;

  /// {@return the format of a file's name, if there is one}
  public static Optional<OutputFormat> of(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    return Arrays.stream(values())
        .filter(format -> name.endsWith("." + format.name().toLowerCase(Locale.ROOT)))
        .findFirst();
  }

  /// {@return the first of `stem.png`, `stem-2.png`, ... in a directory that does not exist}
  public static Path freeName(Path directory, String stem) {
    Path file = directory.resolve(stem + ".png");
    for (int i = 2; Files.exists(file); i++) {
      file = directory.resolve(stem + "-" + i + ".png");
    }
    return file;
  }
}
