package haze.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.autograd.MeanSquaredError;
import haze.autograd.Scale;
import haze.autograd.Silu;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.nn.optim.Adam;
import haze.nn.optim.Ema;
import haze.nn.optim.EmaDecay;
import haze.nn.optim.GradientClip;
import haze.nn.optim.Sgd;
import haze.tensor.BufferPool;
import haze.tensor.Rng;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShardedStepTest {
  private static final int SHARD = 8;
  private static final int SHARDS = 4;

  /// More parameters than a chunk has, so that several threads update.
  private static final int HIDDEN = 1 << 15;

  private final Tensor x = new Rng(1, 2, 3, 4).normal(Tensor.zeros(SHARDS * SHARD, 2));
  private final Tensor y = x.matmul(Tensor.of(Shape.of(2, 1), 1, -2));

  // @start region="network"
  /// `y = silu(x a + b) c + d`
  static final class Mlp extends Module {
    private final Linear in;
    private final Linear out;

    Mlp(int hidden) {
      in = register("in", new Linear(2, hidden));
      out = register("out", new Linear(hidden, 1));
    }

    Variable forward(Tape tape, Tensor x) {
      return out.forward(tape, Silu.apply(tape, in.forward(tape, tape.constant(x))));
    }
  }

  // @end

  private Variable loss(Mlp mlp, Tape tape, int shard) {
    Tensor own = x.slice(shard * SHARD, SHARD);
    Tensor target = y.slice(shard * SHARD, SHARD);
    Variable mean = MeanSquaredError.apply(tape, mlp.forward(tape, own), tape.constant(target));
    return Scale.apply(tape, mean, 1f / SHARDS);
  }

  private static ParameterVector initialized(Mlp mlp) {
    var parameters = new ParameterVector(mlp);
    parameters.initialize(1, 2, false);
    return parameters;
  }

  /// Weights, average and the norms of three steps.
  private float[][] trained(int threads, boolean warm) {
    return trained(threads, warm, SHARDS);
  }

  private float[][] trained(int threads, boolean warm, int atOnce) {
    Mlp mlp = new Mlp(HIDDEN);
    ParameterVector parameters = initialized(mlp);
    var ema = new Ema(parameters.values(), new EmaDecay.Constant(0.5));
    float[] norms = new float[3];
    try (Workers workers = new Workers(threads)) {
      var step =
          new ShardedStep(
              parameters, new Adam(parameters.size()), List.of(ema), SHARDS, atOnce, workers);
      for (int i = 1; i <= norms.length; i++) {
        if (warm) {
          step.warmUp((tape, shard) -> loss(mlp, tape, shard), () -> false);
        }
        double norm = step.differentiate((tape, shard) -> loss(mlp, tape, shard));
        step.update(i, 1e-3, GradientClip.scale(norm, 0.1));
        norms[i - 1] = (float) norm;
      }
    }
    return new float[][] {parameters.values(), ema.average(), norms};
  }

  @Test
  void theNumberOfThreadsDoesNotChangeABit() {
    float[][] one = trained(1, false);
    for (int threads : new int[] {2, 3, 7}) {
      float[][] several = trained(threads, false);
      for (int i = 0; i < one.length; i++) {
        assertArrayEquals(one[i], several[i], threads + " threads, result " + i);
      }
    }
  }

  /// Gradient accumulation is another order of work, not of sums.
  @Test
  void theNumberOfShardsAtOnceDoesNotChangeABit() {
    float[][] whole = trained(1, false);
    for (int atOnce = 1; atOnce <= SHARDS + 1; atOnce++) {
      for (int threads : new int[] {1, 2, 3}) {
        float[][] parts = trained(threads, false, atOnce);
        for (int i = 0; i < whole.length; i++) {
          assertArrayEquals(whole[i], parts[i], atOnce + " at once, result " + i);
        }
      }
    }
  }

  @Test
  void warmingUpLeavesNoTrace() {
    float[][] cold = trained(2, false);
    float[][] warm = trained(2, true);
    for (int i = 0; i < cold.length; i++) {
      assertArrayEquals(cold[i], warm[i], "result " + i);
    }
  }

  /// The same step by hand: one tape a shard, sums in the order of the shards, one loop over all
  /// weights.
  @Test
  void aStepIsSumClipUpdateAverage() {
    Mlp mlp = new Mlp(16);
    ParameterVector parameters = initialized(mlp);
    float[] expected = parameters.values().clone();
    float[] total = new float[parameters.size()];
    for (int shard = 0; shard < SHARDS; shard++) {
      float[] gradient = new float[parameters.size()];
      try (Tape tape = Tape.recording(new BufferPool())) {
        parameters.watch(tape, gradient);
        tape.backward(loss(mlp, tape, shard));
      }
      for (int i = 0; i < total.length; i++) {
        total[i] += gradient[i];
      }
    }
    double norm = GradientClip.norm(total);
    float scale = GradientClip.scale(norm, norm / 2);
    new Sgd(total.length, 0.9, 0.1, false).update(expected, total, scale, 0.3, 1, 0, total.length);

    var ema = new Ema(parameters.values(), new EmaDecay.Constant(0.75));
    float[] average = ema.average().clone();
    try (Workers workers = new Workers(2)) {
      var step =
          new ShardedStep(
              parameters,
              new Sgd(total.length, 0.9, 0.1, false),
              List.of(ema),
              SHARDS,
              SHARDS,
              workers);
      assertEquals(norm, step.differentiate((tape, shard) -> loss(mlp, tape, shard)));
      step.update(1, 0.3, scale);
    }
    assertArrayEquals(expected, parameters.values());
    for (int i = 0; i < average.length; i++) {
      average[i] -= 0.25f * (average[i] - expected[i]);
    }
    assertArrayEquals(average, ema.average());
  }

  @Test
  void theLossFalls() {
    try (Workers workers = new Workers(2)) {
      // @start region="training"
      Mlp network = new Mlp(16);
      var parameters = new ParameterVector(network);
      parameters.initialize(1, 2, false); // seed, and number of the random stream
      var step = new ShardedStep(parameters, new Adam(parameters.size()), 4, workers);
      for (int i = 1; i <= 100; i++) {
        double norm =
            step.differentiate(
                (tape, shard) -> { // 8 of the 32 rows
                  Variable output = network.forward(tape, x.slice(8 * shard, 8));
                  Variable target = tape.constant(y.slice(8 * shard, 8));
                  return Scale.apply(tape, MeanSquaredError.apply(tape, output, target), 0.25f);
                });
        step.update(i, 1e-2, GradientClip.scale(norm, 1)); // rate, clipping at a norm of 1
      }
      // @end
      assertTrue(wholeLoss(network) < 0.1 * wholeLoss(fresh()));
    }
  }

  private static Mlp fresh() {
    Mlp mlp = new Mlp(16);
    initialized(mlp);
    return mlp;
  }

  private double wholeLoss(Mlp mlp) {
    try (Tape tape = Tape.off(new BufferPool())) {
      return MeanSquaredError.apply(tape, mlp.forward(tape, x), tape.constant(y)).value().item();
    }
  }

  @Test
  void aNormThatIsNotFiniteComesBeforeAWeightMoves() {
    Mlp mlp = new Mlp(16);
    ParameterVector parameters = initialized(mlp);
    float[] before = parameters.values().clone();
    try (Workers workers = new Workers(2)) {
      var step = new ShardedStep(parameters, new Sgd(parameters.size()), SHARDS, workers);
      double norm =
          step.differentiate(
              (tape, shard) ->
                  Scale.apply(tape, loss(mlp, tape, shard), shard == 2 ? Float.NaN : 1));
      assertFalse(Double.isFinite(norm));
      assertArrayEquals(before, parameters.values());
      // The next one begins from zero.
      assertTrue(Double.isFinite(step.differentiate((tape, shard) -> loss(mlp, tape, shard))));
    }
  }

  @Test
  void aLossThatFailsFailsTheStep() {
    Mlp mlp = new Mlp(16);
    ParameterVector parameters = initialized(mlp);
    try (Workers workers = new Workers(2)) {
      var step = new ShardedStep(parameters, new Sgd(parameters.size()), SHARDS, workers);
      assertEquals(
          "no such shard",
          assertThrows(
                  IllegalStateException.class,
                  () ->
                      step.differentiate(
                          (tape, shard) -> {
                            if (shard == 3) {
                              throw new IllegalStateException("no such shard");
                            }
                            return loss(mlp, tape, shard);
                          }))
              .getMessage());
    }
  }

  @Test
  void aStepWithoutShardsIsRefused() {
    ParameterVector parameters = initialized(new Mlp(2));
    try (Workers workers = new Workers(1)) {
      assertEquals(
          "sharded step: 0 shards, 0 at once, expected at least 1 of both",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> new ShardedStep(parameters, new Sgd(parameters.size()), 0, workers))
              .getMessage());
    }
  }
}
