package haze.diffusion.pipeline;

import haze.diffusion.io.BadFileException;
import haze.diffusion.io.JsonObject;
import haze.nn.safetensors.TensorFile;
import haze.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;

/// Weights in several files, and an index that names the file of each tensor:
///
/// ```
/// {"metadata": {"total_size": 176412},
///  "weight_map": {"conv_in.bias": "diffusion_pytorch_model-00001-of-00004.safetensors", ...}}
/// ```
final class ShardedTensors implements TensorFile {
  private final Path index;
  private final Map<String, TensorFile> files = new LinkedHashMap<>();
  private final Map<String, Description> entries = new LinkedHashMap<>();
  private final Map<String, TensorFile> holders = new LinkedHashMap<>();

  private ShardedTensors(Path index) {
    this.index = index;
  }

  /// Opens all files.
  ///
  /// @throws IOException if one cannot be read or is not valid, or they and the index differ
  static ShardedTensors open(Path index) throws IOException {
    JsonObject json = JsonObject.read(index);
    ShardedTensors tensors = new ShardedTensors(index);
    try {
      if (!(json.value("weight_map") instanceof Map<?, ?> map)) {
        throw json.invalid("weight_map", "expected the file of each tensor");
      }
      for (Map.Entry<?, ?> place : map.entrySet()) {
        // A file beside the index, nowhere else.
        if (!(place.getValue() instanceof String file)
            || !file.matches("[ -~&&[^/\\\\]]+\\.[a-z]+")) {
          throw new BadFileException(
              index, "weight_map names " + BadFileException.shown(place.getValue() + ""));
        }
        tensors.add((String) place.getKey(), file);
      }
      for (TensorFile file : tensors.files.values()) {
        tensors.requireListed(file);
      }
      return tensors;
    } catch (Throwable e) {
      tensors.close();
      throw e;
    }
  }

  private void add(String tensor, String name) throws IOException {
    TensorFile file = files.get(name);
    if (file == null) {
      file = WeightsFiles.openOne(index.resolveSibling(name));
      files.put(name, file);
    }
    Description entry = file.entries().get(tensor);
    if (entry == null) {
      throw new BadFileException(
          index, "expects " + BadFileException.shown(tensor) + " in " + name + ", which lacks it");
    }
    entries.put(tensor, entry);
    holders.put(tensor, file);
  }

  private void requireListed(TensorFile file) throws BadFileException {
    TreeSet<String> more = new TreeSet<>(file.entries().keySet());
    more.removeAll(entries.keySet());
    if (!more.isEmpty()) {
      throw new BadFileException(
          index, "does not list " + BadFileException.shown(more.first()) + " of " + file.name());
    }
  }

  @Override
  public String name() {
    return index.toString();
  }

  @Override
  public Map<String, ? extends Description> entries() {
    return Collections.unmodifiableMap(entries);
  }

  @Override
  public Tensor tensor(String name) throws IOException {
    TensorFile holder = holders.get(name);
    if (holder == null) {
      throw new BadFileException(index, "does not list " + BadFileException.shown(name));
    }
    return holder.tensor(name);
  }

  @Override
  public void close() throws IOException {
    IOException first = null;
    for (TensorFile file : files.values()) {
      try {
        file.close();
      } catch (IOException e) {
        first = first == null ? e : first;
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
