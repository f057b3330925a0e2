package haze.diffusion.bits;

import haze.tensor.Tensor;
import java.util.function.Supplier;

/// A result whose bits are the same on every machine.
///
/// @param operation what is computed
/// @param size the sizes that it is computed for
/// @param values computes it
record Result(String operation, String size, Supplier<float[]> values) {
  static Result of(String operation, String size, Supplier<Tensor> values) {
    return new Result(operation, size, () -> values.get().toArray());
  }

  String name() {
    return operation + ", " + size;
  }
}
