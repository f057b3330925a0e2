package haze.diffusion.pipeline;

import haze.diffusion.figure.CaptionedGrid;
import haze.diffusion.figure.Figure;
import haze.diffusion.figure.ImageGrid;
import haze.tensor.Tensor;
import java.util.Collections;
import java.util.List;

/// The figure of samples: those of a class in a column that names it.
final class SampleFigure {
  /// More columns are too narrow to be looked at.
  private static final int MAX_CLASSES = 32;

  private SampleFigure() {}

  /// {@return a figure that looks at the samples when it is drawn}
  ///
  /// @param samples `[n, h, w, c]`
  /// @param turn the classes that they have in turn; none if there are no classes
  static Figure of(Tensor samples, List<Integer> turn) {
    int columns = Math.min(turn.size(), samples.dim(0));
    return columns < 2 || columns > MAX_CLASSES
        ? () -> ImageGrid.of(samples).draw()
        : () -> byClass(samples, turn.subList(0, columns)).draw();
  }

  private static CaptionedGrid byClass(Tensor samples, List<Integer> classes) {
    int rows = Math.ceilDiv(samples.dim(0), classes.size());
    // The last row may end early: white, as the paper.
    Tensor cells = Tensor.full(1, samples.shape().with(0, rows * classes.size()).dims());
    cells.slice(0, samples.dim(0)).copyFrom(samples);
    return new CaptionedGrid(
        cells,
        classes.stream().map(label -> "class " + label).toList(),
        Collections.nCopies(rows, ""));
  }
}
