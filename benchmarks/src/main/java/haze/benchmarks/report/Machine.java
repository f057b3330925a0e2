package haze.benchmarks.report;

import haze.diffusion.io.BadFileException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What results were measured on. It is stored beside each result, since a report may be made
/// elsewhere.
///
/// @param processor its name, or [#UNKNOWN]
/// @param cores how many the JVM may use
/// @param caches bytes of each level of a core's caches for data, the first level first; empty if
///   unknown
public record Machine(String processor, int cores, List<Long> caches, String system) {
  public static final String UNKNOWN = "unknown";

  private static final int LARGEST_LEVEL = 9;

  /// The form in which a file of results holds it.
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("processor", processor);
    map.put("cores", cores);
    map.put("caches", caches);
    map.put("system", system);
    return map;
  }

  /// Reads what [#toMap] made; what is missing or no number becomes unknown.
  static Machine of(Map<?, ?> map) {
    List<Long> caches = new ArrayList<>();
    if (map.get("caches") instanceof List<?> list) {
      for (Object bytes : list.subList(0, Math.min(list.size(), LARGEST_LEVEL))) {
        if (bytes instanceof Number number && number.longValue() > 0) {
          caches.add(number.longValue());
        }
      }
    }
    return new Machine(
        text(map.get("processor")),
        map.get("cores") instanceof Number cores ? cores.intValue() : 0,
        caches,
        text(map.get("system")));
  }

  private static String text(Object value) {
    return value instanceof String text ? BadFileException.shown(text) : UNKNOWN;
  }

  /// The level of memory that holds so many bytes: `L1`, `L2`, ... or `RAM`; empty if the caches
  /// are unknown.
  String level(double bytes) {
    if (caches.isEmpty()) {
      return "";
    }
    for (int level = 0; level < caches.size(); level++) {
      if (bytes <= caches.get(level)) {
        return "L" + (level + 1);
      }
    }
    return "RAM";
  }

  /// For the head of a report.
  String describe() {
    List<String> parts = new ArrayList<>(List.of(processor));
    if (cores > 0) {
      parts.add(cores + (cores == 1 ? " core" : " cores"));
    }
    for (int level = 0; level < caches.size(); level++) {
      parts.add("L" + (level + 1) + " " + bytes(caches.get(level)));
    }
    if (!system.equals(UNKNOWN)) {
      parts.add(system);
    }
    return String.join(", ", parts);
  }

  /// A size with its unit: 24 kB, 1 MB.
  static String bytes(double bytes) {
    double kilobytes = bytes / 1024;
    return kilobytes < 1024 ? Math.round(kilobytes) + " kB" : Math.round(kilobytes / 1024) + " MB";
  }
}
