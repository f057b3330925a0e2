package haze.diffusion.sampler;

import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.WeightedSum;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.diffusion.sampler.schedule.SigmaSchedule;
import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/// DPM-Solver++ in its multistep form: good samples in 10 to 20 steps (Lu et al. 2022,
/// "DPM-Solver++", algorithm 2, and appendix B for order 3; the SDE form is its section 5).
///
/// The noise of the process has an exact solution, and only `x_0` as a function of `lambda =
/// ln(signal / noise)` has to be approximated. It is extrapolated from the predictions of the last
/// steps, so that higher order takes no further network evaluation:
///
/// ```
/// x' = (s' / s) x + a' (1 - e^-h) D_0 + a' phi_1 D_1 + a' phi_2 D_2,    h = lambda' - lambda
/// D_0 = x_0,   D_1, D_2 = first and second divided differences of the last x_0, in units of h
/// ```
///
/// where a is the signal and s the noise. Order 1 is DDIM. The algorithm before it, DPM-Solver (Lu
/// et al. 2022, "DPM-Solver"), extrapolates epsilon instead:
///
/// ```
/// x' = (a' / a) x - s' (e^h - 1) D_0 - s' psi_1 D_1 - s' psi_2 D_2
/// ```
///
/// Equal to diffusers' `DPMSolverMultistepScheduler` with each `"algorithm_type"`: `dpmsolver++`,
/// `sde-dpmsolver++`, `dpmsolver` and `sde-dpmsolver`.
///
/// @param schedule the noise levels, from [SigmaSchedule#dpmSolver]
/// @param options the rest
public record DpmSolverSampler(SamplingSchedule schedule, Options options) implements Sampler {
  /// With fewer steps than this the last ones are of lower order (diffusers' limit).
  static final int FEW_STEPS = 15;

  private static final int MAX_ORDER = 3;

  /// What may be chosen; the names are diffusers'.
  ///
  /// @param order how many predictions a step uses, 1..3
  /// @param heun whether the second order follows Heun's rule, and not the midpoint rule
  /// @param sde whether fresh noise is added, as the ancestral sampler does; up to order 2
  /// @param lowerOrderFinal whether the last step is of order 1, and that before it of order 2 at
  ///   most, if there are fewer than 15
  /// @param eulerAtFinal whether the last step is of order 1 always
  /// @param ofEpsilon whether epsilon is extrapolated, and not `x_0`
  public record Options(
      int order,
      boolean heun,
      boolean sde,
      boolean lowerOrderFinal,
      boolean eulerAtFinal,
      boolean ofEpsilon) {
    /// DPM-Solver++.
    public Options(
        int order, boolean heun, boolean sde, boolean lowerOrderFinal, boolean eulerAtFinal) {
      this(order, heun, sde, lowerOrderFinal, eulerAtFinal, false);
    }

    /// Diffusers' defaults: second order, midpoint, no fresh noise.
    public static final Options DEFAULT = new Options(2, false, false, true, false);

    /// @throws IllegalArgumentException if the order is not in 1..3, or 3 with fresh noise
    public Options {
      if (order < 1 || order > (sde ? MAX_ORDER - 1 : MAX_ORDER)) {
        throw new IllegalArgumentException(
            "DPM-Solver++: order " + order + " is not in 1.." + (sde ? "2 with fresh noise" : "3"));
      }
    }
  }

  /// @throws IllegalArgumentException if epsilon is extrapolated with fresh noise to the clean
  ///   image, where the steps have no limit
  public DpmSolverSampler {
    if (options.ofEpsilon()
        && options.sde()
        && schedule.level(schedule.steps()).equals(NoiseLevel.CLEAN)) {
      throw new IllegalArgumentException(
          "DPM-Solver: with fresh noise the steps of epsilon do not reach the clean image, expected"
              + " final_sigmas_type sigma_min");
    }
  }

  @Override
  public State step(int step, State from, Denoiser denoiser, IntFunction<Tensor> noise) {
    NoiseLevel level = schedule.level(step);
    Tensor x0 = denoiser.at(from.xt(), level, schedule.timestep(step)).x0();
    List<Tensor> x0s = new ArrayList<>(options.ofEpsilon() ? from.kept() : from.x0s());
    x0s.addFirst(options.ofEpsilon() ? level.epsilon(from.xt(), x0) : x0);
    while (x0s.size() > options.order()) {
      x0s.removeLast();
    }
    int order = Math.min(x0s.size(), orderLimit(step));
    if (options.ofEpsilon() && !options.sde() && order == 1) {
      return new State(level.toLevel(from.xt(), x0, schedule.level(step + 1)), List.of(x0), x0s);
    }
    Weights weights =
        options.ofEpsilon()
            ? ofEpsilon(step, order)
            : options.sde() ? stochastic(step, order) : deterministic(step, order);
    Tensor next = WeightedSum.of(weights.x, from.xt(), weights.newest, x0s.get(0));
    if (order >= 2) {
      next = WeightedSum.of(1, next, weights.older, x0s.get(1));
    }
    if (order >= MAX_ORDER) {
      next = WeightedSum.of(1, next, weights.oldest, x0s.get(2));
    }
    if (weights.noise > 0) {
      next = WeightedSum.of(1, next, weights.noise, noise.apply(0));
    }
    return options.ofEpsilon() ? new State(next, List.of(x0), x0s) : new State(next, x0s);
  }

  /// The last steps matter most and have the largest error of high order.
  private int orderLimit(int step) {
    int left = schedule.steps() - 1 - step;
    boolean few = options.lowerOrderFinal() && schedule.steps() < FEW_STEPS;
    if (left == 0
        && (few || options.eulerAtFinal() || schedule.level(schedule.steps()).noise() == 0)) {
      return 1;
    }
    return left == 1 && few ? 2 : MAX_ORDER;
  }

  /// What a step adds up.
  ///
  /// @param x the factor of the images
  /// @param newest the factor of this step's `x_0`
  /// @param older that of the step before
  /// @param oldest that of the one before
  /// @param noise the factor of fresh noise
  private record Weights(double x, double newest, double older, double oldest, double noise) {}

  private Weights deterministic(int step, int order) {
    NoiseLevel from = schedule.level(step);
    NoiseLevel to = schedule.level(step + 1);
    double ratio = to.noise() / from.noise();
    // a' (1 - e^-h), which stays finite where h is not.
    double whole = to.signal() - from.signal() * ratio;
    if (order == 1) {
      return new Weights(ratio, whole, 0, 0, 0);
    }
    double h = to.lambda() - from.lambda();
    // (e^-h - 1) / h + 1 and (e^-h - 1 + h) / h^2 - 1/2, Lu et al. 2022, appendix B.
    double decay = StrictMath.expm1(-h);
    double phi1 = to.signal() * (decay / h + 1);
    double phi2 = -to.signal() * ((decay + h) / (h * h) - 0.5);
    if (order == 2) {
      return second(step, h, ratio, whole, options.heun() ? phi1 : whole / 2, 0);
    }
    return third(step, h, ratio, whole, phi1, phi2);
  }

  /// Both forms of DPM-Solver.
  private Weights ofEpsilon(int step, int order) {
    NoiseLevel from = schedule.level(step);
    NoiseLevel to = schedule.level(step + 1);
    double h = to.lambda() - from.lambda();
    double growth = StrictMath.expm1(h);
    double ratio = to.signal() / from.signal();
    double whole = -to.noise() * growth;
    // (e^h - 1) / h - 1 and (e^h - 1 - h) / h^2 - 1/2.
    double psi1 = -to.noise() * (growth / h - 1);
    if (options.sde()) {
      double noise = to.noise() * Math.sqrt(StrictMath.expm1(2 * h));
      return order == 1
          ? new Weights(ratio, 2 * whole, 0, 0, noise)
          : second(step, h, ratio, 2 * whole, options.heun() ? 2 * psi1 : whole, noise);
    }
    if (order == 2) {
      return second(step, h, ratio, whole, options.heun() ? psi1 : whole / 2, 0);
    }
    double psi2 = -to.noise() * ((growth - h) / (h * h) - 0.5);
    return third(step, h, ratio, whole, psi1, psi2);
  }

  private Weights third(int step, double h, double x, double whole, double phi1, double phi2) {
    NoiseLevel from = schedule.level(step);
    double r0 = (from.lambda() - schedule.level(step - 1).lambda()) / h;
    double r1 = (schedule.level(step - 1).lambda() - schedule.level(step - 2).lambda()) / h;
    // D_1 = D_10 + r0 / (r0 + r1) (D_10 - D_11),  D_2 = (D_10 - D_11) / (r0 + r1),
    // D_10 = (x0s[0] - x0s[1]) / r0,  D_11 = (x0s[1] - x0s[2]) / r1.
    double newest = phi1 * (1 + r0 / (r0 + r1)) + phi2 / (r0 + r1);
    double older = -(phi1 * r0 + phi2) / (r0 + r1);
    return new Weights(x, whole + newest / r0, older / r1 - newest / r0, -older / r1, 0);
  }

  private Weights stochastic(int step, int order) {
    NoiseLevel from = schedule.level(step);
    NoiseLevel to = schedule.level(step + 1);
    double h = to.lambda() - from.lambda();
    double left = StrictMath.exp(-h);
    // 1 - e^-2h
    double gained = -StrictMath.expm1(-2 * h);
    double x = to.noise() / from.noise() * left;
    double noise = to.noise() * Math.sqrt(gained);
    double whole = to.signal() * gained;
    if (order == 1) {
      return new Weights(x, whole, 0, 0, noise);
    }
    double slope = options.heun() ? to.signal() * (1 - gained / (2 * h)) : whole / 2;
    return second(step, h, x, whole, slope, noise);
  }

  /// `whole D_0 + slope D_1` with `D_1 = (newest - older) / r`.
  private Weights second(int step, double h, double x, double whole, double slope, double noise) {
    double r = (schedule.level(step).lambda() - schedule.level(step - 1).lambda()) / h;
    return new Weights(x, whole + slope / r, -slope / r, 0, noise);
  }
}
