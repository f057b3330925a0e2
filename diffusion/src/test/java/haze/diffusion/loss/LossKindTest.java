package haze.diffusion.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LossKindTest {
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.cosine(10);

  private static LossKind.Chain chain(ReverseVariance variance) {
    return new LossKind.Chain(SCHEDULE, Prediction.V, variance, 3);
  }

  /// Every constant is in the map: a new one fails here until it says which objective it is.
  @Test
  void everyNameIsAnObjectiveOfItsOwn() {
    Map<String, Class<?>> expected =
        Map.of(
            "simple", SimpleLoss.class,
            "min-snr", MinSnrLoss.class,
            "bound", BoundLoss.class,
            "hybrid", HybridLoss.class,
            "flow", FlowMatching.class);
    Map<String, Class<?>> made =
        Stream.of(LossKind.values())
            .collect(Collectors.toMap(LossKind::toString, kind -> made(kind).getClass()));
    assertEquals(expected, made);
  }

  private static Objective made(LossKind kind) {
    if (kind.isFlow()) {
      return kind.onFlow(10);
    }
    return kind.onChain(
        chain(
            kind == LossKind.HYBRID ? ReverseVariance.LEARNED_RANGE : ReverseVariance.FIXED_SMALL));
  }

  @Test
  void anObjectiveHasWhatTheModelHas() {
    var gamma =
        assertInstanceOf(
            MinSnrLoss.class, LossKind.MIN_SNR.onChain(chain(ReverseVariance.FIXED_LARGE)));
    assertEquals(new MinSnrLoss(SCHEDULE, Prediction.V, 3), gamma);
    assertEquals(
        new BoundLoss(SCHEDULE, Prediction.V, ReverseVariance.FIXED_LARGE),
        LossKind.BOUND.onChain(chain(ReverseVariance.FIXED_LARGE)));
    assertEquals(2, LossKind.BOUND.onChain(chain(ReverseVariance.LEARNED_RANGE)).outputChannels(1));
    assertEquals(new FlowMatching(7), LossKind.FLOW.onFlow(7));
  }

  @Test
  void whatDoesNotGoTogetherIsRefused() {
    assertRefused("simple can't learn a variance", LossKind.SIMPLE, ReverseVariance.LEARNED_RANGE);
    assertRefused(
        "min-snr can't learn a variance", LossKind.MIN_SNR, ReverseVariance.LEARNED_RANGE);
    assertRefused(
        "hybrid learns a variance, expected learned_range",
        LossKind.HYBRID,
        ReverseVariance.FIXED_SMALL);
    assertEquals(
        "training: the loss flow is for straight lines, not for a Markov chain",
        assertThrows(
                IllegalArgumentException.class,
                () -> LossKind.FLOW.onChain(chain(ReverseVariance.FIXED_SMALL)))
            .getMessage());
    assertEquals(
        "training: the loss simple is for a Markov chain, not for straight lines",
        assertThrows(IllegalArgumentException.class, () -> LossKind.SIMPLE.onFlow(10))
            .getMessage());
  }

  private static void assertRefused(String problem, LossKind kind, ReverseVariance variance) {
    assertEquals(
        "training: the loss " + problem,
        assertThrows(IllegalArgumentException.class, () -> kind.onChain(chain(variance)))
            .getMessage());
  }

  @ParameterizedTest
  @EnumSource(TimestepDistribution.class)
  void everyNameIsASamplerOfTimesteps(TimestepDistribution distribution) {
    TimestepSampler sampler = distribution.sampler(new TimestepDistribution.Form(7, 0, 0));
    assertEquals(
        distribution.toString().replace("-", ""),
        sampler.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT));
    assertEquals(5, sampler.draw(1, 2, 3, 5).t().length);
  }
}
