package haze.nn;

import haze.tensor.Allocator;
import haze.tensor.Layout;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;

/// Numbers that are learned: a tensor of a layer, its role, and how it starts.
public final class Parameter {
  /// What a parameter is, which decides how PyTorch lays it out in a file.
  public enum Role {
    /// A bias, or a scale or shift of a normalisation: `[c]`, as in PyTorch.
    VECTOR,
    /// A matrix `[in, out]`; PyTorch has `[out, in]`.
    MATRIX,
    /// A table of embeddings `[rows, width]`, as in PyTorch.
    TABLE,
    /// A convolution's kernel `[kh, kw, in, out]`; PyTorch has `[out, in, kh, kw]`.
    KERNEL
  }

  /// How a parameter starts.
  sealed interface Initialization {
    /// The same number everywhere.
    record Constant(float value) implements Initialization {}

    /// Uniform numbers in `[-bound, bound)`.
    record Uniform(float bound) implements Initialization {}

    /// Standard normal numbers.
    record StandardNormal() implements Initialization {}
  }

  private final Role role;
  private final Initialization initialization;
  private final boolean zeroInit;
  private Tensor value;

  private Parameter(Role role, Initialization initialization, boolean zeroInit, Shape shape) {
    this.role = role;
    this.initialization = initialization;
    this.zeroInit = zeroInit;
    value = Allocator.HEAP.allocate(shape);
  }

  /// A weight or bias that starts as PyTorch's `Linear` and `Conv2d` do: uniform in +-1 / sqrt(fan
  /// in), which is what Kaiming's initialisation with a = sqrt(5) comes to.
  ///
  /// @param fanIn the number of inputs of one output
  /// @param zeroInit whether its layer is the last of a residual branch, see
  ///   [ParameterVector#initialize]
  static Parameter uniform(Role role, int fanIn, boolean zeroInit, int... dims) {
    return new Parameter(
        role, new Initialization.Uniform((float) (1 / Math.sqrt(fanIn))), zeroInit, Shape.of(dims));
  }

  /// A scale or shift that starts with a fixed number.
  static Parameter constant(float value, int... dims) {
    return new Parameter(Role.VECTOR, new Initialization.Constant(value), false, Shape.of(dims));
  }

  /// A table that starts as PyTorch's `Embedding` does: standard normal.
  static Parameter table(int rows, int width) {
    return new Parameter(
        Role.TABLE, new Initialization.StandardNormal(), false, Shape.of(rows, width));
  }

  /// The numbers.
  ///
  /// @return the tensor itself, by which a tape finds it
  public Tensor value() {
    return value;
  }

  /// Moves the numbers into memory shared with other parameters.
  void moveTo(Tensor place) {
    value = place.copyFrom(value);
  }

  /// Sets the first values, a function of the random stream alone.
  void initialize(Rng rng, boolean zeroInitialization) {
    switch (initialization) {
      case Initialization.Constant(float number) -> value.fill(number);
      case Initialization.Uniform(float bound) -> {
        rng.uniform(value);
        for (int i = 0; i < value.size(); i++) {
          int at = value.offset() + i;
          value.data()[at] = (2 * value.data()[at] - 1) * bound;
        }
      }
      case Initialization.StandardNormal() -> rng.normal(value);
    }
    if (zeroInitialization && zeroInit) {
      value.fill(0);
    }
  }

  /// The numbers in PyTorch's layout.
  ///
  /// @return a tensor of [#pyTorchShape]
  public Tensor toPyTorch() {
    return switch (role) {
      case VECTOR, TABLE -> value;
      case MATRIX -> Layout.permute(Allocator.HEAP, value, 1, 0);
      case KERNEL -> Layout.permute(Allocator.HEAP, value, 3, 2, 0, 1);
    };
  }

  /// Takes over numbers in PyTorch's layout.
  ///
  /// @param stored a tensor of [#pyTorchShape]
  /// @throws IllegalArgumentException if it has another shape
  public void fromPyTorch(Tensor stored) {
    if (!stored.shape().equals(pyTorchShape())) {
      throw new IllegalArgumentException(
          "parameter: shape " + stored.shape() + ", expected " + pyTorchShape());
    }
    value.copyFrom(
        switch (role) {
          case VECTOR, TABLE -> stored;
          case MATRIX -> Layout.permute(Allocator.HEAP, stored, 1, 0);
          case KERNEL -> Layout.permute(Allocator.HEAP, stored, 2, 3, 1, 0);
        });
  }

  /// The shape in PyTorch's layout.
  ///
  /// @return `[c]`, `[rows, width]`, `[out, in]` or `[out, in, kh, kw]`
  public Shape pyTorchShape() {
    Shape s = value.shape();
    return switch (role) {
      case VECTOR, TABLE -> s;
      case MATRIX -> Shape.of(s.dim(1), s.dim(0));
      case KERNEL -> Shape.of(s.dim(3), s.dim(2), s.dim(0), s.dim(1));
    };
  }
}
