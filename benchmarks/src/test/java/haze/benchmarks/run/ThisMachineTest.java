package haze.benchmarks.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import haze.benchmarks.report.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ThisMachineTest {
  @TempDir Path directory;

  private String processor(String text) throws IOException {
    return ThisMachine.processor(Files.writeString(directory.resolve("cpuinfo"), text));
  }

  @Test
  void aProcessorIsItsNameItsNumbersAndItsWidestVectors() throws IOException {
    assertEquals(
        "AMD EPYC, family 25 model 17, AVX-512",
        processor(
            """
            processor\t: 0
            cpu family\t: 25
            model\t\t: 17
            model name\t: AMD EPYC
            flags\t\t: fpu sse2 avx avx2 avx512f

            processor\t: 1
            model name\t: another
            """));
    assertEquals(
        "implementer 0x41 part 0xd0c, NEON",
        processor(
            """
            processor\t: 0
            Features\t: fp asimd
            CPU implementer\t: 0x41
            CPU part\t: 0xd0c
            """));
  }

  @Test
  void whatCannotBeReadIsUnknown() throws IOException {
    assertEquals(Machine.UNKNOWN, ThisMachine.processor(directory.resolve("none")));
    assertEquals(Machine.UNKNOWN, processor("odd\n"));
    assertEquals(List.of(), ThisMachine.caches(directory.resolve("none")));
    assertEquals(Commit.UNKNOWN, Commit.described(directory.resolve("none")));
  }

  private void cache(int index, String level, String type, String size) throws IOException {
    Path cache = Files.createDirectory(directory.resolve("index" + index));
    Files.writeString(cache.resolve("level"), level + "\n");
    Files.writeString(cache.resolve("type"), type + "\n");
    Files.writeString(cache.resolve("size"), size + "\n");
  }

  @Test
  void cachesForDataAreOrderedByLevel() throws IOException {
    cache(3, "1", "Data", "32K");
    cache(2, "1", "Instruction", "64K");
    cache(0, "3", "Unified", "32M");
    cache(1, "2", "Unified", "1024K");
    assertEquals(List.of(32L << 10, 1L << 20, 32L << 20), ThisMachine.caches(directory));
  }
}
