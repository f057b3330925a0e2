package haze.diffusion.sampler.schedule;

import haze.diffusion.process.NoiseSchedule;

/// The noise levels of a chain as a curve that can be read between its timesteps, in both
/// directions: what samplers need that choose noise levels instead of timesteps.
///
/// Timesteps count from 0 to T-1 here, as networks count. Sigma is linear between timesteps when it
/// is looked up, its logarithm when a timestep is, both as in diffusers.
public final class SigmaTable {
  /// Stands in for an `alphaBar` of 0, whose sigma would be infinite (diffusers' choice; sigma is
  /// 4096).
  private static final double LEAST_ALPHA_BAR = 0x1p-24;

  private final double[] sigmas;

  public SigmaTable(NoiseSchedule schedule) {
    int timesteps = schedule.timesteps();
    this.sigmas = new double[timesteps];
    for (int t = 1; t <= timesteps; t++) {
      double alphaBar = schedule.alphaBar(t) == 0 ? LEAST_ALPHA_BAR : schedule.alphaBar(t);
      sigmas[NoiseSchedule.modelTimestep(t)] = Math.sqrt((1 - alphaBar) / alphaBar);
    }
  }

  /// T.
  int size() {
    return sigmas.length;
  }

  double min() {
    return sigmas[0];
  }

  double max() {
    return sigmas[sigmas.length - 1];
  }

  /// The noise level of a timestep in 0..T-1.
  public double sigma(double timestep) {
    int below = (int) timestep;
    double share = timestep - below;
    return share == 0 ? sigmas[below] : sigmas[below] + share * (sigmas[below + 1] - sigmas[below]);
  }

  /// The timestep in 0..T-1 of a noise level.
  public double timestep(double sigma) {
    int above = 1;
    while (above < sigmas.length - 1 && sigmas[above] <= sigma) {
      above++;
    }
    if (above >= sigmas.length) {
      return 0;
    }
    double low = StrictMath.log(sigmas[above - 1]);
    double share = (StrictMath.log(sigma) - low) / (StrictMath.log(sigmas[above]) - low);
    return above - 1 + Math.clamp(share, 0.0, 1.0);
  }

  /// The highest timestep whose [#sigma] is at most this one; 0 if there is none.
  double below(double sigma) {
    int count = countAbove(-StrictMath.log(sigma));
    if (count == 0 || count == sigmas.length) {
      return Math.max(0, count - 1);
    }
    double low = sigmas[count - 1];
    return count - 1 + (sigma - low) / (sigmas[count] - low);
  }

  /// How many timesteps have at least this `lambda = -ln sigma`: those at the beginning.
  int countAbove(double lambda) {
    int count = 0;
    while (count < sigmas.length && -StrictMath.log(sigmas[count]) >= lambda) {
      count++;
    }
    return count;
  }
}
