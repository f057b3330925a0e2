package haze.diffusion.loss;

import haze.autograd.Mean;
import haze.autograd.Multiply;
import haze.autograd.Subtract;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.stream.IntStream;

/// The mean squared error of every image of a batch.
final class SquaredError {
  private SquaredError() {}

  /// The mean of `(output - target)^2` over each image.
  ///
  /// @return `[n, 1, ..]`
  /// @throws IllegalArgumentException if the shapes differ
  static Variable perImage(Tape tape, Variable output, Tensor target) {
    Shape shape = output.value().shape();
    if (!shape.equals(target.shape())) {
      throw new IllegalArgumentException(
          "squared error: shapes differ: " + shape + " and " + target.shape());
    }
    Variable difference = Subtract.apply(tape, output, tape.constant(target));
    return Mean.apply(
        tape,
        Multiply.apply(tape, difference, difference),
        IntStream.range(1, shape.rank()).toArray());
  }

  /// Multiplies the loss of every image by a number of its own.
  static Variable weighted(Tape tape, Variable losses, float[] weights) {
    return Multiply.apply(tape, losses, tape.constant(Tensor.of(losses.value().shape(), weights)));
  }
}
