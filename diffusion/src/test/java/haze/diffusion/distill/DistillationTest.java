package haze.diffusion.distill;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.evaluation.frechet.BarsFixture;
import haze.diffusion.pipeline.BetaSchedule;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.PipelineGolden;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.pipeline.SampleRequest;
import haze.diffusion.pipeline.SamplerKind;
import haze.diffusion.pipeline.SamplingDefaults;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import haze.nn.ParameterVector;
import haze.nn.unet.UNetConfig;
import haze.nn.unet.UNetSwitch;
import haze.tensor.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DistillationTest {
  private static final ImageDataset BARS = BarsFixture.dataset(40);

  /// Classes 0 to 2, and none.
  private static final UNetConfig NETWORK =
      PipelineGolden.TINY.with(8, 8, 1, 1, OptionalInt.of(BarsFixture.CLASSES + 1));

  private static final SchedulerConfig SCHEDULER =
      SchedulerConfig.DDPM
          .withTimesteps(20)
          .withBetaSchedule(BetaSchedule.COSINE)
          .withPrediction(Prediction.V);

  private static final DistillSettings FEW = DistillSettings.DEFAULT.steps(3).batch(20);

  private static Pipeline teacher() {
    return PipelineGolden.untrained(NETWORK, SCHEDULER);
  }

  private static Pipeline distilled(Pipeline teacher, DistillSettings settings, int threads) {
    try (Workers workers = new Workers(threads)) {
      return new Distillation(teacher, BARS, settings, workers)
          .run((_, _) -> {}, () -> false)
          .orElseThrow();
    }
  }

  private static float[] weights(Pipeline model) {
    return new ParameterVector(model.unet()).values();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void theStudentIsTheSameBitsForAnyNumberOfThreads(int evaluations) {
    DistillSettings settings = FEW.evaluations(evaluations).guidance(2);
    float[] one = weights(distilled(teacher(), settings, 1));
    assertArrayEquals(one, weights(distilled(teacher(), settings, 2)));
    assertFalse(Arrays.equals(one, weights(distilled(teacher(), settings.seed(7), 1))));
    assertFalse(Arrays.equals(one, weights(distilled(teacher(), settings.guidance(1), 1))));
    assertFalse(Arrays.equals(one, weights(teacher())));
  }

  @Test
  void theTeacherStaysAsItIs() {
    Pipeline teacher = teacher();
    float[] before = weights(teacher()).clone();
    distilled(teacher, FEW, 1);
    assertArrayEquals(before, weights(teacher));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void theStudentKnowsHowItIsSampled(int evaluations) {
    Pipeline student = distilled(teacher(), FEW.evaluations(evaluations), 1);
    assertEquals(SamplerKind.DDIM, student.scheduler().kind());
    assertEquals(SamplingDefaults.of(evaluations, 1), student.scheduler().defaults());
    try (Workers workers = new Workers(1)) {
      assertEquals(evaluations, student.samplingSteps(SampleRequest.of(3), workers));
      int[] visited = DistillSettings.timesteps(20, evaluations);
      var schedule = SampleRequest.of(3).sampler().sampler(student.scheduler()).schedule();
      for (int step = 0; step < evaluations; step++) {
        assertEquals(visited[step] - 1, schedule.timestep(step));
      }
    }
  }

  /// Untrained networks predict noise that is hard to learn, but the loss falls, whatever is
  /// predicted.
  @ParameterizedTest
  @EnumSource(names = "EPSILON", mode = EnumSource.Mode.EXCLUDE)
  void theStudentLearns(Prediction prediction) {
    Pipeline teacher = PipelineGolden.untrained(NETWORK, SCHEDULER.withPrediction(prediction));
    List<Double> losses = new ArrayList<>();
    try (Workers workers = new Workers(2)) {
      new Distillation(teacher, BARS, FEW.steps(60).guidance(3).learningRate(3e-3), workers)
          .run((_, loss) -> losses.add(loss), () -> false);
    }
    double first = losses.subList(0, 5).stream().mapToDouble(x -> x).sum();
    double last = losses.subList(55, 60).stream().mapToDouble(x -> x).sum();
    assertTrue(last < 0.75 * first, first + " to " + last);
  }

  @Test
  void itStopsBeforeTheNextStep() {
    List<Integer> steps = new ArrayList<>();
    try (Workers workers = new Workers(1)) {
      assertTrue(
          new Distillation(teacher(), BARS, FEW, workers)
              .run((step, _) -> steps.add(step), () -> steps.size() == 2)
              .isEmpty());
    }
    assertEquals(List.of(1, 2), steps);
  }

  private static void assertRefused(
      String expected, Pipeline teacher, ImageDataset data, DistillSettings settings) {
    try (Workers workers = new Workers(1)) {
      assertEquals(
          expected,
          assertThrows(
                  RequestException.class, () -> new Distillation(teacher, data, settings, workers))
              .getMessage());
    }
  }

  @Test
  void whatCannotBeDistilledIsRefused() {
    assertRefused(
        "distill: the model was trained by flow matching, expected one of a Markov chain",
        PipelineGolden.untrained(NETWORK, SchedulerConfig.of(SamplerKind.FLOW)),
        BARS,
        FEW);
    assertRefused(
        "distill: the model has a learned variance, which steps of DDIM do not use; expected one"
            + " with a fixed variance",
        PipelineGolden.untrained(
            PipelineGolden.TINY.with(8, 8, 1, 2, OptionalInt.of(4)),
            SCHEDULER.withVariance(ReverseVariance.LEARNED_RANGE)),
        BARS,
        FEW);
    assertRefused(
        "distill: the model predicts epsilon, of which x_0 cannot be had where there is only"
            + " noise; expected one that predicts v or x0 (haze train --prediction v)",
        PipelineGolden.untrained(NETWORK, PipelineGolden.SHORT),
        BARS,
        FEW);
    assertRefused(
        "evaluations is 2, which does not divide the 15 timesteps of the model",
        PipelineGolden.untrained(NETWORK, SCHEDULER.withTimesteps(15)),
        BARS,
        FEW);
    assertRefused(
        "guidance is for a model that was trained with classes, and without (haze train)",
        PipelineGolden.untrained(NETWORK.with(UNetSwitch.EVERY_LABEL_IS_A_CLASS, true), SCHEDULER),
        BARS,
        FEW.guidance(2));
  }

  @Test
  void theTeachersStepsAreSharedAmongTheStudents() {
    assertRefused(
        "teacher-steps is 6, expected a multiple of 4, the steps of the new model, above it",
        teacher(),
        BARS,
        FEW.evaluations(4).teacherSteps(6));
    Pipeline student = distilled(teacher(), FEW, 1);
    assertRefused(
        "teacher-steps is 2, expected a multiple of 2, the steps of the new model, above it",
        student,
        BARS,
        FEW);
    // A distilled model is distilled again, of its own steps.
    DistillSettings again = FEW.evaluations(1);
    float[] one = weights(distilled(student, again, 1));
    assertArrayEquals(one, weights(distilled(student, again.teacherSteps(2), 1)));
    assertFalse(Arrays.equals(one, weights(distilled(student, again.teacherSteps(4), 1))));
  }

  @Test
  void imagesThatDoNotFitAreRefused() {
    assertRefused(
        "distill: images are [8, 8, 1], expected the [16, 16, 1] of the network (height, width,"
            + " channels)",
        PipelineGolden.untrained(NETWORK.with(16, 16, 1, 1, OptionalInt.of(4)), SCHEDULER),
        BARS,
        FEW);
    assertRefused(
        "distill: the network knows 2 classes, but the images have 3",
        PipelineGolden.untrained(NETWORK.with(8, 8, 1, 1, OptionalInt.of(3)), SCHEDULER),
        BARS,
        FEW);
    assertRefused(
        "distill: the network knows 3 classes, but the images have no labels",
        teacher(),
        ImageDataset.of(new float[2 * 64], BARS.imageShape()),
        FEW);
  }

  @Test
  void settingsThatMakeNoSenseAreRefused() {
    for (Runnable settings :
        List.<Runnable>of(
            () -> FEW.evaluations(3),
            () -> FEW.guidance(Double.NaN),
            () -> FEW.teacherSteps(0),
            () -> FEW.steps(0),
            () -> FEW.batch(6),
            () -> FEW.learningRate(0))) {
      assertThrows(RequestException.class, settings::run);
    }
  }
}
