package haze.diffusion.study;

import haze.diffusion.figure.CaptionedGrid;
import haze.diffusion.sampler.Snapshots.Snapshot;
import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Arranges how pictures came into being: for each a row of its images from noise to the end, and
/// below them what the network took for the picture at the time.
public final class ReverseRows {
  private ReverseRows() {}

  /// Arranges snapshots.
  ///
  /// @param taken the snapshots of `n` pictures in the order of time, at least one
  /// @param above a caption for each
  /// @param names what each picture is to be; an empty one is left out
  /// @return a grid of `2 n` rows
  /// @throws IllegalArgumentException if there is another number of captions or names
  public static CaptionedGrid of(List<Snapshot> taken, List<String> above, List<String> names) {
    Tensor first = taken.getFirst().xt();
    int count = first.dim(0);
    int columns = taken.size();
    if (names.size() != count) {
      throw new IllegalArgumentException(
          "reverse rows: " + names.size() + " names for " + count + " pictures");
    }
    Tensor images = Tensor.zeros(first.shape().with(0, 2 * count * columns).dims());
    List<String> left = new ArrayList<>();
    for (int picture = 0; picture < count; picture++) {
      for (int column = 0; column < columns; column++) {
        Snapshot snapshot = taken.get(column);
        int row = 2 * picture;
        images.slice(row * columns + column, 1).copyFrom(snapshot.xt().slice(picture, 1));
        images.slice((row + 1) * columns + column, 1).copyFrom(snapshot.x0().slice(picture, 1));
      }
      String name = names.get(picture);
      left.add(name.isEmpty() ? "image x_t" : name + "\nimage x_t");
      left.add("expected x_0");
    }
    return new CaptionedGrid(images, above, left);
  }
}
