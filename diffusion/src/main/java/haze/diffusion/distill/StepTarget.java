package haze.diffusion.distill;

import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.WeightedSum;
import haze.diffusion.sampler.Denoiser;
import haze.tensor.Tensor;

/// What a student is to predict, so that one step of DDIM takes it as far as several steps take its
/// teacher (Salimans & Ho 2022, "Progressive Distillation for Fast Sampling of Diffusion Models",
/// algorithm 2 and appendix G, for two steps).
///
/// A step of DDIM without noise, from `x_k` at timestep `t_k` to `t_{k+1}`, keeps the noise that is
/// beside the predicted `x_0`. With `rho = signal / noise` of a level it reads
///
/// ```
/// x_{k+1} / noise_{k+1} = x_k / noise_k + (rho_{k+1} - rho_k) D(x_k, t_k)
/// ```
///
/// where D is the teacher's prediction of `x_0`. So K steps lead where one step leads that predicts
/// the weighted mean of all K predictions:
///
/// ```
/// x_0 = sum over k of w_k D(x_k, t_k),   w_k = (rho_{k+1} - rho_k) / (rho_K - rho_0)
/// ```
///
/// On the way to the clean image rho goes to infinity, and the last prediction is the mean. The
/// weights are positive: what the teacher clips is in range for the student too.
final class StepTarget {
  private final NoiseSchedule schedule;

  /// @param schedule the noise schedule of teacher and student
  StepTarget(NoiseSchedule schedule) {
    this.schedule = schedule;
  }

  /// {@return the timesteps of K even steps of the teacher, from `from` to `to`: K + 1, falling}
  /// Fewer if there are not as many timesteps between.
  static int[] timesteps(int from, int to, int steps) {
    int most = Math.min(steps, from - to);
    int[] timesteps = new int[most + 1];
    for (int k = 0; k <= most; k++) {
      timesteps[k] = from - (int) ((long) k * (from - to) / most);
    }
    return timesteps;
  }

  /// {@return the `x_0` for one step from the first timestep to the last, `[n, h, w, c]`}
  ///
  /// @param teacher predicts `x_0`
  /// @param xt images at the first timestep, `[n, h, w, c]`
  /// @param timesteps those that the teacher visits, falling; the last, where it arrives, may be 0
  Tensor x0(Denoiser teacher, Tensor xt, int... timesteps) {
    int steps = timesteps.length - 1;
    double first = rho(timesteps[0]);
    double last = rho(timesteps[steps]);
    Tensor x = xt;
    Tensor mean = Tensor.zeros(xt.shape().dims());
    for (int k = 0; k < steps; k++) {
      NoiseLevel level = level(timesteps[k]);
      Tensor predicted = teacher.at(x, level, NoiseSchedule.modelTimestep(timesteps[k])).x0();
      if (last == Double.POSITIVE_INFINITY && k == steps - 1) {
        return predicted;
      }
      double weight = (rho(timesteps[k + 1]) - rho(timesteps[k])) / (last - first);
      mean = WeightedSum.of(1, mean, weight, predicted);
      x = level.toLevel(x, predicted, level(timesteps[k + 1]));
    }
    return mean;
  }

  private double rho(int t) {
    NoiseLevel level = level(t);
    return level.signal() / level.noise();
  }

  private NoiseLevel level(int t) {
    return t == 0 ? NoiseLevel.CLEAN : NoiseLevel.ofAlphaBar(schedule.alphaBar(t));
  }
}
