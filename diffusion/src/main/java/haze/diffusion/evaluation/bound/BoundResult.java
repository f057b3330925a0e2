package haze.diffusion.evaluation.bound;

import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseProcess;
import haze.diffusion.process.ReverseVariance;
import java.util.List;
import java.util.Locale;

/// The bound of a model on images, term by term, in bits per dimension.
///
/// @param measurement how it was measured
/// @param images how many images were measured
/// @param dimensions the elements of an image: pixels times channels
/// @param selection which timesteps each image was measured at
/// @param prior `L_T`
/// @param transitions the sum of `L_{t-1}` over t = 2..T
/// @param decoder `L_0`
/// @param total the sum of the three
/// @param epsilonError the mean squared error of epsilon, averaged over all timesteps
/// @param x0Error the mean squared error of the predicted `x_0`, averaged over all timesteps
/// @param timesteps what was measured at each timestep, rising; without those that no image was
///   measured at
public record BoundResult(
    Measurement measurement,
    int images,
    int dimensions,
    SystematicTimesteps selection,
    Estimate prior,
    Estimate transitions,
    Estimate decoder,
    Estimate total,
    double epsilonError,
    double x0Error,
    List<Timestep> timesteps) {

  /// The list is copied.
  public BoundResult {
    timesteps = List.copyOf(timesteps);
  }

  /// How a bound was measured.
  ///
  /// @param data what the images are called
  /// @param condition what of the images the network was conditioned on, `labels` or `clusters`;
  ///   empty if nothing
  /// @param seed of the noise and of the selection of timesteps
  /// @param prediction what the network predicts
  /// @param variance the variance of the reverse process
  /// @param clip whether the predicted `x_0` was clipped
  public record Measurement(
      String data,
      String condition,
      long seed,
      Prediction prediction,
      ReverseVariance variance,
      boolean clip) {
    static Measurement of(String data, String condition, long seed, ReverseProcess reverse) {
      return new Measurement(
          data, condition, seed, reverse.prediction(), reverse.variance(), reverse.clip());
    }

    /// What was measured, such as `1,000 images of mnist test`.
    String title(int images) {
      return String.format(
          Locale.ROOT,
          "%,d image%s of %s%s",
          images,
          images == 1 ? "" : "s",
          data,
          condition.isEmpty() ? "" : ", conditioned on their " + condition);
    }
  }

  /// A mean over images.
  ///
  /// @param standardError the standard error of the mean; NaN for a single image
  public record Estimate(double mean, double standardError) {}

  /// What was measured at a timestep.
  ///
  /// @param t the timestep, 1..T
  /// @param images how many images were measured at it, at least 1
  /// @param term `L_{t-1}`, the mean over these images
  /// @param epsilonError the mean squared error of epsilon
  /// @param x0Error the mean squared error of the predicted `x_0`
  /// @param contribution the timestep's part of the bound: the mean over all images as it is
  ///   estimated from those that were measured at it; the mean of `term` if all were
  public record Timestep(
      int t, int images, Estimate term, double epsilonError, double x0Error, double contribution) {}

  /// {@return the sum of `L_{t-1}` over t = from..to, in bits per dimension}
  public double between(int from, int to) {
    return timesteps.stream()
        .filter(timestep -> timestep.t >= from && timestep.t <= to)
        .mapToDouble(Timestep::contribution)
        .sum();
  }

  /// {@return what was measured, such as `1,000 images of mnist test, at all of 1,000 timesteps`}
  public String title() {
    int all = selection.timesteps();
    int measured = selection.measured();
    return measurement.title(images)
        + ", "
        + (measured == all
            ? String.format(Locale.ROOT, "at all of %,d timesteps", all)
            : String.format(Locale.ROOT, "each at %,d of %,d timesteps", measured, all));
  }

  /// {@return a table for people: the terms with their standard errors, the sum of `L_{t-1}` by
  /// ranges of t, the mean squared errors}
  public List<String> lines() {
    return BoundTable.of(this);
  }

  /// {@return the part that is compared and drawn, as [BoundFiles] reads it again}
  public StoredBound stored() {
    return new StoredBound(
        measurement.data,
        images,
        dimensions,
        prior,
        transitions,
        decoder,
        total,
        timesteps.stream()
            .map(
                row ->
                    new StoredBound.Term(row.t, row.term.mean, row.term.standardError, row.images))
            .toList());
  }
}
