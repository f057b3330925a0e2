package haze.diffusion.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The sample grids of a run: files of its directory alone, no links to others.
final class SampleFiles {
  private static final Pattern NAME = Pattern.compile("step-(\\d{1,9})\\.png");

  /// More than a grid of 64 images of 256 x 256 pixels in colour.
  private static final long MAX_BYTES = 1 << 24;

  /// As many grids as a film strip of a page holds.
  private static final int MAX_FRAMES = 40;

  /// So many bytes of grids in a page; base64 makes a third more of them.
  private static final long MAX_TOTAL = 3L << 22;

  private SampleFiles() {}

  /// {@return the grids by their steps}
  ///
  /// @throws IOException if the directory cannot be read
  static SortedMap<Integer, Path> of(Path run) throws IOException {
    SortedMap<Integer, Path> samples = new TreeMap<>();
    Path directory = run.resolve("samples");
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return samples;
    }
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Matcher name = NAME.matcher(String.valueOf(file.getFileName()));
        if (name.matches()
            && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
            && Files.size(file) <= MAX_BYTES) {
          samples.put(Integer.valueOf(name.group(1)), file);
        }
      }
    }
    return samples;
  }

  /// {@return grids for a page that holds them itself: all, or so many as it can hold, evenly over
  /// the run, with the last}
  ///
  /// @throws IOException if a file cannot be read
  static SortedMap<Integer, Path> forOnePage(SortedMap<Integer, Path> samples) throws IOException {
    List<Integer> steps = new ArrayList<>(samples.keySet());
    while (steps.size() > MAX_FRAMES || (steps.size() > 1 && bytes(samples, steps) > MAX_TOTAL)) {
      // Every other one, counted from the last.
      List<Integer> fewer = new ArrayList<>();
      for (int i = (steps.size() - 1) % 2; i < steps.size(); i += 2) {
        fewer.add(steps.get(i));
      }
      steps = fewer;
    }
    SortedMap<Integer, Path> chosen = new TreeMap<>(samples);
    chosen.keySet().retainAll(steps);
    return chosen;
  }

  private static long bytes(SortedMap<Integer, Path> samples, List<Integer> steps)
      throws IOException {
    long bytes = 0;
    for (int step : steps) {
      bytes += Files.size(samples.get(step));
    }
    return bytes;
  }
}
