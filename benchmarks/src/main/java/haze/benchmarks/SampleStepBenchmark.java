package haze.benchmarks;

import haze.diffusion.pipeline.ShardedUNet;
import haze.nn.ParameterVector;
import haze.nn.unet.UNet;
import haze.nn.unet.UNetConfig;
import haze.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/// One step of sampling: one evaluation of the network on a batch of images.
public class SampleStepBenchmark extends StepBenchmark {
  private static final int TIMESTEP = 500;

  @Param("R1")
  Workload workload;

  private Tensor noise;
  private ShardedUNet denoiser;

  @Setup
  public void setUp() {
    UNetConfig config = workload.network();
    UNet unet = new UNet(config);
    new ParameterVector(unet).initialize(1, 0, false);
    noise = KernelBenchmark.normal(0, config.imageShape().batch(workload.batch()).dims());
    denoiser = new ShardedUNet(unet, startWorkers());
  }

  @Benchmark
  public Tensor sample() {
    return denoiser.predict(noise, TIMESTEP);
  }
}
