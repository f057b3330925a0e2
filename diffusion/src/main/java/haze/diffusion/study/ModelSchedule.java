package haze.diffusion.study;

import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.process.NoiseSchedule;
import java.io.IOException;
import java.nio.file.Path;

/// The noise schedule of a model on disk.
final class ModelSchedule {
  private ModelSchedule() {}

  static NoiseSchedule read(Path model) throws IOException {
    SchedulerConfig scheduler = Pipeline.describe(model).scheduler();
    if (scheduler.kind() == SamplerKind.FLOW) {
      throw new IOException(model + ": was trained for flow matching, which has no noise schedule");
    }
    return scheduler.schedule();
  }
}
