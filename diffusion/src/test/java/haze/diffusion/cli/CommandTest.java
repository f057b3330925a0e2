package haze.diffusion.cli;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/// What all commands have in common: usage, help and failures.
class CommandTest extends SampleHarness {
  /// Whatever picocli calls the types: one style, and a slip of the pen is understood.
  @Test
  void everyOptionNamesItselfItsValueAndWhatIsExpected() {
    int seen = assertOptionsRefuse(new Main().command(new PrintWriter(err)));
    assertTrue(seen > 80, "" + seen);
  }

  private int assertOptionsRefuse(CommandLine command) {
    int seen = 0;
    for (CommandLine subcommand : command.getSubcommands().values()) {
      seen += assertOptionsRefuse(subcommand);
    }
    String name = command.getCommandSpec().qualifiedName();
    for (CommandLine.Model.OptionSpec option : command.getCommandSpec().options()) {
      Class<?> type = option.auxiliaryTypes()[0];
      if (type != String.class && type != Path.class && !name.endsWith("generate-completion")) {
        seen++;
        List<String> args = new ArrayList<>(List.of(name.split(" ")));
        args.removeFirst();
        args.add(option.longestName() + "=!");
        assertEquals(2, haze(args.toArray(String[]::new)), err.toString());
        String start = "haze: " + option.longestName() + " is !, expected ";
        assertTrue(err.toString().startsWith(start), err.toString());
      }
    }
    return seen;
  }

  @ParameterizedTest
  @CsvSource({
    "train --loss simpel, simple",
    "train --schedule cosin, cosine",
    "train --prediction epsilom, epsilon",
    "train --preset mnits, mnist",
    "sample m --sampler ddmi, ddim",
    "sample m --spacing trailin, trailing"
  })
  void theNearestChoiceIsNamed(String line, String meant) {
    assertEquals(2, haze(line.split(" ")));
    assertTrue(err.toString().contains(", did you mean " + meant + "?; see "), err.toString());
  }

  @Test
  void aNegativeNumberMayFollowItsOption() throws IOException {
    assertFails(
        2,
        "haze: --steps is -3, expected at least 1; see haze sample --help",
        "sample",
        model().toString(),
        "--steps",
        "-3");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"train", "sample", "interpolate", "inpaint", "denoise", "encode", "evaluate"})
  void examplesOfTheHelpAreRightUsage(String command) {
    assertEquals(0, haze(command, "--help"));
    List<String> examples =
        out.toString().lines().filter(line -> line.startsWith("  haze ")).toList();
    assertFalse(examples.isEmpty());
    for (String example : examples) {
      assertTrue(example.startsWith("  haze " + command), example);
      String[] words = example.strip().replaceFirst("haze ", "").split(" +");
      CommandLine line = new Main().command(new PrintWriter(err));
      assertDoesNotThrow(() -> line.parseArgs(words), example);
    }
  }

  @Test
  void helpIsACommandToo() {
    assertEquals(0, haze("sample", "--help"));
    String help = out.toString();
    assertEquals(0, haze("help", "sample"));
    assertEquals(help, out.toString());
    assertTrue(help.startsWith("Usage: haze sample"), help);
  }

  @Test
  void aShellCompletesTheCommands() {
    assertEquals(0, haze("generate-completion"));
    assertTrue(out.toString().startsWith("#!/usr/bin/env bash"), out.toString());
    assertTrue(out.toString().contains("--sampler"), out.toString());
  }

  @Test
  void aCommandIsNeeded() {
    assertFails(
        2,
        "haze: which command? train, sample, interpolate, inpaint, denoise, encode, evaluate,"
            + " average, distill, data, show, study, watch, report, info, help; see haze --help");
    assertFails(
        2, "haze: there is no command 'trian', did you mean train?; see haze --help", "trian");
    assertFails(
        2, "haze: there is no command 'paint', did you mean inpaint?; see haze --help", "paint");
    assertFails(
        2, "haze: Missing required parameter: 'DIRECTORY|FILE'; see haze info --help", "info");
  }

  @Test
  void aFailureIsOneLineAndExitCodeOne() throws IOException {
    Path model = model();
    assertFails(1, "haze: nothing: no such directory", "sample", file("nothing").toString());
    assertFails(1, "haze: nothing: no such file", "info", file("nothing").toString());
    Files.writeString(file("no"), "a file");
    assertFails(
        1,
        "haze: no/a.png: no is no directory",
        "sample",
        model.toString(),
        "--out",
        file("no/a.png").toString());
    Files.createDirectory(file("d.png"));
    assertFails(
        1,
        "haze: d.png: is a directory",
        "sample",
        model.toString(),
        "--out",
        file("d.png").toString());
    Files.writeString(model.resolve("unet/config.json"), "{");
    assertEquals(1, haze("sample", model.toString()));
    assertTrue(
        err.toString().matches("haze: [^\n]*config.json: line 1, column 2: [^\n]*\n"),
        err.toString());
  }

  @Test
  void theStackTraceIsShownWhereItIsAskedFor() {
    for (String[] args :
        new String[][] {{"--verbose", "info", "/nothing"}, {"info", "/nothing", "--verbose"}}) {
      assertEquals(1, haze(args));
      assertTrue(err.toString().contains("\tat haze."), err.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--help",
        "sample --help",
        "info -h",
        "train --help",
        "--version",
        "sample --version"
      })
  void helpAndVersionGoToStandardOutput(String args) {
    assertEquals(0, haze(args.split(" ")));
    assertEquals("", err.toString());
    assertTrue(out.toString().length() > 20);
  }
}
