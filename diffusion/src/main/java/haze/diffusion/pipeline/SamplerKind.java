package haze.diffusion.pipeline;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// The samplers, under their names on the command line and the classes of diffusers' schedulers.
public enum SamplerKind {
  /// The learned Markov chain, [haze.diffusion.sampler.AncestralSampler].
  DDPM("ddpm", "DDPMScheduler"),
  /// Fewer steps with less fresh noise, or none, [haze.diffusion.sampler.DdimSampler].
  DDIM("ddim", "DDIMScheduler"),
  /// Second or third order, for few steps, [haze.diffusion.sampler.DpmSolverSampler].
  DPM_SOLVER("dpmsolver++", "DPMSolverMultistepScheduler"),
  /// First order, [haze.diffusion.sampler.EulerSampler].
  EULER("euler", "EulerDiscreteScheduler"),
  /// Second order, two network evaluations a step, [haze.diffusion.sampler.HeunSampler].
  HEUN("heun", "HeunDiscreteScheduler"),
  /// First order, for a model trained by flow matching, [haze.diffusion.sampler.EulerSampler].
  FLOW("flow", "FlowMatchEulerDiscreteScheduler");

  /// What usually gives good samples: DDIM's paper; EDM's 35 to 79 network evaluations;
  /// DPM-Solver++'s 15 to 20.
  private static final int FIRST_ORDER_STEPS = 50;

  private static final int HEUN_STEPS = 25;
  private static final int DPM_SOLVER_STEPS = 20;

  private final String cliName;
  private final String className;

  SamplerKind(String cliName, String className) {
    this.cliName = cliName;
    this.className = className;
  }

  /// {@return the name on the command line, such as `dpmsolver++`}
  public String cliName() {
    return cliName;
  }

  /// {@return the name of diffusers' class, such as `DDPMScheduler`}
  public String className() {
    return className;
  }

  /// {@return the number of steps if none is asked for}
  ///
  /// @param trained T, the number of timesteps that the model was trained on
  public int defaultSteps(int trained) {
    return switch (this) {
      case DDPM -> trained;
      case DDIM, EULER, FLOW -> Math.min(trained, FIRST_ORDER_STEPS);
      case HEUN -> Math.min(trained, HEUN_STEPS);
      // It keeps a timestep for the end.
      case DPM_SOLVER -> Math.clamp(trained - 1, 1, DPM_SOLVER_STEPS);
    };
  }

  /// {@return the sampler of a name on the command line, in any case, if there is one}
  ///
  /// @param name such as `ddim`
  public static Optional<SamplerKind> named(String name) {
    return Stream.of(values())
        .filter(kind -> kind.cliName.equals(name.toLowerCase(Locale.ROOT)))
        .findFirst();
  }
}
