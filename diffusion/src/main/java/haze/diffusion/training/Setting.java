package haze.diffusion.training;

import haze.diffusion.io.BadFileException;
import haze.diffusion.io.JsonObject;
import haze.diffusion.pipeline.RequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// An option of training. The rows are in [Settings], and all that depends on an option comes from
/// its row: the option of `haze train` with its help, the check of a value, the key in the run's
/// `config.json`, whether a resumed run may change it, and the table in README.md.
///
/// @param <T> the type of its values
public final class Setting<T> {
  private final Group group;
  private final String name;
  private final SettingType<T> type;
  private final Optional<T> stored;
  private final Optional<String> defaultText;
  private final boolean changeable;
  private final boolean sameWeights;
  private final boolean negatable;
  private final Predicate<T> contains;
  private final String range;
  private final Supplier<List<String>> list;
  private final String option;
  private final String label;
  private final String help;

  /// What an option is about, in the order of the help.
  public enum Group {
    /// What the network learns from.
    DATA("Data"),
    /// The network.
    NETWORK("Network"),
    /// What the network is trained for.
    OBJECTIVE("Objective"),
    /// How it is trained.
    OPTIMISATION("Optimisation"),
    /// What else there is to a run.
    RUN("Run");

    private final String title;

    Group(String title) {
      this.title = title;
    }

    /// {@return the heading in the help}
    public String title() {
      return title;
    }
  }

  private Setting(Builder<T> row, String synopsis, String help) {
    group = row.group;
    name = row.name;
    type = row.type;
    stored = row.stored;
    defaultText = row.defaultText;
    changeable = row.changeable;
    sameWeights = row.sameWeights;
    negatable = row.negatable;
    contains = row.contains;
    range = row.range;
    list = row.list;
    int space = (synopsis + " ").indexOf(' ');
    option = synopsis.substring(0, space);
    label = synopsis.substring(space).strip();
    this.help = help;
  }

  /// Makes a row.
  static final class Builder<T> {
    private final Group group;
    private final String name;
    private final SettingType<T> type;
    private Optional<T> stored = Optional.empty();
    private Optional<String> defaultText = Optional.empty();
    private boolean changeable;
    private boolean sameWeights;
    private boolean negatable;
    private Predicate<T> contains = _ -> true;
    private String range = "";
    private Supplier<List<String>> list = List::of;

    /// @param name the key in `config.json`, if the value is kept there
    Builder(Group group, String name, SettingType<T> type) {
      this.group = group;
      this.name = name;
      this.type = type;
    }

    /// The value is kept in `config.json`.
    ///
    /// @param missing the value if none is given, and what a file means that has no such key
    Builder<T> stored(T missing) {
      stored = Optional.of(missing);
      return this;
    }

    /// What the help names as the default, if it is not the value of [#stored].
    Builder<T> byDefault(String text) {
      defaultText = Optional.of(text);
      return this;
    }

    /// The values that make sense.
    ///
    /// @param words such as `at least 1`
    Builder<T> range(String words, Predicate<T> values) {
      range = words;
      contains = values;
      return this;
    }

    /// A resumed run may have another value.
    Builder<T> changeable() {
      changeable = true;
      return this;
    }

    /// A resumed run may have another value, and has the same weights with any.
    Builder<T> sameWeights() {
      sameWeights = true;
      return changeable();
    }

    /// A flag that may be set by default: with `no-` before its name the option takes it back.
    Builder<T> negatable() {
      negatable = true;
      return this;
    }

    /// What the values are, a line each below the help.
    Builder<T> list(Supplier<List<String>> lines) {
      list = lines;
      return this;
    }

    /// Ends the row.
    ///
    /// @param synopsis the option, and what to call its value, such as `--batch N`
    Setting<T> option(String synopsis, String help) {
      return new Setting<>(this, synopsis, help);
    }

    /// Ends a row without an option: presets and programs set it.
    Setting<T> noOption(String help) {
      return new Setting<>(this, "", help);
    }
  }

  /// {@return what it is about}
  public Group group() {
    return group;
  }

  /// {@return its key in the run's `config.json`; nothing if the value goes into another file of
  /// the run or into another setting}
  public Optional<String> key() {
    return stored.map(_ -> name);
  }

  /// {@return the option of `haze train`, such as `--batch`; nothing if there is none}
  public Optional<String> option() {
    return option.isEmpty() ? Optional.empty() : Optional.of(option);
  }

  /// {@return what the help calls the option's value, such as `N`; empty for a flag}
  public String label() {
    return label;
  }

  /// {@return whether the option, a flag, is taken back by `no-` before its name}
  public boolean isNegatable() {
    return negatable;
  }

  /// {@return the class of the values}
  public Class<T> type() {
    return type.java();
  }

  /// {@return whether a resumed run may have another value}
  public boolean isChangeable() {
    return changeable;
  }

  /// {@return whether a run has the same weights with any value}
  boolean hasSameWeights() {
    return sameWeights;
  }

  /// {@return the help with the default; the values follow, a line each, if they have names}
  public List<String> help() {
    List<String> lines = new ArrayList<>(list.get());
    String text = help + defaultText().map(shown -> " (default: " + shown + ")").orElse("");
    lines.addFirst(lines.isEmpty() ? text : text + ":");
    return lines;
  }

  /// {@return the default in words; nothing for flags and empty texts}
  public Optional<String> defaultText() {
    if (defaultText.isPresent()) {
      return defaultText;
    }
    if (Preset.all().stream().anyMatch(preset -> preset.settings().given(this).isPresent())) {
      return Optional.of("the preset's");
    }
    return stored
        .filter(value -> !(value instanceof Boolean))
        .map(value -> value.toString().replaceFirst("\\.0$", ""))
        .filter(text -> !text.isEmpty());
  }

  /// {@return the value if none is given}
  T missing() {
    return stored.orElseThrow(() -> new IllegalStateException(name + " has no value of its own"));
  }

  /// {@return the value}
  ///
  /// @throws RequestException if it makes no sense
  T check(T value) {
    if (!contains.test(value)) {
      throw invalid("is " + value + ", expected " + range);
    }
    return value;
  }

  /// {@return the refusal of a value}
  ///
  /// @param problem such as `is 0, expected at least 1`
  RequestException invalid(String problem) {
    return new RequestException(option.isEmpty() ? name : option.replaceFirst("^--", ""), problem);
  }

  /// {@return the value in a run's configuration}
  ///
  /// @throws BadFileException if it has another type or makes no sense
  T read(JsonObject json) throws BadFileException {
    T value = type.reader().read(json, name, missing());
    if (!contains.test(value)) {
      throw json.invalid(name, "expected " + range);
    }
    return value;
  }

  /// {@return a value as the run's configuration has it}
  Object written(T value) {
    return type.written().apply(value);
  }

  /// {@return the name, such as `batch`}
  @Override
  public String toString() {
    return name;
  }
}
