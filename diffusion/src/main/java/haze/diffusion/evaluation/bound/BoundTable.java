package haze.diffusion.evaluation.bound;

import haze.diffusion.evaluation.bound.BoundResult.Estimate;
import haze.diffusion.process.VariationalBound;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Bounds as tables of text.
final class BoundTable {
  private static final int LABEL_WIDTH = 24;
  private static final int MIN_COLUMN_WIDTH = 20;

  /// The last timesteps of the ranges of t, about evenly spaced in log t.
  private static final int[] RANGES = {10, 30, 100, 300, 1000, 3000, 10_000};

  private BoundTable() {}

  /// A bound in full: its terms, the sum of `L_{t-1}` by ranges of t, the squared errors.
  static List<String> of(BoundResult result) {
    int last = result.selection().timesteps();
    List<String> lines = new ArrayList<>();
    lines.add(row("", "bits/dim", "standard error", "nats"));
    lines.add(term("L_T", result.prior(), result.dimensions()));
    lines.add(term("L_{t-1}, t = 2.." + last, result.transitions(), result.dimensions()));
    int from = 2;
    for (int i = 0; from <= last; i++) {
      int to = Math.min(last, i < RANGES.length ? RANGES[i] : last);
      lines.add(row("  of it t = " + from + ".." + to, number(result.between(from, to)), "", ""));
      from = to + 1;
    }
    lines.add(term("L_0", result.decoder(), result.dimensions()));
    lines.add(term("total", result.total(), result.dimensions()));
    lines.add(
        String.format(
            Locale.ROOT,
            "mean squared error over all timesteps: epsilon %.5f, x0 %.5f",
            result.epsilonError(),
            result.x0Error()));
    return lines;
  }

  /// The parts of a cost that has no timesteps.
  static List<String> of(LikelihoodResult result) {
    List<String> lines = new ArrayList<>();
    lines.add(row("", "bits/dim", "standard error", "nats"));
    result.parts().forEach(part -> lines.add(term(part.label(), part.bits(), result.dimensions())));
    lines.addAll(result.notes());
    return lines;
  }

  /// Several bounds side by side, by the names of their models.
  static List<String> of(Map<String, StoredBound> bounds) {
    List<StoredBound> all = List.copyOf(bounds.values());
    int width =
        bounds.keySet().stream().mapToInt(String::length).reduce(MIN_COLUMN_WIDTH, Math::max);
    List<String> lines = new ArrayList<>();
    lines.add(row(width, "bits/dim", List.copyOf(bounds.keySet())));
    lines.add(row(width, "L_T", all.stream().map(bound -> cell(bound.prior())).toList()));
    lines.add(
        row(
            width,
            "L_{t-1}, t > 1",
            all.stream().map(bound -> cell(bound.transitions())).toList()));
    lines.add(row(width, "L_0", all.stream().map(bound -> cell(bound.decoder())).toList()));
    lines.add(row(width, "total", all.stream().map(bound -> cell(bound.total())).toList()));
    lines.add(
        row(
            width,
            "total in nats",
            all.stream()
                .map(
                    bound ->
                        String.format(
                            Locale.ROOT, "%.2f", nats(bound.total().mean(), bound.dimensions())))
                .toList()));
    lines.add(
        row(
            width,
            "images",
            all.stream().map(bound -> String.format(Locale.ROOT, "%,d", bound.images())).toList()));
    lines.add(row(width, "of", all.stream().map(StoredBound::data).toList()));
    return lines;
  }

  private static String term(String label, Estimate bits, int dimensions) {
    return row(
        label,
        number(bits.mean()),
        number(bits.standardError()),
        String.format(Locale.ROOT, "%.2f", nats(bits.mean(), dimensions)));
  }

  private static double nats(double bits, int dimensions) {
    return bits / VariationalBound.bitsPerDimension(1, dimensions);
  }

  private static String cell(Estimate bits) {
    return Double.isNaN(bits.standardError())
        ? number(bits.mean())
        : number(bits.mean()) + " +- " + number(bits.standardError());
  }

  private static String number(double bits) {
    return Double.isNaN(bits) ? "-" : String.format(Locale.ROOT, "%.5f", bits);
  }

  private static String row(String label, String bits, String error, String nats) {
    return String.format(
            Locale.ROOT, "%-" + LABEL_WIDTH + "s%10s%16s%11s", label, bits, error, nats)
        .stripTrailing();
  }

  private static String row(int width, String label, List<String> cells) {
    StringBuilder row =
        new StringBuilder(String.format(Locale.ROOT, "%-" + LABEL_WIDTH + "s", label));
    cells.forEach(cell -> row.append(String.format(Locale.ROOT, "  %" + width + "s", cell)));
    return row.toString().stripTrailing();
  }
}
