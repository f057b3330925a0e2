package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SettingsTest {
  /// A row that is not in the list would have no option, no key and no check.
  @Test
  void everyRowIsInTheListInItsOrder() throws IllegalAccessException {
    List<Setting<?>> rows = new ArrayList<>();
    for (Field field : Settings.class.getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers()) && field.getType() == Setting.class) {
        rows.add((Setting<?>) field.get(null));
      }
    }
    assertEquals(rows, Settings.all());
  }

  @Test
  void namesAndOptionsAreDistinctAndGroupsStandTogether() {
    Set<String> names = new HashSet<>();
    Set<String> options = new HashSet<>();
    int group = 0;
    for (Setting<?> setting : Settings.all()) {
      assertTrue(names.add(setting.toString()), setting.toString());
      setting.option().ifPresent(option -> assertTrue(options.add(option), option));
      assertTrue(setting.group().ordinal() >= group, setting + " after " + setting.group());
      group = setting.group().ordinal();
    }
  }

  @Test
  void everyStoredValueIsInItsOwnRange() {
    for (Setting<?> setting : Settings.all()) {
      if (setting.key().isPresent()) {
        checkMissing(setting);
      }
    }
  }

  private static <T> void checkMissing(Setting<T> setting) {
    setting.check(setting.missing());
  }

  /// Where it is not, the failure prints what it should be.
  @Test
  void theTableInTheReadmeIsThatOfTheRows() throws IOException {
    StringBuilder table =
        new StringBuilder(
            "| option | key in `config.json` | default | what it is |\n|---|---|---|---|\n");
    for (Setting.Group group : Setting.Group.values()) {
      table.append("| **").append(group.title()).append("** | | | |\n");
      Settings.all().stream()
          .filter(setting -> setting.group() == group)
          .forEach(setting -> table.append(line(setting)));
    }
    String readme = Files.readString(Path.of("README.md"));
    assertTrue(readme.contains(table), () -> "README.md has another table than:\n" + table);
  }

  private static String line(Setting<?> setting) {
    List<String> help = setting.help();
    String first = help.getFirst().replaceFirst(" \\(default: .*\\):?$", "");
    String values = String.join("<br>", help.subList(1, help.size()));
    return "| "
        + setting
            .option()
            .map(option -> "`" + (option + " " + setting.label()).strip() + "`")
            .orElse("")
            .replace("|", "\\|")
        + " | "
        + setting.key().map(key -> "`" + key + "`").orElse("")
        + " | "
        + setting.defaultText().orElse("")
        + " | "
        + first
        + (values.isEmpty() ? "" : ":<br>" + values)
        + (setting.isChangeable() ? "; `--resume` may change it" : "")
        + " |\n";
  }
}
