package haze.nn.safetensors;

import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.Closeable;
import java.io.IOException;
import java.util.Map;

/// Named tensors on disk, in whatever format, open for reading.
public interface TensorFile extends Closeable {
  /// What is known of a tensor before its elements are read.
  interface Description {
    /// {@return the type of its elements}
    DType dtype();

    /// {@return its axis sizes as in the file: PyTorch's order of axes}
    Shape shape();
  }

  /// {@return the file's name, for messages}
  String name();

  /// {@return the tensors by name, in the order of the file}
  Map<String, ? extends Description> entries();

  /// Reads one of [#entries], converted to float32, in the file's shape.
  ///
  /// @throws TensorFileException if there is no such tensor, its type is no floating-point type of
  ///   16 bits or more, or the file has become shorter
  /// @throws IOException if the file cannot be read or is closed
  Tensor tensor(String name) throws IOException;
}
