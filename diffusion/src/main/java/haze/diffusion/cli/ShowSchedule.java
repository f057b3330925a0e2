package haze.diffusion.cli;

import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.study.ScheduleCharts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `haze show schedule`: the noise schedules.
@Command(
    name = "schedule",
    description = {
      "Draws the noise schedules.",
      "Draws how much noise a step adds, how much of the picture is left, and the ratio of signal"
          + " to noise. A model's own schedule is drawn thick."
    })
final class ShowSchedule implements Callable<Integer> {
  @Mixin private ScheduleParameter model;

  @Mixin private FigureOption picture;

  @SuppressWarnings("NullAway.Init") // picocli sets them.
  ShowSchedule() {}

  @Override
  public Integer call() throws IOException {
    Path file = picture.file();
    Optional<NoiseSchedule> own = model.schedule();
    ScheduleCharts.of(own.orElse(null), "this model").write(file);
    picture.written(file);
    return 0;
  }
}
