package haze.diffusion.hostile;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Damaged files of every kind that Haze reads are read or refused in one line that names the file,
/// take neither much memory nor much time, and leave nothing behind on the heap.
///
/// `-Dhaze.mutations=N` makes N files of each kind, see the profile `hostile`.
class HostileFilesTest {
  private static final int MUTATIONS = Integer.getInteger("haze.mutations", 200);
  private static final long SEED = Long.getLong("haze.mutations.seed", 1);

  /// An image may have 16.8 million pixels, of 8 bytes in an ImageIO raster, and be copied.
  private static final long MOST_BYTES = 1L << 30;

  /// Far more than any takes, on a slow and busy machine.
  private static final long MOST_NANOSECONDS = 30_000_000_000L;

  /// Caches and classes may stay, but nothing for each file.
  private static final long MOST_KEPT_BYTES = 1L << 26;

  private static final int LONGEST_MESSAGE = 2000;

  @TempDir static Path root;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @BeforeAll
  static void writeSoundFiles() throws Exception {
    SoundFiles.write(root);
  }

  @ParameterizedTest
  @EnumSource
  void soundFilesAreRead(HostileFile kind) throws IOException {
    List<Path> files = kind.files(root);
    assertTrue(!files.isEmpty(), () -> kind + " has no files");
    for (Path file : files) {
      kind.read(file);
    }
  }

  @ParameterizedTest
  @EnumSource
  void damagedFilesAreReadOrRefused(HostileFile kind, TestReporter reporter) throws IOException {
    List<Path> files = kind.files(root);
    Random random = new Random(SEED + kind.ordinal());
    int count = kind.count(MUTATIONS);
    int read = 0;
    long longest = 0;
    long most = 0;
    long heap = usedHeap();
    for (int i = 0; i < count; i++) {
      Path file = files.get(random.nextInt(files.size()));
      byte[] sound = Files.readAllBytes(file);
      String which = kind + " " + i + ", " + root.relativize(file);
      replace(file, Mutations.of(sound, random));
      long started = threads.getCurrentThreadCpuTime();
      long before = threads.getCurrentThreadAllocatedBytes();
      try {
        kind.read(file);
        read++;
      } catch (IOException | UncheckedIOException e) {
        requireOneLine(which, String.valueOf(e.getMessage()), e);
      } catch (RuntimeException | Error e) {
        fail(which, e);
      } finally {
        replace(file, sound);
      }
      longest = Math.max(longest, threads.getCurrentThreadCpuTime() - started);
      most = Math.max(most, threads.getCurrentThreadAllocatedBytes() - before);
      assertTrue(most < MOST_BYTES, which + " takes " + most + " bytes");
      assertTrue(longest < MOST_NANOSECONDS, which + " takes " + longest + " ns");
    }
    long heapAfter = usedHeap();
    reporter.publishEntry(
        String.format(
            Locale.ROOT,
            "%s: %d of %d read, at most %.0f ms and %.1f MB; heap %.1f MB before, %.1f after",
            kind,
            read,
            count,
            longest / 1e6,
            most / 1e6,
            heap / 1e6,
            heapAfter / 1e6));
    assertTrue(heapAfter - heap < MOST_KEPT_BYTES, kind + " keeps " + (heapAfter - heap));
  }

  private static long usedHeap() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static void requireOneLine(String which, String message, Exception e) {
    boolean shown = message.chars().allMatch(c -> c >= ' ' && c != 127);
    // A pipeline's message may name another of its files.
    if (!shown || !message.contains(root.toString()) || message.length() > LONGEST_MESSAGE) {
      fail(which + ": " + message, e);
    }
  }

  /// A new file: the old one may still be mapped.
  private static void replace(Path file, byte[] content) throws IOException {
    Files.delete(file);
    Files.write(file, content);
  }
}
