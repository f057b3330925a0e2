package haze.benchmarks.report;

import haze.benchmarks.ArithmeticRoofBenchmark;
import haze.benchmarks.ConvolutionSize;
import haze.benchmarks.KernelBenchmark;
import haze.benchmarks.Workload;
import java.util.Map;
import java.util.Optional;

/// What one operation of a benchmark has to do: the one place where times turn into GFLOP/s and
/// GB/s.
///
/// Operations are those of the textbook's formula, whatever the kernel does: a convolution by
/// Winograd counts as the direct sum, which is why it can pass 100 % of the machine's limit. An
/// exponential counts as the operations of the kernels' polynomial. Bytes are those of the arrays,
/// each read or written once; what a kernel reads twice because it lies in a cache does not count.
///
/// @param bytes 0 if nobody has counted them
record Work(double flops, double bytes) {
  /// `haze.tensor.kernel.Exponential`, without the operations on integers.
  private static final int EXP = 22;

  private static final int SIGMOID = EXP + 3;
  private static final int SOFTMAX = EXP + 5;

  /// `dx = factor p (dp - sum of dp p)`.
  private static final int SOFTMAX_BACKWARD = 5;

  /// Kingma and Ba 2015, algorithm 1.
  private static final int ADAM = 14;

  /// Sums of x and x^2, then shift, scale and SiLU.
  private static final int GROUP_NORM = 4 + 3 + SIGMOID + 1;

  /// z again, dz, two sums, and dx from three terms.
  private static final int GROUP_NORM_BACKWARD = 3 + SIGMOID + 5 + 4 + 4;

  /// The work of a benchmark, named by class and method: `GemmBenchmark.plain`. Empty if it is
  /// unknown or its parameters are.
  static Optional<Work> of(String task, Map<String, String> params) {
    try {
      return Optional.ofNullable(known(task, params));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Work known(String task, Map<String, String> params) {
    String shape = params.getOrDefault("shape", "");
    return switch (task) {
      case "ArithmeticRoofBenchmark.fma" -> new Work(ArithmeticRoofBenchmark.OPERATIONS, 0);
      // Two of the three arrays.
      case "MemoryRoofBenchmark.copy" -> new Work(0, number(params, "kilobytes") * 1024 * 2 / 3);
      case "MemoryRoofBenchmark.triad" -> floats(2, 3, number(params, "kilobytes") * 1024 / 12);
      case "MemoryRoofBenchmark.update" -> floats(2, 2, number(params, "kilobytes") * 1024 / 4);
      case "GemmBenchmark.plain", "GemmBenchmark.transposedA", "GemmBenchmark.transposedB" ->
          gemm(KernelBenchmark.sizes(shape, 3));
      case "ConvolutionBenchmark.forward",
          "ConvolutionBenchmark.backwardData",
          "ConvolutionBenchmark.backwardWeight",
          "OtherConvolutionBenchmark.forward",
          "OtherConvolutionBenchmark.backwardData",
          "OtherConvolutionBenchmark.backwardWeight" ->
          convolution(ConvolutionSize.parse(shape), 1);
      case "ConvolutionBenchmark.forwardBackward", "OtherConvolutionBenchmark.forwardBackward" ->
          convolution(ConvolutionSize.parse(shape), 3);
      case "ParallelProductBenchmark.multiply" -> gemm(KernelBenchmark.sizes(shape, 3));
      case "ParallelConvolutionBenchmark.forward",
          "ParallelConvolutionBenchmark.backwardData",
          "ParallelConvolutionBenchmark.backwardWeight" ->
          convolution(ConvolutionSize.parse(shape), 1);
      case "GroupNormBenchmark.forward" -> floats(GROUP_NORM, 2, images(shape));
      case "GroupNormBenchmark.backward" -> floats(GROUP_NORM_BACKWARD, 3, images(shape));
      case "GroupNormBenchmark.forwardBackward" ->
          floats(GROUP_NORM + GROUP_NORM_BACKWARD, 4, images(shape));
      case "AttentionBenchmark.forward" ->
          attention(KernelBenchmark.sizes(shape, 3), 2, SOFTMAX, 4);
      case "AttentionBenchmark.backward" ->
          attention(KernelBenchmark.sizes(shape, 3), 4, SOFTMAX_BACKWARD, 7);
      case "ActivationBenchmark.exp" -> floats(EXP, 2, number(params, "elements"));
      case "ActivationBenchmark.silu" -> floats(SIGMOID + 1, 2, number(params, "elements"));
      case "ActivationBenchmark.siluBackward" -> floats(SIGMOID + 5, 3, number(params, "elements"));
      case "SoftmaxBenchmark.softmax" -> {
        int[] sizes = KernelBenchmark.sizes(shape, 2);
        yield floats(SOFTMAX, 2, (double) sizes[0] * sizes[1]);
      }
      // Gradient read; weights and both means read and written.
      case "AdamBenchmark.update" -> floats(ADAM, 7, number(params, "parameters"));
      // The small image and the four times larger one.
      case "LayoutBenchmark.upsample" -> floats(0, 5, images(shape));
      case "LayoutBenchmark.upsampleBackward" -> floats(4, 5, images(shape));
      // Two images read, both written.
      case "LayoutBenchmark.concat" -> floats(0, 4, images(shape));
      case "TrainStepBenchmark.train" -> step(params, UNetWork.PASSES_OF_TRAINING);
      case "SampleStepBenchmark.sample" -> step(params, 1);
      default -> null;
    };
  }

  /// Operations and floats moved for each of some elements.
  private static Work floats(double flops, double floats, double elements) {
    return new Work(flops * elements, floats * Float.BYTES * elements);
  }

  private static Work gemm(int[] mnk) {
    double m = mnk[0];
    double n = mnk[1];
    double k = mnk[2];
    return new Work(2 * m * n * k, Float.BYTES * (m * k + k * n + m * n));
  }

  /// @param passes 1 reads two of images, weights and output and writes the third; all three read
  ///   and write each of them and their gradients, which is twice as much
  private static Work convolution(ConvolutionSize s, int passes) {
    double taps = (double) s.kernel() * s.kernel() * s.cin() * s.cout();
    double output = (double) s.n() * s.out() * s.out();
    double floats = (double) s.n() * s.hw() * s.hw() * s.cin() + taps + output * s.cout();
    return new Work(2 * passes * output * taps, Float.BYTES * floats * (passes == 1 ? 1 : 2));
  }

  private static Work attention(int[] sizes, int products, int softmax, int tensors) {
    double rows = (double) sizes[0] * sizes[1];
    double probabilities = rows * sizes[1];
    return new Work(
        probabilities * (2.0 * products * sizes[2] + softmax),
        Float.BYTES * (tensors * rows * sizes[2] + probabilities));
  }

  private static Work step(Map<String, String> params, int passes) {
    Workload workload = Workload.valueOf(params.getOrDefault("workload", ""));
    return new Work(passes * workload.batch() * UNetWork.forward(workload.network()), 0);
  }

  /// Elements of `NxCxHW`.
  private static double images(String shape) {
    int[] sizes = KernelBenchmark.sizes(shape, 3);
    return (double) sizes[0] * sizes[1] * sizes[2] * sizes[2];
  }

  private static double number(Map<String, String> params, String name) {
    return KernelBenchmark.sizes(params.getOrDefault(name, ""), 1)[0];
  }

  /// Operations for each byte moved: where a kernel stands on the roofline chart.
  double intensity() {
    return flops / bytes;
  }
}
