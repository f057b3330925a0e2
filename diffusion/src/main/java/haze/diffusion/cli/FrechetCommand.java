package haze.diffusion.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `haze frechet`: measures how close a model's samples come to real images.
@Command(name = "frechet", description = "Measures how close a model's samples come to real images: their Frechet"
    + " distance, as a classifier sees them.", footer = {"",
        "The distance is that of Heusel et al. (2017), but of other features than Inception's: it is",
        "for comparing models by the same classifier, and not with published FIDs. The fewer samples,",
        "the larger it is. Thousands of samples take long: --sampler dpmsolver++ takes the least."})
final class FrechetCommand implements Callable<Integer> {
  private static final String COUNT = "10000";

  @Mixin
  private ModelOptions model;

  @Mixin
  private SamplerOptions way;

  @Mixin
  private ClassOptions classes;

  @Option(names = "--data", paramLabel = "test|train|IDX-FILE", defaultValue = FrechetImages.TEST, description = "the real images: MNIST's for testing or for training, or those of a file"
      + " (default: ${DEFAULT-VALUE})")
  private String data;

  @Option(names = "--labels", paramLabel = "IDX-FILE", description = "what the images of a file show, to train the classifier on; MNIST has its own")
  private @Nullable Path labels;

  @Option(names = "--count", paramLabel = "N", defaultValue = COUNT, description = "how many samples (default: ${DEFAULT-VALUE})")
  private int count;

  @Option(names = "--classifier", paramLabel = "FILE", description = "the classifier, trained and written if there is none"
      + " (default: evaluation/classifier.safetensors in DIRECTORY)")
  private @Nullable Path classifier;

  @SuppressWarnings("NullAway.Init") // picocli sets them.
  FrechetCommand() {}

  @Override
  public Integer call() throws IOException {
    // The covariances of a single sample are not known.
    model.requireAtLeast("--count", count, 2);
    way.check();
    if (labels != null && FrechetImages.isMnist(data)) {
      throw model.wrongUsage("--labels is for --data IDX-FILE");
    }
    new FrechetJob(model, way, classes, data, labels, count, classifier).run();
    return 0;
  }
}
