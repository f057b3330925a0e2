package haze.diffusion.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

class CompletionCommandTest extends CommandHarness {
  private static final Path BASH = Path.of("/bin/bash");

  private String script() {
    assertEquals(0, haze("generate-completion"), err.toString());
    return out.toString();
  }

  @Test
  void theScriptNamesEveryCommandAndOption() {
    assertNamed(script(), "_picocli_haze", new Main().command(new PrintWriter(err)));
  }

  private static void assertNamed(String script, String function, CommandLine command) {
    int from = script.indexOf("function " + function + "() {");
    assertTrue(from >= 0, function);
    String body = script.substring(from, script.indexOf("\n}\n", from));
    for (OptionSpec option : command.getCommandSpec().options()) {
      assertTrue(body.contains("'" + option.longestName() + "'"), function + option.longestName());
    }
    command
        .getSubcommands()
        .forEach(
            (name, subcommand) -> {
              if (!subcommand.getCommandSpec().usageMessage().hidden()) {
                assertTrue(body.contains(name), function + " " + name);
                assertNamed(script, function + "_" + name.replace("-", ""), subcommand);
              }
            });
  }

  /// bash itself completes the last word.
  @ParameterizedTest
  @CsvSource({
    "haze tr, train",
    "haze train --check, --checkpoint-every",
    "haze train --loss '', simple min-snr bound hybrid flow",
    "haze train --prediction '', epsilon x0 v",
    "haze train --timestep-sampling s, stratified",
    "haze sample m --spacing t, trailing",
    "haze show re, reverse",
    "haze train --data FILES/m, FILES/mine.npy",
    "haze inpaint m --image FILES/m, FILES/mine.npy",
    "haze info FILES/m, FILES/mine.npy",
  })
  void bashCompletes(String line, String expected) throws Exception {
    assumeTrue(Files.exists(BASH));
    Path script = Files.writeString(file("completion"), script());
    Path files = Files.createDirectory(file("files"));
    Files.createFile(files.resolve("mine.npy"));
    String words = line.replace("FILES", files.toString());
    Process bash =
        new ProcessBuilder(
                BASH.toString(),
                "-c",
                "source "
                    + script
                    + "; COMP_WORDS=("
                    + words
                    + "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _complete_haze 2> /dev/null;"
                    + " echo \"${COMPREPLY[*]}\"")
            .start();
    String completed = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(
        List.of(expected.replace("FILES", files.toString()).split(" ")),
        List.of(completed.strip().split("\\s+")));
  }
}
