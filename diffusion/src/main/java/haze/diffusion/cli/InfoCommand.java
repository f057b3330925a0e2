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
import java.util.concurrent.Callable;
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
          "a run of haze train, a diffusers pipeline, or a file of weights: safetensors, .bin of"
              + " PyTorch, or the index of several")
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
    Pipeline.Summary model = Pipeline.describe(path);
    RunDirectory run = new RunDirectory(path);
    if (console.isJson()) {
      console.event(
          "model",
          new JsonLine()
              .put("directory", path.toString())
              .putAll(model.json())
              .put("run", RunDescription.json(run)));
    } else {
      model.lines().forEach(out::println);
      Pipeline.unknownKeys(path)
          .forEach(key -> out.println("ignored     key of the network: " + key));
      RunDescription.lines(run).forEach(out::println);
    }
    return 0;
  }
}
