package haze.diffusion.sampler;

import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.WeightedSum;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/// DPM-Solver and DPM-Solver++ in their singlestep form: steps of order 1, 2 and 3 in turn, where
/// those of higher order go from where the last one of order 1 began (Lu et al. 2022, "DPM-Solver",
/// algorithms 1 and 2, and "DPM-Solver++", algorithm 1).
///
/// From there, with `h = lambda' - lambda` and the predictions m_0 at its beginning, and m_1, m_2
/// at `lambda + r_1 h` and `lambda + r_2 h`:
///
/// ```
/// x' = (s' / s) x + a' (1 - e^-h) m_0 + a' phi_1 D_1 + a' phi_2 D_2      of x_0, DPM-Solver++
/// x' = (a' / a) x - s' (e^h - 1) m_0  - s' phi_1 D_1 - s' phi_2 D_2      of epsilon, DPM-Solver
/// ```
///
/// where a is the signal, s the noise, and D_1, D_2 the first and second divided differences in
/// units of h. Equal to diffusers' `DPMSolverSinglestepScheduler`.
public final class DpmSolverSinglestepSampler implements Sampler {
  private static final int MAX_ORDER = 3;

  private final SamplingSchedule schedule;
  private final Options options;
  private final int[] orders;

  /// What the steps extrapolate; the names are diffusers' `"algorithm_type"`.
  public enum Algorithm {
    /// `x_0`.
    DPM_SOLVER_PLUS_PLUS,
    /// `x_0`, and fresh noise is added, as the ancestral sampler does.
    SDE_DPM_SOLVER_PLUS_PLUS,
    /// Epsilon.
    DPM_SOLVER
  }

  /// What may be chosen; the names are diffusers'.
  ///
  /// @param order the highest order, 1..3; up to 2 with fresh noise
  /// @param algorithm what is extrapolated
  /// @param heun whether the second order follows Heun's rule, and the third uses D_2; or else both
  ///   follow the midpoint rule
  /// @param lowerOrderFinal whether the last steps are of lower order also if the number of steps
  ///   is a multiple of the order
  public record Options(int order, Algorithm algorithm, boolean heun, boolean lowerOrderFinal) {
    /// @throws IllegalArgumentException if the order is not in 1..3, or 3 with fresh noise
    public Options {
      boolean sde = algorithm == Algorithm.SDE_DPM_SOLVER_PLUS_PLUS;
      if (order < 1 || order > (sde ? MAX_ORDER - 1 : MAX_ORDER)) {
        throw new IllegalArgumentException(
            "DPM-Solver: order " + order + " is not in 1.." + (sde ? "2 with fresh noise" : "3"));
      }
    }
  }

  /// A sampler.
  ///
  /// @param schedule the noise levels, from
  ///   [haze.diffusion.sampler.schedule.SigmaSchedule#dpmSolver]
  public DpmSolverSinglestepSampler(SamplingSchedule schedule, Options options) {
    this.schedule = schedule;
    this.options = options;
    this.orders = orders(schedule, options);
  }

  /// 1, 2, 3, 1, 2, 3, ..., and at last 1, if a step to the clean image or the options want it.
  private static int[] orders(SamplingSchedule schedule, Options options) {
    int steps = schedule.steps();
    boolean clean = schedule.level(steps).noise() == 0;
    int[] orders = new int[steps];
    for (int i = 0; i < steps; i++) {
      orders[i] = 1 + i % options.order();
    }
    if (clean || (options.lowerOrderFinal() && steps % options.order() == 0)) {
      orders[steps - 1] = 1;
    }
    return orders;
  }

  @Override
  public SamplingSchedule schedule() {
    return schedule;
  }

  /// The state keeps the images where the last step of order 1 began, and the predictions since,
  /// the last one first.
  @Override
  public State step(int step, State from, Denoiser denoiser, IntFunction<Tensor> noise) {
    NoiseLevel level = schedule.level(step);
    Tensor x0 = denoiser.at(from.xt(), level, schedule.timestep(step)).x0();
    boolean ofNoise = options.algorithm() == Algorithm.DPM_SOLVER;
    int order = Math.min(orders[step], Math.max(1, from.kept().size()));
    List<Tensor> kept = new ArrayList<>(order == 1 ? List.of(from.xt()) : from.kept());
    kept.add(1, ofNoise ? level.epsilon(from.xt(), x0) : x0);
    Weights weights = weights(step, order);
    List<Tensor> predictions = kept.subList(1, kept.size());
    Tensor next =
        order == 1 && ofNoise
            ? level.toLevel(from.xt(), x0, schedule.level(step + 1))
            : WeightedSum.of(
                weights.x,
                kept.getFirst(),
                1,
                WeightedSum.of(weights.ofPredictions(), predictions));
    if (options.algorithm() == Algorithm.SDE_DPM_SOLVER_PLUS_PLUS && weights.noise > 0) {
      next = WeightedSum.of(1, next, weights.noise, noise.apply(0));
    }
    return new State(next, List.of(x0), kept);
  }

  /// What a step adds up: the images where it begins, the predictions, and fresh noise.
  private record Weights(double x, List<Double> newestFirst, double noise) {
    double[] ofPredictions() {
      return newestFirst.stream().mapToDouble(weight -> weight).toArray();
    }
  }

  /// The factors of the formula above: of the images, m_0, D_1, D_2, and fresh noise.
  private record Factors(double x, double whole, double phi1, double phi2, double noise) {}

  private Factors factors(NoiseLevel from, NoiseLevel to, double h) {
    double decay = StrictMath.expm1(-h);
    double growth = StrictMath.expm1(h);
    double gained = -StrictMath.expm1(-2 * h);
    return switch (options.algorithm()) {
      case DPM_SOLVER_PLUS_PLUS ->
          new Factors(
              to.noise() / from.noise(),
              -to.signal() * decay,
              to.signal() * (decay / h + 1),
              -to.signal() * ((decay + h) / (h * h) - 0.5),
              0);
      case SDE_DPM_SOLVER_PLUS_PLUS ->
          new Factors(
              to.noise() / from.noise() * StrictMath.exp(-h),
              to.signal() * gained,
              to.signal() * (1 - gained / (2 * h)),
              0,
              to.noise() * Math.sqrt(gained));
      case DPM_SOLVER ->
          new Factors(
              to.signal() / from.signal(),
              -to.noise() * growth,
              -to.noise() * (growth / h - 1),
              -to.noise() * ((growth - h) / (h * h) - 0.5),
              0);
    };
  }

  private Weights weights(int step, int order) {
    NoiseLevel from = schedule.level(step - order + 1);
    NoiseLevel to = schedule.level(step + 1);
    double h = to.lambda() - from.lambda();
    Factors factors = factors(from, to, h);
    double x = factors.x;
    double noise = factors.noise;
    double whole = factors.whole;
    double phi1 = factors.phi1;
    double phi2 = factors.phi2;
    if (order == 1) {
      return new Weights(x, List.of(whole), noise);
    }
    // r of the newest prediction, and of the one before.
    double r0 = (schedule.level(step).lambda() - from.lambda()) / h;
    if (order == 2) {
      double slope = (options.heun() ? phi1 : whole / 2) / r0;
      return new Weights(x, List.of(slope, whole - slope), noise);
    }
    if (!options.heun()) {
      double slope = phi1 / r0;
      return new Weights(x, List.of(slope, 0.0, whole - slope), noise);
    }
    double r1 = (schedule.level(step - 1).lambda() - from.lambda()) / h;
    // D_10 = (m_1 - m_0) / r1, D_11 = (m_2 - m_0) / r0,
    // D_1 = (r0 D_10 - r1 D_11) / (r0 - r1), D_2 = 2 (D_11 - D_10) / (r0 - r1).
    double newest = (-r1 * phi1 + 2 * phi2) / (r0 - r1) / r0;
    double older = (r0 * phi1 - 2 * phi2) / (r0 - r1) / r1;
    return new Weights(x, List.of(newest, older, whole - newest - older), noise);
  }

  @Override
  public String toString() {
    return "DpmSolverSinglestepSampler[" + schedule + ", " + options + "]";
  }
}
