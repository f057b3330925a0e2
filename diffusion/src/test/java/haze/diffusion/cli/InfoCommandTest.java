package haze.diffusion.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import haze.diffusion.evaluation.frechet.BarsFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What `haze info` says of runs: whether they are complete, and what their validations are.
class InfoCommandTest extends CommandHarness {
  private Path train(String name, String... more) throws IOException {
    String data = BarsFixture.images(file("bars.idx"), 20).toString();
    Path run = file("runs").resolve(name);
    String[] given = {
      "train", "--preset", "tiny", "--data", data, "--steps", "4", "--batch", "2", "--out"
    };
    String[] args = Arrays.copyOf(given, given.length + 1 + more.length);
    args[given.length] = run.toString();
    System.arraycopy(more, 0, args, given.length + 1, more.length);
    assertEquals(0, haze(args), err.toString());
    return run;
  }

  /// The lines of `haze info`, in which files are named without the directory.
  private List<String> info(Path path) {
    assertEquals(0, haze("info", path.toString()), err.toString());
    return out.toString().replace(directory + "/", "").lines().toList();
  }

  private Map<String, Object> json(Path path) throws IOException {
    assertEquals(0, haze("info", path.toString(), "--json"), err.toString());
    return JSON.std.mapFrom(out.toString());
  }

  private static Map<?, ?> run(Map<String, Object> model) {
    return (Map<?, ?>) model.get("run");
  }

  private static void replace(Path file, String from, String to) throws IOException {
    String text = Files.readString(file);
    assertTrue(text.contains(from), text);
    Files.writeString(file, text.replace(from, to));
  }

  @Test
  void samplesThatAreMissingAreNamed() throws IOException {
    Path run = train("a", "--sample-every", "0");
    assertFalse(info(run).stream().anyMatch(line -> line.startsWith("missing")));
    assertEquals(false, run(json(run)).get("missing_samples"));
    Files.delete(run.resolve("samples/step-000004.png"));
    assertTrue(
        info(run)
            .contains(
                "missing     the samples of the last step: haze train --resume --out runs/a makes"
                    + " them"),
        out.toString());
    assertEquals(true, run(json(run)).get("missing_samples"));
    assertEquals(true, run(json(run)).get("finished"));
    Path none = train("b", "--no-samples");
    assertFalse(info(none).stream().anyMatch(line -> line.startsWith("missing")));
  }

  @Test
  void validationsAreSummedUpAndAnEarlyStopIsExplained() throws IOException {
    Path run = train("a", "--no-samples", "--held-out", "4", "--validate-every", "2");
    List<String> lines = info(run);
    String number = "\\d+\\.\\d+.*";
    assertTrue(
        lines.stream()
            .anyMatch(
                line ->
                    line.matches(
                        "validated   2 times on held-out images, last at step 4: loss " + number)),
        lines.toString());
    assertTrue(
        lines.stream()
            .anyMatch(
                line ->
                    line.matches(
                        "best        at step \\d: loss "
                            + number
                            + "; its model is in runs/a/best")),
        lines.toString());
    assertFalse(lines.stream().anyMatch(line -> line.startsWith("ended")), lines.toString());
    assertEquals(2, run(json(run)).get("validations"));

    Files.writeString(
        run.resolve("validation.csv"),
        "step,loss,bound,prior,transitions,decoder\n2,0.1,,,,\n4,0.25,,,,\n6,0.01,,,,\n");
    replace(run.resolve("training/config.json"), "\"patience\": 0", "\"patience\": 1");
    replace(run.resolve("training/config.json"), "\"steps\": 4", "\"steps\": 400");
    assertTrue(
        info(run)
            .containsAll(
                List.of(
                    "training    step 4 of 400, batch 2, seed 1",
                    "ended       stopped early at step 4 of 400: no better validation loss for 1"
                        + " validation; best at step 2 (--patience 1)",
                    "validated   2 times on held-out images, last at step 4: loss 0.25000",
                    "best        at step 2: loss 0.10000; its model is in runs/a/best")),
        out.toString());
    Map<?, ?> state = run(json(run));
    assertEquals(true, state.get("finished"));
    assertTrue(
        String.valueOf(state.get("stopped_early")).startsWith("stopped early at step 4 of 400"));
    assertEquals(400, state.get("steps"));
    assertEquals(0.1, ((Map<?, ?>) state.get("best")).get("loss"));
  }

  @Test
  void theBestModelOfARunSaysWhatItLearnedFrom() throws IOException {
    Path run = train("a", "--no-samples", "--held-out", "4", "--validate-every", "4");
    assertTrue(info(run.resolve("best")).contains("data        bars.idx"), out.toString());
    assertEquals(null, json(run.resolve("best")).get("run"));
  }

  @Test
  void aDirectoryOfRunsListsThem() throws IOException {
    train("a", "--no-samples");
    Path other = train("other", "--sample-every", "0");
    Files.delete(other.resolve("samples/step-000004.png"));
    Path broken = train("x", "--no-samples");
    Files.writeString(broken.resolve("training/config.json"), "{\"steps\": \"many\"}");
    Files.createDirectory(file("runs/empty"));
    List<String> lines = info(file("runs"));
    assertEquals(3, lines.size());
    assertTrue(lines.get(0).matches("a      step 4 of 4, mean loss \\d\\.\\d{4}"), lines.get(0));
    assertTrue(
        lines.get(1).matches("other  step 4 of 4, without its last samples, mean loss .*"),
        lines.get(1));
    assertTrue(
        lines.get(2).startsWith("x      runs/x/training/config.json: steps is \"many\""),
        lines.get(2));
  }

  @Test
  void aDirectoryOfModelsIsNoModelAndTheyAreNamed() throws IOException {
    train("a", "--no-samples");
    train("b", "--no-samples");
    assertFails(
        1,
        "haze: runs: not a pipeline directory, it has no model_index.json; models in it: a, b",
        "sample",
        file("runs").toString());
  }
}
