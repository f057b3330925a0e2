package haze.diffusion.training;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A batch whose loss or gradient is not finite, so that the weights were not moved by it.
///
/// @param step which step it was to make, from 1
/// @param loss the loss
/// @param gradientNorm the gradient's norm
/// @param images what it is of, in its order
public record RefusedBatch(int step, double loss, double gradientNorm, List<Image> images) {
  private static final int NAMED = 8;

  /// Copies the list.
  public RefusedBatch {
    images = List.copyOf(images);
  }

  /// An image of the batch.
  ///
  /// @param index its number among the images that the run learns from
  /// @param name what messages call it: its file, or its number in the file of all
  /// @param timestep where it was trained at, 1..T
  /// @param loss its weighted loss
  public record Image(int index, String name, int timestep, double loss) {}

  /// {@return such as `step 41 is not applied: loss NaN, gradient norm NaN, of image 812 at t = 5,
  /// image 90 at t = 731 and 62 more`: the images whose own losses are not finite come first}
  @Override
  public String toString() {
    Stream<Image> own = images.stream().filter(image -> !Double.isFinite(image.loss));
    Stream<Image> others = images.stream().filter(image -> Double.isFinite(image.loss));
    int more = images.size() - NAMED;
    return String.format(
        Locale.ROOT,
        "step %d is not applied: loss %.6g, gradient norm %.6g, of %s%s",
        step,
        loss,
        gradientNorm,
        Stream.concat(own, others)
            .limit(NAMED)
            .map(image -> image.name + " at t = " + image.timestep)
            .collect(Collectors.joining(", ")),
        more > 0 ? " and " + more + " more" : "");
  }
}
