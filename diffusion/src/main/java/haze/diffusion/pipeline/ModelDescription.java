package haze.diffusion.pipeline;

import haze.nn.unet.UNetConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What a model is, for people: a line for each of its parts.
final class ModelDescription {
  private static final int WIDTH = 12;

  private ModelDescription() {}

  static List<String> lines(Pipeline.Summary model) {
    UNetConfig unet = model.unet();
    SchedulerConfig scheduler = model.scheduler();
    List<String> lines = new ArrayList<>();
    lines.add(line("model", UNetConfigFile.CLASS + " and " + scheduler.kind().className()));
    lines.addAll(NetworkDescription.lines(unet));
    model.clusters().ifPresent(clusters -> lines.add(line("clusters", clusters.toString())));
    List<String> names = model.classNames().lines();
    for (int i = 0; i < names.size(); i++) {
      lines.add(line(i == 0 ? "named" : "", names.get(i)));
    }
    lines.add(
        line(
            "parameters",
            String.format(Locale.ROOT, "%,d", model.parameters())
                + ", "
                + String.join(", ", model.types())));
    lines.addAll(SchedulerDescription.lines(scheduler));
    if (!scheduler.unknownKeys().isEmpty()) {
      lines.add(line("ignored", "keys of the scheduler's file: " + scheduler.unknownNames()));
    }
    return lines;
  }

  /// A line that begins with a word.
  static String line(String word, String text) {
    return word + " ".repeat(Math.max(1, WIDTH - word.length())) + text;
  }
}
