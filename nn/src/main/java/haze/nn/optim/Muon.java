package haze.nn.optim;

import haze.autograd.Tape;
import haze.nn.Parameter;
import haze.nn.ParameterVector;
import haze.tensor.Allocator;
import haze.tensor.BufferPool;
import haze.tensor.MatMul;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Muon: the weights of a layer move by a matrix whose singular values are all about 1, so that a
/// step changes the layer's output alike in every direction, and not mostly in the few that the
/// gradient is largest in (Jordan et al. 2024, "Muon: An optimizer for hidden layers").
///
/// ```
/// M = beta M + (1 - beta) G
/// O = orthogonal((1 - beta) G + beta M)                         Nesterov's momentum
/// W = (1 - rate weightDecay) W - rate 0.2 sqrt(max(rows, columns)) O
/// ```
///
/// The factor of O makes the step of a weight as large as [Adam]'s usually is, so that both have
/// one learning rate (Liu et al. 2025, "Muon is Scalable for LLM Training", section 2.2).
///
/// A matrix is a kernel `[kh, kw, in, out]`, as `kh kw in` rows and `out` columns, or the weight of
/// a linear layer, of at least [#FEWEST] rows and columns. All other weights are [AdamW]'s: biases,
/// normalisations, embeddings, the last layer, and the first of grey images, which has 9 rows.
public final class Muon implements Optimizer {
  /// The decay of the matrices' momentum, the authors'.
  public static final double BETA = 0.95;

  /// Fewest rows and columns of a matrix.
  public static final int FEWEST = 16;

  /// The root mean square of a matrix's step at learning rate 1, about that of Adam's.
  private static final double ADAM_STEP = 0.2;

  /// Newton-Schulz iterations; after five, singular values are between 0.7 and 1.2.
  private static final int ITERATIONS = 5;

  /// After so many, S is computed from X anew: it holds a small singular value squared, in which
  /// floats lose it, and these make it a hundred times as large.
  private static final int FIRST_ITERATIONS = 2;

  /// The authors' coefficients of an odd polynomial, `a x + b x^3 + c x^5`, which takes singular
  /// values from 0 to 1 towards 1, the small ones fast: `a` is its slope at 0.
  private static final float A = 3.4445f;

  private static final float B = -4.7750f;
  private static final float C = 2.0315f;

  /// A gradient of zeros has no direction.
  private static final double LEAST_NORM = 1e-30;

  /// A matrix among the weights: from index `from`, row after row.
  private record Matrix(int from, int rows, int columns) {
    int past() {
      return from + rows * columns;
    }
  }

  private final Moments moments;
  private final float[] momentum;
  private final double weightDecay;

  /// In the order of their places.
  private final List<Matrix> matrices;

  /// An optimizer of a network's parameters without weight decay.
  public Muon(ParameterVector parameters) {
    this(parameters, 0);
  }

  /// @param weightDecay at least 0
  /// @throws IllegalArgumentException if it is out of range
  public Muon(ParameterVector parameters, double weightDecay) {
    this.moments = new Moments("muon", parameters.size(), Adam.BETA1, Adam.BETA2, Adam.EPSILON);
    this.momentum = moments.first();
    this.weightDecay = Checks.notNegative("muon: weight decay", weightDecay);
    List<Matrix> found = new ArrayList<>();
    for (Parameter parameter : parameters.parameters().values()) {
      Shape shape = parameter.value().shape();
      if (parameter.isMatrix()) {
        int columns = shape.dim(-1);
        int rows = shape.size() / columns;
        if (Math.min(rows, columns) >= FEWEST) {
          found.add(new Matrix(parameter.value().offset(), rows, columns));
        }
      }
    }
    matrices = List.copyOf(found);
  }

  @Override
  public void updateMatrices(
      float[] values,
      float[] gradient,
      float gradientScale,
      double learningRate,
      long step,
      int from,
      int to,
      Workers workers) {
    Checks.range("muon", from, to, momentum.length, values.length, gradient.length);
    List<Matrix> moved =
        matrices.stream().filter(matrix -> from <= matrix.from && matrix.from < to).toList();
    workers.run(
        moved.size(),
        (i, worker) ->
            move(
                moved.get(i), values, gradient, gradientScale, learningRate, workers.pool(worker)));
  }

  private void move(
      Matrix matrix,
      float[] values,
      float[] gradient,
      float gradientScale,
      double learningRate,
      BufferPool pool) {
    try (Tape memory = Tape.off(pool)) {
      Tensor direction = memory.allocate(Shape.of(matrix.rows, matrix.columns));
      ahead(matrix, gradient, gradientScale, direction);
      Tensor orthogonal = orthogonal(memory, direction);
      float rate =
          (float) (learningRate * ADAM_STEP * Math.sqrt(Math.max(matrix.rows, matrix.columns)));
      float kept = (float) (1 - learningRate * weightDecay);
      subtract(values, matrix.from, matrix.past(), kept, rate, orthogonal);
    }
  }

  /// Nesterov's momentum.
  private void ahead(Matrix matrix, float[] gradient, float gradientScale, Tensor direction) {
    float[] out = direction.data();
    int out0 = direction.offset() - matrix.from;
    float beta = (float) BETA;
    float rest = (float) (1 - BETA);
    for (int i = matrix.from; i < matrix.past(); i++) {
      float g = rest * (gradientScale * gradient[i]);
      float mean = beta * momentum[i] + g;
      momentum[i] = mean;
      out[out0 + i] = g + beta * mean;
    }
  }

  private static void subtract(
      float[] values, int from, int past, float kept, float rate, Tensor step) {
    float[] o = step.data();
    int o0 = step.offset() - from;
    for (int i = from; i < past; i++) {
      values[i] = kept * values[i] - rate * o[o0 + i];
    }
  }

  /// {@return about the orthogonal matrix nearest to x, `U V^T` of its singular value decomposition
  /// `U S V^T`, by Newton and Schulz's iteration: with X scaled to norm 1,}
  ///
  /// ```
  /// S = X^T X,  X = X P,  P = a I + b S + c S^2           or with X X^T, whichever is smaller
  /// ```
  ///
  /// @param memory of the result too
  /// @param x `[rows, columns]`
  static Tensor orthogonal(Allocator memory, Tensor x) {
    Tensor result = normalized(memory, x);
    result = iterate(memory, result, FIRST_ITERATIONS);
    return iterate(memory, result, ITERATIONS - FIRST_ITERATIONS);
  }

  /// Iterations on S alone: all P are polynomials of the first S, so that they commute, and the
  /// next S is `P S P`. Only the first S and the last X are products with the long side of X; those
  /// between are of the size of S.
  private static Tensor iterate(Allocator memory, Tensor x, int iterations) {
    boolean tall = x.dim(0) >= x.dim(1);
    Tensor s = MatMul.multiply(memory, x, tall, x, !tall);
    Tensor last = polynomial(memory, s);
    Tensor all = last;
    for (int k = 1; k < iterations; k++) {
      s = multiply(memory, multiply(memory, last, s), last);
      last = polynomial(memory, s);
      all = multiply(memory, all, last);
    }
    return tall ? multiply(memory, x, all) : multiply(memory, all, x);
  }

  /// `a I + b S + c S^2`.
  private static Tensor polynomial(Allocator memory, Tensor s) {
    Tensor result = multiply(memory, s, s);
    float[] data = result.data();
    int r0 = result.offset();
    int s0 = s.offset();
    for (int i = 0; i < s.size(); i++) {
      data[r0 + i] = B * s.data()[s0 + i] + C * data[r0 + i];
    }
    int side = s.dim(0);
    for (int i = 0; i < side; i++) {
      data[r0 + i * (side + 1)] += A;
    }
    return result;
  }

  private static Tensor multiply(Allocator memory, Tensor a, Tensor b) {
    return MatMul.multiply(memory, a, false, b, false);
  }

  private static Tensor normalized(Allocator memory, Tensor x) {
    double squares = GradientClip.sumSquares(x.data(), x.offset(), x.offset() + x.size());
    float scale = (float) (1 / Math.max(Math.sqrt(squares), LEAST_NORM));
    Tensor result = memory.allocate(x.shape());
    for (int i = 0; i < x.size(); i++) {
      result.data()[result.offset() + i] = scale * x.data()[x.offset() + i];
    }
    return result;
  }

  /// Moves what lies between the matrices.
  @Override
  public void update(
      float[] values,
      float[] gradient,
      float gradientScale,
      double learningRate,
      long step,
      int from,
      int to) {
    int at = from;
    for (Matrix matrix : matrices) {
      if (matrix.past() > at && matrix.from < to) {
        adam(values, gradient, gradientScale, learningRate, step, at, Math.max(at, matrix.from));
        at = Math.min(matrix.past(), to);
      }
    }
    adam(values, gradient, gradientScale, learningRate, step, at, to);
  }

  private void adam(
      float[] values,
      float[] gradient,
      float gradientScale,
      double learningRate,
      long step,
      int from,
      int to) {
    double kept = 1 - learningRate * weightDecay;
    moments.update(values, gradient, gradientScale, learningRate, step, 0, kept, from, to);
  }

  @Override
  public Map<String, float[]> state() {
    return moments.state();
  }
}
