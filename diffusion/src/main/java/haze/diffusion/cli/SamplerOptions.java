package haze.diffusion.cli;

import haze.diffusion.pipeline.SamplerChoice;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.sampler.Sampler;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The way from noise to picture, as every command asks for it that walks one.
final class SamplerOptions {
  @Option(
      names = "--sampler",
      paramLabel = "NAME",
      converter = SamplerName.class,
      description = {
        "the way from noise to picture (default: what the model's scheduler says, ddpm after haze"
            + " train;",
        "ddim in haze interpolate and haze encode):",
        "ddpm: the learned Markov chain,",
        "ddim: fewer steps and no fresh noise, or less,",
        "dpmsolver++: fewest steps, second order,",
        "euler: straight steps, first order,",
        "heun: second order, two network calls a step,",
        "flow: straight steps, for a model trained by flow matching, which needs it"
      })
  private @Nullable SamplerKind sampler;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description =
          "steps from noise to picture (default: for ddpm all that the model was trained"
              + " on, or "
              + InpaintCommand.USUAL_STEPS
              + " in haze inpaint, for ddim, euler and flow "
              + "50, for heun 25, for dpmsolver++ 20)")
  private @Nullable Integer steps;

  @Option(
      names = "--eta",
      paramLabel = "X",
      description =
          "for ddim: how much fresh noise a step adds, from 0, none, to 1, as much as ddpm"
              + " (default: 0)")
  private @Nullable Double eta;

  @Option(
      names = "--spacing",
      paramLabel = "leading|linspace|trailing",
      description =
          "which timesteps are visited if not all are (default: what the"
              + " model's scheduler says)")
  private @Nullable TimestepSpacing spacing;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets it.
  SamplerOptions() {}

  /// The choice.
  ///
  /// @throws haze.diffusion.pipeline.RequestException if the number of steps makes no sense
  SamplerChoice choice() {
    return new SamplerChoice(
        Optional.ofNullable(sampler),
        steps == null ? OptionalInt.empty() : OptionalInt.of(steps),
        eta == null ? OptionalDouble.empty() : OptionalDouble.of(eta),
        Optional.ofNullable(spacing));
  }

  /// Checks what can be checked without the model.
  ///
  /// @throws ParameterException if the number of steps makes no sense
  void check() {
    choice();
  }

  /// The kind of sampler.
  ///
  /// @param scheduler the model's
  SamplerKind kind(SchedulerConfig scheduler) {
    return sampler == null ? scheduler.kind() : sampler;
  }

  /// The kind of sampler for what random noise on the way would spoil: `ddim`, or `flow`, unless
  /// another is asked for.
  ///
  /// @param scheduler the model's
  SamplerKind smoothKind(SchedulerConfig scheduler) {
    if (sampler == null && scheduler.kind() != SamplerKind.FLOW) {
      return SamplerKind.DDIM;
    }
    return kind(scheduler);
  }

  /// Refuses what cannot be walked the other way, from picture to noise.
  ///
  /// @param kind the sampler
  /// @throws ParameterException if its steps have no inverse
  void requireInvertible(SamplerKind kind) {
    switch (kind) {
      case DDIM, EULER, FLOW -> {
        if (eta != null && eta != 0) {
          throw wrongUsage("--eta is " + eta + ", but an encoding needs steps without fresh noise");
        }
      }
      case DDPM, HEUN, DPM_SOLVER ->
          throw wrongUsage(
              "--sampler is "
                  + kind.cliName()
                  + ", but only the steps of ddim, euler and flow lead back to an encoding");
    }
  }

  /// The sampler.
  ///
  /// @param scheduler the model's
  /// @throws ParameterException if the options do not go together, or not with the model
  Sampler sampler(SchedulerConfig scheduler) {
    return sampler(scheduler, kind(scheduler), scheduler.numTrainTimesteps());
  }

  /// A sampler of a kind that the command insists on.
  ///
  /// @param scheduler the model's
  /// @param kind the kind
  /// @param patience the most steps to take if no number is asked for
  /// @throws ParameterException if the options do not go together, or not with the model
  Sampler sampler(SchedulerConfig scheduler, SamplerKind kind, int patience) {
    SamplerChoice choice = choice().kind(kind);
    return (steps == null ? choice.steps(Math.min(patience, choice.steps(scheduler))) : choice)
        .sampler(scheduler);
  }

  private ParameterException wrongUsage(String problem) {
    return new ParameterException(spec.commandLine(), problem);
  }
}
