package haze.diffusion.cli;

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
    PrintWriter out = spec.commandLine().getOut();
    if (!Files.isDirectory(path)) {
      WeightsDescription.lines(path).forEach(out::println);
      return 0;
    }
    Pipeline.describe(path).lines().forEach(out::println);
    Pipeline.unknownKeys(path)
        .forEach(key -> out.println("ignored     key of the network: " + key));
    RunDescription.lines(new RunDirectory(path)).forEach(out::println);
    return 0;
  }
}
