package haze.diffusion.cli;

import haze.diffusion.pipeline.Pipeline;
import haze.nn.safetensors.SafetensorsFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `haze info`: says what a model, a run or a file of weights is.
@Command(name = "info", description = "Says what a model, a run or a file of weights is.")
final class InfoCommand implements Callable<Integer> {
  private static final int LABEL_WIDTH = 12;
  private static final double KIBIBYTE = 1024;

  @Parameters(
      paramLabel = "DIRECTORY|FILE",
      description =
          "a run of haze train, a diffusers pipeline, or a file in the safetensors format")
  Path path;

  @Spec CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets both.
  InfoCommand() {}

  @Override
  public Integer call() throws IOException {
    if (Files.isDirectory(path)) {
      describePipeline();
    } else {
      describeFile();
    }
    return 0;
  }

  private void line(String label, String text) {
    PrintWriter out = spec.commandLine().getOut();
    out.println(label + " ".repeat(Math.max(1, LABEL_WIDTH - label.length())) + text);
  }

  private void describePipeline() throws IOException {
    Pipeline.describe(path).lines().forEach(this::line);
    Path state = path.resolve("training").resolve("state.safetensors");
    if (Files.exists(state)) {
      try (SafetensorsFile training = SafetensorsFile.open(state)) {
        line("training", "step " + training.metadata().getOrDefault("step", "unknown"));
      }
    }
  }

  private void describeFile() throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      Map<String, SafetensorsFile.Entry> entries = file.entries();
      int width =
          entries.keySet().stream().mapToInt(name -> printable(name).length()).max().orElse(0);
      PrintWriter out = spec.commandLine().getOut();
      long elements = 0;
      long bytes = 0;
      for (Map.Entry<String, SafetensorsFile.Entry> named : entries.entrySet()) {
        SafetensorsFile.Entry entry = named.getValue();
        String name = printable(named.getKey());
        out.println(
            name
                + " ".repeat(width - name.length() + 2)
                + String.format(Locale.ROOT, "%-7s ", entry.dtype())
                + entry.shape());
        elements += entry.shape().size();
        bytes += entry.end() - entry.begin();
      }
      if (!entries.isEmpty()) {
        out.println();
      }
      line("tensors", Integer.toString(entries.size()));
      line("elements", String.format(Locale.ROOT, "%,d", elements));
      line("data", size(bytes));
      file.metadata()
          .forEach((key, value) -> line("metadata", printable(key) + " = " + printable(value)));
    }
  }

  /// Names come from the file: nothing in them may move the cursor.
  private static String printable(String text) {
    return text.replaceAll("[\\p{Cntrl}\\p{Cf}\\p{Zl}\\p{Zp}]", "?");
  }

  private static String size(long bytes) {
    double mebibytes = bytes / KIBIBYTE / KIBIBYTE;
    return mebibytes >= 1
        ? String.format(Locale.ROOT, "%.1f MiB", mebibytes)
        : counted(bytes, "byte");
  }

  private static String counted(long count, String what) {
    return count + " " + what + (count == 1 ? "" : "s");
  }
}
