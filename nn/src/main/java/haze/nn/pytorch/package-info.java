/// Weights as `torch.save` writes them: the files `.bin` and `.pt` of checkpoints before
/// safetensors.
///
/// Such a file is a ZIP archive. `data.pkl` is a program of Python's pickle machine that builds the
/// dictionary of names and tensors; `data/0`, `data/1`, .. hold the elements:
///
/// ```
/// NAME/data.pkl      which tensor has which storage, offset, shape and strides
/// NAME/byteorder     little or big; little if it is missing
/// NAME/data/KEY      the elements of a storage
/// ```
///
/// A pickle may call any function of any Python module, which is why other tools warn of such
/// files. [haze.nn.pytorch.PyTorchFile] runs no code: it knows the functions that rebuild a tensor,
/// by name, and refuses a file that names another.
package haze.nn.pytorch;
