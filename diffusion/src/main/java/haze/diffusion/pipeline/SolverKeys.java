package haze.diffusion.pipeline;

import static haze.diffusion.pipeline.SchedulerKey.belowInfinity;
import static haze.diffusion.pipeline.SchedulerKey.bool;
import static haze.diffusion.pipeline.SchedulerKey.oneOf;
import static haze.diffusion.pipeline.SchedulerKey.positive;
import static haze.diffusion.pipeline.SchedulerKey.positiveOrNull;
import static haze.diffusion.pipeline.SchedulerKey.whole;
import static haze.diffusion.pipeline.SchedulerKey.wholes;

import haze.diffusion.pipeline.SchedulerKey.Value;
import haze.diffusion.sampler.DpmSolverSinglestepSampler;
import haze.diffusion.sampler.UniPcSampler;
import java.util.List;
import java.util.OptionalDouble;

/// The keys of diffusers' `scheduler_config.json` that one or a few classes of solvers have, see
/// [SchedulerKeys].
final class SolverKeys {
  static final SchedulerKey<Boolean> SET_ALPHA_TO_ONE = bool("set_alpha_to_one");

  /// Of [haze.diffusion.sampler.DpmSolverSampler.Options].
  record Multistep(boolean sde, boolean ofEpsilon) {
    static final Multistep DPM_SOLVER_PLUS_PLUS = new Multistep(false, false);
  }

  static final SchedulerKey<Multistep> MULTISTEP =
      oneOf(
          "algorithm_type",
          new Value<>("dpmsolver++", Multistep.DPM_SOLVER_PLUS_PLUS),
          new Value<>("sde-dpmsolver++", new Multistep(true, false)),
          new Value<>("dpmsolver", new Multistep(false, true)),
          new Value<>("sde-dpmsolver", new Multistep(true, true)));
  static final SchedulerKey<Integer> ORDER = whole("solver_order", 1, 3);
  static final SchedulerKey<Boolean> HEUN_RULE =
      oneOf("solver_type", new Value<>("midpoint", false), new Value<>("heun", true));
  static final int LMS_ORDER = 4;
  static final SchedulerKey<Integer> UNI_PC_ORDER =
      whole("solver_order", 1, UniPcSampler.Options.MAX_ORDER);
  static final SchedulerKey<Boolean> PREDICT_X0 = bool("predict_x0");
  static final SchedulerKey<Boolean> BH1 =
      oneOf(
          "solver_type",
          new Value<>("bh2", false),
          new Value<>("bh1", true),
          // Diffusers takes the others' for bh2.
          new Value<>("midpoint", false),
          new Value<>("heun", false),
          new Value<>("logrho", false));
  static final SchedulerKey<List<Integer>> DISABLE_CORRECTOR = wholes("disable_corrector");
  static final SchedulerKey<Boolean> SKIP_PRK = bool("skip_prk_steps");
  static final SchedulerKey<DpmSolverSinglestepSampler.Algorithm> ALGORITHM =
      oneOf(
          "algorithm_type",
          new Value<>("dpmsolver++", DpmSolverSinglestepSampler.Algorithm.DPM_SOLVER_PLUS_PLUS),
          new Value<>(
              "sde-dpmsolver++", DpmSolverSinglestepSampler.Algorithm.SDE_DPM_SOLVER_PLUS_PLUS),
          new Value<>("dpmsolver", DpmSolverSinglestepSampler.Algorithm.DPM_SOLVER));
  static final SchedulerKey<Integer> ORIGINAL_STEPS =
      whole("original_inference_steps", 1, SchedulerKeys.MAX_TIMESTEPS);
  static final SchedulerKey<Double> TIMESTEP_SCALING = positive("timestep_scaling");
  static final SchedulerKey<Boolean> LOWER_ORDER_FINAL = bool("lower_order_final");
  static final SchedulerKey<Boolean> EULER_AT_FINAL = bool("euler_at_final");
  static final SchedulerKey<Double> LAMBDA_MIN = belowInfinity("lambda_min_clipped");
  static final SchedulerKey<OptionalDouble> SIGMA_MIN = positiveOrNull("sigma_min");
  static final SchedulerKey<OptionalDouble> SIGMA_MAX = positiveOrNull("sigma_max");

  private SolverKeys() {}
}
