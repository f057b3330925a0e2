package haze.diffusion.training;

import haze.diffusion.evaluation.bound.BoundResult;
import java.util.Locale;
import java.util.Optional;

/// How good the averaged weights are on images that training does not see. The images, their
/// timesteps and their noise are the same each time, so that the numbers of two steps compare.
///
/// @param step the number of updates before it
/// @param loss the mean loss, each timestep as likely as any other; NaN or infinite if the
///   network's output is
/// @param bound the variational bound, if the model has one and the images are grey levels
public record Validation(int step, double loss, Optional<Bound> bound) {
  /// The variational bound in bits per dimension, and its three terms.
  ///
  /// @param total their sum
  /// @param prior `L_T`
  /// @param transitions the sum of `L_{t-1}` over t = 2..T
  /// @param decoder `L_0`
  public record Bound(double total, double prior, double transitions, double decoder) {
    static Bound of(BoundResult result) {
      return new Bound(
          result.total().mean(),
          result.prior().mean(),
          result.transitions().mean(),
          result.decoder().mean());
    }
  }

  /// {@return such as `validation at step 500: loss 0.0425, bound 3.912 bits/dim (prior 0.000,
  /// transitions 3.601, decoder 0.311)`}
  @Override
  public String toString() {
    return "validation " + result();
  }

  /// {@return such as `at step 500: loss 0.0425`, with the bound and its terms}
  String result() {
    return String.format(Locale.ROOT, "at step %d: loss %.5f", step, loss)
        + bound
            .map(
                parts ->
                    String.format(
                        Locale.ROOT,
                        ", bound %.3f bits/dim (prior %.3f, transitions %.3f, decoder %.3f)",
                        parts.total,
                        parts.prior,
                        parts.transitions,
                        parts.decoder))
            .orElse("");
  }
}
