package haze.diffusion.cli;

import haze.diffusion.data.DataSource;
import haze.diffusion.evaluation.bound.BoundEvaluation;
import haze.diffusion.evaluation.bound.BoundFiles;
import haze.diffusion.evaluation.bound.BoundRequest;
import haze.diffusion.evaluation.bound.BoundResult;
import haze.diffusion.io.BadFileException;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.training.RunDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `haze evaluate`: the variational bound of a trained model, or the Frechet distance of its
/// samples.
@Command(
    name = "evaluate",
    description = {
      "Measures how well a trained model explains images that it has not seen: the variational"
          + " bound, in bits per dimension. A grey level takes 8 without compression; less is"
          + " better.",
      "Or, with --fid, how close its samples come to real images."
    },
    footer = {
      "",
      "Writes bound.json, bound.csv and bound.png, or frechet.json; an earlier result is kept in"
          + " earlier-1, earlier-2, .. beside them. The same seed gives the same numbers, whatever"
          + " the number of threads and the batch; what one image costs does not depend on the"
          + " others."
    })
final class EvaluateCommand implements Callable<Integer> {
  private static final List<String> BOUND_ALONE =
      List.of("--images", "--timesteps", "--batch", "--out");

  @Mixin private ModelOptions model;

  @Option(
      names = "--data",
      paramLabel = "test|train|IDX-FILE",
      description =
          "the images: of the embedded MNIST those to measure with (default) or to learn from; for"
              + " a run on other images, train is what it learned from; or those of an IDX file")
  private @Nullable String data;

  @Option(
      names = "--labels",
      paramLabel = "IDX-FILE",
      description = "what the images of an IDX file show; MNIST has its own")
  private @Nullable Path labels;

  @Option(
      names = "--images",
      paramLabel = "N",
      description =
          "how many of them, spread evenly over the data (default: "
              + BoundRequest.IMAGES
              + ", or all if there are fewer)")
  private @Nullable Integer images;

  @Option(
      names = "--timesteps",
      paramLabel = "K",
      description =
          "at how many timesteps each image is measured (default: all). With fewer the bound is"
              + " estimated, right on average: 100 of 1000 cost a tenth, and the standard error"
              + " hardly grows")
  private @Nullable Integer timesteps;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description =
          "images that the network sees at a time; the result does not depend on it (default: "
              + BoundRequest.IMAGES_PER_THREAD
              + " a thread)")
  private @Nullable Integer batch;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "where the files go (default: evaluation in DIRECTORY)")
  private @Nullable Path out;

  @Mixin private SampleOptions samples;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets them.
  EvaluateCommand() {}

  @Override
  public Integer call() throws IOException {
    for (String option : samples.wanted() ? BOUND_ALONE : SampleOptions.NAMES) {
      if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
        throw model.wrongUsage(
            option + " is for " + (samples.wanted() ? "the bound, not for --fid" : "--fid"));
      }
    }
    if (labels != null && (data == null || FrechetData.isMnist(data))) {
      throw model.wrongUsage("--labels is for --data IDX-FILE");
    }
    if (samples.wanted()) {
      samples.evaluate(model, data == null ? FrechetData.TEST : data, labels);
      return 0;
    }
    DataSource learned = new RunDirectory(model.directory).data().orElse(DataSource.Embedded.TRAIN);
    DataSource source =
        model.usage(() -> DataSource.parse(data == null ? "test" : data, labels, learned));
    bound(model.pipeline(), source);
    return 0;
  }

  private void bound(Pipeline pipeline, DataSource source) throws IOException {
    BoundEvaluation evaluation = evaluation(pipeline);
    BoundRequest request =
        new BoundRequest(
            source.load(),
            source.title(),
            optional(images),
            optional(timesteps),
            model.seed,
            optional(batch));
    evaluation.require(request);
    BoundFiles files = out == null ? BoundFiles.of(model.directory) : new BoundFiles(out);
    files.prepare();
    BoundResult result =
        model.withProgress(
            "evaluate",
            evaluation.imagesSeen(request),
            workers -> evaluation.steps(request, workers),
            (workers, progress) -> evaluation.run(request, workers, progress));
    Optional<Path> earlier = files.write(result, model.directory);
    say("bound of " + model.directory + " on " + result.title());
    result.lines().forEach(this::say);
    say(
        "wrote "
            + files.json()
            + ", "
            + files.csv().getFileName()
            + ", "
            + files.png().getFileName());
    earlier.ifPresent(kept -> say("kept the earlier result in " + kept));
  }

  private BoundEvaluation evaluation(Pipeline pipeline) throws BadFileException {
    try {
      return new BoundEvaluation(pipeline);
    } catch (IllegalArgumentException e) {
      throw new BadFileException(model.directory, String.valueOf(e.getMessage()));
    }
  }

  private void say(String line) {
    model.console().println(line);
  }

  private static OptionalInt optional(@Nullable Integer value) {
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
  }
}
