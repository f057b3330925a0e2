package haze.benchmarks;

import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.training.Trainer;
import haze.diffusion.training.TrainingException;
import haze.nn.unet.UNet;
import java.io.IOException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;

/// One step of training, as the program makes it: draw images, t and noise, forward, backward, clip, Adam, moving average.
public class TrainStepBenchmark extends StepBenchmark {
  @Param
  Workload workload;

  private Trainer trainer;

  @Setup
  public void setUp() throws IOException {
    trainer = new Trainer(new UNet(workload.network()), SchedulerConfig.DDPM.schedule(),
        workload.images(), workload.settings(), startWorkers());
  }

  @Benchmark
  public Trainer.Step train() throws TrainingException {
    return trainer.step();
  }
}
