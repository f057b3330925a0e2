package haze.diffusion.pipeline;

import haze.diffusion.figure.CaptionedGrid;
import haze.diffusion.figure.Figure;
import haze.diffusion.figure.ImageGrid;
import haze.diffusion.figure.TitledGrid;
import haze.tensor.Tensor;
import java.util.Collections;
import java.util.List;

/// The figure of samples: those of a class in a column that names it, or, of a single class, in a
/// grid that does.
final class SampleFigure {
  /// More columns are too narrow to be looked at.
  private static final int MAX_CLASSES = 32;

  private SampleFigure() {}

  /// {@return a figure that looks at the samples when it is drawn}
  ///
  /// @param samples `[n, h, w, c]`
  /// @param turn the classes that they have in turn; none if there are no classes
  /// @param model which made them, and knows their classes
  static Figure of(Tensor samples, List<Integer> turn, Pipeline model) {
    if (turn.size() == 1 && samples.dim(0) > 1) {
      String name = model.caption(turn.getFirst());
      return () -> new TitledGrid(ImageGrid.of(samples), name).draw();
    }
    int columns = Math.min(turn.size(), samples.dim(0));
    if (columns < 2 || columns > MAX_CLASSES) {
      return () -> ImageGrid.of(samples).draw();
    }
    List<Integer> round = turn.subList(0, columns);
    List<Integer> row = model.classNames().isEmpty() ? round : row(samples.dim(0), round);
    return () -> captioned(samples, row.stream().map(model::caption).toList()).draw();
  }

  /// The classes of a row: so many rounds of them that there are at most as many columns as rows,
  /// and no row ends early but for want of a class.
  static List<Integer> row(int samples, List<Integer> round) {
    int rounds = Math.ceilDiv(samples, round.size());
    int most = Math.max(1, (int) Math.sqrt(samples) / round.size());
    while (rounds % most != 0) {
      most--;
    }
    return Collections.nCopies(most, round).stream().flatMap(List::stream).toList();
  }

  private static CaptionedGrid captioned(Tensor samples, List<String> above) {
    int rows = Math.ceilDiv(samples.dim(0), above.size());
    // The last row may end early: white, as the paper.
    Tensor cells = Tensor.full(1, samples.shape().with(0, rows * above.size()).dims());
    cells.slice(0, samples.dim(0)).copyFrom(samples);
    return new CaptionedGrid(cells, above, Collections.nCopies(rows, ""));
  }
}
