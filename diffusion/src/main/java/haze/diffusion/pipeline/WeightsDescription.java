package haze.diffusion.pipeline;

import haze.diffusion.io.JsonLine;
import haze.diffusion.io.Quantities;
import haze.nn.file.PrintableText;
import haze.nn.safetensors.SafetensorsFile;
import haze.nn.safetensors.TensorFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a file of weights holds, for people.
public final class WeightsDescription {
  private static final double KIBIBYTE = 1024;

  private WeightsDescription() {}

  /// {@return a line for each tensor, and some about all of them}
  ///
  /// @throws IOException if the file cannot be read or is damaged
  public static List<String> lines(Path path) throws IOException {
    List<String> lines = new ArrayList<>();
    try (TensorFile file = WeightsFiles.openFile(path)) {
      Map<String, ? extends TensorFile.Description> entries = file.entries();
      int width =
          entries.keySet().stream()
              .mapToInt(name -> PrintableText.harmless(name).length())
              .max()
              .orElse(0);
      long elements = 0;
      long bytes = 0;
      for (var named : entries.entrySet()) {
        TensorFile.Description entry = named.getValue();
        String name = PrintableText.harmless(named.getKey());
        lines.add(
            name
                + " ".repeat(width - name.length() + 2)
                + String.format(Locale.ROOT, "%-7s ", entry.dtype())
                + entry.shape());
        elements += entry.shape().size();
        bytes += (long) entry.shape().size() * entry.dtype().bytes();
      }
      if (!entries.isEmpty()) {
        lines.add("");
      }
      lines.add(ModelDescription.line("tensors", Integer.toString(entries.size())));
      lines.add(ModelDescription.line("elements", String.format(Locale.ROOT, "%,d", elements)));
      lines.add(ModelDescription.line("data", size(bytes)));
      if (file instanceof SafetensorsFile safetensors) {
        safetensors
            .metadata()
            .forEach(
                (key, value) ->
                    lines.add(
                        ModelDescription.line(
                            "metadata",
                            PrintableText.harmless(key) + " = " + PrintableText.harmless(value))));
      }
    }
    return lines;
  }

  /// {@return the same for programs: `tensors` with `name`, `dtype` and `shape`, and `metadata`}
  ///
  /// @throws IOException if the file cannot be read or is damaged
  public static Map<String, @Nullable Object> json(Path path) throws IOException {
    try (TensorFile file = WeightsFiles.openFile(path)) {
      List<JsonLine> tensors = new ArrayList<>();
      file.entries()
          .forEach(
              (name, entry) ->
                  tensors.add(
                      new JsonLine()
                          .put("name", name)
                          .put("dtype", entry.dtype().name())
                          .put("shape", entry.shape().dims())));
      return new JsonLine()
          .put("file", path.toString())
          .put("tensors", tensors)
          .put(
              "metadata",
              file instanceof SafetensorsFile safetensors ? safetensors.metadata() : Map.of())
          .members();
    }
  }

  private static String size(long bytes) {
    double mebibytes = bytes / KIBIBYTE / KIBIBYTE;
    return mebibytes >= 1
        ? String.format(Locale.ROOT, "%.1f MiB", mebibytes)
        : Quantities.counted(bytes, "byte");
  }
}
