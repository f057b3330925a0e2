/// Weights on disk: the safetensors format of huggingface, read and written.
///
/// ```
/// 8 bytes    length n of the header, little-endian
/// n bytes    the header: JSON in UTF-8, spaces at its end fill it to a multiple of 8
/// the rest   the tensors' elements, little-endian, row-major, one tensor after the other
/// ```
///
/// ```
/// {"__metadata__":{"format":"pt"},
///  "conv_in.bias":{"dtype":"F32","shape":[8],"data_offsets":[0,32]}, ...}
/// ```
///
/// `data_offsets` count from the end of the header. The tensors cover the data without hole or
/// overlap, and `__metadata__` (strings by name) may be absent. What is written has, byte for byte,
/// the order in which huggingface writes: `__metadata__` first, then the tensors, which are all
/// `F32`, by name in the order of their UTF-8 bytes.
///
/// Nothing in a file is believed before it is checked: every size is compared with the size of the
/// file before memory is reserved, and whatever is wrong ends in one
/// [haze.nn.safetensors.TensorFileException] that names the file, the place and what was expected.
///
/// To read in this order: [haze.nn.safetensors.SafetensorsFile] (what a caller sees),
/// [haze.nn.safetensors.DType], `Header` (what makes a header valid, and how one is written),
/// `HeaderParser` (the JSON it is made of).
///
/// Specification: <https://github.com/huggingface/safetensors#format>.
package haze.nn.safetensors;
