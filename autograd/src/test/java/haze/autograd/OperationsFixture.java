package haze.autograd;

import haze.tensor.Convolution;
import haze.tensor.Dropout;
import haze.tensor.FirFilter;
import haze.tensor.GroupNorm;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;

/// One small computation or more for every operation: what is true of all operations is tested on
/// these.
final class OperationsFixture {
  private static final float EPS = 1e-5f;

  private final List<Case> cases = new ArrayList<>();
  private final SamplesFixture some = new SamplesFixture(1);

  /// A computation and the point at which to differentiate it.
  record Case(
      String operation, BiFunction<Tape, List<Variable>, Variable> computation, Tensor... inputs) {}

  private OperationsFixture() {
    add("Add", (t, x) -> Add.apply(t, x.get(0), x.get(1)), some.normal(3, 4), some.normal(4));
    add(
        "Subtract",
        (t, x) -> Subtract.apply(t, x.get(0), x.get(1)),
        some.normal(3, 1),
        some.normal(3, 4));
    add(
        "Multiply",
        (t, x) -> Multiply.apply(t, x.get(0), x.get(1)),
        some.normal(2, 3, 4),
        some.normal(2, 1, 4));
    add(
        "Divide",
        (t, x) -> Divide.apply(t, x.get(0), x.get(1)),
        some.normal(3, 4),
        some.awayFromZero(3, 1));
    add("Scale", (t, x) -> Scale.apply(t, x.get(0), -2.5f), some.normal(3, 4));
    add("Exp", (t, x) -> Exp.apply(t, x.get(0)), some.normal(3, 7));
    add("Log", (t, x) -> Log.apply(t, x.get(0)), some.positive(3, 7));
    add("Sqrt", (t, x) -> Sqrt.apply(t, x.get(0)), some.positive(3, 7));
    add("Abs", (t, x) -> Abs.apply(t, x.get(0)), some.awayFromZero(3, 7));
    add("Relu", (t, x) -> Relu.apply(t, x.get(0)), some.awayFromZero(3, 7));
    add("Sigmoid", (t, x) -> Sigmoid.apply(t, x.get(0)), some.normal(3, 7));
    add("Tanh", (t, x) -> Tanh.apply(t, x.get(0)), some.normal(3, 7));
    add("Silu", (t, x) -> Silu.apply(t, x.get(0)), some.normal(3, 7));
    add("Gelu", (t, x) -> Gelu.apply(t, x.get(0)), some.normal(3, 7));
    add("Mish", (t, x) -> Mish.apply(t, x.get(0)), some.normal(3, 7));
    add("Softmax", (t, x) -> Softmax.apply(t, x.get(0)), some.normal(3, 7));
    add("Sum", (t, x) -> Sum.apply(t, x.get(0), 1), some.normal(2, 3, 4));
    add("Sum", (t, x) -> Sum.apply(t, x.get(0)), some.normal(2, 3, 4));
    add("Mean", (t, x) -> Mean.apply(t, x.get(0), 0, -1), some.normal(2, 3, 4));
    add("Reshape", (t, x) -> Reshape.apply(t, x.get(0), 4, -1), some.normal(2, 3, 2));
    add("Permute", (t, x) -> Permute.apply(t, x.get(0), 2, 0, 1), some.normal(2, 3, 4));
    add("Slice", (t, x) -> Slice.apply(t, x.get(0), -1, 1, 2), some.normal(2, 3, 4));
    add(
        "Concat",
        (t, x) -> Concat.apply(t, 1, x.get(0), x.get(1)),
        some.normal(2, 3, 4),
        some.normal(2, 1, 4));
    add("Gather", (t, x) -> Gather.apply(t, x.get(0), 3, 0, 3), some.normal(4, 5));
    add(
        "MatMulOp",
        (t, x) -> MatMulOp.apply(t, x.get(0), x.get(1)),
        some.normal(2, 3, 4),
        some.normal(4, 5));
    add(
        "MatMulOp",
        (t, x) -> MatMulOp.apply(t, x.get(0), true, x.get(1), true),
        some.normal(2, 4, 3),
        some.normal(5, 4));
    add(
        "LinearOp",
        (t, x) -> LinearOp.apply(t, x.get(0), x.get(1), x.get(2)),
        some.normal(2, 3, 4),
        some.normal(4, 5),
        some.normal(5));
    add(
        "ConvolutionOp",
        (t, x) ->
            ConvolutionOp.apply(t, new Convolution(2, 0, 1, 0, 1), x.get(0), x.get(1), x.get(2)),
        some.normal(2, 5, 4, 3),
        some.normal(3, 3, 3, 2),
        some.normal(2));
    add(
        "ConvolutionOp",
        (t, x) ->
            ConvolutionOp.apply(
                t, Convolution.of(1, 1), x.get(0), x.get(1), x.get(2), x.get(3), x.get(4)),
        some.normal(2, 3, 4, 3),
        some.normal(3, 3, 3, 2),
        some.normal(2),
        some.normal(2, 2),
        some.normal(2, 3, 4, 2));
    add(
        "GroupNormOp",
        (t, x) -> GroupNormOp.apply(t, new GroupNorm(2, EPS, true), x.get(0), x.get(1), x.get(2)),
        some.checkered(2, 3, 2, 6),
        some.normal(6),
        some.normal(6));
    add("Upsample", (t, x) -> Upsample.apply(t, x.get(0)), some.normal(2, 2, 3, 2));
    add("AveragePool", (t, x) -> AveragePool.apply(t, x.get(0)), some.normal(2, 4, 2, 3));
    for (FirFilter.Border border : FirFilter.Border.values()) {
      add(
          "FilteredResize",
          (t, x) -> FilteredResize.apply(t, new FirFilter(false, border), x.get(0)),
          some.normal(2, 4, 2, 3));
      add(
          "FilteredResize",
          (t, x) -> FilteredResize.apply(t, new FirFilter(true, border), x.get(0)),
          some.normal(2, 2, 3, 2));
    }
    add(
        "DropoutOp",
        (t, x) -> DropoutOp.apply(t, new Dropout(0.3, new Rng(1, 2, 3, 4)), x.get(0)),
        some.normal(2, 3, 7));
    add(
        "AttentionOp",
        (t, x) -> AttentionOp.apply(t, x.get(0), x.get(1), x.get(2), 2),
        some.normal(2, 5, 6),
        some.normal(2, 5, 6),
        some.normal(2, 5, 6));
    add(
        "MeanSquaredError",
        (t, x) -> MeanSquaredError.apply(t, x.get(0), x.get(1)),
        some.normal(3, 4),
        some.normal(3, 4));
    add("CrossEntropy", (t, x) -> CrossEntropy.apply(t, x.get(0), 2, 0, 4), some.normal(3, 5));
  }

  static List<Case> all() {
    return new OperationsFixture().cases;
  }

  private void add(
      String operation, BiFunction<Tape, List<Variable>, Variable> computation, Tensor... inputs) {
    cases.add(new Case(operation, computation, inputs));
  }
}
