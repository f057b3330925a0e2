package haze.diffusion.process;

/// The two variances of the learned step `p_theta(x_{t-1} | x_t)` that need no learning (Ho et al.
/// 2020, section 3.2): the smallest and the largest that make sense.
///
/// Each is exact for one kind of data, and for data of unit variance they bound what is right
/// (Sohl-Dickstein et al. 2015). With many steps they are nearly the same.
public enum ReverseVariance {
  /// The posterior's variance `beta~_t`: right if the data is a single picture
  /// (`"variance_type": "fixed_small"` in diffusers).
  FIXED_SMALL {
    @Override
    public double at(int t, NoiseSchedule schedule) {
      return new Posterior(schedule).variance(t);
    }
  },

  /// The forward step's variance `beta_t`: right if the data is standard normal
  /// (`"variance_type": "fixed_large"` in diffusers).
  FIXED_LARGE {
    @Override
    public double at(int t, NoiseSchedule schedule) {
      return schedule.beta(t);
    }
  };

  /// The variance of the step from `x_t` to `x_{t-1}`.
  ///
  /// @param t the timestep of `x_t`, 1..T
  /// @param schedule how much noise each forward step adds
  /// @return the variance of each element
  /// @throws IllegalArgumentException if there is no such timestep
  public abstract double at(int t, NoiseSchedule schedule);
}
