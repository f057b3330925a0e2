package haze.nn;

import static haze.nn.safetensors.TensorFileException.quote;

import haze.nn.file.Checksum;
import haze.nn.file.Disk;
import haze.nn.safetensors.SafetensorsFile;
import haze.nn.safetensors.TensorFile;
import haze.nn.safetensors.TensorFileException;
import haze.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/// The parameters of a network as a safetensors file under PyTorch's names, shapes and layouts.
///
/// {@snippet file="haze/nn/WeightsTest.java" region="file"}
public final class Weights {
  /// What PyTorch's users write, so that their libraries know whose tensors these are.
  private static final Map<String, String> METADATA = Map.of("format", "pt");

  /// Names of an attention's projections before diffusers 0.12, and after.
  private static final Map<String, String> OLD_NAMES =
      Map.of(
          ".query.", ".to_q.", ".key.", ".to_k.", ".value.", ".to_v.", ".proj_attn.", ".to_out.0.");

  /// The names of parameters are shorter.
  private static final int SHOWN = 100;

  private Weights() {}

  /// Writes all parameters.
  ///
  /// @param parameters by full name
  /// @param file replaced when the new one is complete
  /// @throws IOException if it cannot be written
  public static void save(Map<String, Parameter> parameters, Path file) throws IOException {
    save(Disk.system(), parameters, file, Map.of());
  }

  /// Writes all parameters as [#save(Map, Path)] does.
  ///
  /// @param disk where the file is
  /// @param remarks metadata of the file beside PyTorch's
  /// @return length and checksum of the file
  /// @throws IOException if it cannot be written
  public static Checksum save(
      Disk disk, Map<String, Parameter> parameters, Path file, Map<String, String> remarks)
      throws IOException {
    Map<String, String> metadata = new LinkedHashMap<>(METADATA);
    metadata.putAll(remarks);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    parameters.forEach((name, parameter) -> tensors.put(name, parameter.toPyTorch()));
    return SafetensorsFile.write(disk, file, metadata, tensors);
  }

  /// Reads all parameters; nothing is changed if the file does not fit. Files with the old names of
  /// attention layers (`query`, `key`, `value`, `proj_attn`) are understood.
  ///
  /// @param parameters by full name
  /// @throws IOException if the file cannot be read, a parameter is missing or has another shape,
  ///   or there is a tensor that is no parameter
  public static void load(Map<String, Parameter> parameters, Path file) throws IOException {
    try (SafetensorsFile stored = SafetensorsFile.open(file)) {
      load(parameters, stored);
    }
  }

  /// Reads all parameters as [#load(Map, Path)] does.
  ///
  /// @param parameters by full name
  /// @param file in whatever format
  /// @throws IOException as for [#load(Map, Path)]
  public static void load(Map<String, Parameter> parameters, TensorFile file) throws IOException {
    Map<String, String> names = new LinkedHashMap<>();
    file.entries().keySet().forEach(name -> names.put(currentName(name), name));
    TreeSet<String> missing = new TreeSet<>(parameters.keySet());
    missing.removeAll(names.keySet());
    TreeSet<String> unknown = new TreeSet<>(names.keySet());
    unknown.removeAll(parameters.keySet());
    if (!missing.isEmpty() || !unknown.isEmpty()) {
      throw new TensorFileException(
          file.name(),
          "does not fit the network:" + list(" missing ", missing) + list(" unknown ", unknown));
    }
    List<Tensor> tensors = new ArrayList<>();
    for (Map.Entry<String, Parameter> entry : parameters.entrySet()) {
      String name = names.getOrDefault(entry.getKey(), entry.getKey());
      Tensor tensor = file.tensor(name);
      if (!tensor.shape().equals(entry.getValue().pyTorchShape())) {
        throw new TensorFileException(
            file.name(),
            name
                + " has shape "
                + tensor.shape()
                + ", expected "
                + entry.getValue().pyTorchShape());
      }
      tensors.add(tensor);
    }
    int i = 0;
    for (Parameter parameter : parameters.values()) {
      parameter.fromPyTorch(tensors.get(i++));
    }
  }

  private static String currentName(String name) {
    if (!name.contains(".attentions.")) {
      return name;
    }
    String current = name;
    for (Map.Entry<String, String> renamed : OLD_NAMES.entrySet()) {
      current = current.replace(renamed.getKey(), renamed.getValue());
    }
    return current;
  }

  /// The first of some names, which may be of a file and of any length.
  private static String list(String what, SortedSet<String> names) {
    if (names.isEmpty()) {
      return "";
    }
    String first = names.first().length() <= SHOWN ? names.first() : quote(names.first());
    return what + first + (names.size() > 1 ? " and " + (names.size() - 1) + " more;" : ";");
  }
}
