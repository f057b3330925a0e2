package haze.nn.optim;

/// The decay of an [Ema] as a function of the step: constant, or small at first, so that the random
/// weights of the beginning are soon forgotten.
public sealed interface EmaDecay {
  /// {@return the part of the average that a step keeps, 0 to 1; with 0 the average becomes a copy}
  ///
  /// @param step from 1
  /// @throws IllegalArgumentException if the step is below 1
  double decay(long step);

  /// The same for all steps, as improved-diffusion has it: `rate`, from 0 to 1, typically 0.9999.
  record Constant(double rate) implements EmaDecay {
    public Constant {
      checkPart("ema: rate", rate);
    }

    @Override
    public double decay(long step) {
      Checks.step("ema", step);
      return rate;
    }
  }

  /// Rises towards a maximum, as diffusers' `EMAModel` has it:
  ///
  /// ```
  /// decay = (1 + s) / (10 + s), kept between min and max,   s = step - updateAfterStep - 1
  /// ```
  ///
  /// and 0 as long as `s <= 0`.
  ///
  /// @param max the greatest decay, from 0 to 1, typically 0.9999
  /// @param min the least decay once averaging has begun, from 0 to `max`
  /// @param updateAfterStep steps after which averaging begins, at least 0
  record WarmUp(double max, double min, long updateAfterStep) implements EmaDecay {
    /// Where the fraction starts: `1 / 10`, diffusers' numbers.
    private static final double SLOWNESS = 10;

    public WarmUp {
      checkLimits(max, min, updateAfterStep);
    }

    @Override
    public double decay(long step) {
      long s = sinceStart(step, updateAfterStep);
      return s <= 0 ? 0 : Math.clamp((1 + s) / (SLOWNESS + s), min, max);
    }
  }

  /// Rises towards a maximum as a power, as diffusers' `EMAModel` with `use_ema_warmup` has it:
  ///
  /// ```
  /// decay = 1 - (1 + s / gamma)^-power, kept between min and max,   s = step - updateAfterStep - 1
  /// ```
  ///
  /// and 0 as long as `s <= 0`.
  ///
  /// @param gamma scale of the steps, above 0, diffusers' inverse gamma; 1 there by default
  /// @param power how fast it rises, above 0: 2/3 for a million steps and more (diffusers'
  ///   default), 3/4 for fewer
  /// @param max the greatest decay, from 0 to 1, typically 0.9999
  /// @param min the least decay once averaging has begun, from 0 to `max`
  /// @param updateAfterStep steps after which averaging begins, at least 0
  record PowerWarmUp(double gamma, double power, double max, double min, long updateAfterStep)
      implements EmaDecay {
    public PowerWarmUp {
      if (!(gamma > 0) || !(power > 0)) {
        throw new IllegalArgumentException(
            "ema: expected gamma and power above 0, not " + gamma + " and " + power);
      }
      checkLimits(max, min, updateAfterStep);
    }

    @Override
    public double decay(long step) {
      long s = sinceStart(step, updateAfterStep);
      return s <= 0 ? 0 : Math.clamp(1 - StrictMath.pow(1 + s / gamma, -power), min, max);
    }
  }

  /// Rises so that the average of step s weighs step k with the power `k^exponent` (Karras et al.
  /// 2024, "Analyzing and Improving the Training Dynamics of Diffusion Models", section 3.1), see
  /// [EmaProfile]:
  ///
  /// ```
  /// decay = (1 - 1/s)^(exponent + 1)
  /// ```
  ///
  /// The average reaches back a constant part of the training so far, whatever its length; the
  /// first step makes it a copy.
  ///
  /// @param exponent the paper's gamma, at least 0, see [EmaProfile#exponent]
  record PowerFunction(double exponent) implements EmaDecay {
    public PowerFunction {
      Checks.notNegative("ema: exponent", exponent);
    }

    @Override
    public double decay(long step) {
      Checks.step("ema", step);
      return StrictMath.pow(1 - 1.0 / step, exponent + 1);
    }
  }

  private static long sinceStart(long step, long updateAfterStep) {
    Checks.step("ema", step);
    return step - updateAfterStep - 1;
  }

  private static void checkLimits(double max, double min, long updateAfterStep) {
    checkPart("ema: greatest decay", max);
    checkPart("ema: least decay", min);
    if (min > max || updateAfterStep < 0) {
      throw new IllegalArgumentException(
          "ema: expected least <= greatest decay and a start at step 0 or later, not "
              + min
              + ", "
              + max
              + ", "
              + updateAfterStep);
    }
  }

  private static void checkPart(String what, double part) {
    if (!(part >= 0 && part <= 1)) {
      throw new IllegalArgumentException(what + ": expected 0 <= x <= 1, not " + part);
    }
  }
}
