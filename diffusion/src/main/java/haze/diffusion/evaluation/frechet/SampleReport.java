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
/// @param meanConfidence the probability that it gives to the predicted class, on average
/// @param accuracy how often the predicted class is the requested one, if there are classes
public record SampleReport(
    Sampling sampling,
    Distance distance,
    Optional<Distance> real,
    TrainedClassifier classifier,
    List<Integer> histogram,
    double meanConfidence,
    Optional<ClassAccuracy> accuracy) {
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
            "the classifier's confidence in the predicted classes is %.1f %% on average",
            PERCENT * meanConfidence));
    lines.add("class  samples" + (accuracy.isPresent() ? "  requested   correct" : ""));
    for (int c = 0; c < histogram.size(); c++) {
      lines.add(String.format(Locale.ROOT, "%5d  %7d", c, histogram.get(c)) + requested(c));
    }
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
    members.put("mean_confidence", meanConfidence);
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
