package haze.diffusion.cli;

import haze.diffusion.figure.ImageGrid;
import haze.diffusion.figure.Npy;
import haze.nn.safetensors.SafetensorsFile;
import haze.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// The kinds of file that pictures are written to, known by the end of the file's name.
enum Samples {
  /// A picture of rows and columns, for people.
  PNG {
    @Override
    void write(Made made, Map<String, String> remarks, Path file) throws IOException {
      ImageGrid.write(made.picture(), file);
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
    void write(Made made, Map<String, String> remarks, Path file) throws IOException {
      Npy.write(made.main(), file);
    }
  },

  /// Arrays for everyone else, with remarks on how they were made.
  SAFETENSORS {
    @Override
    void write(Made made, Map<String, String> remarks, Path file) throws IOException {
      SafetensorsFile.write(file, remarks, made.tensors());
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

  /// Writes pictures.
  ///
  /// @param made the pictures
  /// @param remarks how they were made
  /// @param file replaced as a whole
  abstract void write(Made made, Map<String, String> remarks, Path file) throws IOException;

  /// What a command made, as every kind of file shows it.
  ///
  /// @param name the name of what was asked for, all of an `.npy` file
  /// @param tensors that, and what it was made from, by name: the content of a `.safetensors` file;
  ///   `[n, h, w, c]`
  /// @param picture the same for people
  record Made(String name, Map<String, Tensor> tensors, List<ImageGrid.Block> picture) {
    /// Images alone.
    static Made of(Tensor images) {
      return new Made("images", Map.of("images", images), List.of(ImageGrid.Block.of(images)));
    }

    Tensor main() {
      return Objects.requireNonNull(tensors.get(name), name);
    }
  }

  /// How pictures were made.
  static Map<String, String> remarks(String sampler, int steps, long seed) {
    Map<String, String> remarks = new LinkedHashMap<>();
    remarks.put("layout", "NHWC");
    remarks.put("range", "[-1, 1]");
    remarks.put("sampler", sampler);
    remarks.put("steps", Integer.toString(steps));
    remarks.put("seed", Long.toString(seed));
    return remarks;
  }

  private String extension() {
    return "." + name().toLowerCase(Locale.ROOT);
  }

  /// The kind that a file's name asks for, if there is one.
  static Optional<Samples> of(Path file) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    return Arrays.stream(values()).filter(kind -> name.endsWith(kind.extension())).findFirst();
  }

  /// The first of `stem.png`, `stem-2.png`, ... that does not exist.
  static Path freeName(Path directory, String stem) {
    Path file = directory.resolve(stem + ".png");
    for (int i = 2; Files.exists(file); i++) {
      file = directory.resolve(stem + "-" + i + ".png");
    }
    return file;
  }
}
