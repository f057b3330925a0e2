package haze.diffusion.cli.evaluate;

import haze.diffusion.evaluation.bound.BoundRequest;
import haze.diffusion.evaluation.bound.LikelihoodEvaluation;
import haze.diffusion.io.EvaluationDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How closely images are measured, for a bound or a likelihood.
final class BoundOptions {
  @Option(
      names = "--images",
      paramLabel = "N",
      description =
          "how many of them: the data is cut into as many parts, and each gives one (default: "
              + BoundRequest.IMAGES
              + ", or all if there are fewer)")
  private @Nullable Integer images;

  @Option(
      names = "--timesteps",
      paramLabel = "K",
      description =
          "at how many timesteps each image is measured (default: all; "
              + LikelihoodEvaluation.PARTS
              + " with --continuous). With fewer the bound is estimated, right on average: 100 of"
              + " 1000 cost a tenth, and the standard error hardly grows")
  private @Nullable Integer timesteps;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description =
          "images that the network sees at a time; the result does not depend on it (default: 32 a"
              + " thread, fewer of large images)")
  private @Nullable Integer batch;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "where the files go (default: evaluation in DIRECTORY)")
  private @Nullable Path out;

  /// The request for a model's images.
  ///
  /// @throws haze.diffusion.pipeline.RequestException if a number makes no sense
  BoundRequest request(EvaluatedModel model) throws IOException {
    BoundRequest request =
        new BoundRequest(
            model.source().load(),
            model.source().title(),
            optional(images),
            optional(timesteps),
            model.options().seed,
            optional(batch));
    model.requireKnownImages();
    return request;
  }

  /// The directory of the files.
  Path directory(EvaluatedModel model) {
    return out == null ? EvaluationDirectory.of(model.options().results()).path() : out;
  }

  private static OptionalInt optional(@Nullable Integer value) {
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
  }
}
