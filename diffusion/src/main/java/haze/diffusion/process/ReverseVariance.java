package haze.diffusion.process;

/// The variance of the model's step `p_theta(x_{t-1} | x_t)`: two fixed ones (Ho et al. 2020,
/// section 3.2), and a learned one between them.
///
/// Each of the fixed ones is exact for one kind of data, and for data of unit variance they bound
/// the right one (Sohl-Dickstein et al. 2015). With many steps they are nearly the same, and
/// sampling hardly depends on them; the bound does, at small t.
public enum ReverseVariance {
  /// The posterior's variance `beta~_t`: right if the data is a single image (`"variance_type":
  /// "fixed_small"` in diffusers).
  FIXED_SMALL {
    @Override
    public double at(int t, NoiseSchedule schedule) {
      return new Posterior(schedule).variance(t);
    }

    @Override
    public double log(int t, NoiseSchedule schedule, double output) {
      return t == 1 ? logFirst(schedule) : logSmall(t, schedule);
    }
  },

  /// The forward step's variance `beta_t`: right if the data is standard normal (`"variance_type":
  /// "fixed_large"` in diffusers).
  FIXED_LARGE {
    @Override
    public double at(int t, NoiseSchedule schedule) {
      return schedule.beta(t);
    }

    @Override
    public double log(int t, NoiseSchedule schedule, double output) {
      // improved-diffusion's choice at t = 1, which makes for a better likelihood of the data.
      return t == 1 ? logFirst(schedule) : StrictMath.log(schedule.beta(t));
    }
  },

  /// A variance between the two for every element, which the network interpolates on the scale of
  /// logarithms (Nichol & Dhariwal 2021, eq. 15; `"variance_type": "learned_range"` in diffusers):
  ///
  /// ```
  /// ln variance = f ln beta_t + (1 - f) ln beta~_t,   f = (output + 1) / 2
  /// ```
  ///
  /// The network has twice the channels then; the second half is this output, see [ReverseProcess].
  LEARNED_RANGE {
    @Override
    public double at(int t, NoiseSchedule schedule) {
      throw new IllegalArgumentException(
          "reverse variance: LEARNED_RANGE is not fixed, it depends on the network's output");
    }

    @Override
    public double log(int t, NoiseSchedule schedule, double output) {
      double share = (output + 1) / 2;
      return share * StrictMath.log(schedule.beta(t)) + (1 - share) * logSmall(t, schedule);
    }
  };

  /// {@return the variance of the step from `x_t` to `x_{t-1}`, of each element, if it is fixed}
  ///
  /// @param t the timestep of `x_t`, 1..T
  /// @throws IllegalArgumentException if there is no such timestep or the variance is learned
  public abstract double at(int t, NoiseSchedule schedule);

  /// {@return the logarithm of the variance, never infinite}
  ///
  /// `beta~_1` is 0, because the posterior at t = 1 is `x_0` itself, but the model, which does not
  /// know it, needs a variance there. Both fixed variances and the lower end of the range are then
  /// `beta~_2`, as in openai/improved-diffusion. (diffusers puts 1e-20 for 0; the two differ at t =
  /// 1 alone, where sampling adds no noise.)
  ///
  /// That stands for the first step as long as betas rise: `beta~_2` is then half of `beta_1` at
  /// least. If the second step is smaller than the first, as in [NoiseSchedule#logSnr], it has
  /// nothing to do with the noise in `x_1`, and both fixed variances are `beta_1`, the variance of
  /// `x_0` about `x_1` (Kingma et al. 2021, section 3.3).
  ///
  /// @param t the timestep of `x_t`, 1..T
  /// @param output the network's output for the variance of this element, -1 for the smallest and 1
  ///   for the largest; read by [#LEARNED_RANGE] only
  /// @throws IllegalArgumentException if there is no such timestep
  public abstract double log(int t, NoiseSchedule schedule, double output);

  /// Either fixed variance at t = 1.
  private static double logFirst(NoiseSchedule schedule) {
    boolean falls = schedule.timesteps() > 1 && schedule.beta(2) < schedule.beta(1);
    return falls ? StrictMath.log(schedule.beta(1)) : logSmall(1, schedule);
  }

  /// `ln beta~_t`, clipped: `beta~_2` for `beta~_1`; where there is no t = 2, `beta_1`.
  private static double logSmall(int t, NoiseSchedule schedule) {
    if (schedule.timesteps() == 1) {
      return StrictMath.log(schedule.beta(t));
    }
    return StrictMath.log(new Posterior(schedule).variance(t == 1 ? 2 : t));
  }
}
