package haze.diffusion.pipeline;

import haze.diffusion.sampler.AncestralSampler;
import haze.diffusion.sampler.Clip;
import haze.diffusion.sampler.DdimSampler;
import haze.diffusion.sampler.DpmSolverSampler;
import haze.diffusion.sampler.EulerSampler;
import haze.diffusion.sampler.HeunSampler;
import haze.diffusion.sampler.Parameterization;
import haze.diffusion.sampler.Sampler;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.diffusion.sampler.schedule.SigmaSchedule;
import haze.diffusion.sampler.schedule.SigmaSpacing;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Makes the sampler that a configuration asks for: what the keys of diffusers' schedulers mean.
///
/// @param config the configuration
record SchedulerSampler(SchedulerConfig config) {

  /// The sampler, see [SchedulerConfig#sampler(int, double)].
  Sampler sampler(int steps, double eta) {
    SamplerKind kind = config.kind();
    if (eta != 0 && kind != SamplerKind.DDIM) {
      throw new IllegalArgumentException(
          "eta is " + eta + ", but " + kind.className() + " has none, only DDIMScheduler does");
    }
    return switch (kind) {
      case DDPM ->
          new AncestralSampler(
              config.schedule(), timesteps(steps), config.variance(), parameterization());
      case DDIM ->
          new DdimSampler(
              config.schedule(),
              timesteps(steps),
              parameterization(),
              new DdimSampler.Options(eta, config.bool("set_alpha_to_one"), false));
      case DPM_SOLVER -> dpmSolver(steps);
      case EULER ->
          new EulerSampler(
              sigmaPath().euler(steps, config.sigma("sigma_min"), config.sigma("sigma_max")),
              parameterization());
      case HEUN -> new HeunSampler(sigmaPath().euler(steps), parameterization());
      case FLOW ->
          new EulerSampler(
              SamplingSchedule.flow(config.numTrainTimesteps(), steps, config.number("shift")),
              parameterization());
    };
  }

  private Sampler dpmSolver(int steps) {
    boolean rounded =
        !config.bool("use_exponential_sigmas")
            && !config.string("beta_schedule").equals("squaredcos_cap_v2");
    return new DpmSolverSampler(
        sigmaPath().dpmSolver(steps, config.number("lambda_min_clipped"), rounded),
        parameterization(),
        new DpmSolverSampler.Options(
            config.integer("solver_order"),
            config.string("solver_type").equals("heun"),
            config.string("algorithm_type").startsWith("sde-"),
            config.bool("lower_order_final"),
            config.bool("euler_at_final")));
  }

  /// How the network is understood when sampling.
  Parameterization parameterization() {
    if (config.kind() == SamplerKind.FLOW) {
      return Parameterization.FLOW;
    }
    Map<String, SchedulerKeys.Key> keys = SchedulerKeys.of(config.kind());
    Clip clip = Clip.NONE;
    if (keys.containsKey("thresholding") && config.bool("thresholding")) {
      clip =
          new Clip.Dynamic(
              config.number("dynamic_thresholding_ratio"), config.number("sample_max_value"));
    } else if (keys.containsKey("clip_sample") && config.bool("clip_sample")) {
      clip = new Clip.ToRange((float) config.number("clip_sample_range"));
    }
    return Parameterization.of(config.prediction(), clip);
  }

  private int[] timesteps(int steps) {
    return timestepSpacing()
        .timesteps(config.numTrainTimesteps(), steps, config.integer("steps_offset"));
  }

  private TimestepSpacing timestepSpacing() {
    return TimestepSpacing.valueOf(config.string("timestep_spacing").toUpperCase(Locale.ROOT));
  }

  private SigmaSchedule sigmaPath() {
    boolean endsClean = !"sigma_min".equals(config.get("final_sigmas_type"));
    return new SigmaSchedule(
        config.schedule(),
        timestepSpacing(),
        config.integer("steps_offset"),
        sigmaSpacing(),
        endsClean || config.kind() == SamplerKind.HEUN);
  }

  /// How noise levels are spaced.
  ///
  /// @throws IllegalArgumentException if two ways are asked for
  SigmaSpacing sigmaSpacing() {
    Map<String, SigmaSpacing> switches =
        Map.of(
            "use_karras_sigmas",
            SigmaSpacing.KARRAS,
            "use_exponential_sigmas",
            SigmaSpacing.EXPONENTIAL,
            "use_lu_lambdas",
            SigmaSpacing.LU);
    List<String> on =
        switches.keySet().stream()
            .filter(name -> SchedulerKeys.of(config.kind()).containsKey(name) && config.bool(name))
            .sorted()
            .toList();
    if (on.size() > 1) {
      throw new IllegalArgumentException(
          on.get(0) + " is true, but so is " + on.get(1) + ", expected one at most");
    }
    return on.isEmpty()
        ? SigmaSpacing.TIMESTEPS
        : switches.getOrDefault(on.get(0), SigmaSpacing.TIMESTEPS);
  }
}
