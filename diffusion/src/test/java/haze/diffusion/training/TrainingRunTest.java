package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.pipeline.Pipeline;
import haze.nn.safetensors.SafetensorsFile;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingRunTest {
  private static final int STEPS = 20;

  @TempDir
  Path directory;

  @Test
  void theWeightsAreTheSameBitsForOneTwoAndFourThreads() throws Exception {
    Map<String, float[]> one = trained("one", 1);
    assertSame(one, trained("two", 2));
    assertSame(one, trained("four", 4));
  }

  @Test
  void aRunThatIsResumedIsTheRunThatWasNeverStopped() throws Exception {
    Map<String, float[]> whole = trained("whole", 2);
    run("parts", 2, STEPS / 2);
    resume("parts", STEPS, 2);
    assertSame(whole, state("parts"));
    assertEquals(metrics("whole"), metrics("parts"));
  }

  @Test
  void aRunThatWasInterruptedGoesOnAtItsCheckpoint() throws Exception {
    Map<String, float[]> whole = trained("whole", 2);
    try (Workers workers = new Workers(2)) {
      TrainingRun run = TrainingRun.begin(path("stopped"), Preset.TINY.network(),
          Preset.TINY.scheduler(), config(STEPS), workers);
      assertFalse(run.run(new Silent(), () -> run.completed() == 7));
    }
    // A crash after the checkpoint may leave lines of steps that will be made again, the last one torn.
    Files.writeString(path("stopped").resolve("metrics.csv"), "8,0.1,0.1,0.1,1.0\n9,0.",
        StandardOpenOption.APPEND);
    resume("stopped", 0, 1);
    assertSame(whole, state("stopped"));
    assertEquals(metrics("whole"), metrics("stopped"));
  }

  @Test
  void theLossFalls() throws Exception {
    trained("run", 2);
    List<String> lines = Files.readAllLines(path("run").resolve("metrics.csv"));
    assertEquals(1 + STEPS, lines.size());
    assertEquals("step,loss,gradient_norm,learning_rate,ms", lines.getFirst());
    assertTrue(loss(lines.getLast()) < 0.6 * loss(lines.get(1)), lines.toString());
  }

  @Test
  void theDirectoryIsAPipelineWithTheAveragedWeights() throws Exception {
    Map<String, float[]> state = trained("run", 2);
    Pipeline model = Pipeline.load(path("run"));
    var parameters = new haze.nn.ParameterVector(model.unet());
    assertArrayEquals(state.get("ema"), parameters.values());
    assertTrue(Files.size(path("run").resolve("samples/step-000020.png")) > 0);
  }

  @Test
  void anotherRunIsNotOverwritten() throws Exception {
    trained("run", 1);
    Map<String, float[]> before = state("run");
    IOException refused = assertThrows(IOException.class, () -> run("run", 1, STEPS));
    assertTrue(refused.getMessage().contains("holds a run already"), refused.getMessage());
    assertSame(before, state("run"));
    Path other = Files.createDirectory(path("other"));
    Files.writeString(other.resolve("thesis.txt"), "precious");
    assertTrue(assertThrows(IOException.class, () -> run("other", 1, 1)).getMessage()
        .contains("not empty"));
    assertEquals(List.of(other.resolve("thesis.txt")), Files.list(other).toList());
  }

  @Test
  void whatCannotBeResumedIsRefusedInOneLine() throws Exception {
    assertRefused("nowhere", "no run to resume");
    run("done", 1, 2);
    assertRefused("done", "has had its 2 steps");
    Path config = path("done").resolve("training/config.json");
    String text = Files.readString(config);
    Files.writeString(config, text.replace("\"batch\": 16", "\"batch\": 0"));
    assertRefused("done", "batch");
    Files.writeString(config, text.replace("\"batch\": 16", "\"batch\": \"many\""));
    assertRefused("done", "batch");
    Files.writeString(config, "{");
    assertRefused("done", "not valid JSON");
    Files.writeString(config, text.replace("\"steps\": 2", "\"steps\": 4"));
    Path state = path("done").resolve("training/state.safetensors");
    byte[] bytes = Files.readAllBytes(state);
    Files.write(state, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    assertRefused("done", "state.safetensors");
  }

  private void assertRefused(String name, String expected) {
    IOException refused = assertThrows(IOException.class, () -> resume(name, 0, 1));
    assertTrue(refused.getMessage().contains(expected), refused.getMessage());
    assertFalse(refused.getMessage().contains("\n"), refused.getMessage());
  }

  private Path path(String name) {
    return directory.resolve(name);
  }

  private static RunConfig config(int steps) {
    return new RunConfig(TrainingRun.MNIST, "", ObjectiveConfig.DDPM, Preset.TINY.settings(), 0, 5)
        .withSteps(steps);
  }

  private Map<String, float[]> trained(String name, int threads) throws Exception {
    run(name, threads, STEPS);
    return state(name);
  }

  private void run(String name, int threads, int steps) throws Exception {
    try (Workers workers = new Workers(threads)) {
      assertTrue(TrainingRun
          .begin(path(name), Preset.TINY.network(), Preset.TINY.scheduler(), config(steps), workers)
          .run(new Silent(), () -> false));
    }
  }

  private void resume(String name, int steps, int threads) throws Exception {
    try (Workers workers = new Workers(threads)) {
      assertTrue(TrainingRun.resume(path(name), steps, workers).run(new Silent(), () -> false));
    }
  }

  private Map<String, float[]> state(String name) throws Exception {
    Map<String, float[]> state = new TreeMap<>();
    try (SafetensorsFile file = SafetensorsFile
        .open(path(name).resolve("training/state.safetensors"))) {
      for (String tensor : file.entries().keySet()) {
        Tensor values = file.tensor(tensor);
        state.put(tensor, values.toArray());
      }
    }
    return state;
  }

  /// The metrics without the column of times.
  private List<String> metrics(String name) throws Exception {
    return Files.readAllLines(path(name).resolve("metrics.csv")).stream()
        .map(line -> line.substring(0, line.lastIndexOf(','))).toList();
  }

  private static double loss(String line) {
    return Double.parseDouble(line.split(",", 3)[1]);
  }

  private static void assertSame(Map<String, float[]> expected, Map<String, float[]> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach((name, values) -> assertArrayEquals(values, actual.get(name), name));
  }

  private static final class Silent implements TrainingRun.Listener {
    @Override
    public void stepped(Trainer.Step step) {}

    @Override
    public void sampling(int done, int total) {}

    @Override
    public void sampled(Path file) {}
  }
}
