package haze.diffusion.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What `haze evaluate` is asked about samples.
final class SampleOptions {
  /// The options that make sense with `--fid` alone.
  static final List<String> NAMES =
      List.of(
          "--count",
          "--classifier",
          "--sampler",
          "--steps",
          "--eta",
          "--spacing",
          "--class",
          "--guidance");

  private static final String COUNT = "10000";

  @Option(
      names = "--fid",
      description = {
        "measure samples instead: the Frechet distance of their features from those of real images",
        "(Heusel et al. 2017). The features are not Inception's but those of a small classifier of",
        "Haze's own, so that it is for comparing models by the same classifier, not with published",
        "FIDs; and the fewer samples, the larger it is"
      })
  private boolean wanted;

  @Mixin private SamplerOptions way;

  @Mixin private ClassOptions classes;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = COUNT,
      description = "for --fid: how many samples (default: ${DEFAULT-VALUE})")
  private int count;

  @Option(
      names = "--classifier",
      paramLabel = "FILE",
      description =
          "for --fid: the classifier, trained and written if there is none"
              + " (default: evaluation/classifier.safetensors in DIRECTORY)")
  private @Nullable Path classifier;

  @SuppressWarnings("NullAway.Init") // picocli sets them.
  SampleOptions() {}

  /// Whether samples are to be measured.
  boolean wanted() {
    return wanted;
  }

  /// Measures them.
  ///
  /// @param model the model
  /// @param data the real images: `test`, `train` or the path of an IDX file
  /// @param labels what the images of the file show, if it is known
  void evaluate(ModelOptions model, String data, @Nullable Path labels) throws IOException {
    // The covariances of a single sample are not known.
    model.requireAtLeast("--count", count, 2);
    way.check();
    new SampleEvaluation(model, way, classes, data, labels, count, classifier).run();
  }
}
