package haze.benchmarks;

import haze.nn.optim.Adam;
import haze.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/// Adam's update of all weights of a network, once a step: four arrays pass through memory.
public class AdamBenchmark extends KernelBenchmark {
  /// A small rate, so that the weights stay of ordinary size over all calls.
  private static final float RATE = 1e-6f;

  /// Late enough for the means to need no correction, as in most steps.
  private static final int STEP = 1000;

  /// Weights of R1.
  @Param("3939393")
  String parameters;

  Tensor weights;
  private Tensor gradient;
  private float[] first;
  private float[] second;
  private Adam adam;

  @Setup
  public void setUp() {
    int size = Integer.parseInt(parameters);
    // All parameters lie in one plain array, and so do their gradients.
    weights = normal(0, size).copy();
    gradient = normal(1, size).copy();
    first = new float[size];
    second = new float[size];
    adam = new Adam(size);
  }

  @Benchmark
  public Tensor update() {
    adam.update(weights.data(), gradient.data(), 1, RATE, STEP, 0, weights.size());
    return weights;
  }

  @Benchmark
  public Tensor updateScalar() {
    ScalarNetwork.adam(
        weights.data(),
        gradient.data(),
        first,
        second,
        RATE,
        (float) Adam.BETA1,
        (float) Adam.BETA2,
        (float) Adam.EPSILON,
        STEP);
    return weights;
  }
}
