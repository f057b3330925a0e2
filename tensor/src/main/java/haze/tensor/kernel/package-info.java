/// The loops on the Vector API, and the only package that imports it.
///
/// A kernel is a static method on arrays, starts and sizes. It runs on the thread that calls it,
/// checks nothing and allocates nothing for its data: the operations of `haze.tensor` check shapes
/// and hand it memory. The tests compare every kernel with plain loops in double.
///
/// Read from the product down to the registers, then the convolutions that use it:
///
/// 1. [Lanes] and [Vectors]: the machine's vector.
/// 2. [Gemm], [Packing], [Tiles]: a matrix product in blocks, panels and tiles; then [RowTiles],
///    [PackedTiles] and [StridedTiles], the tiles themselves.
/// 3. [ConvolutionShape], [DirectConvolution], [Dots], [Epilogue]: the same tiles over the windows
///    of an image.
/// 4. [Winograd], [WinogradPlan], [WinogradTransforms], [WinogradTransforms3]: 3x3 convolutions
///    with a quarter of the products.
/// 5. [Exponential], [Activations], [GroupNormKernel], [Pixels]: functions of elements and passes
///    over images.
/// 6. [Philox], [BoxMuller]: random bits and normal numbers.
///
/// # Names
///
/// Arrays, starts and distances are named after what they belong to:
///
/// | name | meaning |
/// |---|---|
/// | `a`, `a0` | an array, and the index of the first element used |
/// | `aRow`, `aCol`, `aTap` | floats from one row, column or tap of `a` to the next |
/// | `aAt`, `bAt`, `cAt` | where the current part begins |
/// | `m`, `n`, `k`, `taps` | rows, columns, terms of a sum, and how many such sums |
/// | `i`, `j`, `p`, `t` | the indices that run over them |
/// | `strip0`, `packed0` | places within a scratch array |
package haze.tensor.kernel;
