package haze.benchmarks.peers;

import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.training.GradientCollector;
import ai.djl.training.ParameterStore;
import haze.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/// libtorch, PyTorch's native library, as the peers' benchmarks use it through DJL: Haze's tensors
/// go in, the methods of `workload.torchscript` run on libtorch's own threads, and results are
/// compared with Haze's.
///
/// Belongs to the thread that made it: libtorch counts threads for each caller.
final class LibTorch implements AutoCloseable {
  /// How far libtorch and Haze may differ, of the largest element: both compute in float32, each in
  /// its own order.
  private static final double TOLERANCE = 1e-4;

  /// DJL runs the method that an input of this name names.
  private static final String METHOD = "module_method:";

  private final Model model;

  /// While it is open libtorch records what a method computes with parameters.
  private final GradientCollector recording;

  private final NDManager manager;
  private final ParameterStore noParameters;

  /// @param threads that a kernel may use
  LibTorch(int threads) throws IOException {
    model = Model.newInstance("workload", "PyTorch");
    JniUtils.setNumThreads(threads);
    // Kernel by kernel, as PyTorch runs a program in Python.
    JniUtils.setGraphExecutorOptimize(false);
    try (InputStream source = LibTorch.class.getResourceAsStream("workload.torchscript")) {
      model.load(new ByteArrayInputStream(TorchScript.archive(source.readAllBytes())));
    } catch (MalformedModelException e) {
      throw new IOException("workload.torchscript: libtorch can't load it", e);
    }
    recording = model.getNDManager().getEngine().newGradientCollector();
    manager = model.getNDManager().newSubManager();
    noParameters = new ParameterStore(manager, false);
  }

  /// A copy of the same shape and order.
  NDArray array(Tensor tensor) {
    return manager.create(
        tensor.toArray(), new Shape(Arrays.stream(tensor.shape().dims()).asLongStream().toArray()));
  }

  /// A copy of an image or a kernel in PyTorch's order of axes and one of its memory formats.
  ///
  /// @param tensor `[n, h, w, c]`, or `[kh, kw, in, out]` with axes 3, 2, 0, 1
  /// @param format `contiguous` or `channels_last`
  /// @param axes those of the tensor that become PyTorch's four
  NDArray array(Tensor tensor, String format, int... axes) {
    return method(format, array(tensor).transpose(axes)).head();
  }

  /// Images `[n, h, w, c]` as `[n, c, h, w]`.
  NDArray images(Tensor tensor, String format) {
    return array(tensor, format, 0, 3, 1, 2);
  }

  /// Kernels `[kh, kw, in, out]` as `[out, in, kh, kw]`.
  NDArray kernel(Tensor tensor, String format) {
    return array(tensor, format, 3, 2, 0, 1);
  }

  /// Runs a method without differentiation; the caller closes the results.
  NDList infer(String method, NDArray... inputs) {
    return run(method, false, new NDList(inputs));
  }

  /// Runs a method that may differentiate; the caller closes the results.
  NDList method(String method, NDArray... inputs) {
    return run(method, true, new NDList(inputs));
  }

  /// Runs a method on named inputs: `name[]` is an element of a list, `name.key` one of a
  /// dictionary, anything else an argument.
  NDList run(String method, boolean differentiable, NDList inputs) {
    try (NDArray name = manager.create(0f)) {
      name.setName(METHOD + method);
      NDList all = new NDList(inputs);
      all.add(name);
      return model.getBlock().forward(noParameters, all, differentiable);
    }
  }

  /// Refuses to measure if libtorch computes something else.
  ///
  /// @param what names the result in the error
  /// @param ours Haze's result
  /// @param theirs libtorch's
  /// @param axes those of theirs in the order of ours; none if the order is the same
  static void requireAgreement(String what, Tensor ours, NDArray theirs, int... axes) {
    float[] expected = ours.toArray();
    float[] actual = (axes.length == 0 ? theirs : theirs.transpose(axes)).toFloatArray();
    double largest = 0;
    double error = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      error = Math.max(error, Math.abs(expected[i] - actual[i]));
    }
    // Not "error > tolerance": NaN is no agreement.
    if (!(error <= TOLERANCE * largest)) {
      throw new IllegalStateException(
          what
              + ": libtorch differs from Haze by "
              + error
              + " where the largest element is "
              + largest);
    }
  }

  @Override
  public void close() {
    recording.close();
    manager.close();
    model.close();
  }
}
