package haze.diffusion.pipeline;

import static haze.diffusion.pipeline.SchedulerKeys.BETA;
import static haze.diffusion.pipeline.SchedulerKeys.BETA_SCHEDULE;
import static haze.diffusion.pipeline.SchedulerKeys.EXPONENTIAL;
import static haze.diffusion.pipeline.SchedulerKeys.KARRAS;
import static haze.diffusion.pipeline.SchedulerKeys.PREDICTION;
import static haze.diffusion.pipeline.SchedulerKeys.TIMESTEPS;

import haze.diffusion.process.NoiseLevel;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.sampler.Clip;
import haze.diffusion.sampler.DdimSampler;
import haze.diffusion.sampler.HeunSampler;
import haze.diffusion.sampler.Kdpm2Sampler;
import haze.diffusion.sampler.PndmSampler;
import haze.diffusion.sampler.Sampler;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.diffusion.sampler.schedule.SigmaTable;
import java.util.OptionalDouble;

/// Makes the samplers whose making takes more than a line of [SamplerKind].
final class Samplers {
  private Samplers() {}

  static Sampler ddim(SchedulerSettings s, int steps, double eta) {
    boolean toOne = s.get(SolverKeys.SET_ALPHA_TO_ONE);
    boolean clips = !s.clip().equals(Clip.NONE);
    var options = new DdimSampler.Options(eta, toOne, s.isStable() && clips);
    if (!s.isStable()) {
      return DdimSampler.withStride(s.schedule(), s.timesteps(steps), options);
    }
    return clips
        ? new DdimSampler(s.schedule(), s.timesteps(steps), options)
        : new DdimSampler(s.sigmas(toOne).euler(steps), options);
  }

  /// The levels of the solvers in `lambda`.
  static SamplingSchedule inLambda(
      SchedulerSettings s, boolean endsClean, int steps, double lambdaMin) {
    return s.sigmas(endsClean)
        .dpmSolver(
            steps,
            lambdaMin,
            !s.get(EXPONENTIAL) && !s.get(BETA) && s.get(BETA_SCHEDULE) != BetaSchedule.COSINE,
            end(s, SolverKeys.SIGMA_MIN),
            end(s, SolverKeys.SIGMA_MAX));
  }

  /// The end of the range of levels, NaN if the class has no such key or it is not given.
  static double end(SchedulerSettings s, SchedulerKey<OptionalDouble> key) {
    return s.owns(key) ? s.get(key).orElse(Double.NaN) : Double.NaN;
  }

  static Sampler pndm(SchedulerSettings s, int steps, double eta) {
    NoiseSchedule schedule = s.schedule();
    SigmaTable table = new SigmaTable(schedule);
    boolean toOne = s.get(SolverKeys.SET_ALPHA_TO_ONE);
    boolean skip = s.get(SolverKeys.SKIP_PRK);
    boolean velocity = s.get(PREDICTION) == Prediction.V;
    if (s.isStable()) {
      return new PndmSampler(
          s.sigmas(toOne).euler(steps),
          table,
          new PndmSampler.Options(
              skip || steps < PndmSampler.ORDER, 0, velocity, PndmSampler.STABLE_STEP));
    }
    NoiseLevel end = toOne ? NoiseLevel.CLEAN : NoiseLevel.ofAlphaBar(schedule.alphaBar(1));
    return new PndmSampler(
        SamplingSchedule.of(schedule, s.timesteps(steps), end),
        table,
        new PndmSampler.Options(
            skip, s.get(TIMESTEPS) / steps, velocity, Double.POSITIVE_INFINITY));
  }

  static Sampler kdpm2(SchedulerSettings s, int steps, boolean ancestral) {
    SamplingSchedule schedule = s.sigmas(true).euler(steps);
    return new Kdpm2Sampler(
        // As diffusers has it; those in the middle are not.
        s.get(KARRAS) ? schedule.withWholeTimesteps() : schedule,
        new SigmaTable(s.schedule()),
        ancestral,
        s.isStable() ? HeunSampler.STABLE_STEP : Double.POSITIVE_INFINITY);
  }
}
