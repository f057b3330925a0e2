package haze.diffusion.cli.show;

import haze.diffusion.cli.ClassOptions;
import haze.diffusion.cli.ConsoleOptions;
import haze.diffusion.cli.ModelOptions;
import haze.diffusion.cli.SamplerOptions;
import haze.diffusion.data.DataSource;
import haze.diffusion.data.ImageClusters;
import haze.diffusion.evaluation.bound.BoundChart;
import haze.diffusion.evaluation.bound.BoundFiles;
import haze.diffusion.evaluation.bound.StoredBound;
import haze.diffusion.figure.Figure;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SampleRequest;
import haze.diffusion.study.ChainReport;
import haze.diffusion.study.ClusterFigure;
import haze.diffusion.study.ForwardReport;
import haze.diffusion.study.ReverseReport;
import haze.diffusion.study.ScheduleCharts;
import haze.diffusion.study.TinyReport;
import haze.diffusion.training.LearnedData;
import haze.diffusion.training.Metrics;
import haze.diffusion.training.RunDirectory;
import haze.diffusion.training.TrainingCharts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `haze show`: draws what the mathematics says and what a model does. Each of its commands is a
/// form over a report: fields, and one call.
@Command(
    name = "show",
    description = "Draws what the mathematics says and what a model does.",
    subcommands = {
      ShowCommand.Tiny.class,
      ShowCommand.Schedule.class,
      ShowCommand.Forward.class,
      ShowCommand.Reverse.class,
      ShowCommand.Chain.class,
      ShowCommand.Clusters.class,
      ShowCommand.Training.class,
      ShowCommand.Bound.class
    })
public final class ShowCommand implements Runnable {
  private static final String MODEL =
      "a run of haze train, or any diffusers pipeline, whose noise schedule is meant";
  private static final String SEED =
      "another seed gives other random numbers (default: ${DEFAULT-VALUE})";

  @Spec private CommandSpec spec = CommandSpec.create();

  ShowCommand() {}

  /// Without a subcommand there is nothing to do.
  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "show what? " + String.join(", ", spec.subcommands().keySet()));
  }

  @Command(
      name = "tiny",
      description = {
        "Trains two tiny networks and samples them, in seconds.",
        "The whole of diffusion with points of the plane in the place of images: class"
            + " haze.diffusion.study.TinyDiffusion, to be read from top to bottom. Draws data,"
            + " samples and the paths of some points from noise to data, and prints how far samples"
            + " are from the data."
      })
  static final class Tiny extends FigureCommand {
    @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = SEED)
    private long seed;

    @Override
    Figure figure(ConsoleOptions console) {
      TinyReport report = TinyReport.train(seed);
      console.text(report.text().lines().toList());
      return report.figure();
    }
  }

  @Command(
      name = "schedule",
      description = {
        "Draws the noise schedules.",
        "Draws how much noise a step adds, how much of the image is left, and the ratio of signal"
            + " to noise. A model's own schedule is drawn thick."
      })
  static final class Schedule extends FigureCommand {
    @Parameters(paramLabel = "DIRECTORY", arity = "0..1", description = MODEL)
    private @Nullable Path model;

    @Override
    Figure figure(ConsoleOptions console) throws IOException {
      return ScheduleCharts.ofModel(model);
    }
  }

  @Command(
      name = "forward",
      description = {
        "Draws how an image becomes noise.",
        "Simulates the chain step by step: an image to which a little noise is added again and"
            + " again becomes pure noise. Draws the images with the histograms of their pixels, and"
            + " prints how far they are from the normal distribution."
      })
  static final class Forward extends FigureCommand {
    @Parameters(paramLabel = "DIRECTORY", arity = "0..1", description = MODEL)
    private @Nullable Path model;

    @Option(
        names = "--data",
        paramLabel = "mnist|PATH",
        description =
            "where the image comes from: the embedded MNIST, or a path as for haze train (default:"
                + " what the model learned from, else mnist)")
    private @Nullable String data;

    @Option(
        names = "--index",
        paramLabel = "N",
        defaultValue = "0",
        description = "which image of them, from 0 (default: ${DEFAULT-VALUE})")
    private int index;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = SEED)
    private long seed;

    private DataSource source() throws IOException {
      if (data != null) {
        return DataSource.parse(data);
      }
      Optional<LearnedData> learned = model == null ? Optional.empty() : LearnedData.of(model);
      if (learned.isEmpty()) {
        return DataSource.Embedded.TRAIN;
      }
      learned.get().requireThere();
      return learned.get().source();
    }

    @Override
    Figure figure(ConsoleOptions console) throws IOException {
      ForwardReport report = ForwardReport.simulate(model, source(), index, seed);
      console.text(report.text().lines().toList());
      return report.figure();
    }
  }

  @Command(
      name = "reverse",
      description = {
        "Draws how a model makes images out of noise.",
        "For each sample a row of the images from pure noise to the sample, and below each image"
            + " the clean image that the model predicts of it."
      },
      footer = {"", "The samples are those of haze sample with the same seed and sampler."})
  static final class Reverse extends FigureCommand {
    @Mixin private final ModelOptions model = new ModelOptions();

    @Mixin private final SamplerOptions sampler = new SamplerOptions();

    @Mixin private final ClassOptions classes = new ClassOptions();

    @Option(
        names = "--count",
        paramLabel = "N",
        defaultValue = "4",
        description = "how many samples (default: ${DEFAULT-VALUE})")
    private int count;

    @Override
    Figure figure(ConsoleOptions console) throws IOException {
      SampleRequest samples = ReverseReport.request(count).sampler(sampler.choice());
      Pipeline pipeline = model.pipeline(samples.sampler());
      SampleRequest request = classes.guided(samples.seed(model.seed), pipeline);
      return model
          .work((workers, shown) -> ReverseReport.sample(pipeline, request, workers, shown))
          .figure();
    }
  }

  @Command(
      name = "chain",
      description = {
        "Shows what a Markov chain is, by tomorrow's weather.",
        "Tomorrow's weather depends on today's alone. Prints the chain's matrix, how it forgets"
            + " where it began, and that what was before today does not matter; draws the chain and"
            + " the distributions of the days to come."
      })
  static final class Chain extends FigureCommand {
    @Option(
        names = "--days",
        paramLabel = "N",
        defaultValue = "100000",
        description = "how many days to simulate (default: ${DEFAULT-VALUE})")
    private int days;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = SEED)
    private long seed;

    @Override
    Figure figure(ConsoleOptions console) {
      ChainReport report = ChainReport.simulate(days, seed);
      console.text(report.text().lines().toList());
      return report.figure();
    }
  }

  @Command(
      name = "clusters",
      description = {
        "Draws the clusters of images that a model is conditioned on.",
        "The mean image of each, ten a row: the number of a cluster, for --class, is that of its"
            + " row and its column together. Prints which are the largest."
      })
  static final class Clusters extends FigureCommand {
    @Parameters(paramLabel = "DIRECTORY", description = "a run of haze train --clusters")
    private Path directory = Path.of("");

    @Override
    Figure figure(ConsoleOptions console) throws IOException {
      ImageClusters clusters = ClusterFigure.read(directory);
      console.text(ClusterFigure.lines(clusters));
      return ClusterFigure.of(clusters);
    }
  }

  @Command(
      name = "training",
      description = "Draws how a training went: loss, gradient and learning rate.")
  static final class Training extends FigureCommand {
    @Parameters(paramLabel = "DIRECTORY", description = "a run of haze train; it may still go on")
    private Path directory = Path.of("");

    @Override
    Figure figure(ConsoleOptions console) throws IOException {
      return TrainingCharts.of(Metrics.read(new RunDirectory(directory)));
    }
  }

  @Command(
      name = "bound",
      description =
          "Draws the variational bound of one or several models that haze evaluate has measured.")
  static final class Bound extends FigureCommand {
    @Parameters(
        paramLabel = "DIRECTORY",
        arity = "1..*",
        description = "runs that haze evaluate has measured, or directories that it wrote to")
    private List<Path> directories = List.of();

    @Override
    Figure figure(ConsoleOptions console) throws IOException {
      Map<String, StoredBound> bounds = BoundFiles.readAll(directories);
      console.text(StoredBound.lines(bounds));
      return BoundChart.of(bounds);
    }
  }
}
