package haze.diffusion.evaluation.bound;

import java.util.List;
import java.util.Map;

/// A bound that was measured some time ago, as [BoundFiles] reads it: what there is to compare and
/// draw.
///
/// @param data what it was measured on
/// @param images on how many images
/// @param dimensions the elements of an image
/// @param prior `L_T`, in bits per dimension like all of them
/// @param transitions the sum of `L_{t-1}` over t = 2..T
/// @param decoder `L_0`
/// @param total the sum of the three
/// @param terms the bound per timestep, rising; some may be missing
public record StoredBound(
    String data,
    int images,
    int dimensions,
    BoundResult.Estimate prior,
    BoundResult.Estimate transitions,
    BoundResult.Estimate decoder,
    BoundResult.Estimate total,
    List<Term> terms) {

  /// The list is copied.
  public StoredBound {
    terms = List.copyOf(terms);
  }

  /// The term of a timestep.
  ///
  /// @param t the timestep, from 1
  /// @param bitsPerDimension `L_{t-1}`, the mean over images
  /// @param standardError of that mean; NaN if it is not known
  /// @param images how many images it is the mean over, at least 1
  public record Term(int t, double bitsPerDimension, double standardError, int images) {}

  /// {@return a table of several bounds side by side, for people}
  ///
  /// @param bounds by the names of their models, in the order of the columns
  public static List<String> lines(Map<String, StoredBound> bounds) {
    return BoundTable.of(bounds);
  }
}
