package haze.nn.optim;

/// The learning rate as a function of the step alone, so that a resumed run needs nothing but its
/// step.
///
/// Steps count from 1. PyTorch's `LambdaLR` counts from 0 what it gives to the first update; the
/// conversion is here: step `s` gets `lambda(s - 1)`. With a warm-up, the first update therefore
/// has rate 0 (it fills the optimizer's means and moves no weight) and update `warmUpSteps + 1` is
/// the first with the full rate; the names of diffusers' functions are given at each schedule.
public sealed interface LearningRateSchedule {
  /// {@return the learning rate of a step, at least 0}
  ///
  /// @param step from 1
  /// @throws IllegalArgumentException if the step is below 1
  double rate(long step);

  /// The same rate for all steps (`get_constant_schedule`).
  ///
  /// @param peak the rate, at least 0
  record Constant(double peak) implements LearningRateSchedule {
    public Constant {
      Checks.notNegative("constant: rate", peak);
    }

    @Override
    public double rate(long step) {
      Checks.step("constant", step);
      return peak;
    }
  }

  /// From 0 along a line to the full rate, which then stays (`get_constant_schedule_with_warmup`):
  /// `peak min(1, (step - 1) / warmUpSteps)`.
  ///
  /// @param peak the full rate, at least 0
  /// @param warmUpSteps steps below the full rate, at least 0
  record LinearWarmUp(double peak, long warmUpSteps) implements LearningRateSchedule {
    public LinearWarmUp {
      Checks.notNegative("linear warm-up: rate", peak);
      Checks.notNegative("linear warm-up: steps", (double) warmUpSteps);
    }

    @Override
    public double rate(long step) {
      Checks.step("linear warm-up", step);
      return step <= warmUpSteps ? peak * (step - 1) / warmUpSteps : peak;
    }
  }

  /// A linear warm-up, the full rate, then a line down to 0 (`get_linear_schedule_with_warmup`,
  /// where the fall begins with the end of the warm-up):
  ///
  /// ```
  /// rate = peak (1 - p),   p = (step - 1 - decayFrom) / (totalSteps - decayFrom)
  /// ```
  ///
  /// Step `totalSteps`, the last, has a rate just above 0; steps after it have 0.
  ///
  /// @param peak the full rate, at least 0
  /// @param warmUpSteps steps of the warm-up, at least 0
  /// @param decayFrom steps before the fall, at least those of the warm-up
  /// @param totalSteps all steps, more than those before the fall
  record LinearDecay(double peak, long warmUpSteps, long decayFrom, long totalSteps)
      implements LearningRateSchedule {
    public LinearDecay {
      checkFall("linear", peak, warmUpSteps, decayFrom, totalSteps);
    }

    @Override
    public double rate(long step) {
      return step <= decayFrom
          ? new LinearWarmUp(peak, warmUpSteps).rate(step)
          : peak * (1 - fallen(step, decayFrom, totalSteps));
    }
  }

  /// A linear warm-up, the full rate, then half a cosine down to 0
  /// (`get_cosine_schedule_with_warmup`, where the fall begins with the end of the warm-up;
  /// Loshchilov & Hutter 2017, eq. 5):
  ///
  /// ```
  /// rate = peak (1 + cos(pi p)) / 2,   p = (step - 1 - decayFrom) / (totalSteps - decayFrom)
  /// ```
  ///
  /// Step `totalSteps`, the last, has a rate just above 0; steps after it have 0 (diffusers' would
  /// rise again).
  ///
  /// @param peak the full rate, at least 0
  /// @param warmUpSteps steps of the warm-up, at least 0
  /// @param decayFrom steps before the fall, at least those of the warm-up
  /// @param totalSteps all steps, more than those before the fall
  record CosineDecay(double peak, long warmUpSteps, long decayFrom, long totalSteps)
      implements LearningRateSchedule {
    public CosineDecay {
      checkFall("cosine", peak, warmUpSteps, decayFrom, totalSteps);
    }

    /// A fall that begins with the end of the warm-up.
    public CosineDecay(double peak, long warmUpSteps, long totalSteps) {
      this(peak, warmUpSteps, warmUpSteps, totalSteps);
    }

    @Override
    public double rate(long step) {
      return step <= decayFrom
          ? new LinearWarmUp(peak, warmUpSteps).rate(step)
          : peak * 0.5 * (1 + StrictMath.cos(Math.PI * fallen(step, decayFrom, totalSteps)));
    }
  }

  /// How much of a fall lies before a step, 0 to 1.
  private static double fallen(long step, long decayFrom, long totalSteps) {
    Checks.step("fall", step);
    return Math.min(1, (double) (step - 1 - decayFrom) / (totalSteps - decayFrom));
  }

  private static void checkFall(
      String name, double peak, long warmUpSteps, long decayFrom, long totalSteps) {
    Checks.notNegative(name + ": rate", peak);
    Checks.notNegative(name + ": steps of the warm-up", (double) warmUpSteps);
    if (decayFrom < warmUpSteps || totalSteps <= decayFrom) {
      throw new IllegalArgumentException(
          name
              + ": a warm-up of "
              + warmUpSteps
              + " steps and a fall after "
              + decayFrom
              + " of "
              + totalSteps
              + ", expected warm-up <= fall < all steps");
    }
  }

  /// A linear warm-up, the full rate, and from `decayFrom` on a fall with the root of the step
  /// (Karras et al. 2024, eq. 67): `peak / sqrt(max(1, step / decayFrom))`. It does not depend on
  /// how many steps there will be, so a run can be made longer at any time.
  ///
  /// @param peak the full rate, at least 0
  /// @param warmUpSteps steps of the warm-up, at least 0
  /// @param decayFrom the last step with the full rate, at least 1
  record InverseSquareRoot(double peak, long warmUpSteps, long decayFrom)
      implements LearningRateSchedule {
    public InverseSquareRoot {
      Checks.notNegative("inverse square root: rate", peak);
      Checks.notNegative("inverse square root: steps of the warm-up", (double) warmUpSteps);
      Checks.step("inverse square root: decay", decayFrom);
    }

    @Override
    public double rate(long step) {
      double warm = new LinearWarmUp(peak, warmUpSteps).rate(step);
      return warm / Math.sqrt(Math.max(1, (double) step / decayFrom));
    }
  }
}
