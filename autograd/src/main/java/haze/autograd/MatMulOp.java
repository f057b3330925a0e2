package haze.autograd;

import haze.tensor.Layout;
import haze.tensor.MatMul;
import haze.tensor.Reduce;
import haze.tensor.Tensor;

/// `y = op(a) op(b)` over the two innermost axes, each side plain or transposed, for every entry of
/// the axes before them.
///
/// Backward, for plain sides: `da = dy b^T` and `db = a^T dy`; a transposed side's gradient is the
/// transpose of that. If b is one matrix for all entries, its gradient is the sum over them.
public record MatMulOp(Variable a, boolean transposeA, Variable b, boolean transposeB, Variable y)
    implements Operation {

  /// {@return `a b`, `[..., m, n]`}
  ///
  /// @param a `[..., m, k]`
  /// @param b `[..., k, n]` or `[k, n]`
  /// @throws IllegalArgumentException if the shapes do not fit
  public static Variable apply(Tape tape, Variable a, Variable b) {
    return apply(tape, a, false, b, false);
  }

  /// {@return the product, see [MatMul#multiply]}
  ///
  /// @param transposeA whether the two innermost axes of a are exchanged
  /// @param transposeB whether the two innermost axes of b are exchanged
  /// @throws IllegalArgumentException if the shapes do not fit
  public static Variable apply(
      Tape tape, Variable a, boolean transposeA, Variable b, boolean transposeB) {
    Tensor product = MatMul.multiply(tape, a.value(), transposeA, b.value(), transposeB);
    return tape.record(new MatMulOp(a, transposeA, b, transposeB, tape.output(product, a, b)));
  }

  @Override
  public void backward(Tape tape) {
    Tensor dy = y.gradient();
    if (a.needsGradient()) {
      if (transposeA && b.value().shape().rank() == 2 && a.value().shape().rank() > 2) {
        // (dy b^T)^T for each entry: there the shared matrix is the left side.
        Tensor da = MatMul.multiply(tape, dy, false, b.value(), !transposeB);
        a.addGradient(tape, exchanged(tape, da));
        tape.release(da);
      } else {
        a.addGradient(
            tape,
            transposeA
                ? MatMul.multiply(tape, b.value(), transposeB, dy, true)
                : MatMul.multiply(tape, dy, false, b.value(), !transposeB));
      }
    }
    if (b.needsGradient()) {
      Tensor db =
          transposeB
              ? MatMul.multiply(tape, dy, true, a.value(), transposeA)
              : MatMul.multiply(tape, a.value(), !transposeA, dy, false);
      if (db.shape().equals(b.value().shape())) {
        b.addGradient(tape, db);
      } else {
        b.addGradient(tape, Reduce.sumTo(tape, db, b.value().shape()));
        tape.release(db);
      }
    }
  }

  private static Tensor exchanged(Tape tape, Tensor x) {
    int[] axes = new int[x.shape().rank()];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = i;
    }
    axes[axes.length - 1] = axes.length - 2;
    axes[axes.length - 2] = axes.length - 1;
    return Layout.permute(tape, x, axes);
  }
}
