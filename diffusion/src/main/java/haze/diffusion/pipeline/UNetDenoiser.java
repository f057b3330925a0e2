package haze.diffusion.pipeline;

import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.sampler.Denoiser;
import haze.nn.unet.UNet;
import haze.tensor.BufferPool;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// A network at work in sampling: the batch is cut into shards, which the threads share out.
///
/// The cut does not depend on the number of threads, so neither do the results. Used by one caller at a time.
public final class UNetDenoiser implements Denoiser {
  /// Images of a shard: enough to keep the kernels busy, few enough for the caches and for sharing out.
  public static final int SHARD = 8;

  private final UNet unet;
  private final Workers workers;
  /// Memory for each thread, used again at every step.
  private final List<BufferPool> pools;

  /// A network and the threads that compute it.
  ///
  /// @param unet the network; nothing is recorded, and its parameters stay as they are
  /// @param workers the threads, which the caller closes
  public UNetDenoiser(UNet unet, Workers workers) {
    this.unet = unet;
    this.workers = workers;
    this.pools = Stream.generate(BufferPool::new).limit(workers.threads()).toList();
  }

  @Override
  public Tensor predict(Tensor xt, double timestep) {
    Tensor output = Tensor.zeros(xt.shape().with(-1, unet.config().outChannels()).dims());
    int images = xt.dim(0);
    workers.run(Math.ceilDiv(images, SHARD), (shard, worker) -> {
      int from = shard * SHARD;
      int count = Math.min(SHARD, images - from);
      float[] timesteps = new float[count];
      Arrays.fill(timesteps, (float) timestep);
      try (Tape tape = Tape.off(pools.get(worker))) {
        Variable predicted = unet.forward(tape, tape.constant(xt.slice(from, count)), timesteps);
        output.slice(from, count).copyFrom(predicted.value());
      }
    });
    return output;
  }
}
