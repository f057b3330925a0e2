package haze.diffusion.evaluation.frechet;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.io.BadFileException;
import haze.diffusion.io.Quantities;
import haze.nn.Parameter;
import haze.nn.Weights;
import haze.nn.safetensors.SafetensorsFile;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// A classifier with what a distance between its features has to be read by; in memory, and as a
/// safetensors file with the rest in its metadata.
///
/// @param data the name of the data set that it learned from, such as `MNIST`
/// @param accuracy the part of other images that it classifies right, 0..1
/// @param measuredOn how many those were
public record TrainedClassifier(
    Classifier classifier, String data, double accuracy, int measuredOn) {
  private static final String KIND = "haze classifier";

  /// A classifier is the same whatever samples it is for.
  private static final long SEED = 0;

  /// No network is made for more, whatever a file says.
  private static final int MAX_SIDE = 1 << 12;

  private static final int MAX_CHANNELS = 16;
  private static final int MAX_CLASSES = ImageDataset.MAX_LABEL + 1;

  /// Trains a classifier with all processors, see [#train(FrechetData, Workers,
  /// ClassifierTraining.Listener)].
  public static TrainedClassifier train(FrechetData data) {
    try (Workers workers = new Workers(Runtime.getRuntime().availableProcessors())) {
      return train(data, workers, (_, _) -> {});
    }
  }

  /// Trains a classifier and measures its accuracy on images that it did not learn from. The same
  /// images give the same bits, whatever the number of threads.
  ///
  /// @param data images with labels
  /// @param workers the threads, which the caller closes
  /// @param listener notified after each of [#trainingSteps] steps
  /// @throws IllegalArgumentException if the images have no labels
  public static TrainedClassifier train(
      FrechetData data, Workers workers, ClassifierTraining.Listener listener) {
    requireLabels(data);
    Classifier classifier =
        new ClassifierTraining(data.training(), ClassifierTraining.EPOCHS, SEED, workers)
            .run(listener);
    double accuracy = new FeatureExtractor(classifier, workers).accuracy(data.test());
    return new TrainedClassifier(classifier, data.name(), accuracy, data.test().count());
  }

  /// {@return how many steps [#train(FrechetData, Workers, ClassifierTraining.Listener)] takes}
  ///
  /// @throws IllegalArgumentException if the images have no labels
  public static int trainingSteps(FrechetData data) {
    requireLabels(data);
    return ClassifierTraining.steps(data.training(), ClassifierTraining.EPOCHS);
  }

  private static void requireLabels(FrechetData data) {
    if (!data.training().data().hasLabels()) {
      throw new IllegalArgumentException(
          data.name()
              + ": has no labels to train a classifier on; --labels gives them, --classifier a"
              + " trained one");
    }
  }

  /// {@return the features of images, `[n, Classifier.FEATURES]`: the points of a
  /// [FrechetDistance]}
  ///
  /// @param images `[n, h, w, c]` in [-1, 1]
  /// @param workers the threads, which the caller closes
  /// @throws IllegalArgumentException if the images have another size than the classifier's
  public Tensor features(Tensor images, Workers workers) {
    Features features = new Features(images.dim(0));
    new FeatureExtractor(classifier, workers).extract(images, features, 0);
    return features.values();
  }

  /// {@return the accuracy in words}
  public String title() {
    return String.format(
        Locale.ROOT,
        "reads %.2f %% of %,d images right that it did not learn from",
        100 * accuracy,
        measuredOn);
  }

  /// {@return whether the accuracy is at most twice that of guessing, or, with fewer than four
  /// classes, at most half way from there to 1}
  boolean hardlyBetterThanChance() {
    double chance = 1.0 / classifier.classes();
    return accuracy - chance <= Math.min(chance, (1 - chance) / 2);
  }

  /// Writes the file, as a whole or not at all.
  ///
  /// @param file replaced if it exists; its directory is made if it is missing
  /// @throws IOException if it cannot be written
  public void save(Path file) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory != null) {
      Files.createDirectories(directory);
    }
    Shape image = classifier.image();
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("kind", KIND);
    metadata.put("height", Integer.toString(image.dim(0)));
    metadata.put("width", Integer.toString(image.dim(1)));
    metadata.put("channels", Integer.toString(image.dim(2)));
    metadata.put("classes", Integer.toString(classifier.classes()));
    metadata.put("features", Integer.toString(Classifier.FEATURES));
    metadata.put("data", data);
    metadata.put("accuracy", Double.toString(accuracy));
    metadata.put("measured_on", Integer.toString(measuredOn));
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    classifier.parameters().forEach((name, parameter) -> tensors.put(name, parameter.toPyTorch()));
    SafetensorsFile.write(file, metadata, tensors);
  }

  /// {@return the classifier of a file, if there is one}
  ///
  /// @param data the images that it is for
  /// @throws IOException as for [#load], or if it is a classifier of images of another shape
  public static Optional<TrainedClassifier> find(Path file, FrechetData data) throws IOException {
    Shape image = data.reference().range().data().imageShape();
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    TrainedClassifier stored = load(file);
    if (!stored.classifier.image().equals(image)) {
      throw new BadFileException(
          file, "images " + stored.classifier.image() + ", but the model makes " + image);
    }
    return Optional.of(stored);
  }

  /// {@return the classifier of a file}
  ///
  /// @throws IOException if there is no such file, it is no classifier, is damaged, or cannot be
  ///   read; in one line
  public static TrainedClassifier load(Path file) throws IOException {
    TrainedClassifier trained;
    try (SafetensorsFile stored = SafetensorsFile.open(file)) {
      Metadata metadata = new Metadata(file, stored.metadata());
      if (!metadata.text("kind").equals(KIND)) {
        throw metadata.invalid("kind", KIND);
      }
      Shape image =
          Shape.of(
              metadata.integer("height", 1, MAX_SIDE),
              metadata.integer("width", 1, MAX_SIDE),
              metadata.integer("channels", 1, MAX_CHANNELS));
      int classes = metadata.integer("classes", 1, MAX_CLASSES);
      metadata.integer("features", Classifier.FEATURES, Classifier.FEATURES);
      long numbers =
          stored.entries().values().stream().mapToLong(tensor -> tensor.shape().size()).sum();
      if (Classifier.leastParameters(image, classes) > numbers) {
        throw new BadFileException(
            file,
            "holds "
                + numbers
                + " numbers, too few for "
                + Quantities.counted(classes, "class")
                + " of images "
                + image);
      }
      trained =
          new TrainedClassifier(
              new Classifier(image, classes),
              BadFileException.shown(metadata.text("data")),
              metadata.part("accuracy"),
              metadata.integer("measured_on", 1, Integer.MAX_VALUE));
    }
    Map<String, Parameter> parameters = trained.classifier.parameters();
    Weights.load(parameters, file);
    for (Map.Entry<String, Parameter> parameter : parameters.entrySet()) {
      for (float weight : parameter.getValue().value().toArray()) {
        if (!Float.isFinite(weight)) {
          throw new BadFileException(
              file, parameter.getKey() + " holds " + weight + ", the weights are damaged");
        }
      }
    }
    return trained;
  }

  /// The text beside the weights, as hostile as the rest of the file.
  private record Metadata(Path file, Map<String, String> values) {
    String text(String key) throws BadFileException {
      String value = values.get(key);
      if (value == null) {
        throw new BadFileException(
            file, "its metadata have no " + key + ", it is no classifier of haze");
      }
      return value;
    }

    int integer(String key, int least, int most) throws BadFileException {
      try {
        int value = Integer.parseInt(text(key));
        if (value >= least && value <= most) {
          return value;
        }
      } catch (NumberFormatException e) {
        // Refused below.
      }
      throw invalid(
          key,
          least == most ? Integer.toString(least) : "a whole number from " + least + " to " + most);
    }

    double part(String key) throws BadFileException {
      try {
        double value = Double.parseDouble(text(key));
        if (value >= 0 && value <= 1) {
          return value;
        }
      } catch (NumberFormatException e) {
        // Refused below.
      }
      throw invalid(key, "a number from 0 to 1");
    }

    private BadFileException invalid(String key, String expected) throws BadFileException {
      return new BadFileException(
          file,
          "metadata: "
              + key
              + " is "
              + BadFileException.shown(text(key))
              + ", expected "
              + expected);
    }
  }
}
