package haze.diffusion.evaluation.bound;

import haze.diffusion.evaluation.bound.BoundResult.Estimate;
import haze.diffusion.evaluation.bound.BoundResult.Measurement;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What images cost by a method without the chain's steps, in bits per dimension.
///
/// @param measurement how it was measured
/// @param images how many images were measured
/// @param dimensions the elements of an image: pixels times channels
/// @param parts what the cost is made of; the last is the [#total]
/// @param settings numbers and names of the method, by their keys in JSON
/// @param notes what else has to be said of it, a line each
public record LikelihoodResult(
    Method method,
    Measurement measurement,
    int images,
    int dimensions,
    List<Part> parts,
    Map<String, Object> settings,
    List<String> notes) {
  /// The key of the last part.
  static final String TOTAL = "total";

  /// How it is measured.
  public enum Method {
    /// The bound in the limit of many steps, [ContinuousBound].
    CONTINUOUS("continuous", "bound in continuous time"),
    /// The density of the probability flow, [LikelihoodEvaluation#flow].
    ODE("ode", "likelihood by the probability flow");

    private final String key;
    private final String title;

    Method(String key, String title) {
      this.key = key;
      this.title = title;
    }

    /// {@return the name of its file, its event and its option, such as `continuous`}
    @Override
    public String toString() {
      return key;
    }

    /// {@return what it measures, in words}
    public String title() {
      return title;
    }
  }

  /// One of the numbers that the cost is the sum of.
  ///
  /// @param key its name in JSON
  /// @param label its name for people
  /// @param bits in bits per dimension
  public record Part(String key, String label, Estimate bits) {}

  /// Lists and map are copied.
  public LikelihoodResult {
    parts = List.copyOf(parts);
    settings = Collections.unmodifiableMap(new TreeMap<>(settings));
    notes = List.copyOf(notes);
  }

  /// {@return the sum of all parts}
  public Estimate total() {
    return part(TOTAL);
  }

  /// {@return a part}
  ///
  /// @param key its name in JSON
  /// @throws IllegalArgumentException if there is none of this name
  public Estimate part(String key) {
    return parts.stream()
        .filter(part -> part.key.equals(key))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("likelihood: no part " + key))
        .bits;
  }

  /// {@return what was measured, such as `1,000 images of mnist test`}
  public String title() {
    return measurement.title(images);
  }

  /// {@return a table for people: the parts with their standard errors, and the notes}
  public List<String> lines() {
    return BoundTable.of(this);
  }
}
