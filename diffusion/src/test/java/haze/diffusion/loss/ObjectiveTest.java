package haze.diffusion.loss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.autograd.GradientCheck;
import haze.autograd.Sum;
import haze.autograd.Tape;
import haze.diffusion.loss.Objective.Noised;
import haze.diffusion.process.DiagonalGaussian;
import haze.diffusion.process.ForwardProcess;
import haze.diffusion.process.GaussianMixture;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.diffusion.process.RectifiedFlow;
import haze.diffusion.process.ReverseVariance;
import haze.tensor.Allocator;
import haze.tensor.BufferPool;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ObjectiveTest {
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.cosine(100);
  private static final Shape IMAGES = Shape.of(3, 2, 2, 1);
  private static final Tensor X0 = new Rng(1, 0, 0, 0).uniform(Tensor.zeros(IMAGES.dims()));
  private static final Tensor EPSILON = new Rng(2, 0, 0, 0).normal(Tensor.zeros(IMAGES.dims()));
  private static final int[] T = {20, 50, 90};

  static List<Objective> objectives() {
    List<Objective> all = new ArrayList<>();
    for (Prediction prediction : Prediction.values()) {
      all.add(new SimpleLoss(SCHEDULE, prediction));
      all.add(new MinSnrLoss(SCHEDULE, prediction, MinSnrLoss.PUBLISHED_GAMMA));
      all.add(new HybridLoss(SCHEDULE, prediction));
      for (ReverseVariance variance : ReverseVariance.values()) {
        all.add(new BoundLoss(SCHEDULE, prediction, variance));
      }
    }
    all.add(new FlowMatching(100));
    return all;
  }

  private static Tensor output(Objective objective) {
    return new Rng(3, 0, 0, 0)
        .normal(Tensor.zeros(IMAGES.with(-1, objective.outputChannels(1)).dims()));
  }

  private static float[] losses(Objective objective, Tensor output) {
    Tape tape = Tape.off(new BufferPool());
    Noised images = objective.noise(Allocator.HEAP, X0, EPSILON, T);
    return images.losses(tape, tape.constant(output)).value().toArray();
  }

  private static Tensor gradient(Objective objective, Tensor output) {
    Tensor gradient = Tensor.zeros(output.shape().dims());
    try (Tape tape = Tape.recording(new BufferPool())) {
      Noised images = objective.noise(Allocator.HEAP, X0, EPSILON, T);
      tape.backward(Sum.apply(tape, images.losses(tape, tape.watch(output, gradient))));
    }
    return gradient;
  }

  @ParameterizedTest
  @MethodSource("objectives")
  void theGradientIsTheSlope(Objective objective) {
    if (objective instanceof HybridLoss) {
      return; // Its gradient is not, on purpose; see below.
    }
    Noised images = objective.noise(Allocator.HEAP, X0, EPSILON, T);
    GradientCheck.check((tape, inputs) -> images.losses(tape, inputs.get(0)), output(objective));
  }

  @ParameterizedTest
  @MethodSource("objectives")
  void anImagesLossIsItsOwn(Objective objective) {
    Tensor output = output(objective);
    Tape tape = Tape.off(new BufferPool());
    float[] all = losses(objective, output);
    assertEquals(100, objective.timesteps());
    for (int i = 0; i < 3; i++) {
      Tensor x0 = X0.slice(i, 1);
      Tensor epsilon = EPSILON.slice(i, 1);
      Noised image = objective.noise(Allocator.HEAP, x0, epsilon, T[i]);
      assertArrayEquals(
          objective.noise(Allocator.HEAP, X0, EPSILON, T).xt().at(i).toArray(),
          image.xt().at(0).toArray());
      assertEquals(all[i], image.losses(tape, tape.constant(output.slice(i, 1))).value().item(), 0);
    }
  }

  @Test
  void theHybridLossIsItsPartsAndTeachesTheVarianceByTheBoundOnly() {
    for (Prediction prediction : Prediction.values()) {
      HybridLoss hybrid = new HybridLoss(SCHEDULE, prediction);
      BoundLoss bound = new BoundLoss(SCHEDULE, prediction, ReverseVariance.LEARNED_RANGE);
      SimpleLoss simple = new SimpleLoss(SCHEDULE, prediction);
      Tensor output = output(hybrid);
      Tensor said = Tensor.zeros(IMAGES.dims());
      for (int j = 0; j < said.size(); j++) {
        said.data()[j] = output.data()[2 * j];
      }
      float[] parts = losses(simple, said);
      float[] bounds = losses(bound, output);
      float[] sum = losses(hybrid, output);
      for (int i = 0; i < 3; i++) {
        assertEquals(parts[i] + 0.001 * bounds[i], sum[i], sum[i] * 4 * 0x1p-24);
      }
      Tensor whole = gradient(hybrid, output);
      Tensor ofSimple = gradient(simple, said);
      Tensor ofBound = gradient(bound, output);
      for (int j = 0; j < said.size(); j++) {
        assertEquals(ofSimple.data()[j], whole.data()[2 * j], 0);
        float variance = whole.data()[2 * j + 1];
        assertEquals(0.001 * ofBound.data()[2 * j + 1], variance, Math.abs(variance) * 8 * 0x1p-24);
      }
    }
  }

  /// Published weights: min(SNR, 5) of the picture's squared error, whatever is predicted.
  @Property(tries = 100)
  void minSnrWeighsTheErrorOfThePictureTheSameForEveryPrediction(
      @ForAll @IntRange(min = 1, max = 100) int t, @ForAll int seed) {
    Tensor wrong = new Rng(seed, 0, 0, 0).normal(Tensor.zeros(1, 2, 2, 1));
    double alphaBar = SCHEDULE.alphaBar(t);
    double snr = alphaBar / (1 - alphaBar);
    for (Prediction prediction : Prediction.values()) {
      MinSnrLoss loss = new MinSnrLoss(SCHEDULE, prediction, 5);
      double pictureError = prediction.x0FromOutput(alphaBar);
      // An error e of the prediction is an error x0FromOutput e of the picture.
      assertEquals(
          Math.min(snr, 5) * pictureError * pictureError, loss.weight(t), 1e-9 * loss.weight(t));
      Tape tape = Tape.off(new BufferPool());
      Tensor x0 = X0.slice(0, 1);
      Tensor epsilon = EPSILON.slice(0, 1);
      Noised image = loss.noise(Allocator.HEAP, x0, epsilon, t);
      float simple =
          new SimpleLoss(SCHEDULE, prediction)
              .losses(tape, tape.constant(wrong), image)
              .value()
              .item();
      float weighted = image.losses(tape, tape.constant(wrong)).value().item();
      assertEquals(loss.weight(t) * simple, weighted, weighted * 3 * 0x1p-24);
    }
  }

  @Test
  void withoutSignalMinSnrStaysFinite() {
    NoiseSchedule schedule = SCHEDULE.withZeroTerminalSnr();
    assertEquals(1, new MinSnrLoss(schedule, Prediction.EPSILON, 5).weight(100), 0);
    assertEquals(0, new MinSnrLoss(schedule, Prediction.X0, 5).weight(100), 0);
    assertEquals(0, new MinSnrLoss(schedule, Prediction.V, 5).weight(100), 0);
  }

  @Test
  void aPerfectPredictionCostsNothing() {
    for (Prediction prediction : Prediction.values()) {
      SimpleLoss loss = new SimpleLoss(SCHEDULE, prediction);
      assertArrayEquals(new float[3], losses(loss, prediction.target(SCHEDULE, X0, EPSILON, T)));
    }
    assertArrayEquals(
        new float[3], losses(new FlowMatching(100), RectifiedFlow.velocity(X0, EPSILON)));
  }

  /// The optimal denoiser is called that because no function has a smaller loss: one that is moved
  /// a little in any direction has a greater one.
  @Test
  void theOptimalDenoiserHasTheLeastLoss() {
    GaussianMixture data =
        new GaussianMixture(
            new double[] {.5, .5},
            new DiagonalGaussian(new double[] {-1}, new double[] {Math.log(.04)}),
            new DiagonalGaussian(new double[] {.5}, new double[] {Math.log(.01)}));
    int n = 20_000;
    int t = 40;
    Tensor x0 = Tensor.zeros(n, 1);
    for (int i = 0; i < n; i++) {
      x0.set((float) data.sample(new Rng(1, 0, 0, i))[0], i, 0);
    }
    Tensor epsilon = new Rng(2, 0, 0, 0).normal(Tensor.zeros(n, 1));
    Tensor xt = new ForwardProcess(SCHEDULE).addNoise(x0, epsilon, t);
    for (Prediction prediction : Prediction.values()) {
      Tensor best = data.predict(prediction, xt, SCHEDULE.alphaBar(t));
      double least = mean(prediction, best, x0, epsilon, xt, t);
      for (float by : new float[] {-.1f, .1f}) {
        // Moved by a constant c or a share c: the loss grows by c^2 times 1 or the mean square.
        double moved = mean(prediction, best.plus(Tensor.scalar(by)), x0, epsilon, xt, t);
        double stretched = mean(prediction, best.times(1 + by), x0, epsilon, xt, t);
        assertEquals(least + .01, moved, .003);
        assertTrue(stretched > least + .001);
      }
    }
  }

  private static double mean(
      Prediction prediction, Tensor output, Tensor x0, Tensor epsilon, Tensor xt, int t) {
    Tape tape = Tape.off(new BufferPool());
    int[] all = new int[x0.dim(0)];
    Arrays.fill(all, t);
    double sum = 0;
    Noised images = new Noised(new SimpleLoss(SCHEDULE, prediction), x0, epsilon, xt, all);
    for (float loss : images.losses(tape, tape.constant(output)).value().toArray()) {
      sum += loss;
    }
    return sum / all.length;
  }

  @Test
  void theNetworkIsToldTheTimeAsItsCheckpointsCountIt() {
    assertEquals(0, new SimpleLoss(SCHEDULE, Prediction.V).modelTimestep(1));
    assertEquals(99, new HybridLoss(SCHEDULE, Prediction.V).modelTimestep(100));
    // Flow matching has no timestep without noise, and diffusers counts from 1.
    assertEquals(1, new FlowMatching(100).modelTimestep(1));
    assertEquals(2, new HybridLoss(SCHEDULE, Prediction.V).outputChannels(1));
    assertEquals(3, new SimpleLoss(SCHEDULE, Prediction.V).outputChannels(3));
    assertEquals(
        6, new BoundLoss(SCHEDULE, Prediction.V, ReverseVariance.LEARNED_RANGE).outputChannels(3));
    assertEquals(
        3, new BoundLoss(SCHEDULE, Prediction.V, ReverseVariance.FIXED_LARGE).outputChannels(3));
  }

  @Test
  void wrongArgumentsAreNamed() {
    SimpleLoss simple = new SimpleLoss(SCHEDULE, Prediction.EPSILON);
    Tape tape = Tape.off(new BufferPool());
    assertMessage(
        "squared error: shapes differ: [1, 4] and [3, 2, 2, 1]",
        () ->
            simple
                .noise(Allocator.HEAP, X0, EPSILON, T)
                .losses(tape, tape.constant(Tensor.zeros(1, 4))));
    assertMessage(
        "noise schedule: timestep 0 is not in 1..100",
        () -> simple.noise(Allocator.HEAP, X0, EPSILON, 0));
    assertMessage(
        "flow: time 1.01 is not in 0..1",
        () -> new FlowMatching(100).noise(Allocator.HEAP, X0, EPSILON, 101));
    assertMessage("flow matching: not a positive length: 0", () -> new FlowMatching(0));
    assertMessage(
        "min-SNR loss: gamma is not positive: 0.0",
        () -> new MinSnrLoss(SCHEDULE, Prediction.V, 0));
  }

  private static void assertMessage(String message, Runnable call) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
  }
}
