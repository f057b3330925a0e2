package haze.diffusion.report;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// A file of numbers over steps, such as `metrics.csv`, as charts draw it: [StepBuckets], which are
/// kept up to date with a file that grows.
final class MetricsTable implements CsvTail.Rows {
  private static final String MILLISECONDS = "ms";
  private static final String RATE = "images_per_second";
  private static final double SECOND = 1000;

  private static final Pattern VERSION = Pattern.compile("\\d{1,9}(\\.\\d{1,9}){2}");

  private final CsvTail tail;
  private final int batch;
  private List<String> columns = List.of();
  private StepBuckets buckets = new StepBuckets(0);
  private int generation;
  private int timed = -1;
  private long lastStep;
  private double milliseconds;

  /// Reads nothing yet.
  ///
  /// @param file the file
  /// @param batch images of a step, for a column of images per second; 0 for none
  MetricsTable(Path file, int batch) {
    tail = new CsvTail(file, this);
    this.batch = batch;
  }

  /// Reads what is new.
  ///
  /// @throws IOException if the file cannot be read or has no column `step`; in one line
  void refresh() throws IOException {
    tail.refresh();
  }

  @Override
  public void begin(List<String> names) {
    timed = batch > 0 && !names.contains(RATE) ? names.indexOf(MILLISECONDS) : -1;
    columns = new ArrayList<>(names);
    if (timed >= 0) {
      columns.add(RATE);
    }
    buckets = new StepBuckets(columns.size());
    generation++;
    lastStep = 0;
    milliseconds = 0;
  }

  @Override
  public void row(long step, double[] values) {
    double[] all = Arrays.copyOf(values, columns.size());
    if (timed >= 0) {
      all[values.length] = values[timed] > 0 ? batch * SECOND / values[timed] : Double.NaN;
      milliseconds += Double.isFinite(values[timed]) ? values[timed] : 0;
    }
    buckets.add(step, all);
    lastStep = step;
  }

  /// {@return the last step; 0 if there is none}
  long lastStep() {
    return lastStep;
  }

  /// {@return how long all steps took, in seconds; 0 if the file does not tell}
  double seconds() {
    return milliseconds / SECOND;
  }

  /// {@return what is wrong with the file, in words; empty if nothing is}
  String problem() {
    return tail.problem();
  }

  /// {@return what a page needs that has some of it already}
  ///
  /// @param known the `version` of the answer that the page had last; empty for everything
  Map<String, Object> json(String known) {
    int from = from(known);
    Map<String, Object> table = new LinkedHashMap<>();
    table.put("version", generation + "." + buckets.size() + "." + buckets.buckets());
    table.put("from", from);
    table.put("steps", buckets.steps(from));
    Map<String, Object> all = new LinkedHashMap<>();
    for (int c = 0; c < columns.size(); c++) {
      List<Object> parts = new ArrayList<>(List.of(buckets.means(c, from)));
      if (buckets.size() > 1) {
        parts.add(buckets.mins(c, from));
        parts.add(buckets.maxs(c, from));
      }
      // Of two columns of one name the first counts.
      all.putIfAbsent(columns.get(c), parts);
    }
    table.put("columns", all);
    return table;
  }

  /// The bucket that was the last one may have become fuller.
  private int from(String known) {
    if (!VERSION.matcher(known).matches()) {
      return 0;
    }
    String[] parts = known.split("\\.", -1);
    boolean same =
        Integer.parseInt(parts[0]) == generation && Integer.parseInt(parts[1]) == buckets.size();
    int had = Integer.parseInt(parts[2]);
    return same && had <= buckets.buckets() ? Math.max(0, had - 1) : 0;
  }
}
