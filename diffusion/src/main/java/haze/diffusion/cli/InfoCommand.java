package haze.diffusion.cli;

import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.nn.safetensors.SafetensorsFile;
import haze.nn.unet.UNetConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
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
    Pipeline.Summary summary = Pipeline.describe(path);
    UNetConfig unet = summary.unet();
    line("model", "UNet2DModel and " + summary.scheduler().kind().className());
    line(
        "images",
        unet.sampleSize()
            + " x "
            + unet.sampleSize()
            + ", "
            + counted(unet.inChannels(), "channel"));
    line(
        "levels",
        joined(unet.blockOutChannels())
            + " channels, "
            + counted(unet.layersPerBlock(), "residual block")
            + " each");
    line("attention", attention(unet));
    unet.numClassEmbeds()
        .ifPresent(
            labels ->
                line(
                    "labels",
                    labels
                        + ", from 0 to "
                        + (labels - 1)
                        + "; of haze train the last stands for no class"));
    line(
        "parameters",
        String.format(Locale.ROOT, "%,d", summary.parameters())
            + ", "
            + String.join(", ", summary.types()));
    SchedulerConfig scheduler = summary.scheduler();
    line("schedule", scheduler.numTrainTimesteps() + " timesteps, " + betas(scheduler));
    line("sampling", sampling(scheduler));
    Path state = path.resolve("training").resolve("state.safetensors");
    if (Files.exists(state)) {
      try (SafetensorsFile training = SafetensorsFile.open(state)) {
        line("training", "step " + training.metadata().getOrDefault("step", "unknown"));
      }
    }
  }

  private static String attention(UNetConfig unet) {
    // Levels count from 1, the finest; the way up lists them from the coarsest.
    List<Integer> down =
        IntStream.rangeClosed(1, unet.downAttention().size())
            .filter(level -> unet.downAttention().get(level - 1))
            .boxed()
            .toList();
    List<Integer> up =
        IntStream.rangeClosed(1, unet.upAttention().size())
            .filter(level -> unet.upAttention().get(unet.upAttention().size() - level))
            .boxed()
            .toList();
    String heads =
        unet.attentionHeadDim().isPresent()
            ? "heads of " + counted(unet.attentionHeadDim().getAsInt(), "channel")
            : "one head";
    if (down.isEmpty() && up.isEmpty() && !unet.midAttention()) {
      return "none";
    }
    return (down.isEmpty() ? "" : "down in level " + joined(down) + ", ")
        + (unet.midAttention() ? "middle, " : "")
        + (up.isEmpty() ? "" : "up in level " + joined(up) + ", ")
        + heads;
  }

  private static String betas(SchedulerConfig scheduler) {
    if (scheduler.kind() == SamplerKind.FLOW) {
      return "straight lines to noise";
    }
    if (!scheduler.trainedBetas().isEmpty()) {
      return "betas given one by one";
    }
    String range =
        ", beta " + plain(scheduler, "beta_start") + " to " + plain(scheduler, "beta_end");
    String name = String.valueOf(scheduler.get("beta_schedule"));
    return switch (name) {
          case "linear" -> "linear" + range;
          case "scaled_linear" -> "linear in the square root" + range;
          case "sigmoid" -> "sigmoid" + range;
          case "squaredcos_cap_v2" -> "cosine";
          case "exp" -> "exponential";
          default -> name;
        }
        + (Boolean.TRUE.equals(scheduler.get("rescale_betas_zero_snr"))
            ? ", rescaled to end without signal"
            : "");
  }

  private static String sampling(SchedulerConfig scheduler) {
    if (scheduler.kind() == SamplerKind.FLOW) {
      return "shift " + plain(scheduler, "shift");
    }
    String clip = "does not clip";
    if (Boolean.TRUE.equals(scheduler.get("thresholding"))) {
      clip = "thresholds dynamically";
    } else if (Boolean.TRUE.equals(scheduler.get("clip_sample"))) {
      clip = "clips to +-" + plain(scheduler, "clip_sample_range");
    }
    return "predicts "
        + scheduler.prediction().name().toLowerCase(Locale.ROOT)
        + ", variance "
        + scheduler.variance().name().toLowerCase(Locale.ROOT)
        + ", "
        + clip
        + ", spacing "
        + scheduler.get("timestep_spacing");
  }

  /// Without an exponent: 0.0001, not 1.0E-4.
  private static String plain(SchedulerConfig scheduler, String key) {
    return new BigDecimal(String.valueOf(scheduler.get(key))).stripTrailingZeros().toPlainString();
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

  private static String joined(List<Integer> numbers) {
    return String.join(", ", numbers.stream().map(Object::toString).toList());
  }
}
