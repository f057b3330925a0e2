package haze.diffusion.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.training.Preset;
import haze.diffusion.training.Settings;
import haze.diffusion.training.StepEngine;
import haze.diffusion.training.Trainer;
import haze.diffusion.training.TrainingListener;
import haze.diffusion.training.TrainingRequest;
import haze.diffusion.training.TrainingRun;
import haze.tensor.Workers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Executors that are processes of their own, of which one is killed.
class ClusterTest {
  private static final int STEPS = 12;

  @TempDir Path directory;

  private TrainingRequest request(String name) {
    return TrainingRequest.of(directory.resolve(name))
        .preset(Preset.TINY)
        .steps(STEPS)
        .batch(8)
        .with(Settings.SHARD, 2)
        .with(Settings.CHECKPOINT_EVERY, 4)
        .with(Settings.NO_SAMPLES, true);
  }

  /// The JVMs that this one has started. Of a long command line, as theirs are, the JDK shows
  /// nothing.
  private static List<ProcessHandle> executors() {
    return ProcessHandle.current()
        .descendants()
        .filter(process -> process.info().command().orElse("").endsWith("java"))
        .toList();
  }

  private static void train(TrainingRequest request, StepEngine engine, TrainingListener listener)
      throws Exception {
    try (Workers workers = new Workers(1);
        TrainingRun run = TrainingRun.begin(request.engine(engine), workers)) {
      assertTrue(run.run(listener, () -> false));
    }
  }

  private byte[] state(String name) throws Exception {
    return Files.readAllBytes(
        directory.resolve(name + "/training/checkpoints/step-0000" + STEPS + "/state.safetensors"));
  }

  @Test
  void anExecutorThatIsKilledChangesNoBit() throws Exception {
    train(request("here"), StepEngine.HERE, new TrainingListener() {});
    SparkConf conf =
        new SparkConf()
            .setMaster("local-cluster[2,1,1024]")
            .setAppName("cluster test")
            .set("spark.executor.memory", "1g")
            .set("spark.executor.extraClassPath", System.getProperty("java.class.path"))
            .set("spark.driver.host", "localhost")
            .set("spark.ui.enabled", "false");
    List<String> warnings = new ArrayList<>();
    try (JavaSparkContext context = new JavaSparkContext(conf);
        StepEngine engine = SparkEngine.of(context, 2)) {
      engine.onWarning(warnings::add);
      train(
          request("cluster"),
          engine,
          new TrainingListener() {
            @Override
            public void stepped(Trainer.Step step) {
              if (step.step() == 6) {
                assertEquals(2, executors().size());
                executors().getFirst().destroyForcibly();
              }
            }
          });
    }
    assertArrayEquals(state("here"), state("cluster"));
    assertTrue(
        warnings.stream()
            .anyMatch(text -> text.contains("; the steps since 4 are made again: connection lost")),
        warnings.toString());
  }
}
