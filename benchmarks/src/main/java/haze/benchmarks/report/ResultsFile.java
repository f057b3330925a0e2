package haze.benchmarks.report;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.jr.ob.JSON;
import haze.diffusion.io.BadFileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/// A file in JMH's JSON form: JMH's own, or one that a script wrote for a peer.
///
/// Every score becomes seconds an operation, whatever mode and unit it has. Who was measured stands
/// before the last two parts of a benchmark's name; benchmarks/README.md has the convention.
final class ResultsFile {
  private static final String HAZE_PACKAGE = "haze.benchmarks";
  private static final String DJL_PACKAGE = "haze.benchmarks.peers";
  private static final String DJL = "libtorch";

  /// JMH's abbreviations of modes.
  private static final String SINGLE_SHOT = "ss";

  private static final String AVERAGE_TIME = "avgt";

  /// JMH's abbreviations of units of time, in seconds.
  private static final Map<String, Double> UNITS =
      Map.of(
          "ns", 1e-9, "us", 1e-6, "ms", 1e-3, "s", 1.0, "min", 60.0, "hr", 3600.0, "day", 86400.0);

  /// What JMH's profiler `gc` calls the bytes allocated in an operation; older versions put a dot
  /// before it.
  private static final List<String> ALLOCATED =
      List.of("gc.alloc.rate.norm", "\u00b7gc.alloc.rate.norm");

  private final Path file;
  private int index;

  private ResultsFile(Path file) {
    this.file = file;
  }

  /// Reads the results of one run, at least one.
  ///
  /// @param place a file, or a directory whose latest file is meant
  /// @throws IOException naming the file, the entry and what was expected, if it is not what JMH
  ///   writes, or empty
  static List<Result> read(Path place) throws IOException {
    Path file = ResultsPlace.latest(place);
    Object root;
    try (InputStream in = Files.newInputStream(file)) {
      root = JSON.std.anyFrom(in);
    } catch (NoSuchFileException e) {
      throw new BadFileException(file, "no such file; exec:exec@jmh writes one");
    } catch (JacksonException e) {
      throw new BadFileException(
          file, "is not JSON: " + BadFileException.shown(String.valueOf(e.getOriginalMessage())));
    }
    return new ResultsFile(file).results(root);
  }

  private List<Result> results(Object root) throws BadFileException {
    if (!(root instanceof List<?> entries)) {
      throw new BadFileException(file, "is not an array of results, as JMH writes with -rf json");
    }
    if (entries.isEmpty()) {
      throw new BadFileException(file, "holds no results");
    }
    List<Result> results = new ArrayList<>();
    for (index = 0; index < entries.size(); index++) {
      results.add(result(object(entries.get(index), "")));
    }
    return results;
  }

  private Result result(Map<?, ?> entry) throws BadFileException {
    String name = text(entry, "benchmark");
    String[] parts = name.split("\\.", -1);
    if (parts.length < 3) {
      throw invalid("benchmark", "a name of at least three parts, prefix.Class.method");
    }
    String kernel = parts[parts.length - 2] + "." + parts[parts.length - 1];
    String prefix = name.substring(0, name.length() - kernel.length() - 1);
    Map<?, ?> metric = object(entry.get("primaryMetric"), "primaryMetric");
    double score = number(metric, "score");
    if (!(score > 0) || Double.isInfinite(score)) {
      throw invalid("primaryMetric.score", "a positive number");
    }
    String unit = text(metric, "scoreUnit");
    String source = source(prefix);
    double seconds = seconds(score, unit);
    double error = number(metric, "scoreError") / score;
    return new Result(
        source,
        kernel,
        params(entry.get("params")),
        seconds,
        error,
        allocated(entry.get("secondaryMetrics")),
        trial(entry, metric, seconds).doubts(error, source.equals(Result.HAZE)),
        origin(entry, source));
  }

  /// Only JMH's own entries say how they came about: a script's `forks` are no JVMs.
  private static Trial trial(Map<?, ?> entry, Map<?, ?> metric, double seconds) {
    boolean wholeSteps = SINGLE_SHOT.equals(entry.get("mode"));
    double warmUps = number(entry, "warmupIterations");
    double warmUp = wholeSteps ? seconds : duration(entry.get("warmupTime"));
    return new Trial(
        entry.containsKey("jmhVersion") ? count(entry, "forks") : Trial.UNKNOWN,
        count(entry, "measurementIterations"),
        warmUps * warmUp,
        wholeSteps,
        raw(entry, metric));
  }

  /// The iterations' times, whose unit does not matter; none where the scores are rates or
  /// histograms.
  private static List<Double> raw(Map<?, ?> entry, Map<?, ?> metric) {
    List<Double> raw = new ArrayList<>();
    if ((SINGLE_SHOT.equals(entry.get("mode")) || AVERAGE_TIME.equals(entry.get("mode")))
        && metric.get("rawData") instanceof List<?> forks) {
      for (Object fork : forks) {
        for (Object score : fork instanceof List<?> scores ? scores : List.of()) {
          raw.add(score instanceof Number number ? number.doubleValue() : Double.NaN);
        }
      }
    }
    return raw;
  }

  private static int count(Map<?, ?> entry, String key) {
    return entry.get(key) instanceof Number number ? number.intValue() : Trial.UNKNOWN;
  }

  /// `250 ms`, as JMH writes times, in seconds.
  private static double duration(Object value) {
    if (value instanceof String text) {
      String[] parts = text.split(" ", -1);
      if (parts.length == 2 && parts[0].matches("[0-9]{1,9}") && UNITS.containsKey(parts[1])) {
        return Integer.parseInt(parts[0]) * UNITS.get(parts[1]);
      }
    }
    return Double.NaN;
  }

  private static Origin origin(Map<?, ?> entry, String source) {
    List<String> options = new ArrayList<>();
    if (entry.get("jvmArgs") instanceof List<?> arguments) {
      arguments.forEach(argument -> options.add(BadFileException.shown(String.valueOf(argument))));
    }
    return new Origin(
        entry.get("machine") instanceof Map<?, ?> machine
            ? Optional.of(Machine.of(machine))
            : Optional.empty(),
        runtime(entry, source),
        String.join(" ", options),
        known(entry, "date"),
        known(entry, "commit"));
  }

  /// A script names its engine as JMH names the virtual machine.
  private static String runtime(Map<?, ?> entry, String source) {
    String vm = known(entry, "vmName");
    String java = known(entry, "jdkVersion");
    if (source.equals(Result.HAZE) || source.equals(DJL)) {
      return String.join(
          ", ",
          Stream.of(java.isEmpty() ? "" : "JDK " + java, vm).filter(s -> !s.isEmpty()).toList());
    }
    return (vm + " " + known(entry, "vmVersion")).strip();
  }

  private static String known(Map<?, ?> entry, String key) {
    return entry.get(key) instanceof String text ? BadFileException.shown(text) : "";
  }

  private static String source(String prefix) {
    return switch (prefix) {
      case HAZE_PACKAGE -> Result.HAZE;
      case DJL_PACKAGE -> DJL;
      default -> BadFileException.shown(prefix);
    };
  }

  private double seconds(double score, String unit) throws BadFileException {
    String[] parts = unit.split("/", -1);
    if (parts.length == 2 && UNITS.containsKey(parts[0])) {
      return score * UNITS.get(parts[0]);
    }
    if (parts.length == 2 && UNITS.containsKey(parts[1])) {
      return UNITS.get(parts[1]) / score;
    }
    throw invalid("primaryMetric.scoreUnit", "a time an operation (ms/op) or operations a time");
  }

  private Map<String, String> params(Object value) throws BadFileException {
    Map<String, String> params = new TreeMap<>();
    if (value != null) {
      for (Map.Entry<?, ?> param : object(value, "params").entrySet()) {
        params.put(
            BadFileException.shown(String.valueOf(param.getKey())),
            BadFileException.shown(String.valueOf(param.getValue())));
      }
    }
    return params;
  }

  private static double allocated(Object secondary) {
    if (secondary instanceof Map<?, ?> metrics) {
      for (String name : ALLOCATED) {
        if (metrics.get(name) instanceof Map<?, ?> metric
            && metric.get("score") instanceof Number score) {
          return score.doubleValue();
        }
      }
    }
    return Double.NaN;
  }

  private Map<?, ?> object(Object value, String key) throws BadFileException {
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw invalid(key, "an object");
  }

  private String text(Map<?, ?> map, String key) throws BadFileException {
    if (map.get(key) instanceof String text) {
      return BadFileException.shown(text);
    }
    throw invalid(key, "a text");
  }

  /// A number, or NaN where there is none: JMH writes the error of a single iteration as "NaN", in
  /// quotes.
  private static double number(Map<?, ?> map, String key) {
    return map.get(key) instanceof Number number ? number.doubleValue() : Double.NaN;
  }

  private BadFileException invalid(String key, String expected) {
    return new BadFileException(
        file, "result " + index + (key.isEmpty() ? "" : ", " + key) + ": expected " + expected);
  }
}
