/// Tensors, their operations, random numbers and threads.
///
/// {@snippet file="haze/tensor/TensorExamplesTest.java" region="first"}
///
/// Start with [Tensor]; then, in this order:
///
/// 1. [Shape] and [Tensor]: what a tensor is.
/// 2. [Elementwise], [Reduce], [Layout], [Resize], [FirFilter], [Nonlinearity]: operations as plain
///    loops.
/// 3. [MatMul], [Convolution], [GroupNorm], [Attention]: operations that call a kernel. Each has
///    its forward and its backward pass side by side, with the formula above.
/// 4. [Allocator] and [BufferPool]: where results live, and how memory is used again.
/// 5. [Rng], [Dropout]: random numbers as a function of what they are for.
/// 6. [Workers] and [Parallel]: threads.
/// 7. [VectorSupport]: what the JVM must offer.
///
/// Rules of all operations:
///
/// - An operation checks the shapes; an IllegalArgumentException names the operation and both
///   sides.
/// - It changes none of its arguments, except those that its documentation calls written or added
///   to.
/// - It runs on the thread that calls it.
/// - The order of every sum depends on the sizes alone, so the same input gives the same bits, on
///   any thread and with vectors of 128, 256 or 512 bits.
package haze.tensor;
