package haze.diffusion.training;

import haze.diffusion.io.AtomicFile;
import haze.diffusion.io.BadFileException;
import haze.diffusion.io.Quantities;
import haze.nn.file.Disk;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/// The validations of a run so far, and its `validation.csv`, a line for each, which is replaced as
/// a whole: there are few of them.
final class ValidationLog {
  private static final String HEADER = "step,loss,bound,prior,transitions,decoder";
  private static final int COLUMNS = HEADER.split(",").length;

  /// Some hundred thousand validations.
  private static final long MAX_BYTES = 1L << 24;

  private final Path file;
  private final List<Validation> all;
  private boolean isWritten;

  /// @param isWritten whether the file has these and no others
  private ValidationLog(Path file, List<Validation> all, boolean isWritten) {
    this.file = file;
    this.all = new ArrayList<>(all);
    this.isWritten = isWritten;
  }

  /// {@return no validation}
  ///
  /// @param file where those to come are written
  static ValidationLog none(Path file) {
    return new ValidationLog(file, List.of(), true);
  }

  /// {@return the validations of a run up to a step; none if there is no file}
  ///
  /// @throws IOException if the file can't be read or is damaged; in one line, naming the place
  static ValidationLog upTo(int step, Path file) throws IOException {
    List<Validation> all = read(file);
    List<Validation> kept = all.stream().filter(one -> one.step() <= step).toList();
    return new ValidationLog(file, kept, kept.size() == all.size());
  }

  /// {@return all validations of a file, their steps rising; none if there is no file}
  ///
  /// @throws IOException as for [#upTo]
  static List<Validation> read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return List.of();
    }
    if (!Files.isRegularFile(file) || Files.size(file) > MAX_BYTES) {
      throw new BadFileException(file, "expected a file of at most " + MAX_BYTES + " bytes");
    }
    List<String> lines;
    try {
      lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (CharacterCodingException e) {
      throw new BadFileException(file, "is not a text in UTF-8");
    }
    if (lines.isEmpty() || !lines.getFirst().equals(HEADER)) {
      throw new BadFileException(file, "line 1: expected " + HEADER);
    }
    List<Validation> validations = new ArrayList<>();
    for (int i = 1; i < lines.size(); i++) {
      Validation next = parse(file, i + 1, lines.get(i));
      if (!validations.isEmpty() && next.step() <= validations.getLast().step()) {
        throw new BadFileException(file, "line " + (i + 1) + ": the step does not rise");
      }
      validations.add(next);
    }
    return validations;
  }

  private static Validation parse(Path file, int line, String text) throws BadFileException {
    String[] fields = text.split(",", -1);
    try {
      if (fields.length == COLUMNS) {
        boolean hasBound = !fields[2].isEmpty();
        return new Validation(
            Integer.parseInt(fields[0]),
            Double.parseDouble(fields[1]),
            hasBound
                ? Optional.of(
                    new Validation.Bound(
                        finite(fields[2]), finite(fields[3]), finite(fields[4]), finite(fields[5])))
                : Optional.empty());
      }
    } catch (NumberFormatException e) {
      // Complained about below.
    }
    throw new BadFileException(
        file,
        "line " + line + ": '" + BadFileException.shown(text) + "', expected numbers: " + HEADER);
  }

  private static double finite(String field) {
    double number = Double.parseDouble(field);
    if (!Double.isFinite(number)) {
      throw new NumberFormatException(field);
    }
    return number;
  }

  /// Adds a validation, and writes the file.
  ///
  /// @throws IOException if it can't be written; [#write] tries again
  void add(Validation validation, Disk disk) throws IOException {
    all.add(validation);
    isWritten = false;
    write(disk);
  }

  /// Writes the file, unless it has these validations and no others.
  ///
  /// @return whether there was something to write
  /// @throws IOException if it can't be written
  boolean write(Disk disk) throws IOException {
    if (isWritten) {
      return false;
    }
    StringBuilder text = new StringBuilder(HEADER).append('\n');
    all.forEach(one -> text.append(line(one)).append('\n'));
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(disk, file, out -> out.write(bytes));
    isWritten = true;
    return true;
  }

  /// Doubles as they are, so that a resumed run compares with the same numbers.
  private static String line(Validation validation) {
    return String.format(
        Locale.ROOT,
        "%d,%s,%s",
        validation.step(),
        validation.loss(),
        validation
            .bound()
            .map(
                parts ->
                    parts.total()
                        + ","
                        + parts.prior()
                        + ","
                        + parts.transitions()
                        + ","
                        + parts.decoder())
            .orElse(",,,"));
  }

  /// {@return the loss at a step, if it was measured and is finite}
  OptionalDouble loss(int step) {
    return all.stream()
        .filter(one -> one.step() == step && Double.isFinite(one.loss()))
        .mapToDouble(Validation::loss)
        .findFirst();
  }

  /// {@return whether one has a lower loss than all so far}
  boolean isBetter(Validation other) {
    return Double.isFinite(other.loss())
        && best().map(best -> other.loss() < best.loss()).orElse(true);
  }

  /// {@return whether a run has measured a step, if it measures any}
  boolean isWhole(int step, TrainingSettings settings) {
    return settings.get(Settings.VALIDATE_EVERY) == 0 || has(step);
  }

  /// {@return whether there is one of a step}
  boolean has(int step) {
    return all.stream().anyMatch(validation -> validation.step() == step);
  }

  /// {@return the one with the least loss, of several the first}
  Optional<Validation> best() {
    return all.stream()
        .filter(one -> Double.isFinite(one.loss()))
        .min(Comparator.comparingDouble(Validation::loss));
  }

  /// {@return whether the loss has not fallen for as long as a run's patience}
  boolean isExhausted(TrainingSettings settings) {
    int patience = settings.get(Settings.PATIENCE);
    return patience > 0 && sinceBest() >= patience;
  }

  /// {@return why a run has no further step although it has not had all}
  ///
  /// @param step the last one
  Optional<String> stoppedEarly(int step, TrainingSettings settings) {
    int steps = settings.get(Settings.STEPS);
    return isExhausted(settings) && step < steps
        ? Optional.of(
            "stopped early at step "
                + step
                + " of "
                + steps
                + ": no better validation loss for "
                + Quantities.counted(sinceBest(), "validation")
                + best().map(best -> "; best at step " + best.step()).orElse(""))
        : Optional.empty();
  }

  /// {@return how many there are}
  int count() {
    return all.size();
  }

  /// {@return the one of the greatest step, if there is one}
  Optional<Validation> last() {
    return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
  }

  /// {@return how many there are after the best one, or in all if none has a finite loss}
  int sinceBest() {
    int best = best().map(Validation::step).orElse(0);
    return (int) all.stream().filter(one -> one.step() > best).count();
  }
}
