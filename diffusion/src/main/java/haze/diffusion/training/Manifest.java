package haze.diffusion.training;

import haze.diffusion.io.BadFileException;
import haze.diffusion.io.JsonObject;
import haze.diffusion.io.JsonWriter;
import haze.nn.file.Checksum;
import haze.nn.file.Disk;
import haze.nn.file.PrintableText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.OptionalDouble;

/// What makes the files of a checkpoint one: written last, it tells their checksums, the step, and
/// whose they are. `manifest.json` has these members, and every setting of the run that a resumed
/// run may not change, by which the state of another run is known.
///
/// | member | value |
/// |---|---|
/// | `checkpoint_version` | 1 |
/// | `step` | updates so far |
/// | `state_bytes`, `state_crc32c` | length and CRC32C of `state.safetensors` |
/// | `model_crc32c` | CRC32C of the model's weights of this step |
/// | `validation_loss` | the loss on held-out images, if it was measured |
/// | `manifest_crc32c` | CRC32C of all other lines |
///
/// @param step updates so far
/// @param state length and checksum of the state
/// @param model the CRC32C of the file of the model's weights
/// @param validationLoss the loss on held-out images, if it was measured
/// @param run the settings
record Manifest(
    int step, Checksum state, int model, OptionalDouble validationLoss, TrainingSettings run) {
  static final String FILE = "manifest.json";

  private static final int VERSION = 1;
  private static final String VERSION_KEY = "checkpoint_version";
  private static final String STEP = "step";
  private static final String STATE_BYTES = "state_bytes";
  private static final String STATE_CRC = "state_crc32c";
  private static final String MODEL_CRC = "model_crc32c";
  private static final String VALIDATION = "validation_loss";
  private static final String OWN_CRC = "manifest_crc32c";

  /// A checkpoint of a later Haze, which must not be passed over for an older one.
  static final class NewerException extends IOException {
    private static final long serialVersionUID = 1;

    NewerException(Path file, int version) {
      super(
          PrintableText.harmless(file.toString())
              + ": is a checkpoint of version "
              + version
              + ", which a newer Haze has written; this one reads version "
              + VERSION);
    }
  }

  /// Writes the file.
  ///
  /// @throws IOException if it cannot be written
  void write(Disk disk, Path file) throws IOException {
    JsonWriter json =
        new JsonWriter()
            .put(VERSION_KEY, VERSION)
            .put(STEP, step)
            .put(STATE_BYTES, state.bytes())
            .put(STATE_CRC, state.hex())
            .put(MODEL_CRC, HexFormat.of().toHexDigits(model));
    validationLoss.ifPresent(loss -> json.put(VALIDATION, loss));
    run.stored(setting -> !setting.isChangeable()).forEach(json::put);
    String checksum = Checksum.of(json.toString().getBytes(StandardCharsets.UTF_8)).hex();
    json.put(OWN_CRC, checksum).write(disk, file);
  }

  /// {@return the manifest of a file}
  ///
  /// @throws NewerException if a newer Haze has written it
  /// @throws IOException if there is none, it cannot be read, or is not the one that was written
  static Manifest read(Path file) throws IOException {
    JsonObject json = JsonObject.read(file);
    String checksum = json.string(OWN_CRC, "");
    String line = "  \"" + OWN_CRC + "\": \"" + checksum + "\",\n";
    // A character for each byte, whatever they are.
    String rest = Files.readString(file, StandardCharsets.ISO_8859_1).replace(line, "");
    byte[] others = rest.getBytes(StandardCharsets.ISO_8859_1);
    if (!Checksum.of(others).hex().equals(checksum)) {
      throw new BadFileException(file, "is damaged: its checksum is another");
    }
    int version = json.integer(VERSION_KEY, 0, 1, Integer.MAX_VALUE);
    if (version > VERSION) {
      throw new NewerException(file, version);
    }
    OptionalDouble validationLoss =
        json.has(VALIDATION)
            ? OptionalDouble.of(json.number(VALIDATION, 0))
            : OptionalDouble.empty();
    return new Manifest(
        json.integer(STEP, -1, 0, Integer.MAX_VALUE),
        new Checksum(bytes(json), crc(json, STATE_CRC)),
        crc(json, MODEL_CRC),
        validationLoss,
        TrainingSettings.read(
            json,
            setting -> !setting.isChangeable() && setting.key().filter(json::has).isPresent()));
  }

  private static long bytes(JsonObject json) throws BadFileException {
    if (json.value(STATE_BYTES) instanceof Number number && number.longValue() >= 0) {
      return number.longValue();
    }
    throw json.invalid(STATE_BYTES, "expected a number of bytes");
  }

  private static int crc(JsonObject json, String key) throws BadFileException {
    String digits = json.string(key, "");
    if (!digits.matches("[0-9a-f]{8}")) {
      throw json.invalid(key, "expected eight hexadecimal digits");
    }
    return HexFormat.fromHexDigits(digits);
  }

  /// {@return the first setting in which the run is another, in words}
  ///
  /// @param others the settings of a run
  Optional<String> difference(TrainingSettings others) {
    return Settings.all().stream()
        .filter(setting -> run.given(setting).isPresent())
        .filter(setting -> !run.get(setting).equals(others.get(setting)))
        .map(
            setting ->
                "is of another run: "
                    + setting
                    + " is "
                    + run.get(setting)
                    + ", here "
                    + others.get(setting))
        .findFirst();
  }
}
