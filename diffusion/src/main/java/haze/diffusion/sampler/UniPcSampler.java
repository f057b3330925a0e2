package haze.diffusion.sampler;

import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.WeightedSum;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.nn.LinearSystem;
import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;

/// UniPC: a multistep method whose prediction of the next images is corrected when the network has
/// been evaluated there, at no further evaluation (Zhao et al. 2023, "UniPC: A Unified
/// Predictor-Corrector Framework for Fast Sampling of Diffusion Models", algorithms 5 to 8).
///
/// Predictor and corrector have the same form. With `h = lambda' - lambda`, the prediction m_0 at
/// the beginning of the step and others, `m_j`, at `lambda + r_j h`:
///
/// ```
/// x' = (s' / s) x + a' (1 - e^-h) m_0 + a' B sum_j c_j (m_j - m_0) / r_j     of x_0
/// x' = (a' / a) x - s' (e^h - 1) m_0  - s' B sum_j c_j (m_j - m_0) / r_j     of epsilon
/// ```
///
/// where a is the signal and s the noise. The c make it exact for polynomials in lambda: they solve
/// `sum_j r_j^(k-1) c_j = k! phi_(k+1)(h) / B`, k = 1, 2, ... The predictor of order p takes the
/// p-1 predictions before m_0, the corrector that of x' too, with r = 1. B is h or `e^h - 1`, of -h
/// for `x_0`. Of a single c the authors take 1/2.
///
/// Equal to diffusers' `UniPCMultistepScheduler`, but for a last step to the clean image: that
/// arrives at the predicted `x_0`, where diffusers gives NaN with B = h, of epsilon, or with an
/// order above 1.
///
/// @param schedule the noise levels, from [haze.diffusion.sampler.schedule.SigmaSchedule#dpmSolver]
/// @param options the rest
public record UniPcSampler(SamplingSchedule schedule, Options options) implements Sampler {
  /// What may be chosen; the names are diffusers'.
  ///
  /// @param order how many predictions the predictor uses, 1..4
  /// @param predictX0 whether the predictions are `x_0`, and not epsilon
  /// @param bh1 whether B is h (`"solver_type": "bh1"`), and not `e^h - 1`
  /// @param lowerOrderFinal whether the last steps are of an order that falls to 1
  /// @param disableCorrector steps, from 0, whose end is not corrected
  public record Options(
      int order,
      boolean predictX0,
      boolean bh1,
      boolean lowerOrderFinal,
      Set<Integer> disableCorrector) {
    /// The highest order.
    public static final int MAX_ORDER = 4;

    /// Diffusers' defaults.
    public static final Options DEFAULT = new Options(2, true, false, true, Set.of());

    /// @throws IllegalArgumentException if the order is not in 1..4
    public Options {
      if (order < 1 || order > MAX_ORDER) {
        throw new IllegalArgumentException("UniPC: order " + order + " is not in 1.." + MAX_ORDER);
      }
      disableCorrector = Set.copyOf(disableCorrector);
    }
  }

  /// The state keeps the images that the step began with, corrected, and the predictions, the last
  /// one first.
  @Override
  public State step(int step, State from, Denoiser denoiser, IntFunction<Tensor> noise) {
    NoiseLevel level = schedule.level(step);
    Tensor x = from.xt();
    Tensor x0 = denoiser.at(x, level, schedule.timestep(step)).x0();
    Tensor predicted = options.predictX0() ? x0 : level.epsilon(x, x0);
    List<Tensor> predictions = new ArrayList<>();
    if (!from.kept().isEmpty()) {
      predictions.addAll(from.kept().subList(1, from.kept().size()));
      if (!options.disableCorrector().contains(step - 1)) {
        x = corrected(step - 1, from.kept().getFirst(), predictions, predicted);
      }
    }
    predictions.addFirst(predicted);
    while (predictions.size() > options.order()) {
      predictions.removeLast();
    }
    List<Tensor> kept = new ArrayList<>(predictions);
    kept.addFirst(x);
    Tensor next = schedule.level(step + 1).noise() == 0 ? x0 : predicted(step, x, predictions);
    return new State(next, List.of(x0), kept);
  }

  private int order(int step, List<Tensor> predictions) {
    int left = options.lowerOrderFinal() ? schedule.steps() - step : options.order();
    return Math.min(predictions.size(), Math.min(options.order(), left));
  }

  /// Where a step arrives.
  private Tensor predicted(int step, Tensor x, List<Tensor> predictions) {
    int order = order(step, predictions);
    List<Double> r = new ArrayList<>();
    List<Tensor> others = new ArrayList<>();
    for (int j = 1; j < order; j++) {
      r.add(ratio(step, step - j));
      others.add(predictions.get(j));
    }
    return combined(step, x, predictions.getFirst(), r, others);
  }

  /// Where a step arrives when the prediction there is known.
  private Tensor corrected(int step, Tensor x, List<Tensor> predictions, Tensor there) {
    int order = order(step, predictions);
    List<Double> r = new ArrayList<>();
    List<Tensor> others = new ArrayList<>();
    for (int j = 1; j < order; j++) {
      r.add(ratio(step, step - j));
      others.add(predictions.get(j));
    }
    r.add(1.0);
    others.add(there);
    return combined(step, x, predictions.getFirst(), r, others);
  }

  /// Where a step begins, seen from another, in units of h.
  private double ratio(int step, int other) {
    double from = schedule.level(step).lambda();
    return (schedule.level(other).lambda() - from) / (schedule.level(step + 1).lambda() - from);
  }

  private Tensor combined(int step, Tensor x, Tensor newest, List<Double> r, List<Tensor> others) {
    NoiseLevel from = schedule.level(step);
    NoiseLevel to = schedule.level(step + 1);
    double h = (to.lambda() - from.lambda()) * (options.predictX0() ? -1 : 1);
    double b = options.bh1() ? h : StrictMath.expm1(h);
    double[] c = coefficients(h, b, r);
    double factor = options.predictX0() ? -to.signal() : -to.noise();
    double first = factor * StrictMath.expm1(h);
    Tensor rest = null;
    for (int j = 0; j < c.length; j++) {
      double weight = factor * b * c[j] / r.get(j);
      first -= weight;
      rest =
          rest == null
              ? others.get(j).times((float) weight)
              : WeightedSum.of(1, rest, weight, others.get(j));
    }
    double scale = options.predictX0() ? to.noise() / from.noise() : to.signal() / from.signal();
    Tensor sum = WeightedSum.of(scale, x, first, newest);
    return rest == null ? sum : WeightedSum.of(1, sum, 1, rest);
  }

  private static double[] coefficients(double h, double b, List<Double> r) {
    int size = r.size();
    if (size == 1) {
      return new double[] {0.5};
    }
    double[][] system = new double[size][size + 1];
    // (e^h - 1) / h - 1 and so on, divided by h each time: h^k phi_(k+1).
    double phi = StrictMath.expm1(h) / h - 1;
    double factorial = 1;
    for (int k = 0; k < size; k++) {
      for (int j = 0; j < size; j++) {
        system[k][j] = StrictMath.pow(r.get(j), k);
      }
      system[k][size] = phi * factorial / b;
      factorial *= k + 2;
      phi = phi / h - 1 / factorial;
    }
    // The levels differ, so that the matrix, Vandermonde's, is regular.
    return LinearSystem.solve(system);
  }
}
