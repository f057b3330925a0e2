package haze.diffusion.cli;

import haze.diffusion.evaluation.frechet.Classifier;
import haze.diffusion.evaluation.frechet.ClassifierTraining;
import haze.diffusion.evaluation.frechet.FeatureExtractor;
import haze.diffusion.evaluation.frechet.Features;
import haze.diffusion.evaluation.frechet.SampleQuality;
import haze.diffusion.evaluation.frechet.SampleReport;
import haze.diffusion.evaluation.frechet.TrainedClassifier;
import haze.diffusion.io.BadFileException;
import haze.diffusion.io.JsonWriter;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.sampler.Sampler;
import haze.nn.unet.UNetConfig;
import haze.tensor.Shape;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Measures the samples of a model: finds or trains the classifier, draws the samples, prints the
/// report, and writes it to a file.
///
/// @param model which model
/// @param way the sampler
/// @param classes which classes are asked for
/// @param data `test`, `train` or the path of an IDX file
/// @param labels of the IDX file, if it has any
/// @param count how many samples
/// @param classifierFile where the classifier is, or is to be; in the model's directory if null
record SampleEvaluation(
    ModelOptions model,
    SamplerOptions way,
    ClassOptions classes,
    String data,
    @Nullable Path labels,
    int count,
    @Nullable Path classifierFile) {
  /// The classifier is the same whatever samples it looks at.
  private static final long CLASSIFIER_SEED = 0;

  private static final double PERCENT = 100;

  /// Does it.
  void run() throws IOException {
    Pipeline pipeline = model.pipeline();
    UNetConfig network = pipeline.unet().config();
    Sampler sampler = way.sampler(pipeline.scheduler());
    int[] labels = classes.labels(network, 0, count);
    FrechetData images = FrechetData.of(data, this.labels);
    Path source = Path.of(FrechetData.isMnist(data) ? FrechetData.MNIST : data);
    requireSize(source, images.reference().range().data().imageShape(), network);
    Path directory = model.directory.resolve("evaluation");
    Files.createDirectories(directory);

    try (Workers workers = model.workers()) {
      var quality = new SampleQuality(classifier(directory, images, network, workers), workers);
      quality.requireKnown(labels);
      Features samples = sample(quality, pipeline, sampler, workers);
      SampleReport report = quality.report(samples, images.reference(), images.others(), labels);
      report.lines().forEach(model.console()::println);
      Path file = directory.resolve("frechet.json");
      JsonWriter json = new JsonWriter();
      report.members().forEach(json::put);
      if (labels.length != 0) {
        json.put("guidance", classes.guidance());
      }
      json.put("sampler", way.kind(pipeline.scheduler()).cliName())
          .put("steps", sampler.schedule().steps())
          .put("seed", Long.toString(model.seed))
          .write(file);
      model.console().println("wrote " + file);
    }
  }

  private static void requireSize(Path file, Shape found, UNetConfig network)
      throws BadFileException {
    Shape made = Shape.of(network.sampleSize(), network.sampleSize(), network.inChannels());
    if (!found.equals(made)) {
      throw new BadFileException(file, "images " + found + ", but the model makes " + made);
    }
  }

  private TrainedClassifier classifier(
      Path directory, FrechetData images, UNetConfig network, Workers workers) throws IOException {
    Path file =
        classifierFile == null ? directory.resolve("classifier.safetensors") : classifierFile;
    if (Files.exists(file)) {
      TrainedClassifier stored = TrainedClassifier.load(file);
      requireSize(file, stored.classifier().image(), network);
      return stored;
    }
    if (!images.hasLabels()) {
      throw new BadFileException(
          Path.of(data),
          "has no labels to train a classifier on; --labels"
              + " gives them, --classifier a trained one");
    }
    var training =
        new ClassifierTraining(
            images.training(), ClassifierTraining.EPOCHS, CLASSIFIER_SEED, workers);
    try (Progress progress =
        Progress.start(
            model.console(), "classifier", 0, training.steps(), ClassifierTraining.BATCH)) {
      Classifier classifier =
          training.run(
              (step, loss) -> progress.update(step, String.format(Locale.ROOT, "loss %.4f", loss)));
      progress.finish("");
      double accuracy = new FeatureExtractor(classifier, workers).accuracy(images.test());
      var trained =
          new TrainedClassifier(classifier, images.name(), accuracy, images.test().count());
      trained.save(file);
      model
          .console()
          .println(
              String.format(
                  Locale.ROOT,
                  "wrote %s: reads %.2f %% of %,d images right that it did not learn from",
                  file,
                  PERCENT * accuracy,
                  images.test().count()));
      return trained;
    }
  }

  private Features sample(
      SampleQuality quality, Pipeline pipeline, Sampler sampler, Workers workers) {
    int batch = Math.min(count, model.batch());
    int steps = SampleQuality.steps(sampler, count, batch);
    try (Progress progress =
        Progress.start(model.console(), "sample", 0, steps, (double) count / steps)) {
      Features samples =
          quality.sample(
              (first, size) ->
                  way.choice()
                      .config(pipeline.scheduler())
                      .denoiser(classes.network(pipeline.unet(), workers, first, size)),
              sampler,
              model.seed,
              count,
              batch,
              done -> progress.update(done, ""));
      progress.finish("");
      return samples;
    }
  }
}
