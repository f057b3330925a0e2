package haze.autograd;

import haze.tensor.Elementwise;
import haze.tensor.Shape;
import haze.tensor.Tensor;

/// `y = mean of (prediction - target)^2` over all elements, summed in double: the loss of DDPM's
/// simplified objective (Ho et al. 2020, eq. 14).
///
/// Backward: `dprediction = 2 (prediction - target) dy / n`, `dtarget = -dprediction`, for n
/// elements.
public record MeanSquaredError(Variable prediction, Variable target, Variable y)
    implements Operation {

  /// {@return the mean, one element without axes}
  ///
  /// @throws IllegalArgumentException if the shapes differ
  public static Variable apply(Tape tape, Variable prediction, Variable target) {
    Tensor difference = Elementwise.combine(tape, 1, prediction.value(), -1, target.value());
    double sum = 0;
    for (int i = 0; i < difference.size(); i++) {
      double d = difference.data()[difference.offset() + i];
      sum += d * d;
    }
    Tensor loss = tape.allocate(Shape.of()).fill((float) (sum / difference.size()));
    tape.release(difference);
    return tape.record(
        new MeanSquaredError(prediction, target, tape.output(loss, prediction, target)));
  }

  @Override
  public void backward(Tape tape) {
    float factor = 2 * y.gradient().item() / prediction.value().size();
    addGradient(tape, prediction, target, factor);
    addGradient(tape, target, prediction, factor);
  }

  private static void addGradient(Tape tape, Variable side, Variable other, float factor) {
    if (side.needsGradient()) {
      side.addGradient(
          tape, Elementwise.combine(tape, factor, side.value(), -factor, other.value()));
    }
  }
}
