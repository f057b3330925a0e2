package haze.diffusion.evaluation.frechet;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// How good a model's samples are, with everything that has to be said beside the figure.
///
/// @param distance of the samples from the reference images
/// @param real the same distance between the reference images and other real ones, if there are
///   any: about what a perfect model would be measured at
/// @param classifier whose features are compared
/// @param histogram how many samples the classifier takes for each class
/// @param meanConfidence how probable it finds the class that it takes a sample for, on average
/// @param agreement how often samples are what was asked for, if a class was
public record SampleReport(
    Distance distance,
    Optional<Distance> real,
    TrainedClassifier classifier,
    List<Integer> histogram,
    double meanConfidence,
    Optional<ClassAccuracy> agreement) {
  private static final double PERCENT = 100;

  /// Copies the list.
  public SampleReport {
    histogram = List.copyOf(histogram);
  }

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

  /// The report for people.
  ///
  /// @return lines, the distance first
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
    lines.add(
        String.format(
            Locale.ROOT,
            "the classifier is %.1f %% sure on average of what it takes the samples for",
            PERCENT * meanConfidence));
    lines.add("class  samples" + (agreement.isPresent() ? "   asked  as asked" : ""));
    for (int c = 0; c < histogram.size(); c++) {
      lines.add(String.format(Locale.ROOT, "%5d  %7d", c, histogram.get(c)) + asked(c));
    }
    agreement.ifPresent(
        a ->
            lines.add(
                String.format(
                    Locale.ROOT,
                    "it takes %.2f %% of the samples for the class that was asked for",
                    PERCENT * a.overall())));
    return lines;
  }

  private String asked(int c) {
    if (agreement.isEmpty()) {
      return "";
    }
    int asked = agreement.get().requested().get(c);
    return String.format(Locale.ROOT, " %7d", asked)
        + (asked == 0
            ? ""
            : String.format(Locale.ROOT, "  %6.2f %%", PERCENT * agreement.get().of(c)));
  }

  /// The report for programs.
  ///
  /// @return all of it by key: strings, numbers and lists of numbers
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
    agreement.ifPresent(
        a -> {
          members.put("asked", a.requested());
          members.put("agreed", a.correct());
          members.put("agreement", a.overall());
        });
    return members;
  }
}
