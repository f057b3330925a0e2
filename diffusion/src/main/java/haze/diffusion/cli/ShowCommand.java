package haze.diffusion.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `haze show`: draws what the mathematics says and what a model does.
@Command(
    name = "show",
    description = "Draws what the mathematics says and what a model does.",
    subcommands = {
      ShowTiny.class,
      ShowSchedule.class,
      ShowForward.class,
      ShowReverse.class,
      ShowChain.class,
      ShowTraining.class,
      ShowBound.class
    })
final class ShowCommand implements Runnable {
  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets it.
  ShowCommand() {}

  /// Without a subcommand there is nothing to do.
  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "show what? " + String.join(", ", spec.subcommands().keySet()));
  }
}
