package haze.benchmarks.run;

import com.fasterxml.jackson.jr.ob.JSON;
import haze.benchmarks.report.ResultsPlace;
import haze.diffusion.io.AtomicFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Defaults;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.Options;

/// A run of JMH whose results are on the disk from the first finished benchmark on, in JMH's JSON
/// form, each with what it was measured on.
///
/// JMH's own `-rff` empties its file at the start and fills it at the end: a run that is misspelt,
/// fails or is stopped would take the results of the one before with it.
public final class Run {
  private final Path file;
  private final Map<String, Object> origin;
  private final PrintStream console;

  private Run(Path file, Map<String, Object> origin, PrintStream console) {
    this.file = file;
    this.origin = origin;
    this.console = console;
  }

  /// Measures.
  ///
  /// @param options JMH's; the forked JVMs get the program's own options before these
  /// @param place where the results go to, see [ResultsPlace#newFile]
  /// @return whether every benchmark has a result
  /// @throws IOException if the place is taken, or cannot be written
  /// @throws RunnerException if JMH cannot begin, for instance because no benchmark's name matches
  public static boolean of(Options options, Path place) throws IOException, RunnerException {
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    Path file = ResultsPlace.newFile(place, options.getIncludes(), now);
    if (!options.getOutput().hasValue()) {
      return new Run(file, origin(now), System.out).measure(options);
    }
    try (var out = new PrintStream(options.getOutput().get(), StandardCharsets.UTF_8)) {
      return new Run(file, origin(now), out).measure(options);
    }
  }

  private static Map<String, Object> origin(Instant now) {
    Map<String, Object> origin = new LinkedHashMap<>();
    origin.put("machine", ThisMachine.read().toMap());
    origin.put("date", now.toString());
    origin.put("commit", Commit.of(Run.class));
    return origin;
  }

  private boolean measure(Options options) throws IOException, RunnerException {
    var format =
        new SavingFormat(
            OutputFormatFactory.createFormatInstance(
                console, options.verbosity().orElse(Defaults.VERBOSITY)),
            this::saveOnTheWay);
    console.println("# Results: " + file + ", after each benchmark");
    Collection<RunResult> results = new Runner(JvmOptions.before(options), format).run();
    if (!results.isEmpty()) {
      // Once more, since only now the iterations are known JVM by JVM.
      save(results);
    }
    return tell(results.size(), format.unfinished());
  }

  private boolean tell(int finished, Set<BenchmarkParams> unfinished) {
    console.println();
    if (!unfinished.isEmpty()) {
      Set<String> names = new TreeSet<>();
      unfinished.forEach(params -> names.add(name(params)));
      console.println(
          "%d of %d benchmarks failed: %s"
              .formatted(
                  unfinished.size(), unfinished.size() + finished, String.join(", ", names)));
    }
    console.println(finished == 0 ? "no results, nothing was written" : "results are in " + file);
    return unfinished.isEmpty() && finished > 0;
  }

  private static String name(BenchmarkParams params) {
    List<String> values = new ArrayList<>();
    params.getParamsKeys().forEach(key -> values.add(key + "=" + params.getParam(key)));
    String name = params.getBenchmark().replaceFirst(".*\\.(?=\\w+\\.\\w+$)", "");
    return values.isEmpty() ? name : name + " (" + String.join(", ", values) + ")";
  }

  private void saveOnTheWay(List<RunResult> results) {
    try {
      save(results);
    } catch (IOException e) {
      // The next benchmark may find more room; if none does, the last save fails the run.
      console.println("# Results not written: " + e.getMessage());
    }
  }

  private void save(Collection<RunResult> results) throws IOException {
    byte[] json = json(results);
    AtomicFile.write(file, out -> out.write(json));
  }

  private byte[] json(Collection<RunResult> results) {
    var bytes = new ByteArrayOutputStream();
    ResultFormatFactory.getInstance(
            ResultFormatType.JSON, new PrintStream(bytes, false, StandardCharsets.UTF_8))
        .writeOut(results);
    try {
      List<Object> entries = new ArrayList<>();
      for (Object entry : JSON.std.listFrom(bytes.toByteArray())) {
        Map<Object, Object> whole = new LinkedHashMap<>((Map<?, ?>) entry);
        whole.putAll(origin);
        entries.add(whole);
      }
      return JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asBytes(entries);
    } catch (IOException e) {
      throw new UncheckedIOException("JMH wrote no JSON", e);
    }
  }
}
