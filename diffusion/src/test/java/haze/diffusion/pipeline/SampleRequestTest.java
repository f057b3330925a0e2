package haze.diffusion.pipeline;

import static haze.diffusion.pipeline.PipelineGolden.untrained;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.sampler.ProgressListener;
import haze.diffusion.sampler.Snapshots.Snapshot;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import haze.nn.unet.UNetConfig;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// [Pipeline#sample(SampleRequest)] with untrained networks.
class SampleRequestTest {
  private static final Pipeline PLAIN =
      PipelineGolden.untrained(PipelineGolden.TINY, PipelineGolden.SHORT);

  /// Classes 0 to 2, and none.
  private static final Pipeline CONDITIONAL =
      PipelineGolden.untrained(
          PipelineGolden.TINY.with(8, 8, 1, 1, OptionalInt.of(4)), PipelineGolden.SHORT);

  private static final SampleRequest FIVE = SampleRequest.of(5).steps(4).seed(9);

  private static Tensor sample(Pipeline pipeline, SampleRequest request, int threads) {
    try (Workers workers = new Workers(threads)) {
      return pipeline.sample(request, workers);
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FLOW")
  void theSamplesDependNeitherOnTheThreadsNorOnTheBatch(SamplerKind kind) {
    SampleRequest request = FIVE.sampler(kind);
    Tensor expected = PLAIN.sample(request);
    assertEquals(Shape.of(5, 8, 8, 1), expected.shape());
    for (float value : expected.toArray()) {
      assertTrue(value >= -1 && value <= 1, "" + value);
    }
    for (int threads = 1; threads <= 2; threads++) {
      for (int batch : new int[] {1, 2, 5, 100}) {
        assertArrayEquals(
            expected.toArray(), sample(PLAIN, request.batch(batch), threads).toArray());
      }
    }
    assertArrayEquals(expected.slice(0, 2).toArray(), sample(PLAIN, request.count(2), 1).toArray());
    assertFalse(Arrays.equals(expected.toArray(), sample(PLAIN, request.seed(10), 1).toArray()));
  }

  @Test
  void imagesEndInTheirRangeAndLatentsDoNot() {
    for (int channels : new int[] {1, 3, 4}) {
      UNetConfig config = UNetConfig.builder(8, channels).layers(1).channels(8, 16).build();
      Pipeline model =
          untrained(config, PipelineGolden.with(PipelineGolden.SHORT, "clip_sample", false));
      float[] samples = sample(model, SampleRequest.of(2).steps(2), 1).toArray();
      float largest = 0;
      for (float value : samples) {
        largest = Math.max(largest, Math.abs(value));
      }
      assertEquals(channels == 4, largest > 1, channels + " channels: " + largest);
    }
  }

  @Test
  void thereAreFewerLargeImagesAtATime() {
    UNetConfig large = UNetConfig.builder(128, 3).layers(1).channels(8, 16).build();
    UNetConfig small = UNetConfig.builder(28, 1).layers(1).channels(8, 16).build();
    assertEquals(64, SampleRequest.of(100).batchSize(small, 2));
    assertEquals(4, SampleRequest.of(100).batchSize(large, 2));
    assertEquals(5, SampleRequest.of(100).batch(5).batchSize(large, 2));
  }

  @Test
  void samplesAreMadeByOneCall(@TempDir Path directory) throws IOException {
    PLAIN.save(directory);
    // @start region="sample"
    Pipeline pipeline = Pipeline.load(directory);
    Tensor images =
        pipeline.sample(SampleRequest.of(4).sampler(SamplerKind.DDIM).steps(10).seed(7));
    // @end
    assertEquals(Shape.of(4, 8, 8, 1), images.shape());
    assertArrayEquals(
        sample(PLAIN, SampleRequest.of(4).sampler(SamplerKind.DDIM).steps(10).seed(7), 1).toArray(),
        images.toArray());
  }

  @Test
  void everyChoiceOfTheSamplerMatters() {
    Set<String> made = new HashSet<>();
    for (SampleRequest request :
        List.of(
            FIVE,
            FIVE.steps(5),
            FIVE.spacing(TimestepSpacing.TRAILING),
            FIVE.sampler(SamplerKind.DDIM),
            FIVE.sampler(SamplerKind.DDIM).eta(0.5),
            FIVE.sampler(SamplerKind.HEUN))) {
      assertTrue(made.add(Arrays.toString(sample(PLAIN, request, 1).toArray())), "" + request);
    }
    assertArrayEquals(
        sample(PLAIN, FIVE, 1).toArray(),
        sample(PLAIN, FIVE.sampler(SamplerKind.DDPM).spacing(TimestepSpacing.LEADING), 1)
            .toArray());
    assertArrayEquals(
        sample(PLAIN, FIVE.steps(20), 1).toArray(),
        sample(PLAIN, SampleRequest.of(5).seed(9), 1).toArray());
  }

  @Test
  void progressIsCountedOverAllBatches() {
    List<Integer> heard = new ArrayList<>();
    List<Integer> firsts = new ArrayList<>();
    try (Workers workers = new Workers(1)) {
      SampleRequest request = FIVE.batch(2);
      assertEquals(12, PLAIN.samplingSteps(request, workers));
      PLAIN.sampleBatches(
          request,
          workers,
          (done, total) -> {
            assertEquals(12, total);
            heard.add(done);
          },
          (first, images) -> {
            firsts.add(first);
            assertEquals(Math.min(2, 5 - first), images.dim(0));
          });
    }
    assertEquals(IntStream.rangeClosed(1, 12).boxed().toList(), heard);
    assertEquals(List.of(0, 2, 4), firsts);
  }

  @Test
  void classesTakeTurnsAndASampleDependsOnItsOwn() {
    Tensor turns = sample(CONDITIONAL, FIVE, 2);
    assertArrayEquals(turns.toArray(), sample(CONDITIONAL, FIVE.batch(2), 1).toArray());
    Tensor named = sample(CONDITIONAL, FIVE.classes(2, 0), 2);
    Tensor ones = sample(CONDITIONAL, FIVE.classes(1), 1);
    int[] expected = {0, 1, 2, 0, 1};
    assertArrayEquals(expected, FIVE.labels(CONDITIONAL));
    assertArrayEquals(new int[] {2, 0, 2, 0, 2}, FIVE.classes(2, 0).labels(CONDITIONAL));
    for (int i = 0; i < 5; i++) {
      float[] turn = turns.at(i).toArray();
      assertEquals(expected[i] == 1, Arrays.equals(turn, ones.at(i).toArray()), "" + i);
      int label = i % 2 == 0 ? 2 : 0;
      assertEquals(expected[i] == label, Arrays.equals(turn, named.at(i).toArray()), "" + i);
    }
    assertEquals(6, FIVE.inWholeRounds(CONDITIONAL).count());
    assertEquals(5, FIVE.classes(1).inWholeRounds(CONDITIONAL).count());
    assertEquals(5, FIVE.inWholeRounds(PLAIN).count());
  }

  @Test
  void guidanceIsThatOfTheDenoiser() {
    Tensor expected = sample(CONDITIONAL, FIVE.classes(1), 1);
    assertArrayEquals(
        expected.toArray(), sample(CONDITIONAL, FIVE.classes(1).guidance(1), 1).toArray());
    Tensor guided = sample(CONDITIONAL, FIVE.classes(1).guidance(3), 1);
    assertFalse(Arrays.equals(expected.toArray(), guided.toArray()));
    assertArrayEquals(
        guided.toArray(), sample(CONDITIONAL, FIVE.classes(1).guidance(3).batch(2), 2).toArray());
    // At scale 0 the class does not matter.
    assertArrayEquals(
        sample(CONDITIONAL, FIVE.classes(2).guidance(0), 1).toArray(),
        sample(CONDITIONAL, FIVE.classes(1).guidance(0), 1).toArray());
  }

  @Test
  void snapshotsEndAtTheSamples() {
    try (Workers workers = new Workers(2)) {
      List<Snapshot> taken = PLAIN.snapshots(FIVE, 2, workers, ProgressListener.NONE);
      assertEquals(List.of(0, 2, 4), taken.stream().map(Snapshot::done).toList());
      assertArrayEquals(
          sample(PLAIN, FIVE, 1).toArray(), taken.getLast().xt().clamp(-1, 1).toArray());
    }
  }

  @Test
  void aRequestThatMakesNoSenseIsRefused() {
    assertRefused("count is 0, expected at least 1", () -> SampleRequest.of(0));
    assertRefused("batch is 0, expected at least 1", () -> FIVE.batch(0));
    assertRefused("steps is 0, expected at least 1", () -> FIVE.steps(0));
    assertRefused("guidance is NaN, expected a number", () -> FIVE.guidance(Double.NaN));
    assertRefused("class is 3, expected 0 to 2", () -> CONDITIONAL.sample(FIVE.classes(0, 3)));
    assertRefused("class is -1, expected 0 to 2", () -> CONDITIONAL.sample(FIVE.classes(-1)));
    String labels =
        " is for a model that was trained with labels (haze train --conditional) or clusters";
    assertRefused("class" + labels, () -> PLAIN.sample(FIVE.classes(0)));
    assertRefused("guidance" + labels, () -> PLAIN.sample(FIVE.guidance(2)));
    assertRefused(
        "steps is 21, but the model was trained on 20 timesteps",
        () -> PLAIN.sample(FIVE.steps(21)));
    assertRefused("eta is for sampler ddim, not for ddpm", () -> PLAIN.sample(FIVE.eta(0)));
    assertRefused(
        "DDIM: eta 2.0 is not in 0..1", () -> PLAIN.sample(FIVE.sampler(SamplerKind.DDIM).eta(2)));
    assertRefused(
        "timestep spacing: 20 steps are not in 1..19",
        () -> PLAIN.sample(FIVE.sampler(SamplerKind.DPM_SOLVER).steps(20)));
    assertRefused(
        "the model's scheduler is DDPMScheduler, it cannot be sampled with"
            + " FlowMatchEulerDiscreteScheduler: models for flow matching need that one, other"
            + " models another",
        () -> PLAIN.sample(FIVE.sampler(SamplerKind.FLOW)));
    Pipeline flow =
        PipelineGolden.untrained(PipelineGolden.TINY, SchedulerConfig.of(SamplerKind.FLOW));
    assertRefused(
        "spacing is not for sampler flow, whose steps are even",
        () -> flow.sample(FIVE.spacing(TimestepSpacing.TRAILING)));
  }

  private static void assertRefused(String message, Runnable request) {
    assertEquals(message, assertThrows(RequestException.class, request::run).getMessage());
  }

  @Test
  void damagedWeightsAreNamed() {
    Pipeline damaged = PipelineGolden.untrained(PipelineGolden.TINY, PipelineGolden.SHORT);
    damaged.unet().parameters().get("conv_out.bias").value().fill(Float.NaN);
    try (Workers workers = new Workers(1)) {
      for (Runnable work :
          List.<Runnable>of(
              () -> damaged.sample(FIVE),
              () -> damaged.snapshots(FIVE, 2, workers, ProgressListener.NONE))) {
        assertEquals(
            "the network's output is no number (NaN or infinite), its weights are damaged",
            assertThrows(NotFiniteException.class, work::run).getMessage());
      }
    }
  }
}
