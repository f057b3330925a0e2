package haze.diffusion.evaluation.bound;

import java.util.List;

/// The bound of a model on images, term by term, in bits per dimension.
///
/// @param images how many images were measured
/// @param dimensions the elements of an image: pixels times channels
/// @param comb which timesteps each was measured at
/// @param prior `L_T`
/// @param transitions the sum of `L_{t-1}` over t = 2..T
/// @param decoder `L_0`
/// @param total the sum of the three
/// @param epsilonError the mean squared error of the noise, averaged over all timesteps
/// @param x0Error the mean squared error of the picture, averaged over all timesteps
/// @param timesteps what was measured at each timestep, rising; without those that no image was
///   measured at
public record BoundResult(
    int images,
    int dimensions,
    SystematicTimesteps comb,
    Estimate prior,
    Estimate transitions,
    Estimate decoder,
    Estimate total,
    double epsilonError,
    double x0Error,
    List<Timestep> timesteps) {

  /// Copies the list.
  public BoundResult {
    timesteps = List.copyOf(timesteps);
  }

  /// A mean over images.
  ///
  /// @param mean the mean
  /// @param standardError how far it typically is from the mean over all images that there might
  ///   be; NaN for a single image
  public record Estimate(double mean, double standardError) {}

  /// What was measured at a timestep.
  ///
  /// @param t the timestep, 1..T
  /// @param images how many images were measured at it, at least 1
  /// @param term `L_{t-1}`, the mean over these images
  /// @param epsilonError the mean squared error of the noise that the network saw in them
  /// @param x0Error the mean squared error of the picture that it saw
  /// @param contribution what the timestep adds to the bound, the mean over all images as the comb
  ///   estimates it; the mean of `term` if all were measured
  public record Timestep(
      int t, int images, Estimate term, double epsilonError, double x0Error, double contribution) {}

  /// A part of the bound.
  ///
  /// @param from the first timestep
  /// @param to the last
  /// @return the sum of `L_{t-1}` over them, in bits per dimension
  public double between(int from, int to) {
    return timesteps.stream()
        .filter(timestep -> timestep.t >= from && timestep.t <= to)
        .mapToDouble(Timestep::contribution)
        .sum();
  }
}
