package haze.nn;

import haze.tensor.Allocator;
import haze.tensor.Layout;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// A learned tensor of a layer, its role, and its first values. It is zero until
/// [ParameterVector#initialize] or [Weights#load].
public final class Parameter {
  /// What a parameter is, which decides how PyTorch lays it out in a file.
  public enum Role {
    /// A bias, or a scale or shift of a normalisation: `[c]`, as in PyTorch. Also any other shape
    /// that PyTorch has in the same order.
    VECTOR,
    /// A matrix `[in, out]`; PyTorch has `[out, in]`.
    MATRIX,
    /// A table of embeddings `[rows, width]`, as in PyTorch.
    TABLE,
    /// A convolution's kernel `[kh, kw, in, out]`; PyTorch has `[out, in, kh, kw]`.
    KERNEL
  }

  /// The first values.
  private sealed interface Initialization {
    /// The same number everywhere.
    record Constant(float value) implements Initialization {}

    /// Uniform numbers in `[-bound, bound)`.
    record Uniform(float bound) implements Initialization {}

    /// Normal numbers.
    record Normal(float deviation) implements Initialization {}
  }

  private final Role role;
  private final Initialization initialization;
  private final boolean zeroInit;
  private final Shape shape;

  /// None yet: zeros that nobody has asked for.
  private @Nullable Tensor value;

  private Parameter(Role role, Initialization initialization, boolean zeroInit, Shape shape) {
    this.role = role;
    this.initialization = initialization;
    this.zeroInit = zeroInit;
    this.shape = shape;
  }

  /// {@return a parameter that starts uniform in `[-1 / sqrt(fanIn), 1 / sqrt(fanIn))`, as the
  /// weights and biases of PyTorch's `Linear` and `Conv2d`: Kaiming's initialization with a =
  /// sqrt(5)}
  ///
  /// @param fanIn number of inputs of one output
  /// @param zeroInit whether its layer is the last of a residual branch, see
  ///   [ParameterVector#initialize]
  public static Parameter uniform(Role role, int fanIn, boolean zeroInit, int... dims) {
    return new Parameter(
        role, new Initialization.Uniform((float) (1 / Math.sqrt(fanIn))), zeroInit, Shape.of(dims));
  }

  /// {@return a vector that starts with the same number everywhere: the scale or shift of a
  /// normalisation}
  public static Parameter constant(float value, int... dims) {
    return new Parameter(Role.VECTOR, new Initialization.Constant(value), false, Shape.of(dims));
  }

  /// {@return a table that starts standard normal, as PyTorch's `Embedding`}
  public static Parameter table(int rows, int width) {
    return new Parameter(Role.TABLE, new Initialization.Normal(1), false, Shape.of(rows, width));
  }

  /// {@return a vector that starts normal with a deviation}
  public static Parameter normal(float deviation, int... dims) {
    return new Parameter(Role.VECTOR, new Initialization.Normal(deviation), false, Shape.of(dims));
  }

  /// {@return the tensor itself, by which a tape finds it, see [haze.autograd.Tape#leaf]}
  public Tensor value() {
    if (value == null) {
      value = Allocator.HEAP.allocate(shape);
    }
    return value;
  }

  /// {@return whether it is the matrix of a linear layer or the kernel of a convolution: for each
  /// output, the last axis, a factor of each input}
  public boolean isMatrix() {
    return switch (role) {
      case MATRIX, KERNEL -> true;
      case VECTOR, TABLE -> false;
    };
  }

  public Shape shape() {
    return shape;
  }

  /// Moves the values into memory shared with other parameters.
  ///
  /// @param place zeros
  void moveTo(Tensor place) {
    value = value == null ? place : place.copyFrom(value);
  }

  /// Has the values of a tensor from now on, whatever is written there.
  void share(Tensor values) {
    value = values;
  }

  /// Sets the first values, which depend on the random stream alone.
  void initialize(Rng rng, boolean zeroInitialization) {
    Tensor value = value();
    switch (initialization) {
      case Initialization.Constant(float number) -> value.fill(number);
      case Initialization.Uniform(float bound) -> {
        rng.uniform(value);
        for (int i = 0; i < value.size(); i++) {
          int at = value.offset() + i;
          value.data()[at] = (2 * value.data()[at] - 1) * bound;
        }
      }
      case Initialization.Normal(float deviation) -> {
        rng.normal(value);
        for (int i = 0; i < value.size(); i++) {
          value.data()[value.offset() + i] *= deviation;
        }
      }
    }
    if (zeroInitialization && zeroInit) {
      value.fill(0);
    }
  }

  /// {@return the values in PyTorch's layout, a tensor of [#pyTorchShape]}
  public Tensor toPyTorch() {
    return switch (role) {
      case VECTOR, TABLE -> value();
      case MATRIX -> Layout.permute(Allocator.HEAP, value(), 1, 0);
      case KERNEL -> Layout.permute(Allocator.HEAP, value(), 3, 2, 0, 1);
    };
  }

  /// Replaces the values by those of a tensor in PyTorch's layout.
  ///
  /// @throws IllegalArgumentException if its shape is not [#pyTorchShape]
  public void fromPyTorch(Tensor stored) {
    if (!stored.shape().equals(pyTorchShape())) {
      throw new IllegalArgumentException(
          "parameter: shape " + stored.shape() + ", expected " + pyTorchShape());
    }
    value()
        .copyFrom(
            switch (role) {
              case VECTOR, TABLE -> stored;
              case MATRIX -> Layout.permute(Allocator.HEAP, stored, 1, 0);
              case KERNEL -> Layout.permute(Allocator.HEAP, stored, 2, 3, 1, 0);
            });
  }

  /// {@return the shape in PyTorch's layout, see [Role]}
  public Shape pyTorchShape() {
    return switch (role) {
      case VECTOR, TABLE -> shape;
      case MATRIX -> Shape.of(shape.dim(1), shape.dim(0));
      case KERNEL -> Shape.of(shape.dim(3), shape.dim(2), shape.dim(0), shape.dim(1));
    };
  }

  /// {@return the role and the values}
  @Override
  public String toString() {
    return "Parameter " + role + ": " + value();
  }
}
