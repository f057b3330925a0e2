package haze.tensor;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A tensor as text: its shape, then its elements in nested rows as NumPy prints them.
///
/// ```
/// Tensor[2, 2, 3]
/// [[[ 0.0,  1.0,  2.0],
///   [ 3.0,  4.0,  5.0]],
///
///  [[ 6.0,  7.0,  8.0],
///   [ 9.0, 10.0, 11.0]]]
/// ```
///
/// All shown elements have the same number of decimals: as many as they need, at most four. Above
/// 10^6 and below 10^-3 (the largest absolute value decides) they are written with an exponent.
final class TensorText {
  /// Up to this many elements a tensor is printed whole: an image of 8x8.
  private static final int WHOLE = 64;

  /// Entries at either end of an axis that a larger tensor shows: of the two innermost axes, and of
  /// each of the others.
  private static final int INNER_EDGE = 3;

  private static final int OUTER_EDGE = 1;

  private static final String GAP = "...";
  private static final double LARGEST_FIXED = 1e6;
  private static final double LEAST_FIXED = 1e-3;
  private static final int DECIMALS = 4;

  private final Tensor tensor;
  private final String format;
  private final int width;

  private TensorText(Tensor tensor) {
    this.tensor = tensor;
    List<Float> shown = new ArrayList<>();
    collect(0, 0, shown);
    format = format(shown);
    width = shown.stream().mapToInt(x -> number(x).length()).max().orElse(0);
  }

  static String of(Tensor tensor) {
    var text = new StringBuilder("Tensor").append(tensor.shape());
    text.append(tensor.shape().rank() > 1 ? '\n' : ' ');
    new TensorText(tensor).append(0, 0, text);
    return text.toString();
  }

  /// The elements that are shown of the entry that begins at element `from`, of the axes from
  /// `axis` on.
  private void collect(int axis, int from, List<Float> shown) {
    if (axis == tensor.shape().rank()) {
      shown.add(tensor.data()[tensor.offset() + from]);
      return;
    }
    for (int i = 0; i < tensor.dim(axis); i++) {
      if (!isElided(axis, i)) {
        collect(axis + 1, from + i * stride(axis), shown);
      }
    }
  }

  private void append(int axis, int from, StringBuilder text) {
    int rank = tensor.shape().rank();
    if (axis == rank) {
      String number = number(tensor.data()[tensor.offset() + from]);
      text.repeat(' ', width - number.length()).append(number);
      return;
    }
    text.append('[');
    for (int i = 0; i < tensor.dim(axis); i++) {
      if (isElided(axis, i) && isElided(axis, i - 1)) {
        continue;
      }
      if (i > 0 && axis == rank - 1) {
        text.append(", ");
      } else if (i > 0) {
        // A matrix's rows follow each other, matrices are set apart by an empty line.
        text.append(',').repeat('\n', rank - 1 - axis).repeat(' ', axis + 1);
      }
      if (isElided(axis, i)) {
        text.append(GAP);
      } else {
        append(axis + 1, from + i * stride(axis), text);
      }
    }
    text.append(']');
  }

  private boolean isElided(int axis, int i) {
    int edge = axis < tensor.shape().rank() - 2 ? OUTER_EDGE : INNER_EDGE;
    return tensor.size() > WHOLE && i >= edge && i < tensor.dim(axis) - edge;
  }

  private int stride(int axis) {
    return tensor.shape().count(axis + 1, tensor.shape().rank());
  }

  private static String format(List<Float> shown) {
    double largest = 0;
    for (float x : shown) {
      largest = Float.isFinite(x) ? Math.max(largest, Math.abs(x)) : largest;
    }
    if (largest >= LARGEST_FIXED || (largest > 0 && largest < LEAST_FIXED)) {
      return "%." + (DECIMALS - 1) + "e";
    }
    int decimals = 1;
    for (float x : shown) {
      if (Float.isFinite(x)) {
        int needed = new BigDecimal(Float.toString(x)).stripTrailingZeros().scale();
        decimals = Math.clamp(needed, decimals, DECIMALS);
      }
    }
    return "%." + decimals + "f";
  }

  private String number(float x) {
    return Float.isFinite(x) ? String.format(Locale.ROOT, format, x) : Float.toString(x);
  }
}
