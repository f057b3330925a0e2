package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import haze.diffusion.data.Mnist;
import haze.diffusion.loss.SimpleLoss;
import haze.diffusion.loss.TimestepSampler;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.nn.optim.Adam;
import haze.nn.optim.Optimizer;
import haze.nn.unet.UNet;
import haze.nn.unet.UNetConfig;
import haze.tensor.Workers;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/// A step of training that is under way allocates next to nothing: numbers live in buffers that are
/// used again, and what is left are the small objects that describe operations and tensors.
class AllocationTest {
  private static final long BOUND = 1 << 20;

  /// Steps one after the other that keep to the bound.
  private static final int STEADY = 5;

  /// The steps before allocate gigabytes: until C2 has compiled a kernel, each of its vectors is an
  /// object. How many steps that takes is up to the JVM.
  private static final int MOST_STEPS = 1000;

  /// All threads of the JVM are counted, the workers included. The reference network with its four
  /// shards, which is what the number of operations and tensors depends on; one image a shard, to
  /// be quick.
  @Test
  void aStepAllocatesLessThanAMebibyte() throws Exception {
    var config = UNetConfig.builder(28, 1).eps(1e-6).build();
    var settings =
        TrainingSettings.DEFAULT
            .with(Settings.STEPS, MOST_STEPS)
            .with(Settings.BATCH, 4)
            .with(Settings.SHARD, 1);
    var memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    int steady = 0;
    try (Workers workers = new Workers(2)) {
      var trainer =
          new Trainer(
              new UNet(config),
              new SimpleLoss(NoiseSchedule.linear(1000), Prediction.EPSILON),
              new TimestepSampler.Uniform(1000),
              Optimizer.Factory.ofSize(Adam::new),
              Mnist.train(),
              settings,
              workers);
      while (trainer.completed() < MOST_STEPS && steady < STEADY) {
        long before = memory.getTotalThreadAllocatedBytes();
        trainer.step();
        long bytes = memory.getTotalThreadAllocatedBytes() - before;
        least = Math.min(least, bytes);
        steady = bytes < BOUND ? steady + 1 : 0;
      }
    }
    if (steady < STEADY) {
      fail("never fewer than " + least + " bytes a step, or not " + STEADY + " times in a row");
    }
  }
}
