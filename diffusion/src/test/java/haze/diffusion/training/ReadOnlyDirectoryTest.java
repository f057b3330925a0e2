package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.nn.file.Disk;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A run goes on while one of its directories cannot be changed, and then once more when it can.
class ReadOnlyDirectoryTest {
  @TempDir Path temporary;

  private final Workers workers = new Workers(1);

  @AfterEach
  void close() {
    workers.close();
  }

  /// A directory in which files are neither made nor replaced, as the system has it; a test may run
  /// as a user whom permissions do not bind.
  private record ReadOnlyDirectory(Path directory) implements Disk {
    private void check(Path file) throws IOException {
      if (directory.toAbsolutePath().equals(file.toAbsolutePath().getParent())) {
        throw new AccessDeniedException(file.toString());
      }
    }

    @Override
    public Output create(Path file) throws IOException {
      check(file);
      return Disk.system().create(file);
    }

    @Override
    public Output append(Path file) throws IOException {
      return Disk.system().append(file);
    }

    @Override
    public void move(Path from, Path to) throws IOException {
      check(to);
      Disk.system().move(from, to);
    }

    @Override
    public void delete(Path file) throws IOException {
      check(file);
      Disk.system().delete(file);
    }

    @Override
    public void createDirectory(Path made) throws IOException {
      check(made);
      Disk.system().createDirectory(made);
    }

    @Override
    public void force(Path forced) throws IOException {
      Disk.system().force(forced);
    }
  }

  /// Two steps.
  ///
  /// @param all whether with samples and snapshots
  private Path begun(String name, boolean all) throws Exception {
    Path path = temporary.resolve(name);
    TrainingRequest request =
        SmallRun.plain(path).steps(2).heldOut(SmallRun.images()).with(Settings.VALIDATE_EVERY, 2);
    try (TrainingRun run =
        TrainingRun.begin(
            all
                ? request.with(Settings.SAMPLE_EVERY, 2).with(Settings.EMA_SNAPSHOTS, 2)
                : request.with(Settings.NO_SAMPLES, true),
            workers)) {
      assertTrue(run.run(TrainingListener.NONE, () -> false));
    }
    return path;
  }

  private void goOn(Path path, Disk disk) throws Exception {
    try (TrainingRun run = TrainingRun.resume(SmallRun.again(path).steps(4), workers, disk)) {
      assertTrue(run.run(TrainingListener.NONE, () -> false));
    }
  }

  private Map<String, String> whole(boolean all) throws Exception {
    Path path = begun("whole", all);
    goOn(path, Disk.system());
    return files(path);
  }

  /// Without the older checkpoints: which of them is the best is not known while a validation
  /// fails, and may be kept for longer.
  private static Map<String, String> files(Path path) throws IOException {
    Map<String, String> files = SmallRun.files(path);
    files
        .keySet()
        .removeIf(
            name ->
                name.contains("checkpoints") && !name.endsWith("step-000004/state.safetensors"));
    return files;
  }

  private void isNamedAndLosesNothing(String directory, String file, int intact, boolean all)
      throws Exception {
    Path path = begun("run", all);
    Disk disk = new ReadOnlyDirectory(path.resolve(directory).normalize());
    IOException failure = assertThrows(IOException.class, () -> goOn(path, disk));
    assertEquals(
        path.resolve(file)
            + ": cannot be written: permission denied; the checkpoint of step "
            + intact
            + " is intact, and haze train --resume --out "
            + path
            + " goes on from it",
        failure.getMessage());
    goOn(path, Disk.system());
    assertEquals(whole(all), files(path));
  }

  @ParameterizedTest
  @CsvSource({
    "., validation.csv, 4",
    "best, best/model_index.json, 4",
    "best/unet, best/unet/diffusion_pytorch_model.safetensors, 4",
    "training/ema, training/ema/step-000004.safetensors, 4",
    "training/checkpoints, training/checkpoints/step-000004, 2",
    "samples, samples/step-000004.png, 4",
    "unet, unet/diffusion_pytorch_model.safetensors, 2"
  })
  void theRunStopsAndNamesTheFile(String directory, String file, int intact) throws Exception {
    isNamedAndLosesNothing(directory, file, intact, true);
  }

  /// Nothing but its line in validation.csv is missing of the run.
  @Test
  void aRunWithoutSamplesIsGivenItsLastValidation() throws Exception {
    isNamedAndLosesNothing(".", "validation.csv", 4, false);
  }
}
