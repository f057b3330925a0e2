package haze.benchmarks;

import haze.diffusion.loss.SimpleLoss;
import haze.diffusion.loss.TimestepSampler;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.training.Trainer;
import haze.diffusion.training.TrainingException;
import haze.nn.optim.Adam;
import haze.nn.optim.Optimizer;
import haze.nn.unet.UNet;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/// One step of training, as the program does it: draw images, t and noise, forward, backward, clip
/// the gradient's norm, Adam, moving average of the weights.
public class TrainStepBenchmark extends StepBenchmark {
  @Param Workload workload;

  private Trainer trainer;

  @Setup
  public void setUp() {
    NoiseSchedule schedule = SchedulerConfig.DDPM.schedule();
    trainer =
        new Trainer(
            new UNet(workload.network()),
            new SimpleLoss(schedule, Prediction.EPSILON),
            new TimestepSampler.Uniform(schedule.timesteps()),
            Optimizer.Factory.ofSize(Adam::new),
            workload.images(),
            workload.settings(),
            startWorkers());
  }

  @Benchmark
  public Trainer.Step train() throws TrainingException {
    return trainer.step();
  }
}
