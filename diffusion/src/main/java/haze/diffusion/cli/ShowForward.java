package haze.diffusion.cli;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.Mnist;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.study.ForwardReport;
import haze.diffusion.training.TrainingRun;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `haze show forward`: a picture that becomes noise.
@Command(
    name = "forward",
    description = {
      "Draws how a picture becomes noise.",
      "Walks the chain step by step: a picture to which a little noise is added again and again"
          + " becomes pure noise. Draws the images with the histograms of their pixels, and prints"
          + " how far they are from the normal distribution."
    })
final class ShowForward implements Callable<Integer> {
  /// The schedule of haze train.
  private static final int TIMESTEPS = 1000;

  @Mixin private ScheduleParameter model;

  @Option(
      names = "--data",
      paramLabel = "mnist|IDX-FILE",
      defaultValue = TrainingRun.MNIST,
      description =
          "where the picture comes from: the embedded MNIST, or an IDX file, plain or .gz (default:"
              + " mnist)")
  private String data;

  @Option(
      names = "--index",
      paramLabel = "N",
      defaultValue = "0",
      description = "which picture of them, from 0 (default: ${DEFAULT-VALUE})")
  private int index;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "another seed gives other noise (default: ${DEFAULT-VALUE})")
  private long seed;

  @Mixin private FigureOption picture;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets them.
  ShowForward() {}

  @Override
  public Integer call() throws IOException {
    Path file = picture.file();
    NoiseSchedule schedule = model.schedule().orElseGet(() -> NoiseSchedule.cosine(TIMESTEPS));
    ForwardReport report = ForwardReport.walk(schedule, image(), seed);
    spec.commandLine().getOut().println(report.table());
    report.figure().write(file);
    picture.written(file);
    return 0;
  }

  private Tensor image() throws IOException {
    ImageDataset images =
        data.equals(TrainingRun.MNIST) ? Mnist.train() : ImageDataset.load(Path.of(data));
    if (index < 0 || index >= images.count()) {
      throw new ParameterException(
          spec.commandLine(), "--index is " + index + ", expected 0 to " + (images.count() - 1));
    }
    Shape shape = images.imageShape();
    return images.images(
        new int[] {index}, Tensor.zeros(1, shape.dim(0), shape.dim(1), shape.dim(2)));
  }
}
