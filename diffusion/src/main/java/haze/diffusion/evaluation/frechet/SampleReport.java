package haze.diffusion.evaluation.frechet;

import haze.diffusion.io.Quantities;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/// How good a model's samples are, with everything that has to be said beside the distance.
///
/// @param sampling how the samples were drawn
/// @param distance of the samples from the reference images
/// @param real the same distance between the reference images and other real ones, if there are
///   any: about what a perfect model would reach
/// @param classifier whose features are compared
/// @param histogram how many samples the classifier puts into each class
/// @param imbalance how much the classes' shares differ from those of the reference images: the
///   total variation distance, 0 to 1
/// @param confidence how sure the classifier is of its predictions
/// @param accuracy how often the predicted class is the requested one, if there are classes
/// @param nearness how near the samples are to the images that were learned from, if it is known
///   which those are
public record SampleReport(
    Sampling sampling,
    Distance distance,
    Optional<Distance> real,
    TrainedClassifier classifier,
    List<Integer> histogram,
    double imbalance,
    Confidence confidence,
    Optional<ClassAccuracy> accuracy,
    Optional<Nearness> nearness) {
  /// A classifier is sure of a class whose probability is above this.
  public static final double SURE = 0.95;

  private static final double PERCENT = 100;

  /// The list is copied.
  public SampleReport {
    histogram = List.copyOf(histogram);
  }

  /// How samples were drawn.
  ///
  /// @param sampler the sampler's name on the command line
  /// @param guidance the guidance scale, if there are classes
  public record Sampling(String sampler, int steps, long seed, OptionalDouble guidance) {}

  /// How sure a classifier is.
  ///
  /// @param mean the probability of the predicted class, on average
  /// @param sure the share of samples of which that is above [SampleReport#SURE]
  /// @param realSure the same share of the reference images
  public record Confidence(double mean, double sure, double realSure) {}

  /// A Frechet distance and how many images were compared.
  ///
  /// @param value the distance, see [FrechetDistance]
  /// @param images how many images are compared
  /// @param name what they are, such as `samples`
  /// @param references with how many
  /// @param referenceName what those are, such as `test images`
  public record Distance(
      double value, int images, String name, int references, String referenceName) {
    private String compared() {
      return String.format(
          Locale.ROOT, "%,d %s against %,d %s", images, name, references, referenceName);
    }
  }

  /// {@return what has to be known before the distance is believed, if there is anything: that the
  /// classifier is hardly better than one that guesses}
  public Optional<String> warning() {
    int classes = classifier.classifier().classes();
    return classifier.hardlyBetterThanChance()
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "the classifier reads %.1f %% of %s right, and chance %.1f %%: its features"
                    + " mean little, and so does the distance",
                PERCENT * classifier.accuracy(),
                Quantities.counted(classes, "class"),
                PERCENT / classes))
        : Optional.empty();
  }

  /// {@return the report for people, the distance first}
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "Frechet distance %.2f (features: %d numbers of Haze's own %s classifier, %.1f %%"
                + " accurate; %s)",
            distance.value,
            Classifier.FEATURES,
            classifier.data(),
            PERCENT * classifier.accuracy(),
            distance.compared()));
    real.ifPresent(
        d ->
            lines.add(
                String.format(
                    Locale.ROOT,
                    "of real images it is %.2f (the same features; %s)",
                    d.value,
                    d.compared())));
    warning().ifPresent(text -> lines.add("warning: " + text));
    lines.add(
        String.format(
            Locale.ROOT,
            "the classifier's confidence in the predicted classes is %.1f %% on average, and above"
                + " %.0f %% for %.1f %% of the samples (of the %s %.1f %%)",
            PERCENT * confidence.mean,
            PERCENT * SURE,
            PERCENT * confidence.sure,
            distance.referenceName,
            PERCENT * confidence.realSure));
    nearness.ifPresent(
        n ->
            lines.add(
                String.format(
                    Locale.ROOT,
                    "a sample is nearer to a training image than a held-out image is in %.1f %% of"
                        + " the pairs (50 %%: as new; %,d samples, %,d held-out, %,d training"
                        + " images)",
                    PERCENT * n.share(),
                    n.samples(),
                    n.heldOut(),
                    n.training())));
    lines.add("class  samples" + (accuracy.isPresent() ? "  requested   correct" : ""));
    for (int c = 0; c < histogram.size(); c++) {
      lines.add(String.format(Locale.ROOT, "%5d  %7d", c, histogram.get(c)) + requested(c));
    }
    lines.add(
        String.format(
            Locale.ROOT,
            "the classes' shares differ from those of the %s by %.1f %%",
            distance.referenceName,
            PERCENT * imbalance));
    accuracy.ifPresent(
        a ->
            lines.add(
                String.format(
                    Locale.ROOT,
                    "the predicted class is the requested one for %.2f %% of the samples",
                    PERCENT * a.overall())));
    return lines;
  }

  private String requested(int c) {
    if (accuracy.isEmpty()) {
      return "";
    }
    int requested = accuracy.get().requested().get(c);
    return String.format(Locale.ROOT, "  %9d", requested)
        + (requested == 0
            ? ""
            : String.format(Locale.ROOT, "  %6.2f %%", PERCENT * accuracy.get().of(c)));
  }

  /// {@return the report for programs, by key: strings, numbers and lists of numbers}
  public Map<String, Object> members() {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("frechet_distance", distance.value);
    members.put("samples", distance.images);
    members.put("reference_images", distance.references);
    members.put("reference", distance.referenceName);
    members.put("features", Classifier.FEATURES);
    members.put("classifier_data", classifier.data());
    members.put("classifier_accuracy", classifier.accuracy());
    members.put("classifier_measured_on", classifier.measuredOn());
    members.put("histogram", histogram);
    members.put("imbalance", imbalance);
    members.put("mean_confidence", confidence.mean);
    members.put("sure", confidence.sure);
    members.put("real_sure", confidence.realSure);
    nearness.ifPresent(
        n -> {
          members.put("nearness", n.share());
          members.put("nearness_samples", n.samples());
          members.put("nearness_training_images", n.training());
        });
    real.ifPresent(
        d -> {
          members.put("real_frechet_distance", d.value);
          members.put("real_images", d.images);
          members.put("real", d.name);
        });
    accuracy.ifPresent(
        a -> {
          members.put("asked", a.requested());
          members.put("agreed", a.correct());
          members.put("agreement", a.overall());
        });
    warning().ifPresent(text -> members.put("warning", text));
    sampling.guidance.ifPresent(guidance -> members.put("guidance", guidance));
    members.put("sampler", sampling.sampler);
    members.put("steps", sampling.steps);
    members.put("seed", Long.toString(sampling.seed));
    return members;
  }
}
