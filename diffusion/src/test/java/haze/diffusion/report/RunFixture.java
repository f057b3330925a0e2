package haze.diffusion.report;

import haze.diffusion.training.Preset;
import haze.diffusion.training.RunDirectory;
import haze.diffusion.training.Settings;
import haze.diffusion.training.TrainingRequest;
import haze.diffusion.training.TrainingRun;
import haze.tensor.Workers;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import javax.imageio.ImageIO;

/// Runs to look at: real ones, whose metrics and samples are made up.
public final class RunFixture {
  private RunFixture() {}

  /// Begins a run of 100 steps, and trains none.
  public static Path begun(Path directory) throws IOException {
    try (Workers workers = new Workers(1)) {
      TrainingRun.begin(
              TrainingRequest.of(directory).preset(Preset.TINY).with(Settings.STEPS, 100), workers)
          .close();
    }
    return directory;
  }

  /// Appends lines to the metrics, as training does.
  public static void steps(Path run, int from, int to) throws IOException {
    Path metrics = run.resolve("metrics.csv");
    StringBuilder text = new StringBuilder();
    if (!Files.exists(metrics)) {
      text.append("step,loss,gradient_norm,learning_rate,ms\n");
    }
    for (int step = from; step <= to; step++) {
      text.append(
          String.format(
              Locale.ROOT,
              "%d,%.6g,%.6g,%.6g,%.1f%n",
              step,
              1.0 / step + 0.01 * (step % 7),
              2.0 + step % 5,
              1e-3,
              100.0 + step % 3));
    }
    Files.writeString(metrics, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /// Writes a grid of samples.
  public static void samples(Path run, int step) throws IOException {
    BufferedImage picture = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 64 * 64; i++) {
      picture.setRGB(i % 64, i / 64, i * step);
    }
    Path file = new RunDirectory(run).samples(step);
    Files.createDirectories(file.getParent());
    ImageIO.write(picture, "png", file.toFile());
  }
}
