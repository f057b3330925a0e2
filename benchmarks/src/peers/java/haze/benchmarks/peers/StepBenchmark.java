package haze.benchmarks.peers;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import haze.benchmarks.Workload;
import haze.diffusion.pipeline.ShardedUNet;
import haze.nn.Parameter;
import haze.nn.ParameterVector;
import haze.nn.unet.UNet;
import haze.nn.unet.UNetConfig;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// The reference U-Net in libtorch with the parameters of a network of Haze, whose predictions must
/// be the same.
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
// Native code needs no compiling: two steps fill the allocator's and oneDNN's caches, the third
// shows it.
@Warmup(iterations = 3)
@Measurement(iterations = 15)
@Fork(3)
@State(Scope.Benchmark)
public abstract class StepBenchmark {
  private static final int TIMESTEP = 500;

  @Param({"1", "2"})
  int threads;

  @Param({"contiguous", "channels_last"})
  String format;

  LibTorch libtorch;

  /// The network's input, `[n, c, h, w]`.
  NDArray images;

  /// t for each image, from 0.
  NDArray timesteps;

  /// Groups of every normalisation, a scalar.
  NDArray groups;

  /// The network's parameters, named as a dictionary's entries.
  NDList parameters;

  /// Makes both networks and refuses to go on if they predict different noise.
  void setUp(Workload workload) throws IOException {
    UNetConfig config = workload.network();
    UNet ours = new UNet(config);
    new ParameterVector(ours).initialize(1, 0, false);
    Tensor ourImages =
        new Rng(1, 0, 0, 0)
            .normal(Tensor.zeros(config.imageShape().batch(workload.batch()).dims()));

    libtorch = new LibTorch(threads);
    images = libtorch.images(ourImages, format);
    float[] t = new float[workload.batch()];
    Arrays.fill(t, TIMESTEP);
    timesteps = libtorch.array(Tensor.wrap(Shape.of(t.length), t, 0));
    groups = libtorch.array(Tensor.scalar(config.normNumGroups().orElseThrow()));
    parameters = new NDList();
    for (Map.Entry<String, Parameter> entry : ours.parameters().entrySet()) {
      Tensor value = entry.getValue().toFile();
      NDArray array =
          value.shape().rank() == 4
              ? libtorch.array(value, format, 0, 1, 2, 3)
              : libtorch.array(value);
      array.setName("p." + entry.getKey());
      parameters.add(array);
    }
    try (Workers workers = new Workers(1);
        NDList predicted = predict()) {
      LibTorch.requireAgreement(
          "predicted noise",
          new ShardedUNet(ours, workers).predict(ourImages, TIMESTEP),
          predicted.head(),
          0,
          2,
          3,
          1);
    }
  }

  NDList predict() {
    return libtorch.run("unet", false, new NDList(images, timesteps, groups).addAll(parameters));
  }

  @TearDown
  public void close() {
    libtorch.close();
  }
}
