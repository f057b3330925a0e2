package haze.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.tensor.Allocator;
import haze.tensor.BufferPool;
import haze.tensor.Convolution;
import haze.tensor.GroupNorm;
import haze.tensor.Layout;
import haze.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Values and gradients of the operations are PyTorch's.
class GoldenLayersTest {
  /// Of the largest value of each tensor. PyTorch's own float32 values are up to 5e-7 of it from
  /// float64, by `layers.json`; twice that for two implementations, and twice for the order of
  /// summation on other machines.
  private static final double TOLERANCE = 2e-6;

  private final Map<String, Tensor> golden;
  private final Set<String> checked = new HashSet<>();
  private final List<DynamicTest> tests = new ArrayList<>();

  GoldenLayersTest() throws IOException {
    golden = GoldenTensors.read("layers/layers.safetensors");
  }

  @TestFactory
  Stream<DynamicTest> everyLayerHasPyTorchsValuesAndGradients() {
    for (String size : List.of("9x11", "8x10")) {
      convolution("conv3x3_pad1." + size, Convolution.of(1, 1));
      convolution("conv3x3_stride2_pad1." + size, Convolution.of(2, 1));
      convolution("conv3x3_stride2_asym." + size, new Convolution(2, 0, 1, 0, 1));
      convolution("conv1x1." + size, Convolution.of(1, 0));
    }
    normalization("group_norm.g4.eps1e-05", 4, 1e-5f);
    normalization("group_norm.g4.eps1e-06", 4, 1e-6f);
    normalization("group_norm.g1.eps1e-05", 1, 1e-5f);
    normalization("group_norm.g12.eps1e-05", 12, 1e-5f);
    normalization("group_norm.small_variance", 2, 1e-6f);
    normalization("group_norm.3d", 4, 1e-5f);
    layer("silu", (t, v) -> Silu.apply(t, v.get(0)), "x");
    layer("linear", (t, v) -> LinearOp.apply(t, v.get(0), v.get(1), v.get(2)), "x", "w", "b");
    layer("upsample_nearest2x", (t, v) -> Upsample.apply(t, v.get(0)), "x");
    layer("avg_pool2x", (t, v) -> AveragePool.apply(t, v.get(0)), "x");
    layer("softmax", (t, v) -> Softmax.apply(t, v.get(0)), "x");
    layer(
        "softmax_attention",
        (t, v) -> AttentionOp.apply(t, v.get(0), v.get(1), v.get(2), 1),
        "q",
        "k",
        "v");
    tests.add(
        DynamicTest.dynamicTest(
            "no case is left out",
            () ->
                assertEquals(
                    golden.keySet().stream()
                        .map(name -> name.substring(0, name.indexOf('/')))
                        .filter(name -> !name.startsWith("diffusers."))
                        .collect(Collectors.toSet()),
                    checked)));
    return tests.stream();
  }

  private void convolution(String name, Convolution convolution) {
    layer(
        name,
        (t, v) -> ConvolutionOp.apply(t, convolution, v.get(0), v.get(1), v.get(2)),
        "x",
        "w",
        "b");
  }

  private void normalization(String name, int groups, float eps) {
    layer(
        name,
        (t, v) ->
            GroupNormOp.apply(t, new GroupNorm(groups, eps, false), v.get(0), v.get(1), v.get(2)),
        "x",
        "w",
        "b");
  }

  private void layer(
      String name, BiFunction<Tape, List<Variable>, Variable> layer, String... inputs) {
    checked.add(name);
    tests.add(
        DynamicTest.dynamicTest(
            name,
            () -> {
              Map<String, Tensor> results = new HashMap<>();
              try (Tape tape = Tape.recording(new BufferPool())) {
                List<Variable> variables = new ArrayList<>();
                for (String input : inputs) {
                  Tensor value = ours(name, input);
                  results.put("grad." + input, Tensor.zeros(value.shape().dims()));
                  variables.add(tape.watch(value, results.get("grad." + input)));
                }
                Variable y = layer.apply(tape, variables);
                results.put("output", y.value().copy());
                // The gradient of the weighted sum is the weight.
                tape.backward(
                    Sum.apply(
                        tape, Multiply.apply(tape, y, tape.constant(ours(name, "grad_output")))));
              }
              results.forEach((result, value) -> assertClose(name, result, value));
            }));
  }

  /// A tensor of a case in the layout of this library.
  private Tensor ours(String name, String tensor) {
    Tensor x = golden.get(name + "/" + tensor);
    boolean weight = tensor.endsWith("w");
    int rank = x.shape().rank();
    if (rank == 4) { // OIHW to HWIO, NCHW to NHWC
      int[] axes = weight ? new int[] {2, 3, 1, 0} : new int[] {0, 2, 3, 1};
      return Layout.permute(Allocator.HEAP, x, axes);
    }
    if (rank == 3 && name.equals("group_norm.3d")) { // [n, c, length]
      return Layout.permute(Allocator.HEAP, x, 0, 2, 1);
    }
    return rank == 2 && weight ? Layout.permute(Allocator.HEAP, x, 1, 0) : x; // [out, in]
  }

  private void assertClose(String name, String result, Tensor actual) {
    Tensor expected = ours(name, result);
    assertEquals(expected.shape(), actual.shape(), result);
    float[] e = expected.toArray();
    float[] a = actual.toArray();
    double largest = 0;
    double error = 0;
    for (int i = 0; i < e.length; i++) {
      largest = Math.max(largest, Math.abs(e[i]));
      double difference = Math.abs((double) e[i] - a[i]);
      error = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(error, difference);
    }
    assertTrue(
        error <= TOLERANCE * largest,
        name + ": " + result + " differs by " + error / largest + " of the largest value");
  }
}
