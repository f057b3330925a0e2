package haze.diffusion.pipeline;

import haze.diffusion.figure.CaptionedGrid;
import haze.diffusion.io.BadFileException;
import haze.diffusion.io.Choices;
import haze.diffusion.io.JsonObject;
import haze.diffusion.io.JsonWriter;
import haze.nn.file.Disk;
import haze.nn.file.PrintableText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// The names of a model's classes, by label. A class without a name has its number as its name.
///
/// In a pipeline's directory they are `classes.json`, such as `{"0": "circle", "1": "square"}`.
/// diffusers has no place for them and does not read that file.
///
/// @param names the classes that have a name other than their number; as [PrintableText] has it, in
///   the order of the labels
public record ClassNames(SortedMap<Integer, String> names) {
  /// Classes without names.
  public static final ClassNames NONE = new ClassNames(new TreeMap<>());

  /// Room for as many classes as a data set may have, with names of any length.
  private static final int MOST_BYTES = 64 << 20;

  /// More names are too many for a message.
  private static final int LISTED = 12;

  private static final int LINE = 88;

  /// The characters of a line of a caption.
  private static final int CAPTION = 12;

  /// Copies the names, without those that say nothing: no text, or the class's number.
  ///
  /// @throws IllegalArgumentException if a label is negative
  public ClassNames {
    SortedMap<Integer, String> own = new TreeMap<>();
    names.forEach(
        (label, text) -> {
          if (label < 0) {
            throw new IllegalArgumentException("class names: class " + label);
          }
          String name = PrintableText.of(text);
          if (!name.isEmpty() && !name.equals(Integer.toString(label))) {
            own.put(label, name);
          }
        });
    names = Collections.unmodifiableSortedMap(own);
  }

  /// {@return names of the classes from 0 on}
  public static ClassNames of(List<String> names) {
    SortedMap<Integer, String> numbered = new TreeMap<>();
    for (int label = 0; label < names.size(); label++) {
      numbered.put(label, names.get(label));
    }
    return new ClassNames(numbered);
  }

  /// {@return whether no class has a name other than its number}
  public boolean isEmpty() {
    return names.isEmpty();
  }

  /// {@return the name of a class, or its number if it has none}
  public String name(int label) {
    return names.getOrDefault(label, Integer.toString(label));
  }

  /// {@return what is written beside samples of a class: its name, on several lines if it is long,
  /// or such as `class 7`}
  public String caption(int label) {
    return names.containsKey(label)
        ? CaptionedGrid.caption(name(label), CAPTION)
        : "class " + label;
  }

  /// {@return the class of a name or a number; a name goes before a number}
  ///
  /// @param classes how many classes the model has
  /// @throws RequestException if there is no such class, or several have the name
  public int label(String text, int classes) {
    String name = PrintableText.of(text);
    ClassChecks.requireClasses("class", classes);
    List<Integer> labels =
        names.keySet().stream().filter(label -> name(label).equals(name)).toList();
    if (labels.size() > 1) {
      throw new RequestException(
          "class",
          "is "
              + name
              + ", which several classes are named: expected the number, "
              + labels.stream().map(String::valueOf).collect(Collectors.joining(" or ")));
    }
    if (labels.size() == 1) {
      return labels.getFirst();
    }
    if (name.matches("\\d{1,9}") && Integer.parseInt(name) < classes) {
      return Integer.parseInt(name);
    }
    List<String> otherCase =
        names.values().stream().filter(known -> known.equalsIgnoreCase(name)).toList();
    if (!otherCase.isEmpty()) {
      throw new RequestException(
          "class",
          "is "
              + name
              + ", but the model's class is "
              + String.join(" or ", otherCase)
              + ": upper and lower case count");
    }
    throw new RequestException(
        "class",
        "is " + (name.isEmpty() ? "empty" : name) + ", expected " + expected(name, classes));
  }

  /// The classes that there are, and the one whose name is most like a text, if one is.
  private String expected(String text, int classes) {
    String numbers = classes == 1 ? "0" : "0 to " + (classes - 1);
    if (names.isEmpty()) {
      return numbers;
    }
    String listed =
        names.size() <= LISTED
            ? String.join(", ", names.values()) + ", or " + numbers
            : numbers + ", or a name that haze info lists";
    return Choices.similar(text, List.copyOf(names.values()))
        .map(similar -> listed + "; did you mean " + similar + "?")
        .orElse(listed);
  }

  /// {@return the names for people, such as `0 circle, 1 square`, several a line}
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (Map.Entry<Integer, String> entry : names.entrySet()) {
      String next = entry.getKey() + " " + entry.getValue();
      if (line.length() > 0) {
        line.append(',');
        if (line.length() + next.length() > LINE) {
          lines.add(line.toString());
          line.setLength(0);
        } else {
          line.append(' ');
        }
      }
      line.append(next);
    }
    if (line.length() > 0) {
      lines.add(line.toString());
    }
    return lines;
  }

  /// {@return the names of a file; none if there is no such file or the model has no classes}
  ///
  /// @param classes how many classes the model has
  /// @throws IOException if it is something else than names of these classes
  static ClassNames read(Path file, int classes) throws IOException {
    if (classes == 0 || !Files.exists(file)) {
      return NONE;
    }
    JsonObject json = JsonObject.read(file, MOST_BYTES);
    Map<Integer, String> names = new HashMap<>();
    for (String key : json.keys()) {
      if (!key.matches("0|[1-9]\\d{0,8}") || Integer.parseInt(key) >= classes) {
        throw new BadFileException(
            file,
            "names the class "
                + BadFileException.shown(key)
                + ", expected 0 to "
                + (classes - 1)
                + " as the network has");
      }
      names.put(Integer.valueOf(key), json.string(key, ""));
    }
    return new ClassNames(new TreeMap<>(names));
  }

  /// Writes the file, or removes it if there are no names.
  void write(Disk disk, Path file) throws IOException {
    if (!names.isEmpty()) {
      JsonWriter json = new JsonWriter();
      names.forEach((label, name) -> json.put(Integer.toString(label), name));
      json.write(disk, file);
    } else if (Files.exists(file)) {
      disk.delete(file);
    }
  }
}
