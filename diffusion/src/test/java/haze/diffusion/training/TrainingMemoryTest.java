package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.tensor.Workers;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingMemoryTest {
  private static final long GB = 1_000_000_000L;

  /// A million parameters, 4 MB an array; 10 MB an image.
  private static TrainingMemory memory(int batch, int shard, int microBatch, int threads) {
    return new TrainingMemory(
        TrainingSettings.DEFAULT
            .with(Settings.BATCH, batch)
            .with(Settings.SHARD, shard)
            .with(Settings.MICRO_BATCH, microBatch),
        1_000_000,
        10_000_000,
        threads);
  }

  @Test
  void gradientsAreThoseOfTheShardsAtOnceAndTheirSum() {
    assertEquals(16_000_000, memory(64, 16, 0, 2).weights());
    assertEquals(3 * 4_000_000, memory(64, 16, 0, 2).gradients());
    assertEquals(4 * 4_000_000, memory(64, 16, 64, 4).gradients());
    assertEquals(4 * 4_000_000, memory(64, 16, 1000, 8).gradients());
    assertEquals(3 * 4_000_000, memory(64, 16, 32, 8).gradients());
    assertEquals(3 * 4_000_000, memory(64, 16, 47, 8).gradients());
    assertEquals(2 * 4_000_000, memory(1024, 16, 16, 2).gradients());
    assertEquals(4_000_000, memory(8, 16, 8, 2).gradients());
  }

  @Test
  void passesAreThoseThatRunAtTheSameTime() {
    assertEquals(2 * 16 * 10_000_000, memory(64, 16, 0, 2).activations());
    assertEquals(4 * 16 * 10_000_000, memory(64, 16, 0, 8).activations());
    assertEquals(16 * 10_000_000, memory(64, 16, 16, 8).activations());
    assertEquals(8 * 10_000_000, memory(8, 16, 0, 8).activations());
  }

  @Test
  void whatTakesLessIsNamedWhatCostsLeastFirst() {
    // A large batch takes no more than a small one.
    assertTrue(memory(16_384, 16, 0, 2).fits(GB));
    // Eight passes at a time are 1.3 GB.
    assertEquals(
        "--micro-batch 16 --threads 1 takes about 0.18 GB; or set the environment variable"
            + " JDK_JAVA_OPTIONS=-Xmx2g, where the machine has more memory than that",
        memory(128, 16, 0, 8).remedy(GB, true));
    TrainingMemory large = memory(256, 256, 0, 1);
    assertEquals(
        "--micro-batch 64 --shard 64 takes about 0.66 GB; or set the environment variable"
            + " JDK_JAVA_OPTIONS=-Xmx3g, where the machine has more memory than that",
        large.remedy(GB, true));
    assertEquals(
        "set the environment variable JDK_JAVA_OPTIONS=-Xmx3g, where the machine has more memory"
            + " than that",
        large.remedy(GB, false));
    assertTrue(memory(1, 1, 0, 1).fits(GB));
    assertEquals(
        "set the environment variable JDK_JAVA_OPTIONS=-Xmx2g, where the machine has more memory"
            + " than that",
        memory(1, 1, 0, 1).remedy(GB, true));
  }

  @Test
  void idleThreadsAreNamedWithWhatGivesThemWork() {
    assertEquals(Optional.empty(), memory(64, 16, 0, 4).idle());
    assertEquals(
        Optional.of(
            "a batch is 2 shards of 16 images, a thread each: 6 of 8 threads idle; --shard 4 is"
                + " faster, a larger --batch takes no longer"),
        memory(32, 16, 0, 8).idle());
    assertEquals(
        Optional.of(
            "a batch is 1 shard of 2 images, a thread each: 2 of 3 threads idle; a larger --batch"
                + " takes no longer"),
        memory(2, 16, 0, 3).idle());
    assertEquals(
        Optional.of(
            "a micro-batch is 1 shard of 16 images, a thread each: 1 of 2 threads idle; a larger"
                + " --micro-batch is faster"),
        memory(64, 16, 16, 2).idle());
  }

  /// Not again when it is resumed.
  @Test
  void aNewRunNamesIdleThreads(@TempDir Path directory) throws Exception {
    Path path = directory.resolve("run");
    try (Workers workers = new Workers(2)) {
      try (TrainingRun run = TrainingRun.begin(SmallRun.plain(path).steps(1), workers)) {
        assertEquals(
            List.of(
                "a batch is 1 shard of 4 images, a thread each: 1 of 2 threads idle; --shard 2 is"
                    + " faster, a larger --batch takes no longer"),
            run.notes());
        run.run(TrainingListener.NONE);
      }
      TrainingRequest further = SmallRun.again(path).steps(2);
      try (TrainingRun run = TrainingRun.resume(further, workers)) {
        assertEquals(List.of("--steps is 2 now, was 1"), run.notes());
      }
    }
  }
}
