package haze.diffusion.cli;

import haze.diffusion.figure.Output;
import haze.diffusion.figure.OutputFormat;
import haze.diffusion.io.AtomicFile;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.terminal.Interrupt;
import haze.tensor.Shape;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Where a command's images go.
public final class OutOption {
  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = {
        "where the images go, replaced if it exists; the name tells the kind:",
        ".png: rows and columns,",
        ".npy: float32 [n, height, width, channels], images in [-1, 1],",
        ".safetensors: the same, and given images that it was made from, by name",
        "(default: a new PNG file here, numbered if there is one already)"
      })
  private @Nullable Path out;

  /// The file, which can be written: everything that would make writing fail is better known before
  /// minutes of work.
  ///
  /// @param stem the name without its end, if none is given
  /// @param count how many images it is to hold
  /// @param image the shape of one, `[h, w, c]`
  public Path file(String stem, long count, Shape image) throws IOException {
    Path file = out == null ? OutputFormat.freeName(Path.of(""), stem) : out;
    format(file)
        .problem(count, image.dim(0), image.dim(1), image.dim(2))
        .ifPresent(
            problem -> {
              throw new RequestException("out", "is " + file + ", but " + problem);
            });
    AtomicFile.prepare(file);
    return file;
  }

  /// Writes images.
  public void write(Output output, Path file) throws IOException {
    try (Interrupt _ = Interrupt.delay()) {
      format(file).write(output, file);
    }
  }

  private static OutputFormat format(Path file) {
    return OutputFormat.of(file)
        .orElseThrow(
            () ->
                new RequestException(
                    "out",
                    "is " + file + ", expected a name that ends in .png, .npy or .safetensors"));
  }
}
