package haze.diffusion.cli;

import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.process.NoiseSchedule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Parameters;

/// A model whose noise schedule a command shows, if one is named.
final class ScheduleParameter {
  @Parameters(
      paramLabel = "DIRECTORY",
      arity = "0..1",
      description = "a run of haze train, or any diffusers pipeline, whose noise schedule is meant")
  private @Nullable Path directory;

  ScheduleParameter() {}

  /// The model's schedule.
  ///
  /// @return nothing if no model was named
  Optional<NoiseSchedule> schedule() throws IOException {
    if (directory == null) {
      return Optional.empty();
    }
    SchedulerConfig scheduler = Pipeline.describe(directory).scheduler();
    if (scheduler.kind() == SamplerKind.FLOW) {
      throw new IOException(
          directory + ": was trained for flow matching, which has no noise schedule");
    }
    return Optional.of(scheduler.schedule());
  }
}
