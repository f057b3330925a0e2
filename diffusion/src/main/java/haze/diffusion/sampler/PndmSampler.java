package haze.diffusion.sampler;

import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.WeightedSum;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.diffusion.sampler.schedule.SigmaTable;
import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/// Pseudo numerical methods (Liu et al. 2022, "Pseudo Numerical Methods for Diffusion Models on
/// Manifolds", eq. 11 to 13): DDIM's step, with the noise of several predictions in the place of
/// one, combined as linear multistep methods combine slopes (Adams and Bashforth):
///
/// ```
/// epsilon' = (55 epsilon_0 - 59 epsilon_1 + 37 epsilon_2 - 9 epsilon_3) / 24
/// x'       = (a' / a) x + (s' - s a' / a) epsilon'
/// ```
///
/// where a is the signal, s the noise, and `epsilon_1` the prediction of the step before. The first
/// three steps have no such past. They are Runge and Kutta's, of four network evaluations each, or
/// the first one is Heun's and the next ones are multistep methods of lower order.
///
/// Equal to diffusers' `PNDMScheduler` with a fixed stride, see [Options].
public final class PndmSampler implements Sampler {
  /// By number of predictions, the newest first.
  private static final double[][] ADAMS_BASHFORTH = {
    {1},
    {3 / 2.0, -1 / 2.0},
    {23 / 12.0, -16 / 12.0, 5 / 12.0},
    {55 / 24.0, -59 / 24.0, 37 / 24.0, -9 / 24.0}
  };

  /// How many predictions a step combines.
  public static final int ORDER = ADAMS_BASHFORTH.length;

  /// The factor of [Options#longest] that keeps the error of few steps near that of DDIM.
  public static final double STABLE_STEP = 4;

  /// Runge and Kutta's weights.
  private static final double[] RUNGE_KUTTA = {1 / 6.0, 1 / 3.0, 1 / 3.0, 1 / 6.0};

  private final SamplingSchedule schedule;
  private final SigmaTable table;
  private final Options options;

  /// What may be chosen.
  ///
  /// @param skipPrkSteps whether the first steps are not Runge and Kutta's
  /// @param stride a step arrives so many timesteps below its own, as in diffusers, where it is `T
  ///   / n` rounded down, even where the next step begins elsewhere; or, if it is 0, where that
  ///   begins
  /// @param velocity whether predictions of `v = a epsilon - s x_0` are combined in the place of
  ///   those of epsilon, as diffusers does for networks that predict v
  /// @param longest a step over which sigma falls by a larger factor is DDIM's, see [HeunSampler]
  public record Options(boolean skipPrkSteps, int stride, boolean velocity, double longest) {}

  /// A sampler that visits given noise levels.
  ///
  /// @param schedule the noise levels
  /// @param table the chain's noise levels, those between as well
  /// @throws IllegalArgumentException if there are fewer than 4 steps with Runge and Kutta's
  public PndmSampler(SamplingSchedule schedule, SigmaTable table, Options options) {
    if (!options.skipPrkSteps() && schedule.steps() < ORDER) {
      throw new IllegalArgumentException(
          "PNDM: "
              + schedule.steps()
              + " steps, expected at least "
              + ORDER
              + ", of which the first three are Runge and Kutta's");
    }
    this.schedule = schedule;
    this.table = table;
    this.options = options;
  }

  @Override
  public SamplingSchedule schedule() {
    return schedule;
  }

  @Override
  public State step(int step, State from, Denoiser denoiser, IntFunction<Tensor> noise) {
    Evaluation now = evaluate(denoiser, from.xt(), schedule.timestep(step));
    List<Tensor> past = new ArrayList<>(from.kept());
    past.addFirst(now.slope);
    while (past.size() > ORDER) {
      past.removeLast();
    }
    boolean last = step == schedule.steps() - 1;
    NoiseLevel to = arrival(step);
    Tensor next;
    if (schedule.level(step).sigma() > options.longest() * to.sigma() && !last) {
      next = transfer(from.xt(), schedule.level(step), to, now.slope);
    } else if (!options.skipPrkSteps() && past.size() < ORDER && !last) {
      next = rungeKutta(step, from.xt(), now, denoiser);
    } else {
      double[] weights = ADAMS_BASHFORTH[past.size() - 1];
      next = transfer(from.xt(), schedule.level(step), to, WeightedSum.of(weights, past));
      if (past.size() == 1 && !last) {
        // Heun's step, from where the stride would have it begin.
        double end = schedule.timestep(step + 1);
        Tensor ahead = evaluate(denoiser, next, end).slope;
        double at = options.stride() > 0 ? end + options.stride() : schedule.timestep(step);
        next =
            transfer(from.xt(), level(at), level(end), WeightedSum.of(0.5, now.slope, 0.5, ahead));
      }
    }
    return new State(next, List.of(now.x0), past);
  }

  private Tensor rungeKutta(int step, Tensor x, Evaluation first, Denoiser denoiser) {
    double t = schedule.timestep(step);
    double to = schedule.timestep(step + 1);
    // A whole number of timesteps, rounded down.
    double half = options.stride() > 0 ? Math.floor(options.stride() / 2.0) : (t - to) / 2;
    List<Tensor> slopes = new ArrayList<>(List.of(first.slope));
    Tensor middle = transfer(x, level(t), level(t - half), first.slope);
    slopes.add(evaluate(denoiser, middle, t - half).slope);
    middle = transfer(x, level(t), level(t - half), slopes.get(1));
    slopes.add(evaluate(denoiser, middle, t - half).slope);
    Tensor trial = transfer(x, level(t), level(to), slopes.get(2));
    slopes.add(evaluate(denoiser, trial, to).slope);
    return transfer(x, level(t), level(to), WeightedSum.of(RUNGE_KUTTA, slopes));
  }

  /// @param slope epsilon or v
  private record Evaluation(Tensor x0, Tensor slope) {}

  private Evaluation evaluate(Denoiser denoiser, Tensor x, double t) {
    NoiseLevel level = level(t);
    Tensor x0 = denoiser.at(x, level, t).x0();
    Tensor epsilon = level.epsilon(x, x0);
    return new Evaluation(
        x0,
        options.velocity() ? WeightedSum.of(level.signal(), epsilon, -level.noise(), x0) : epsilon);
  }

  /// DDIM's step with a given noise, or velocity.
  private Tensor transfer(Tensor x, NoiseLevel from, NoiseLevel to, Tensor slope) {
    Tensor epsilon =
        options.velocity() ? WeightedSum.of(from.signal(), slope, from.noise(), x) : slope;
    double ratio = to.signal() / from.signal();
    return WeightedSum.of(ratio, x, to.noise() - ratio * from.noise(), epsilon);
  }

  private NoiseLevel arrival(int step) {
    return options.stride() > 0
        ? level(schedule.timestep(step) - options.stride())
        : schedule.level(step + 1);
  }

  private NoiseLevel level(double t) {
    return t < 0 ? schedule.level(schedule.steps()) : NoiseLevel.ofSigma(table.sigma(t));
  }

  @Override
  public String toString() {
    return "PndmSampler[" + schedule + ", " + options + "]";
  }
}
