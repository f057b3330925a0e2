package haze.autograd;

import haze.tensor.Elementwise;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A value in a computation, and the place where its gradient is collected.
///
/// A variable is made by a [Tape] or by an [Operation] on one, and is used with that tape alone.
public final class Variable {
  private final Shape shape;
  private final boolean needsGradient;
  private final boolean ownsValue;
  private final boolean leaf;
  private @Nullable Tensor value;

  /// Computes the value once more, the same bits.
  private @Nullable Supplier<Tensor> again;

  private @Nullable Tensor gradient;

  private Variable(
      Shape shape,
      @Nullable Tensor value,
      @Nullable Supplier<Tensor> again,
      @Nullable Tensor gradient,
      boolean needsGradient,
      boolean ownsValue,
      boolean leaf) {
    this.shape = shape;
    this.value = value;
    this.again = again;
    this.gradient = gradient;
    this.needsGradient = needsGradient;
    this.ownsValue = ownsValue;
    this.leaf = leaf;
  }

  static Variable constant(Tensor value) {
    return new Variable(value.shape(), value, null, null, false, false, true);
  }

  static Variable leaf(Tensor value, Tensor gradient) {
    return new Variable(value.shape(), value, null, gradient, true, false, true);
  }

  static Variable output(Tensor value, @Nullable Supplier<Tensor> again, boolean needsGradient) {
    return new Variable(value.shape(), value, again, null, needsGradient, true, false);
  }

  /// The elements of `of`, wherever they are by then, under another shape.
  static Variable view(Shape shape, Variable of) {
    return new Variable(
        shape,
        null,
        () -> Tensor.wrap(shape, of.value().data(), of.value().offset()),
        null,
        of.needsGradient,
        false,
        false);
  }

  /// {@return the value's shape, which is known after the value has gone}
  public Shape shape() {
    return shape;
  }

  /// {@return the tensor itself; computed again if the tape has let go of it, see [Tape#forget]}
  ///
  /// @throws IllegalStateException if backward has passed this variable and recycled its memory
  public Tensor value() {
    if (value != null) {
      return value;
    }
    if (again == null) {
      throw new IllegalStateException(
          "variable: its value was recycled by backward; read it before, or copy it");
    }
    Tensor computed = again.get();
    if (ownsValue) {
      value = computed;
    }
    return computed;
  }

  /// {@return whether a gradient is collected: the tape records and a watched tensor has a part in
  /// the value}
  public boolean needsGradient() {
    return needsGradient;
  }

  /// {@return the gradient collected so far, of the value's shape}
  ///
  /// @throws IllegalStateException if there is none
  public Tensor gradient() {
    if (gradient == null) {
      throw new IllegalStateException("variable: no gradient has arrived");
    }
    return gradient;
  }

  boolean hasGradient() {
    return gradient != null;
  }

  boolean isLeaf() {
    return leaf;
  }

  /// Hands the gradient over to the caller, who may change it or pass it on; this variable has none
  /// afterwards.
  public Tensor takeGradient() {
    Tensor taken = gradient();
    gradient = null;
    return taken;
  }

  /// Adds a contribution that nobody else uses: it is kept as it is if it is the first.
  ///
  /// @param tape allocated the contribution
  /// @param contribution of the value's shape
  public void addGradient(Tape tape, Tensor contribution) {
    if (needsGradient && gradient == null) {
      gradient = contribution;
      return;
    }
    if (needsGradient) {
      Elementwise.accumulate(gradient(), contribution);
    }
    tape.release(contribution);
  }

  /// Adds a contribution of the value's shape that others use too: it is copied if it is the first.
  public void addSharedGradient(Tape tape, Tensor contribution) {
    if (!needsGradient) {
      return;
    }
    if (gradient == null) {
      gradient = tape.allocate(contribution.shape()).copyFrom(contribution);
    } else {
      Elementwise.accumulate(gradient, contribution);
    }
  }

  /// {@return the gradient itself, zero if nothing has arrived yet, for operations that add to it
  /// in place}
  public Tensor gradientToAddTo(Tape tape) {
    if (gradient == null) {
      gradient = tape.allocate(shape).fill(0);
    }
    return gradient;
  }

  /// Lets go of a value that can be computed again.
  void forget(Tape tape) {
    if (again != null && value != null) {
      tape.release(value);
      value = null;
    }
  }

  /// Lets go of value and gradient after the operation that made them has gone backward.
  void recycle(Tape tape, boolean keepValue) {
    if (gradient != null) {
      tape.release(gradient);
      gradient = null;
    }
    if (keepValue) {
      value = value();
    } else {
      if (ownsValue && value != null) {
        tape.release(value);
      }
      value = null;
    }
    again = null;
  }

  /// {@return for instance `Variable needs gradient: Tensor[2][1.0, 2.0]`}
  @Override
  public String toString() {
    return "Variable"
        + (needsGradient ? " needs gradient: " : ": ")
        + (value != null ? value : again != null ? again.get() : "recycled by backward");
  }
}
