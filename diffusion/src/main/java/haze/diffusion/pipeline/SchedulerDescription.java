package haze.diffusion.pipeline;

import static haze.diffusion.io.Quantities.counted;
import static haze.diffusion.pipeline.ModelDescription.line;
import static haze.diffusion.pipeline.SchedulerKeys.BETA_END;
import static haze.diffusion.pipeline.SchedulerKeys.BETA_SCHEDULE;
import static haze.diffusion.pipeline.SchedulerKeys.BETA_START;
import static haze.diffusion.pipeline.SchedulerKeys.CLIP_RANGE;
import static haze.diffusion.pipeline.SchedulerKeys.SHIFT;
import static haze.diffusion.pipeline.SchedulerKeys.SPACING;
import static haze.diffusion.pipeline.SchedulerKeys.ZERO_TERMINAL_SNR;

import haze.diffusion.sampler.Clip;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;

/// What a scheduler is, for people.
public final class SchedulerDescription {
  private SchedulerDescription() {}

  /// {@return a line for the noise schedule, and one for what the network predicts and how it
  /// samples}
  public static List<String> lines(SchedulerConfig scheduler) {
    return List.of(
        line(
            "schedule",
            counted(scheduler.numTrainTimesteps(), "timestep") + ", " + schedule(scheduler)),
        line("sampling", sampling(scheduler)));
  }

  private static String schedule(SchedulerConfig scheduler) {
    if (scheduler.kind().isFlow()) {
      return "straight lines to noise";
    }
    SchedulerSettings settings = scheduler.settings();
    BetaSchedule schedule = settings.get(BETA_SCHEDULE);
    if (!scheduler.trainedBetas().isEmpty() && schedule.isCommon()) {
      return "betas given one by one";
    }
    return schedule.description()
        + (schedule.hasRange()
            ? ", beta " + plain(settings.get(BETA_START)) + " to " + plain(settings.get(BETA_END))
            : "")
        + (settings.get(ZERO_TERMINAL_SNR) ? ", rescaled to end without signal" : "");
  }

  private static String sampling(SchedulerConfig scheduler) {
    SchedulerSettings settings = scheduler.settings();
    if (scheduler.kind().isFlow()) {
      return "shift " + plain(settings.get(SHIFT)) + defaults(scheduler.defaults());
    }
    String clip =
        switch (settings.clip()) {
          case Clip.Dynamic _ -> "thresholds dynamically";
          case Clip.ToRange range when range.equals(Clip.NONE) -> "does not clip";
          case Clip.ToRange _ -> "clips to +-" + plain(settings.get(CLIP_RANGE));
        };
    return "predicts "
        + lower(scheduler.prediction())
        + ", variance "
        + lower(scheduler.variance())
        + ", "
        + clip
        + (settings.owns(SPACING) ? ", spacing " + lower(settings.get(SPACING)) : "")
        + defaults(scheduler.defaults());
  }

  private static String defaults(SamplingDefaults defaults) {
    return (defaults.steps().isPresent()
            ? ", by default in " + counted(defaults.steps().getAsInt(), "step")
            : "")
        + (defaults.guidance().isPresent()
            ? ", guidance " + plain(defaults.guidance().getAsDouble())
            : "");
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /// Without an exponent: 0.0001, not 1.0E-4.
  private static String plain(double number) {
    return new BigDecimal(Double.toString(number)).stripTrailingZeros().toPlainString();
  }
}
