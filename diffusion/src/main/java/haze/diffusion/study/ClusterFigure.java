package haze.diffusion.study;

import haze.diffusion.data.ImageClusters;
import haze.diffusion.figure.CaptionedGrid;
import haze.diffusion.figure.Figure;
import haze.diffusion.io.BadFileException;
import haze.diffusion.pipeline.Pipeline;
import haze.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// The mean images of the clusters that a model is conditioned on, ten a row, so that row and
/// column tell the number of each.
public final class ClusterFigure {
  private static final int COLUMNS = 10;

  private ClusterFigure() {}

  /// {@return the clusters of a model}
  ///
  /// @param model its directory
  /// @throws IOException if a file cannot be read or is wrong, or it has no clusters
  public static ImageClusters read(Path model) throws IOException {
    return Pipeline.clusters(model)
        .orElseThrow(
            () -> new BadFileException(model, "has no clusters: haze train --clusters finds some"));
  }

  /// {@return the figure}
  public static Figure of(ImageClusters clusters) {
    int columns = Math.min(COLUMNS, clusters.count());
    int rows = Math.ceilDiv(clusters.count(), columns);
    Tensor means = clusters.centroids();
    // The last row may end early: white, as the paper.
    Tensor cells = Tensor.full(1, means.shape().with(0, rows * columns).dims());
    cells.slice(0, clusters.count()).copyFrom(means);
    return new CaptionedGrid(
        cells,
        IntStream.range(0, columns).mapToObj(Integer::toString).toList(),
        IntStream.range(0, rows)
            .mapToObj(row -> rows == 1 ? "" : String.format(Locale.ROOT, "%d +", row * columns))
            .toList());
  }

  /// {@return how many clusters there are and which are the largest, for people}
  public static List<String> lines(ImageClusters clusters) {
    int[] bySize =
        IntStream.range(0, clusters.count())
            .boxed()
            .sorted((a, b) -> Double.compare(clusters.share(b), clusters.share(a)))
            .mapToInt(Integer::intValue)
            .toArray();
    int shown = Math.min(COLUMNS, bySize.length);
    StringBuilder line = new StringBuilder("largest:");
    for (int i = 0; i < shown; i++) {
      line.append(
          String.format(
              Locale.ROOT,
              "%s %d (%.1f %%)",
              i == 0 ? "" : ",",
              bySize[i],
              100 * clusters.share(bySize[i])));
    }
    return List.of("clusters: " + clusters, line.toString());
  }
}
