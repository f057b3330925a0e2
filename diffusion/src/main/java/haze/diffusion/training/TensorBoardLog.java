package haze.diffusion.training;

import haze.diffusion.tensorboard.EventFile;
import haze.nn.file.FileException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;

/// What TensorBoard shows of a run, in its directory `tensorboard`: the numbers of each step, the
/// grids of samples, and the configuration. What cannot be written does not end the run: there are
/// no more events until it is resumed.
final class TensorBoardLog implements TrainingListener, AutoCloseable {
  private static final double SECOND = 1000;

  private final TrainingListener listener;
  private final Path directory;
  private final int batch;
  private @Nullable EventFile events;
  private int step;

  /// Begins the events of a session of training.
  ///
  /// @param listener is warned
  TensorBoardLog(TrainingRun run, TrainingListener listener) {
    this.listener = listener;
    directory = run.directory().path().resolve("tensorboard");
    batch = run.settings().get(Settings.BATCH);
    step = run.completed();
    try {
      events = EventFile.begin(directory, step + 1L);
    } catch (IOException e) {
      warn(e);
    }
    write(file -> file.text(step, "config", table(run.settings().stored())));
  }

  /// A table of Markdown.
  private static String table(Map<String, Object> settings) {
    return settings.entrySet().stream()
        .map(entry -> "| " + entry.getKey() + " | " + cell(entry.getValue().toString()) + " |\n")
        .collect(Collectors.joining("", "| setting | value |\n|---|---|\n", ""));
  }

  /// A text that Markdown leaves as it is: names of files may hold anything.
  private static String cell(String text) {
    return text.replaceAll("\\p{Cntrl}", " ")
        .replaceAll("([\\\\`*_{}\\[\\]()<>#+!|~&-])", "\\\\$1");
  }

  @Override
  public void stepped(Trainer.Step done) {
    step = done.step();
    Map<String, Double> scalars = new LinkedHashMap<>();
    scalars.put("train/loss", done.loss());
    scalars.put("train/gradient_norm", done.gradientNorm());
    scalars.put("train/learning_rate", done.learningRate());
    scalars.put("train/images_per_second", batch * SECOND / done.milliseconds());
    write(file -> file.scalars(step, scalars));
  }

  @Override
  public void validated(Validation validation) {
    Map<String, Double> scalars = new LinkedHashMap<>();
    scalars.put("validation/loss", validation.loss());
    validation
        .bound()
        .ifPresent(
            parts -> {
              scalars.put("validation/bound", parts.total());
              scalars.put("validation/bound_prior", parts.prior());
              scalars.put("validation/bound_transitions", parts.transitions());
              scalars.put("validation/bound_decoder", parts.decoder());
            });
    write(file -> file.scalars(validation.step(), scalars));
  }

  @Override
  public void sampled(Path grid) {
    write(
        file -> {
          byte[] png = Files.readAllBytes(grid);
          BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
          file.image(step, "samples", png, image.getWidth(), image.getHeight());
        });
  }

  private interface Writing {
    void to(EventFile file) throws IOException;
  }

  /// After half an event TensorBoard reads no more of a file, so that none follows.
  private void write(Writing writing) {
    if (events != null) {
      try {
        writing.to(events);
      } catch (IOException e) {
        events = null;
        warn(e);
      }
    }
  }

  private void warn(IOException e) {
    listener.warned(
        FileException.of(directory, "cannot be written", e).getMessage()
            + "; no more events until the run is resumed");
  }

  @Override
  public void close() {
    write(EventFile::close);
  }
}
