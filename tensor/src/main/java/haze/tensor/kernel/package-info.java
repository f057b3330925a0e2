/// The loops on the Vector API, and the only package of the engine that imports it.
///
/// A kernel is a static method on arrays, starts and sizes. It runs on the thread that calls it,
/// checks nothing and allocates nothing for its data: the operations of `haze.tensor` check shapes
/// and hand it memory. The tests compare every kernel with plain loops in double.
///
/// Read from the product down to the registers, then the convolutions that use it:
///
/// 1. [Lanes] and [Vectors]: the machine's vector, and what must not depend on it.
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
/// # Order of additions
///
/// The same input gives the same bits with vectors of 128, 256 and 512 bits, since the order in
/// which numbers are added is a function of the sizes alone. A sum begins at 0; `fma` is a fused
/// multiply-add, with one rounding.
///
/// - **matrix product, 1x1 convolution**: fma over p = 0, 1, 2, ... in blocks of 1,024 terms; each
///   block's sum is added to C.
/// - **direct convolution**: fma over the window's rows, columns and channels in this order; then
///   bias + shift is added, then the residual.
/// - **the same to 1 to 4 channels from a multiple of 16**: in each lane q of 16, fma over the rows
///   and in them the numbers q, q + 16, ...; then the lanes by halves, q and q + 8 first.
/// - **gradient of its weight**: fma over the pixels of an image; the images are added one by one
///   to dw if the output has a multiple of 16 channels, else to a sum that is then added to dw.
/// - **Winograd, for multiples of 16 channels on both sides**: the maps as [WinogradTransforms] has
///   them, and fma over the channels; for the weight's gradient fma over the tiles in the order of
///   [WinogradPlan], in its blocks.
/// - **group norm**: for each pixel of a period ([GroupNormKernel#period]) over the image, four
///   periods at a time; the pixels of a period by halves; the channels of a group in double.
/// - **softmax and its gradient**: the elements q, q + 16, ... in lane q of 16, these by halves;
///   then what is left behind the last sixteen, one by one.
/// - **sum over pixels**: the even ones and the odd ones, then these two.
///
/// All else is computed element by element with operations that IEEE 754 defines to the bit. The
/// JDK's vector mathematics (`lanewise(EXP)` and others) and `reduceLanes(ADD)` are not used: their
/// bits depend on the machine, the JDK, and on whether the method is compiled yet.
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
