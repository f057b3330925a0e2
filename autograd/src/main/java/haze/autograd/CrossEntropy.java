package haze.autograd;

import haze.tensor.Elementwise;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/// Softmax cross-entropy: the negative log-likelihood of each row's label, in nats (Goodfellow et
/// al. 2016, "Deep Learning", sec. 6.2.2.3).
///
/// ```
/// y[i] = log(sum over j of e^x[i, j]) - x[i, labels[i]]
/// ```
///
/// Backward: `dx[i, j] = dy[i] (softmax(x[i])[j] - (j == labels[i] ? 1 : 0))`.
public record CrossEntropy(Variable x, List<Integer> labels, Variable y) implements Operation {

  /// {@return the loss of each row, `[n]`, at least 0; finite if the logits are, since it is
  /// computed in double and from logits less their largest}
  ///
  /// @param x logits `[n, classes]`
  /// @param labels the correct class of each row, from 0
  /// @throws IllegalArgumentException if x has another shape, or there is no such class
  public static Variable apply(Tape tape, Variable x, int... labels) {
    Tensor scores = x.value();
    if (scores.shape().rank() != 2 || scores.dim(0) != labels.length) {
      throw new IllegalArgumentException(
          "cross-entropy: "
              + labels.length
              + " labels for scores "
              + scores.shape()
              + ", expected [n, classes]");
    }
    int classes = scores.dim(1);
    for (int label : labels) {
      if (label < 0 || label >= classes) {
        throw new IllegalArgumentException(
            "cross-entropy: label " + label + " for scores " + scores.shape());
      }
    }
    Tensor y = tape.allocate(Shape.of(labels.length));
    for (int i = 0; i < labels.length; i++) {
      int row = scores.offset() + i * classes;
      y.data()[y.offset() + i] = (float) loss(scores.data(), row, classes, labels[i]);
    }
    return tape.record(
        new CrossEntropy(x, Arrays.stream(labels).boxed().toList(), tape.output(y, x)));
  }

  private static double loss(float[] scores, int row, int classes, int label) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int j = 0; j < classes; j++) {
      largest = Math.max(largest, scores[row + j]);
    }
    double sum = 0;
    for (int j = 0; j < classes; j++) {
      sum += StrictMath.exp(scores[row + j] - largest);
    }
    return StrictMath.log(sum) + (largest - scores[row + label]);
  }

  @Override
  public void backward(Tape tape) {
    Tensor dy = y.gradient();
    Tensor dx = Elementwise.softmax(tape, x.value());
    int classes = dx.dim(1);
    for (int i = 0; i < labels.size(); i++) {
      int row = dx.offset() + i * classes;
      dx.data()[row + labels.get(i)] -= 1;
      for (int j = 0; j < classes; j++) {
        dx.data()[row + j] *= dy.data()[dy.offset() + i];
      }
    }
    x.addGradient(tape, dx);
  }
}
