package haze.diffusion.sampler;

import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.WeightedSum;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntFunction;

/// Linear multistep methods: the predicted noise is extrapolated by the polynomial through that of
/// the last steps.
///
/// For an image of full strength the equation of the process is `dx = epsilon d sigma`, so that
///
/// ```
/// x' / a' = x / a + sum_j c_j epsilon_j,     c_j = integral of l_j(u(tau)) d tau, sigma to sigma'
/// ```
///
/// where a is the signal, `epsilon_0` the noise predicted in this step, `epsilon_1` that of the
/// step before, and `l_j` the polynomial that is 1 at `u(sigma_j)` and 0 at the others (Lagrange).
/// With `u = sigma` it is the method of Adams and Bashforth, diffusers' `LMSDiscreteScheduler`;
/// with `u = ln sigma` it is DEIS (Zhang and Chen 2023, "Fast Sampling of Diffusion Models with
/// Exponential Integrator", section 3.2, t-AB-DEIS in rho), its `DEISMultistepScheduler`.
///
/// @param schedule the noise levels, of a process that keeps the sum of the powers of signal and
///   noise at 1; the last above 0 if the polynomials are in `ln sigma`
/// @param order how many predictions a step uses, at least 1
/// @param logarithmic whether the polynomials are in `ln sigma`
/// @param lowerOrderFinal whether the last step is of order 1, and that before it of order 2 at
///   most, if there are fewer than 15
public record LinearMultistepSampler(
    SamplingSchedule schedule, int order, boolean logarithmic, boolean lowerOrderFinal)
    implements Sampler {
  /// Nodes of Simpson's rule over a step: the error is below that of float for steps over which
  /// sigma falls to a thousandth.
  private static final int NODES = 2048;

  @Override
  public State step(int step, State from, Denoiser denoiser, IntFunction<Tensor> noise) {
    NoiseLevel level = schedule.level(step);
    NoiseLevel to = schedule.level(step + 1);
    Tensor x0 = denoiser.at(from.xt(), level, schedule.timestep(step)).x0();
    List<Tensor> epsilons = new ArrayList<>(from.kept());
    epsilons.addFirst(level.epsilon(from.xt(), x0));
    while (epsilons.size() > order) {
      epsilons.removeLast();
    }
    double[] weights = weights(step, Math.min(epsilons.size(), orderLimit(step)));
    for (int j = 0; j < weights.length; j++) {
      weights[j] *= to.signal();
    }
    Tensor next =
        WeightedSum.of(
            to.signal() / level.signal(), from.xt(), 1, WeightedSum.of(weights, epsilons));
    return new State(next, List.of(x0), epsilons);
  }

  private int orderLimit(int step) {
    int left = schedule.steps() - 1 - step;
    boolean few = lowerOrderFinal && schedule.steps() < DpmSolverSampler.FEW_STEPS;
    return few ? left + 1 : order;
  }

  /// c of the newest predictions, the last one's first.
  private double[] weights(int step, int count) {
    double[] c = new double[count];
    double from = variable(schedule.level(step).sigma());
    double to = variable(schedule.level(step + 1).sigma());
    for (int j = 0; j < count; j++) {
      int own = j;
      double at = variable(schedule.level(step - j).sigma());
      c[j] =
          integral(
              u -> {
                double l = logarithmic ? StrictMath.exp(u) : 1;
                for (int k = 0; k < count; k++) {
                  if (k != own) {
                    double other = variable(schedule.level(step - k).sigma());
                    l *= (u - other) / (at - other);
                  }
                }
                return l;
              },
              from,
              to);
    }
    return c;
  }

  private double variable(double sigma) {
    return logarithmic ? StrictMath.log(sigma) : sigma;
  }

  /// Simpson's rule, exact for cubic polynomials.
  private static double integral(DoubleUnaryOperator f, double from, double to) {
    double sum = f.applyAsDouble(from) + f.applyAsDouble(to);
    for (int i = 1; i < NODES; i++) {
      double u = from + (to - from) * i / NODES;
      sum += (i % 2 == 0 ? 2 : 4) * f.applyAsDouble(u);
    }
    return sum * (to - from) / (3 * NODES);
  }
}
