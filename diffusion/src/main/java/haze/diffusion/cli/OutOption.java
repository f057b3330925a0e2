package haze.diffusion.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Where a command's pictures go.
final class OutOption {
  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = {
        "where the pictures go, replaced if it exists; the name tells the kind:",
        ".png: rows and columns,",
        ".npy: float32 [n, height, width, channels], pictures in [-1, 1],",
        ".safetensors: the same, and what it was made from, by name",
        "(default: a new PNG file here, numbered if there is one already)"
      })
  private @Nullable Path out;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets it.
  OutOption() {}

  /// The file, which can be written: everything that would make writing fail is better known before
  /// minutes of work.
  ///
  /// @param stem the name without its end, if none is asked for
  Path file(String stem) throws IOException {
    Path file = out == null ? Samples.freeName(Path.of(""), stem) : out;
    kind(file);
    requireWritable(file);
    return file;
  }

  /// The kind that a file's name asks for.
  Samples kind(Path file) {
    return Samples.of(file)
        .orElseThrow(
            () ->
                wrongUsage(
                    "--out is "
                        + file
                        + ", expected a name that ends in .png, .npy or .safetensors"));
  }

  /// Checks that so many images fit the file.
  void requireRoom(Path file, long count, int side, int channels) {
    kind(file)
        .problem(count, side, side, channels)
        .ifPresent(
            problem -> {
              throw wrongUsage("--out is " + file + ", but " + problem);
            });
  }

  /// Checks that a file can be written.
  static void requireWritable(Path file) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    if (parent == null || Files.isDirectory(file)) {
      throw new IOException(file + ": is a directory");
    }
    if (!Files.isDirectory(parent)) {
      throw new IOException(file + ": there is no directory " + parent);
    }
    if (!Files.isWritable(parent)) {
      throw new IOException(file + ": cannot write in " + parent);
    }
  }

  private ParameterException wrongUsage(String problem) {
    return new ParameterException(spec.commandLine(), problem);
  }
}
