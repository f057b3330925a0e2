package haze.benchmarks.run;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.format.OutputFormat;

/// JMH's output, which hands on what is finished: JMH itself gives its results away only when the
/// last benchmark has ended, and a run that is stopped before has none.
final class SavingFormat implements OutputFormat {
  private final OutputFormat out;
  private final Consumer<List<RunResult>> saver;
  private final List<RunResult> finished = new ArrayList<>();
  private final Set<BenchmarkParams> unfinished = new LinkedHashSet<>();

  /// @param out what shows the run
  /// @param saver is given all finished benchmarks after each one
  SavingFormat(OutputFormat out, Consumer<List<RunResult>> saver) {
    this.out = out;
    this.saver = saver;
  }

  /// The benchmarks that began and did not end, as they do when they throw.
  Set<BenchmarkParams> unfinished() {
    return Set.copyOf(unfinished);
  }

  @Override
  public void startBenchmark(BenchmarkParams params) {
    unfinished.add(params);
    out.startBenchmark(params);
  }

  @Override
  public void endBenchmark(BenchmarkResult result) {
    out.endBenchmark(result);
    // Null where no JVM brought a result home.
    if (result != null) {
      unfinished.remove(result.getParams());
      finished.add(new RunResult(result.getParams(), List.of(result)));
      saver.accept(List.copyOf(finished));
    }
  }

  @Override
  public void iteration(BenchmarkParams benchmark, IterationParams params, int iteration) {
    out.iteration(benchmark, params, iteration);
  }

  @Override
  public void iterationResult(
      BenchmarkParams benchmark, IterationParams params, int iteration, IterationResult data) {
    out.iterationResult(benchmark, params, iteration, data);
  }

  @Override
  public void startRun() {
    out.startRun();
  }

  @Override
  public void endRun(Collection<RunResult> results) {
    out.endRun(results);
  }

  @Override
  public void print(String text) {
    out.print(text);
  }

  @Override
  public void println(String text) {
    out.println(text);
  }

  @Override
  public void verbosePrintln(String text) {
    out.verbosePrintln(text);
  }

  @Override
  public void write(int b) {
    out.write(b);
  }

  @Override
  public void write(byte[] bytes) throws IOException {
    out.write(bytes);
  }

  @Override
  public void flush() {
    out.flush();
  }

  /// Flushes alone: whoever opened the stream closes it.
  @Override
  public void close() {
    out.flush();
  }
}
