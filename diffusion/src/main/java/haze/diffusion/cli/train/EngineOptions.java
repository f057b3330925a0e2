package haze.diffusion.cli.train;

import haze.diffusion.cli.ModelOptions;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.training.ClusterProvider;
import haze.diffusion.training.StepEngine;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.ServiceLoader;
import picocli.CommandLine.ParseResult;

/// The options that say where a training's steps are computed.
final class EngineOptions {
  private EngineOptions() {}

  /// {@return whether they are computed on a cluster}
  static boolean areGiven(ParseResult options) {
    return options.hasMatchedOption(TrainOptions.SPARK)
        || options.hasMatchedOption(TrainOptions.EXECUTORS);
  }

  /// {@return what computes the steps of a run}
  ///
  /// @throws RequestException if there is no such cluster
  static StepEngine engine(ParseResult options, Path run) {
    if (!areGiven(options)) {
      return StepEngine.HERE;
    }
    int executors = options.matchedOptionValue(TrainOptions.EXECUTORS, 1);
    if (executors < 1 || executors > ModelOptions.MAX_THREADS) {
      throw new RequestException(
          "executors", "is " + executors + ", expected 1 to " + ModelOptions.MAX_THREADS);
    }
    ClusterProvider provider =
        ServiceLoader.load(ClusterProvider.class)
            .findFirst()
            .orElseThrow(
                () ->
                    new RequestException(
                        "spark",
                        "needs the module haze-spark, and Apache Spark, on the class path; see"
                            + " diffusion/spark/README.md"));
    Integer threads = options.matchedOptionValue(TrainOptions.THREADS, null);
    return provider.open(
        new ClusterProvider.Request(
            "haze train " + run,
            Optional.ofNullable(options.matchedOptionValue(TrainOptions.SPARK, null)),
            executors,
            threads == null ? OptionalInt.empty() : OptionalInt.of(threads)));
  }
}
