package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.diffusion.loss.BoundLoss;
import haze.diffusion.loss.FlowMatching;
import haze.diffusion.loss.HybridLoss;
import haze.diffusion.loss.LossKind;
import haze.diffusion.loss.MinSnrLoss;
import haze.diffusion.loss.SimpleLoss;
import haze.diffusion.loss.TimestepDistribution;
import haze.diffusion.loss.TimestepSampler;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import org.junit.jupiter.api.Test;

class LossConfigTest {
  private static final SchedulerConfig FIXED = SchedulerConfig.DDPM;
  private static final SchedulerConfig LEARNED = FIXED.withVariance(ReverseVariance.LEARNED_RANGE);
  private static final SchedulerConfig FLOW = SchedulerConfig.of(SamplerKind.FLOW);
  private static final SchedulerConfig NO_SIGNAL = FIXED.withZeroTerminalSnr(true);

  private static LossConfig config(LossKind loss) {
    return new LossConfig(loss, 3, TimestepDistribution.UNIFORM);
  }

  @Test
  void eachNameIsItsObjective() {
    var simple =
        assertInstanceOf(
            SimpleLoss.class,
            config(LossKind.SIMPLE).objective(FIXED.withPrediction(Prediction.V)));
    assertEquals(Prediction.V, simple.prediction());
    assertEquals(FIXED.schedule().alphaBar(1000), simple.schedule().alphaBar(1000));
    assertEquals(
        3, assertInstanceOf(MinSnrLoss.class, config(LossKind.MIN_SNR).objective(FIXED)).gamma());
    assertEquals(
        ReverseVariance.FIXED_LARGE,
        assertInstanceOf(
                BoundLoss.class,
                config(LossKind.BOUND).objective(FIXED.withVariance(ReverseVariance.FIXED_LARGE)))
            .variance());
    assertEquals(2, config(LossKind.BOUND).objective(LEARNED).outputChannels(1));
    assertInstanceOf(HybridLoss.class, config(LossKind.HYBRID).objective(LEARNED));
    assertEquals(new FlowMatching(1000), config(LossKind.FLOW).objective(FLOW));
  }

  @Test
  void whatDoesNotGoTogetherIsRefused() {
    assertRefused("training: the loss flow does not go with DDPMScheduler", LossKind.FLOW, FIXED);
    assertRefused(
        "training: the loss simple does not go with FlowMatchEulerDiscreteScheduler",
        LossKind.SIMPLE,
        FLOW);
    assertRefused("training: the loss simple can't learn a variance", LossKind.SIMPLE, LEARNED);
    assertRefused("training: the loss min-snr can't learn a variance", LossKind.MIN_SNR, LEARNED);
    assertRefused(
        "training: the loss hybrid learns a variance, expected learned_range",
        LossKind.HYBRID,
        FIXED);
    assertRefused(
        "training: epsilon tells nothing of the picture where the schedule ends without"
            + " signal, expected a network that predicts v or x0",
        LossKind.SIMPLE,
        NO_SIGNAL);
    config(LossKind.SIMPLE).objective(NO_SIGNAL.withPrediction(Prediction.X0));
    assertEquals(
        "training: gamma of min-SNR is 0.0, expected above 0",
        assertThrows(
                IllegalArgumentException.class,
                () -> new LossConfig(LossKind.MIN_SNR, 0, TimestepDistribution.UNIFORM))
            .getMessage());
  }

  @Test
  void eachNameIsItsTimestepSampler() {
    assertEquals(new TimestepSampler.Uniform(7), sampler(TimestepDistribution.UNIFORM));
    assertEquals(new TimestepSampler.Stratified(7), sampler(TimestepDistribution.STRATIFIED));
    assertInstanceOf(TimestepSampler.Importance.class, sampler(TimestepDistribution.IMPORTANCE));
  }

  private static TimestepSampler sampler(TimestepDistribution timesteps) {
    return timesteps.sampler(7);
  }

  private static void assertRefused(String message, LossKind loss, SchedulerConfig scheduler) {
    assertEquals(
        message,
        assertThrows(IllegalArgumentException.class, () -> config(loss).objective(scheduler))
            .getMessage());
  }
}
