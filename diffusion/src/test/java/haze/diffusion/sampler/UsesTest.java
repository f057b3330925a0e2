package haze.diffusion.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.editing.DdimInversion;
import haze.diffusion.editing.InpaintingSampler;
import haze.diffusion.editing.Interpolation;
import haze.diffusion.process.DistributionFixture;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.diffusion.sampler.schedule.TimestepSpacing;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What else a trained network is good for, with the best network for data whose distribution is
/// known.
class UsesTest {
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.linear(1000);
  private static final Parameterization EPSILON =
      Parameterization.of(Prediction.EPSILON, Clip.NONE);
  private static final SamplingLoop.Listener SILENT = (done, steps, state) -> {};
  private static final double CORRELATION = 0.8;

  /// Pairs of pixels, standard normal with a correlation of 0.8: the sum and the difference are
  /// independent, with variances 1.8 and 0.2, and each is denoised by itself.
  private static final Denoiser PAIRS =
      EPSILON.denoiser(
          (x, timestep) -> {
            double alphaBar = SCHEDULE.alphaBar((int) timestep + 1);
            double noise = 1 - alphaBar;
            float[] epsilon = x.toArray();
            for (int i = 0; i < epsilon.length; i += 2) {
              double sum = (epsilon[i] + epsilon[i + 1]) / (alphaBar * (1 + CORRELATION) + noise);
              double difference =
                  (epsilon[i] - epsilon[i + 1]) / (alphaBar * (1 - CORRELATION) + noise);
              epsilon[i] = (float) (Math.sqrt(noise) * (sum + difference) / 2);
              epsilon[i + 1] = (float) (Math.sqrt(noise) * (sum - difference) / 2);
            }
            return Tensor.of(x.shape(), epsilon);
          });

  private static Sampler ancestral(int steps) {
    return new AncestralSampler(
        SCHEDULE, TimestepSpacing.LEADING.timesteps(1000, steps), ReverseVariance.FIXED_LARGE);
  }

  private static Sampler ddim(int steps) {
    return new DdimSampler(
        SCHEDULE, TimestepSpacing.TRAILING.timesteps(1000, steps), DdimSampler.Options.DEFAULT);
  }

  /// Given one pixel of a pair, the other is normal with mean 0.8 times it and variance 0.36. With
  /// a single round the mean is 0.5 times it (RePaint's observation).
  @Test
  void inpaintingKeepsTheKnownAndMakesTheRestFit() {
    int pairs = 4000;
    float known = 1.5f;
    Tensor picture = Tensor.zeros(pairs, 1, 2, 1);
    Tensor mask = Tensor.zeros(pairs, 1, 2, 1);
    for (int i = 0; i < pairs; i++) {
      picture.set(known, i, 0, 0, 0);
      picture.set(99, i, 0, 1, 0); // in the hole: must not matter
      mask.set(1, i, 0, 0, 0);
    }
    Sampler sampler = new InpaintingSampler(ancestral(100), picture, mask, 10);
    Tensor made = new SamplingLoop(PAIRS, sampler).sample(1, 0, picture.shape(), SILENT);
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < pairs; i++) {
      assertEquals(known, made.get(i, 0, 0, 0));
      sum += made.get(i, 0, 1, 0);
      squares += Math.pow(made.get(i, 0, 1, 0), 2);
    }
    double mean = sum / pairs;
    assertEquals(CORRELATION * known, mean, 0.1);
    assertEquals(1 - CORRELATION * CORRELATION, squares / pairs - mean * mean, 0.05);
  }

  @Test
  void inpaintingWithoutAHoleOrWithoutAnythingKnownIsTrivial() {
    Tensor picture = new Rng(1, 0, 0, 0).normal(Tensor.zeros(2, 1, 2, 1));
    Tensor all =
        new SamplingLoop(
                PAIRS, new InpaintingSampler(ddim(10), picture, Tensor.full(1, 2, 1, 2, 1), 2))
            .sample(1, 0, picture.shape(), SILENT);
    assertArrayEquals(picture.toArray(), all.toArray());
    Tensor none =
        new SamplingLoop(
                PAIRS, new InpaintingSampler(ddim(10), picture, Tensor.zeros(2, 1, 2, 1), 1))
            .sample(1, 0, picture.shape(), SILENT);
    assertArrayEquals(
        new SamplingLoop(PAIRS, ddim(10)).sample(1, 0, picture.shape(), SILENT).toArray(),
        none.toArray());
  }

  /// The more rounds, the closer; with one it is closer the more steps there are.
  @Test
  void invertedDdimLeadsBackToThePicture() {
    Tensor picture = Tensor.of(Shape.of(1, 1, 2, 1), 0.7f, -0.4f);
    double few = roundTrip(picture, 20, 1);
    double many = roundTrip(picture, 100, 1);
    double rounds = roundTrip(picture, 20, 8);
    assertTrue(many < few / 3, few + " and " + many);
    assertTrue(rounds < few / 50, few + " and " + rounds);
    assertEquals(0, rounds, 1e-3);
  }

  private static double roundTrip(Tensor picture, int steps, int rounds) {
    Sampler sampler = ddim(steps);
    Tensor noise = new DdimInversion(sampler.schedule(), rounds).encode(PAIRS, picture, 0);
    Tensor back = new SamplingLoop(PAIRS, sampler).denoise(1, 0, noise, 0, SILENT);
    double error = 0;
    for (int i = 0; i < picture.size(); i++) {
      error = Math.max(error, Math.abs(picture.toArray()[i] - back.toArray()[i]));
    }
    return error;
  }

  /// Data that is noised and denoised again has the distribution of the data, wherever it is begun.
  @Test
  void denoisingFromAnyTimestepKeepsTheLawOfTheData() {
    int pairs = 20_000;
    float[] data = new Rng(9, 0, 0, 0).normal(Tensor.zeros(2 * pairs)).toArray();
    for (int i = 0; i < data.length; i += 2) {
      double sum = data[i] * Math.sqrt(1 + CORRELATION);
      double difference = data[i + 1] * Math.sqrt(1 - CORRELATION);
      data[i] = (float) ((sum + difference) / Math.sqrt(2));
      data[i + 1] = (float) ((sum - difference) / Math.sqrt(2));
    }
    Tensor pictures = Tensor.of(Shape.of(pairs, 1, 2, 1), data);
    SamplingLoop loop = new SamplingLoop(PAIRS, ancestral(100));
    for (double noise : new double[] {0.9, 0.3}) {
      int step = ancestral(100).schedule().stepAt(noise);
      Tensor made = loop.denoise(2, 0, loop.addNoise(1, 0, pictures, step), step, SILENT);
      DistributionFixture.assertNormal(0, 1, made);
      assertTrue(closeness(pictures, made) > (noise < 0.5 ? 0.7 : 0.05), "noise " + noise);
    }
    assertEquals(0, ancestral(100).schedule().stepAt(1));
    assertEquals(99, ancestral(100).schedule().stepAt(0));
  }

  /// The correlation of two sets of images of variance 1.
  private static double closeness(Tensor a, Tensor b) {
    return a.times(b).mean().item();
  }

  /// Whatever is rounded in between.
  @Test
  void theNoiseOfATimestepFindsTheStepThatBeginsThere() {
    SamplingSchedule schedule = ancestral(1000).schedule();
    for (int t = 1; t <= 1000; t++) {
      assertEquals(1000 - t, schedule.stepAt(1 - SCHEDULE.alphaBar(t)), "timestep " + t);
      double noise = schedule.level(1000 - t).noise();
      assertEquals(1000 - t, schedule.stepAt(noise * noise), "timestep " + t);
    }
    // Between two that are visited it is the noisier one.
    assertEquals(501, ancestral(10).schedule().timestep(4) + 1);
    assertEquals(4, ancestral(10).schedule().stepAt(1 - SCHEDULE.alphaBar(450)));
  }

  @Test
  void imagesBetweenTwoKeepTheStrengthOfTheirNoise() {
    Tensor from = new Rng(1, 0, 0, 0).normal(Tensor.zeros(1, 50, 50, 1));
    Tensor to = new Rng(1, 0, 0, 1).normal(Tensor.zeros(1, 50, 50, 1));
    Tensor arc = Interpolation.spherical(from, to, 5);
    Tensor line = Interpolation.linear(from, to, 5);
    assertEquals(Shape.of(5, 50, 50, 1), arc.shape());
    for (Tensor row : List.of(arc, line)) {
      assertArrayEquals(from.toArray(), row.at(0).toArray(), 1e-6f);
      assertArrayEquals(to.toArray(), row.at(4).toArray(), 1e-6f);
    }
    DistributionFixture.assertNormal(0, 1, arc.at(1));
    DistributionFixture.assertNormal(0, 1, arc.at(2));
    assertEquals(0.5, line.at(2).times(line.at(2)).mean().item(), 0.1);
    assertArrayEquals(
        from.toArray(), Interpolation.spherical(from, from, 3).at(1).toArray(), 1e-6f);
    assertThrows(IllegalArgumentException.class, () -> Interpolation.linear(arc, arc, 3));
    assertThrows(IllegalArgumentException.class, () -> Interpolation.linear(from, to, 1));
  }

  private static Snapshots snapshots(int most, int steps) {
    Snapshots snapshots = new Snapshots(most);
    new SamplingLoop(PAIRS, ddim(steps)).sample(1, 0, Shape.of(1, 1, 2, 1), snapshots);
    return snapshots;
  }

  private static List<Integer> moments(int most, int steps) {
    return snapshots(most, steps).taken().stream().map(Snapshots.Snapshot::done).toList();
  }

  @Test
  void snapshotsAreTakenInEvenStepsFromPureNoiseToTheSamples() {
    assertEquals(List.of(0, 5, 10), moments(4, 10));
    assertEquals(List.of(0, 5, 10, 15, 20, 25), moments(10, 25));
    assertEquals(List.of(0, 1, 2, 3), moments(100, 3));
    // A prime number of steps has no equal parts.
    assertEquals(List.of(0, 4, 7, 10, 13), moments(4, 13));
    assertThrows(IllegalArgumentException.class, () -> new Snapshots(0));
  }

  @Test
  void aSnapshotHasTheImagesAndWhatIsPredictedOfThem() {
    List<Tensor> images = new ArrayList<>();
    List<Tensor> predicted = new ArrayList<>();
    Tensor made =
        new SamplingLoop(PAIRS, ddim(4))
            .sample(
                1,
                0,
                Shape.of(1, 1, 2, 1),
                new SamplingLoop.Listener() {
                  @Override
                  public void before(Tensor xt) {
                    images.add(xt);
                  }

                  @Override
                  public void after(int done, int steps, Sampler.State state) {
                    images.add(state.xt());
                    predicted.add(state.x0());
                  }
                });
    predicted.add(made);
    List<Snapshots.Snapshot> taken = snapshots(4, 4).taken();
    for (int i = 0; i <= 4; i++) {
      assertEquals(i, taken.get(i).done());
      assertArrayEquals(images.get(i).toArray(), taken.get(i).xt().toArray());
      assertArrayEquals(predicted.get(i).toArray(), taken.get(i).x0().toArray());
    }
  }

  /// Saharia et al. 2022, with numbers by hand: of |x| = 0, 1, 2, 3, 4 the quantile 0.9 is 3.6.
  @Test
  void dynamicThresholdingScalesAnImageBackIntoRange() {
    Tensor x = Tensor.of(Shape.of(2, 5), 0, 1, -2, 3, -4, 0.1f, 0.2f, 0.3f, 0.4f, 0.5f);
    float[] clipped = new Clip.Dynamic(0.9, 10).apply(x).toArray();
    assertArrayEquals(
        new float[] {0, 1 / 3.6f, -2 / 3.6f, 3 / 3.6f, -1, 0.1f, 0.2f, 0.3f, 0.4f, 0.5f},
        clipped,
        1e-6f);
    assertArrayEquals(
        new float[] {0, 0.5f, -1, 1, -1}, new Clip.Dynamic(0.9, 2).apply(x).at(0).toArray(), 1e-6f);
    assertArrayEquals(
        Clip.TO_DATA_RANGE.apply(x).toArray(), new Clip.Dynamic(0.9, 1).apply(x).toArray());
    assertThrows(IllegalArgumentException.class, () -> new Clip.Dynamic(1.1, 1));
  }
}
