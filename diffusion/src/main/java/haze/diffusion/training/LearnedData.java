package haze.diffusion.training;

import haze.diffusion.data.DataSource;
import haze.diffusion.io.BadFileException;
import haze.diffusion.io.JsonWriter;
import haze.nn.file.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a model learned from, where that can be known:
///
/// | the model | the settings of its data |
/// |---|---|
/// | a run | `training/config.json` in it |
/// | what `haze average` or `haze distill` made of a run | `data.json` in it, copied from the run |
/// | the best by validation, `RUN/best` | `training/config.json` of the run that it lies in |
///
/// @param model the directory of the model
/// @param source the images to learn from
public record LearnedData(Path model, DataSource source) {
  /// A copy of the settings, for a model that is no longer with its run.
  private static final String FILE = "data.json";

  /// {@return what a model learned from; nothing if its directory does not say it}
  ///
  /// @throws IOException if the settings cannot be read or a value makes no sense
  public static Optional<LearnedData> of(Path model) throws IOException {
    Optional<Path> file = file(model);
    return file.isEmpty()
        ? Optional.empty()
        : Optional.of(new LearnedData(model, TrainingSettings.readData(file.get()).source()));
  }

  private static Optional<Path> file(Path model) throws IOException {
    if (!Files.isDirectory(model)) {
      return Optional.empty();
    }
    List<Path> candidates =
        new ArrayList<>(List.of(new RunDirectory(model).config(), model.resolve(FILE)));
    Path real = model.toRealPath();
    Path parent = real.getParent();
    if (parent != null) {
      RunDirectory run = new RunDirectory(parent);
      if (run.best().equals(real)) {
        candidates.add(run.config());
      }
    }
    return candidates.stream().filter(Files::exists).findFirst();
  }

  /// Copies the settings of a model's data to another that is made of it, if they are known.
  ///
  /// @param from the directory of the model
  /// @param model the existing directory of the other
  /// @throws IOException if they cannot be read or written
  public static void copy(Path from, Path model) throws IOException {
    Optional<Path> file = file(from);
    if (file.isEmpty()) {
      return;
    }
    JsonWriter json = new JsonWriter();
    TrainingSettings.readData(file.get())
        .stored(setting -> setting.group() == Setting.Group.DATA)
        .forEach(json::put);
    json.write(Disk.system(), model.resolve(FILE));
  }

  /// Checks that the images are still where they were.
  ///
  /// @throws IOException if they are not
  public void requireThere() throws IOException {
    if (source instanceof DataSource.Stored stored && !Files.exists(stored.path())) {
      throw new BadFileException(
          model,
          "learned from " + stored.text() + ", which is not there; --data says where it is now");
    }
  }
}
