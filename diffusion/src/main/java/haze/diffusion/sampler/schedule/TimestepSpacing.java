package haze.diffusion.sampler.schedule;

import haze.diffusion.process.NoiseSchedule;
import java.util.Arrays;

/// Which n of the T timesteps a sampler visits; the names and numbers are diffusers'
/// (`"timestep_spacing"`; Lin et al. 2023, "Common Diffusion Noise Schedules and Sample Steps are
/// Flawed", table 2).
///
/// For T = 1000 and n = 10, counted 1..T:
///
/// | | | |
/// |---|---|---|
/// | leading  | 901, 801, .. 101, 1    | begins below T, at less noise than x_T has |
/// | linspace | 1000, 889, .. 112, 1   | both ends |
/// | trailing | 1000, 900, .. 200, 100 | begins at T; the last step is a long one |
///
/// Where a formula gives half a timestep it is rounded to the even one, counted 0..T-1.
public enum TimestepSpacing {
  /// Multiples of `T / n`, rounded down, from 0: diffusers' default for DDPM and DDIM.
  LEADING {
    @Override
    int index(int i, int timesteps, int steps) {
      return i * (timesteps / steps);
    }
  },

  /// From 0 to T-1 in n even steps.
  LINSPACE {
    @Override
    int index(int i, int timesteps, int steps) {
      if (steps == 1) {
        return 0;
      }
      double step = (timesteps - 1.0) / (steps - 1);
      return i == steps - 1 ? timesteps - 1 : (int) Math.rint(i * step);
    }
  },

  /// From T-1 downwards in steps of `T / n`.
  TRAILING {
    @Override
    int index(int i, int timesteps, int steps) {
      double step = (double) timesteps / steps;
      // As NumPy's arange(T, 0, -T/n): its increment is the difference of its first two elements.
      double increment = (timesteps - step) - timesteps;
      return (int) Math.rint(timesteps + (steps - 1 - i) * increment) - 1;
    }
  };

  /// The visited timesteps.
  ///
  /// @param timesteps T, the number of timesteps the network was trained on
  /// @param steps n, how many of them to visit, 1..T
  /// @return n timesteps in 1..T, falling
  /// @throws IllegalArgumentException if n is not in 1..T
  public int[] timesteps(int timesteps, int steps) {
    return timesteps(timesteps, steps, 0);
  }

  /// The visited timesteps, moved up by diffusers' `"steps_offset"`.
  ///
  /// @param timesteps T, the number of timesteps the network was trained on
  /// @param steps n, how many of them to visit, 1..T
  /// @param stepsOffset added to every timestep if the spacing is leading, ignored otherwise
  /// @return n timesteps in 1..T, falling
  /// @throws IllegalArgumentException if n is not in 1..T or the offset leads out of it
  public int[] timesteps(int timesteps, int steps, int stepsOffset) {
    if (steps < 1 || steps > timesteps) {
      throw new IllegalArgumentException(
          "timestep spacing: " + steps + " steps are not in 1.." + timesteps);
    }
    int offset = this == LEADING ? stepsOffset : 0;
    int[] falling = new int[steps];
    for (int i = 0; i < steps; i++) {
      // index() counts 0..T-1, as diffusers does; this is where it becomes 1..T.
      falling[steps - 1 - i] = index(i, timesteps, steps) + offset + 1;
    }
    if (falling[0] > timesteps || falling[steps - 1] < 1) {
      throw new IllegalArgumentException(
          "timestep spacing: steps offset "
              + stepsOffset
              + " leads out of "
              + timesteps
              + " timesteps");
    }
    return falling;
  }

  /// The visited timesteps of a sampler that may visit any point in time, as diffusers' Euler and
  /// Heun samplers: those of [#timesteps(int, int, int)], but linspace is not rounded.
  ///
  /// @return n timesteps, falling, as networks count: 0..T-1
  double[] fractional(int timesteps, int steps, int stepsOffset) {
    double[] falling =
        Arrays.stream(timesteps(timesteps, steps, stepsOffset))
            .mapToDouble(NoiseSchedule::modelTimestep)
            .toArray();
    if (this == LINSPACE && steps > 1) {
      for (int i = 0; i < steps; i++) {
        falling[i] = (timesteps - 1.0) * (steps - 1 - i) / (steps - 1);
      }
    }
    return falling;
  }

  /// The visited timesteps of a sampler that goes from the last one to the clean image by itself,
  /// as diffusers' DPM-Solver: leading and linspace are spaced for one step more, and the lowest is
  /// left out.
  ///
  /// @param last how many of the T timesteps may be visited
  /// @return n timesteps, falling, as networks count: 0..T-1
  double[] beforeTheLast(int timesteps, int last, int steps, int stepsOffset) {
    int most = this == TRAILING ? last : last - 1;
    if (steps < 1 || steps > most) {
      throw new IllegalArgumentException(
          "timestep spacing: " + steps + " steps are not in 1.." + most);
    }
    double[] falling = new double[steps];
    for (int i = 0; i < steps; i++) {
      int rising = steps - i;
      falling[i] =
          switch (this) {
            case LEADING -> rising * (last / (steps + 1)) + stepsOffset;
            case LINSPACE -> Math.rint(rising * ((last - 1.0) / steps));
            case TRAILING -> index(rising - 1, timesteps, steps) + last - timesteps;
          };
    }
    if (falling[0] >= timesteps || falling[steps - 1] < 0) {
      throw new IllegalArgumentException(
          this == TRAILING
              ? "timestep spacing: "
                  + steps
                  + " steps are too many where the scheduler leaves out the last "
                  + (timesteps - last)
                  + " of "
                  + timesteps
                  + " timesteps, expected at most "
                  + mostBeforeTheLast(timesteps, last)
              : "timestep spacing: "
                  + steps
                  + " steps with offset "
                  + stepsOffset
                  + " lead out of "
                  + timesteps
                  + " timesteps");
    }
    return falling;
  }

  /// The most steps of which none is below the first timestep, if they are trailing.
  private int mostBeforeTheLast(int timesteps, int last) {
    int steps = last;
    while (index(0, timesteps, steps) < timesteps - last) {
      steps--;
    }
    return steps;
  }

  /// The i-th lowest timestep before the offset, counted 0..T-1.
  abstract int index(int i, int timesteps, int steps);
}
