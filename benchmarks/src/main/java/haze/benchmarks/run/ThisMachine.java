package haze.benchmarks.run;

import haze.benchmarks.report.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// What the benchmarks run on: Linux' files name the processor and its caches; elsewhere both stay
/// unknown.
final class ThisMachine {
  private static final Path PROCESSOR = Path.of("/proc/cpuinfo");
  private static final Path CACHES = Path.of("/sys/devices/system/cpu/cpu0/cache");

  /// The widest vectors first: a flag of /proc/cpuinfo, and what the instruction set is called.
  private static final Map<String, String> VECTORS = vectors();

  private ThisMachine() {}

  private static Map<String, String> vectors() {
    Map<String, String> names = new LinkedHashMap<>();
    names.put("avx512f", "AVX-512");
    names.put("avx2", "AVX2");
    names.put("avx", "AVX");
    names.put("sse2", "SSE2");
    names.put("sve", "SVE");
    names.put("asimd", "NEON");
    return names;
  }

  static Machine read() {
    String system =
        String.join(
            " ",
            System.getProperty("os.name"),
            System.getProperty("os.version"),
            System.getProperty("os.arch"));
    return new Machine(
        processor(PROCESSOR), Runtime.getRuntime().availableProcessors(), caches(CACHES), system);
  }

  /// The first processor of Linux' list: its name, numbers, and widest vectors. A virtual machine
  /// often hides the name and leaves the numbers.
  static String processor(Path file) {
    Map<String, String> values = new TreeMap<>();
    try (Stream<String> lines = Files.lines(file)) {
      lines
          .takeWhile(line -> !line.isBlank())
          .map(line -> line.split(":", 2))
          .filter(pair -> pair.length == 2)
          .forEach(pair -> values.put(pair[0].strip(), pair[1].strip()));
    } catch (IOException e) {
      return Machine.UNKNOWN;
    }
    List<String> parts = new ArrayList<>();
    parts.add(values.getOrDefault("model name", ""));
    if (values.containsKey("cpu family")) {
      parts.add("family " + values.get("cpu family") + " model " + values.get("model"));
    }
    if (values.containsKey("CPU part")) {
      parts.add("implementer " + values.get("CPU implementer") + " part " + values.get("CPU part"));
    }
    List<String> flags =
        List.of(values.getOrDefault("flags", values.getOrDefault("Features", "")).split(" "));
    VECTORS.entrySet().stream()
        .filter(vector -> flags.contains(vector.getKey()))
        .findFirst()
        .ifPresent(vector -> parts.add(vector.getValue()));
    parts.removeIf(String::isEmpty);
    return parts.isEmpty() ? Machine.UNKNOWN : String.join(", ", parts);
  }

  /// Bytes of the caches for data, from the first level on.
  static List<Long> caches(Path directory) {
    Map<Integer, Long> levels = new TreeMap<>();
    try (Stream<Path> caches = Files.list(directory)) {
      for (Path cache : caches.toList()) {
        Path type = cache.resolve("type");
        if (Files.exists(type) && !Files.readString(type).strip().equals("Instruction")) {
          levels.put(
              Integer.parseInt(Files.readString(cache.resolve("level")).strip()),
              bytes(Files.readString(cache.resolve("size")).strip()));
        }
      }
    } catch (IOException | NumberFormatException e) {
      return List.of();
    }
    return List.copyOf(levels.values());
  }

  /// `32K`, as Linux writes sizes of caches.
  private static long bytes(String size) {
    long unit = size.endsWith("K") ? 1L << 10 : size.endsWith("M") ? 1L << 20 : 1;
    return unit * Long.parseLong(size.replaceAll("[KM]$", ""));
  }
}
