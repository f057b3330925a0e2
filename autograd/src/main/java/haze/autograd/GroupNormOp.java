package haze.autograd;

import haze.tensor.GroupNorm;
import haze.tensor.Tensor;

/// Group normalisation, alone or followed by SiLU. [GroupNorm] has the formulas of both directions;
/// `result` holds the statistics that backward needs.
public record GroupNormOp(
    Variable x, Variable gamma, Variable beta, GroupNorm norm, GroupNorm.Result result, Variable y)
    implements Operation {

  /// {@return the normalised images, of x's shape}
  ///
  /// @param norm groups, epsilon, and whether SiLU follows
  /// @param x images `[n, ..., c]`
  /// @param gamma scale `[c]`
  /// @param beta shift `[c]`
  /// @throws IllegalArgumentException if the shapes do not fit
  public static Variable apply(
      Tape tape, GroupNorm norm, Variable x, Variable gamma, Variable beta) {
    GroupNorm.Result result = norm.forward(tape, x.value(), gamma.value(), beta.value());
    Variable y =
        tape.output(
            result.y(),
            () -> norm.apply(tape, x.value(), gamma.value(), beta.value(), result),
            x,
            gamma,
            beta);
    if (!y.needsGradient()) {
      releaseStatistics(tape, result);
    }
    return tape.record(new GroupNormOp(x, gamma, beta, norm, result, y));
  }

  @Override
  public void backward(Tape tape) {
    Tensor dGamma = tape.allocate(gamma.shape()).fill(0);
    Tensor dBeta = tape.allocate(beta.shape()).fill(0);
    // Nobody reads dy afterwards: if it is the first, its memory becomes that of dx.
    boolean accumulate = x.needsGradient() && x.hasGradient();
    Tensor dy = accumulate ? y.gradient() : y.takeGradient();
    Tensor dx = accumulate ? x.gradient() : dy;
    norm.backwardInto(
        tape, x.value(), gamma.value(), beta.value(), result, dy, dGamma, dBeta, dx, accumulate);
    if (!accumulate) {
      x.addGradient(tape, dx);
    }
    gamma.addGradient(tape, dGamma);
    beta.addGradient(tape, dBeta);
    releaseStatistics(tape, result);
  }

  private static void releaseStatistics(Tape tape, GroupNorm.Result result) {
    tape.release(result.mean());
    tape.release(result.reciprocalDeviation());
  }
}
