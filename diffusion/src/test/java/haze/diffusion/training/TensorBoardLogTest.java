package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.tensor.Workers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardLogTest {
  @TempDir Path directory;

  private TrainingRequest request() {
    return TrainingRequest.of(directory.resolve("run"))
        .preset(Preset.TINY)
        .with(Settings.TENSORBOARD, true)
        .with(Settings.STEPS, 3);
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("run/tensorboard"))) {
      return files.sorted().toList();
    }
  }

  private static int count(String text, String part) {
    return text.split(Pattern.quote(part), -1).length - 1;
  }

  @Test
  void aRunThatGoesOnHasAFileForEachSession() throws Exception {
    try (Workers workers = new Workers(1)) {
      try (TrainingRun run = TrainingRun.begin(request(), workers)) {
        assertFalse(run.run(TrainingListener.NONE, () -> run.completed() == 2));
      }
      TrainingRequest same = TrainingRequest.of(directory.resolve("run"));
      try (TrainingRun run = TrainingRun.resume(same, workers)) {
        assertTrue(run.run(TrainingListener.NONE, () -> false));
      }
    }
    List<Path> files = files();
    assertEquals(2, files.size());
    String first = Files.readString(files.getFirst(), StandardCharsets.ISO_8859_1);
    String second = Files.readString(files.getLast(), StandardCharsets.ISO_8859_1);
    assertEquals(2, count(first, "train/loss"));
    assertEquals(1, count(second, "train/loss"));
    assertEquals(1, count(first, "| batch | 16 |"));
    assertEquals(0, count(first, "IHDR"));
    assertEquals(1, count(second, "IHDR"));
    // The session begins with step 3: field 2 of the event, then the status of field 7.
    assertTrue(second.contains("\u0010\u0003:\u0002\u0008\u0001"));
    assertTrue(first.contains("\u0010\u0001:\u0002\u0008\u0001"));
  }

  @Test
  void eventsThatCannotBeWrittenDoNotEndTheRun() throws Exception {
    List<String> warnings = new ArrayList<>();
    try (Workers workers = new Workers(1);
        TrainingRun run = TrainingRun.begin(request(), workers)) {
      Files.writeString(run.directory().path().resolve("tensorboard"), "in the way");
      run.run(
          new TrainingListener() {
            @Override
            public void warned(String problem) {
              warnings.add(problem);
            }
          },
          () -> run.completed() == 1);
      assertEquals(1, run.completed());
    }
    assertEquals(
        List.of(
            directory.resolve("run/tensorboard")
                + ": cannot be written: exists already; no more events until the run is resumed"),
        warnings);
  }
}
