package haze.diffusion.cli;

import haze.diffusion.report.ImageGrid;
import haze.diffusion.report.Npy;
import haze.nn.safetensors.SafetensorsFile;
import haze.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The kinds of file that samples are written to, known by the end of the file's name.
enum Samples {
  /// A picture of rows and columns, for people.
  PNG {
    @Override
    void write(Tensor images, Map<String, String> remarks, Path file) throws IOException {
      ImageGrid.write(images, file);
    }

    @Override
    Optional<String> problem(long count, int height, int width, int channels) {
      if (channels != 1 && channels != 3) {
        return Optional.of("a picture has 1 or 3 channels, the model " + channels);
      }
      return count * height * width <= MAX_PIXELS
          ? Optional.empty()
          : Optional.of(count + " images are too many for a picture");
    }
  },

  /// An array for NumPy.
  NPY {
    @Override
    void write(Tensor images, Map<String, String> remarks, Path file) throws IOException {
      Npy.write(images, file);
    }
  },

  /// An array for everyone else, with remarks on how it was made.
  SAFETENSORS {
    @Override
    void write(Tensor images, Map<String, String> remarks, Path file) throws IOException {
      SafetensorsFile.write(file, remarks, Map.of("images", images));
    }
  };

  /// Some 8000 x 8000: what image viewers can still show.
  private static final long MAX_PIXELS = 1 << 26;

  /// What is wrong with samples of this number and size.
  Optional<String> problem(long count, int height, int width, int channels) {
    return count * height * width * channels <= Integer.MAX_VALUE
        ? Optional.empty()
        : Optional.of(count + " images are too many for an array");
  }

  /// Writes samples.
  ///
  /// @param images `[n, h, w, c]` in [-1, 1]
  /// @param remarks how they were made
  /// @param file replaced as a whole
  abstract void write(Tensor images, Map<String, String> remarks, Path file) throws IOException;

  private String extension() {
    return "." + name().toLowerCase(Locale.ROOT);
  }

  /// The kind that a file's name asks for, if there is one.
  static Optional<Samples> of(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    return Arrays.stream(values()).filter(kind -> name.endsWith(kind.extension())).findFirst();
  }

  /// The first of `NAME.png`, `NAME-2.png`, ... that does not exist.
  static Path freeName(Path directory, String name) {
    Path file = directory.resolve(name + ".png");
    for (int i = 2; Files.exists(file); i++) {
      file = directory.resolve(name + "-" + i + ".png");
    }
    return file;
  }
}
