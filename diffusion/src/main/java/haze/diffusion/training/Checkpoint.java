package haze.diffusion.training;

import haze.diffusion.io.BadFileException;
import haze.nn.file.Checksum;
import haze.nn.safetensors.SafetensorsFile;
import haze.nn.safetensors.TensorFileException;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// All that training needs to go on from a step.
///
/// @param state the file of weights, average, optimizer and timesteps, sound when it was found
/// @param step updates so far
/// @param model the CRC32C of the model's weights of this step; nothing if the checkpoint is of a
///   run before there were manifests
record Checkpoint(Path state, int step, Optional<Integer> model) {
  static final String STATE = "state.safetensors";
  static final String STEP = "step";

  /// {@return the checkpoint of a directory}
  ///
  /// @param run the settings of the run that it must be of
  /// @throws IOException if it is none, is damaged, or is of another run; in one line
  static Checkpoint read(Path directory, int step, TrainingSettings run) throws IOException {
    Path file = directory.resolve(Manifest.FILE);
    Manifest manifest = Manifest.read(file);
    if (manifest.step() != step) {
      throw new BadFileException(file, "is of step " + manifest.step());
    }
    Optional<String> difference = manifest.difference(run);
    if (difference.isPresent()) {
      throw new BadFileException(file, difference.get());
    }
    Path state = directory.resolve(STATE);
    Checksum found = Checksum.of(state);
    if (!found.equals(manifest.state())) {
      throw new BadFileException(
          state,
          found.bytes() == manifest.state().bytes()
              ? "is damaged: its checksum is "
                  + found.hex()
                  + ", expected "
                  + manifest.state().hex()
              : "has " + found.bytes() + " bytes, expected " + manifest.state().bytes());
    }
    return new Checkpoint(state, step, Optional.of(manifest.model()));
  }

  /// {@return the checkpoint of a run before there were manifests, `training/state.safetensors`}
  ///
  /// @throws IOException if it cannot be read
  static Checkpoint readOld(Path state) throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(state)) {
      return new Checkpoint(state, step(file), Optional.empty());
    }
  }

  private static int step(SafetensorsFile file) throws TensorFileException {
    String text = file.metadata().getOrDefault(STEP, "");
    if (!text.matches("\\d{1,9}")) {
      throw new TensorFileException(file.name(), "metadata '" + STEP + "' is no number of steps");
    }
    return Integer.parseInt(text);
  }

  /// Gives a trainer this state.
  ///
  /// @param file the state, open
  /// @throws IOException if the file cannot be read or is another network's; the trainer is then as
  ///   it was
  void restore(SafetensorsFile file, Trainer trainer) throws IOException {
    Map<String, Tensor> tensors = new HashMap<>();
    for (Map.Entry<String, float[]> entry : trainer.state().entrySet()) {
      Tensor tensor = file.tensor(entry.getKey());
      if (!tensor.shape().equals(Shape.of(entry.getValue().length))) {
        throw new TensorFileException(
            file.name(),
            entry.getKey()
                + " has shape "
                + tensor.shape()
                + ", expected "
                + entry.getValue().length
                + " numbers");
      }
      tensors.put(entry.getKey(), tensor);
    }
    trainer
        .state()
        .forEach(
            (name, values) ->
                Tensor.of(Shape.of(values.length), values)
                    .copyFrom(tensors.getOrDefault(name, Tensor.scalar(0))));
    trainer.resumeAt(step);
  }
}
