package haze.diffusion.cli;

import haze.diffusion.io.JsonLine;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.WeightsDescription;
import haze.diffusion.training.RunDescription;
import haze.diffusion.training.RunDirectory;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `haze info`: what a model, a run or a file of weights is.
@Command(name = "info", description = "Describes a model, a run or a file of weights.")
final class InfoCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "DIRECTORY|FILE",
      description =
          "a run of haze train, a directory of several, a diffusers pipeline, or a file of weights:"
              + " safetensors, .bin of PyTorch, or the index of several")
  private Path path = Path.of("");

  @Spec private CommandSpec spec = CommandSpec.create();

  InfoCommand() {}

  @Override
  public Integer call() throws IOException {
    ConsoleOptions console = ConsoleOptions.of(spec);
    PrintWriter out = console.text();
    if (!Files.isDirectory(path)) {
      if (console.isJson()) {
        console.event("weights", new JsonLine().putAll(WeightsDescription.json(path)));
      } else {
        WeightsDescription.lines(path).forEach(out::println);
      }
      return 0;
    }
    List<RunDirectory> runs = Pipeline.isIn(path) ? List.of() : RunDescription.runs(path);
    if (!runs.isEmpty()) {
      RunDescription.lines(runs).forEach(out::println);
      runs.forEach(run -> event(console, run));
      return 0;
    }
    Pipeline.Summary model = Pipeline.describe(path);
    if (console.isJson()) {
      console.event(
          "model",
          new JsonLine()
              .put("directory", path.toString())
              .putAll(model.json())
              .put("run", RunDescription.json(new RunDirectory(path))));
    } else {
      model.lines().forEach(out::println);
      Pipeline.unknownKeys(path)
          .forEach(key -> out.println("ignored     key of the network: " + key));
      RunDescription.lines(path).forEach(out::println);
    }
    return 0;
  }

  private static void event(ConsoleOptions console, RunDirectory run) {
    if (!console.isJson()) {
      return;
    }
    try {
      Map<String, @Nullable Object> state = RunDescription.json(run);
      if (state != null) {
        console.event("run", new JsonLine().put("directory", run.path().toString()).putAll(state));
      }
    } catch (IOException e) {
      console.warn(String.valueOf(e.getMessage()));
    }
  }
}
