package haze.diffusion.pipeline;

import haze.diffusion.io.BadFileException;
import haze.nn.pytorch.PyTorchFile;
import haze.nn.safetensors.SafetensorsFile;
import haze.nn.safetensors.TensorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The files in which a network's weights may lie, in the order in which they are looked for:
///
/// ```
/// diffusion_pytorch_model.safetensors                 in one file
/// diffusion_pytorch_model.safetensors.index.json      in several, see ShardedTensors
/// diffusion_pytorch_model.bin                         as PyTorch writes them, see PyTorchFile
/// diffusion_pytorch_model.bin.index.json
/// ```
///
/// A variant, such as `fp16`, has its word in the name: `diffusion_pytorch_model.fp16.safetensors`,
/// `diffusion_pytorch_model.safetensors.index.fp16.json`.
final class WeightsFiles {
  static final String PLAIN = "diffusion_pytorch_model.safetensors";

  private static final String STEM = "diffusion_pytorch_model";
  private static final List<String> FORMATS = List.of("safetensors", "bin");
  private static final Pattern ONE =
      Pattern.compile("diffusion_pytorch_model\\.(?<variant>[^.]+)\\.(safetensors|bin)");
  private static final Pattern INDEX =
      Pattern.compile(
          "diffusion_pytorch_model\\.(safetensors|bin)\\.index\\.(?<variant>[^.]+)\\.json");
  private static final Pattern SHARD = Pattern.compile(".*-\\d{5}-of-\\d{5}");

  private WeightsFiles() {}

  /// Finds and opens weights.
  ///
  /// @param directory of the network
  /// @param variant the word in the names, or empty for the files without one, or the only variant
  /// @throws IOException if there are none, it is not clear which, or a file cannot be read or is
  ///   not valid
  static TensorFile open(Path directory, Optional<String> variant) throws IOException {
    return openFile(find(directory, variant));
  }

  /// Opens a file of weights or an index of several.
  ///
  /// @throws IOException if it cannot be read or is not valid
  static TensorFile openFile(Path file) throws IOException {
    String name = String.valueOf(file.getFileName());
    if (!name.endsWith(".json")) {
      return openOne(file);
    }
    if (Files.isRegularFile(file) && !name.contains(".index.")) {
      throw new BadFileException(
          file, "no file of weights; expected one, or the directory of a model");
    }
    return ShardedTensors.open(file);
  }

  /// Opens a file of either format.
  ///
  /// @throws IOException if it cannot be read or is not valid
  static TensorFile openOne(Path file) throws IOException {
    String name = file.toString();
    if (name.endsWith(".npy") || name.endsWith(".npz")) {
      throw new BadFileException(file, "arrays of NumPy, no weights; haze data describes them");
    }
    return PyTorchFile.isOne(file) ? PyTorchFile.open(file) : SafetensorsFile.open(file);
  }

  private static Path find(Path directory, Optional<String> variant) throws IOException {
    Optional<Path> plain = existing(directory, variant.map(word -> "." + word).orElse(""));
    if (plain.isPresent()) {
      return plain.get();
    }
    SortedMap<String, Path> variants = variants(directory);
    if (variant.isPresent() || variants.size() > 1) {
      throw new BadFileException(
          directory,
          "has "
              + variant.map(word -> "no weights of the variant " + word).orElse("several variants")
              + (variants.isEmpty() ? "" : ", there are " + String.join(", ", variants.keySet()))
              + (variant.isPresent() ? "" : ": choose one with --variant"));
    }
    if (variants.isEmpty()) {
      throw new BadFileException(directory.resolve(PLAIN), "no such file");
    }
    return variants.values().iterator().next();
  }

  private static Optional<Path> existing(Path directory, String word) {
    return FORMATS.stream()
        .flatMap(
            format ->
                Stream.of(
                    STEM + word + "." + format, STEM + "." + format + ".index" + word + ".json"))
        .map(directory::resolve)
        .filter(Files::exists)
        .findFirst();
  }

  /// The file of each variant.
  private static SortedMap<String, Path> variants(Path directory) throws IOException {
    SortedMap<String, Path> variants = new TreeMap<>();
    if (!Files.isDirectory(directory)) {
      return variants;
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        for (Pattern pattern : List.of(ONE, INDEX)) {
          Matcher matcher = pattern.matcher(file.getFileName().toString());
          if (matcher.matches() && !SHARD.matcher(matcher.group("variant")).matches()) {
            String word = matcher.group("variant");
            existing(directory, "." + word).ifPresent(found -> variants.put(word, found));
          }
        }
      }
    }
    return variants;
  }
}
