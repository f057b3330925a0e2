import org.jspecify.annotations.NullMarked;

/// Tensors in pure Java: what a tensor is, its operations, random numbers, and the Vector API
/// kernels underneath.
@NullMarked
module haze.tensor {
  requires static transitive org.jspecify;
  requires jdk.incubator.vector;

  exports haze.tensor;
}
