package haze.benchmarks.peers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import haze.benchmarks.Workload;
import haze.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/// libtorch's training step beside [haze.benchmarks.TrainStepBenchmark]: draw t and noise, forward,
/// backward, clip, Adam (the fused kernel). Images stay the same from step to step, and there is no
/// moving average of the parameters: Haze does more.
public class TrainStepBenchmark extends StepBenchmark {
  @Param Workload workload;

  private NDList inputs;

  @Setup
  public void setUp() throws IOException {
    setUp(workload);
    List<NDArray> sorted = new ArrayList<>(parameters);
    sorted.sort(Comparator.comparing(NDArray::getName));
    NDList means = new NDList();
    NDList squares = new NDList();
    NDList steps = new NDList();
    for (NDArray parameter : sorted) {
      parameter.setRequiresGradient(true);
      means.add(memory(parameter, "mean[]"));
      squares.add(memory(parameter, "square[]"));
      NDArray step = libtorch.array(Tensor.scalar(0));
      step.setName("steps[]");
      steps.add(step);
    }
    inputs =
        new NDList(images, libtorch.array(abar()), groups)
            .addAll(parameters)
            .addAll(means)
            .addAll(squares)
            .addAll(steps);
  }

  /// Zeros in the parameter's memory format: Adam's fused kernel reads all of them in one order.
  private static NDArray memory(NDArray parameter, String name) {
    NDArray zeros = parameter.mul(0).stopGradient();
    zeros.setName(name);
    return zeros;
  }

  /// DDPM's schedule (Ho et al. 2020, section 4): beta from 1e-4 to 0.02 in 1000 equal steps.
  private static Tensor abar() {
    Tensor abar = Tensor.zeros(1000);
    double product = 1;
    for (int i = 0; i < 1000; i++) {
      product *= 1 - (1e-4 + (0.02 - 1e-4) * i / 999);
      abar.set((float) product, i);
    }
    return abar;
  }

  @Benchmark
  public float train() {
    try (NDList loss = libtorch.run("train", true, inputs)) {
      return loss.head().getFloat();
    }
  }
}
