package haze.diffusion.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.autograd.MeanSquaredError;
import haze.autograd.Scale;
import haze.autograd.Silu;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.nn.BatchStep;
import haze.nn.Linear;
import haze.nn.Module;
import haze.nn.ParameterVector;
import haze.nn.ShardedStep;
import haze.nn.optim.AdamW;
import haze.nn.optim.Ema;
import haze.nn.optim.EmaDecay;
import haze.nn.optim.GradientClip;
import haze.nn.optim.Muon;
import haze.nn.optim.Optimizer;
import haze.nn.optim.Sgd;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Against [ShardedStep], which adds up the same numbers in one process.
class MemberStepTest {
  private static final int STEPS = 3;
  private static final int PER_SHARD = 3;

  /// More than one chunk of squares: 79,601 and 40,401 parameters of whole matrices.
  private static final int WIDTH = 200;

  private static final Map<String, Optimizer.Factory> OPTIMIZERS =
      Map.of(
          "sgd", Optimizer.Factory.ofSize(n -> new Sgd(n, 0.9, 0, true)),
          "adamw", Optimizer.Factory.ofSize(AdamW::new),
          "muon", Muon::new);

  static final class Mlp extends Module {
    private final Linear in;
    private final Linear middle;
    private final Linear out;

    Mlp() {
      in = register("in", new Linear(5, WIDTH));
      middle = register("middle", new Linear(WIDTH, 2 * WIDTH));
      out = register("out", new Linear(2 * WIDTH, 3));
    }

    Variable forward(Tape tape, Variable x) {
      return out.forward(
          tape, Silu.apply(tape, middle.forward(tape, Silu.apply(tape, in.forward(tape, x)))));
    }
  }

  /// A network and its training, by one process or by a task of several.
  private static final class Training {
    private final Mlp mlp = new Mlp();
    private final ParameterVector parameters = new ParameterVector(mlp);
    private final Ema ema;
    private final BatchStep step;
    private final int images;

    Training(Optimizer.Factory optimizer, int images, Workers workers, BatchStep.Factory steps) {
      parameters.initialize(1, 2, false);
      ema = new Ema(parameters.values(), new EmaDecay.Constant(0.5));
      this.images = images;
      step =
          steps.create(
              new BatchStep.Parts(
                  parameters,
                  optimizer.create(parameters),
                  List.of(ema),
                  List.of(),
                  Math.ceilDiv(images, PER_SHARD),
                  images,
                  workers));
    }

    /// Weights, norms and losses.
    List<float[]> run() {
      List<float[]> results = new ArrayList<>();
      for (int i = 1; i <= STEPS; i++) {
        int number = i;
        float[] losses = new float[images];
        double norm =
            step.differentiate(
                i, (tape, shard) -> loss(tape, number, shard, losses), losses, PER_SHARD);
        if (Double.isFinite(norm)) {
          step.update(i, 1e-2, GradientClip.scale(norm, 0.1));
        }
        results.add(losses);
        results.add(new float[] {(float) norm, (float) (norm * 1e8)});
      }
      results.add(parameters.values());
      return results;
    }

    /// The loss of a shard; not finite in the second step.
    private Variable loss(Tape tape, int step, int shard, float[] losses) {
      int first = shard * PER_SHARD;
      int count = Math.min(PER_SHARD, images - first);
      Tensor x = Tensor.zeros(count, 5);
      new Rng(1, 1, step, shard).normal(x);
      Tensor y = Tensor.zeros(count, 3);
      Variable mean =
          MeanSquaredError.apply(tape, mlp.forward(tape, tape.constant(x)), tape.constant(y));
      for (int i = 0; i < count; i++) {
        losses[first + i] = mean.value().item() + i;
      }
      return Scale.apply(tape, mean, step == 2 ? Float.POSITIVE_INFINITY : 1f / images);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "sgd,   2, 12, 1",
    "adamw, 1, 12, 1",
    "adamw, 3, 10, 2",
    "adamw, 4, 12, 1",
    "muon,  2,  4, 1",
    "muon,  3, 14, 2",
    "muon,  4, 20, 1"
  })
  void anyNumberOfTasksComputesTheSameBits(String optimizer, int tasks, int images, int threads)
      throws Exception {
    Optimizer.Factory factory = OPTIMIZERS.get(optimizer);
    List<float[]> expected;
    float[] average;
    try (Workers workers = new Workers(1)) {
      Training alone = new Training(factory, images, workers, ShardedStep::new);
      expected = alone.run();
      average = alone.ema.average();
    }
    Token token = Token.random();
    List<Reception> receptions = new ArrayList<>();
    List<InetSocketAddress> addresses = new ArrayList<>();
    for (int task = 0; task < tasks; task++) {
      var here = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      Reception reception = new Reception(here, token);
      receptions.add(reception);
      addresses.add(new InetSocketAddress(here.getAddress(), reception.port()));
    }
    List<Callable<Void>> members = new ArrayList<>();
    for (int task = 0; task < tasks; task++) {
      int own = task;
      members.add(
          () -> {
            try (Reception reception = receptions.get(own);
                Peers peers = Peers.meet(own, addresses, reception, token);
                Workers workers = new Workers(threads)) {
              List<MemberStep> made = new ArrayList<>();
              Training member =
                  new Training(
                      factory,
                      images,
                      workers,
                      parts -> {
                        made.add(new MemberStep(parts, own, peers, (_, _) -> {}));
                        return made.getFirst();
                      });
              List<float[]> results = member.run();
              for (int i = 0; i < expected.size(); i++) {
                assertArrayEquals(expected.get(i), results.get(i), "result " + i);
              }
              Slices slices = made.getFirst().slices();
              for (int i = slices.from(own); i < slices.to(own); i++) {
                assertEquals(average[i], member.ema.average()[i], "average " + i);
              }
            }
            return null;
          });
    }
    try (ExecutorService threadsOfTasks = Executors.newFixedThreadPool(tasks)) {
      for (Future<Void> member : threadsOfTasks.invokeAll(members)) {
        member.get();
      }
    }
  }

  /// What is not an element a weight cannot be cut into slices.
  @Test
  void stateOfAnotherSizeIsRefused() {
    Optimizer odd =
        new Optimizer() {
          @Override
          public void update(
              float[] values, float[] g, float scale, double rate, long step, int from, int to) {}

          @Override
          public Map<String, float[]> state() {
            return Map.of("history", new float[3]);
          }
        };
    var parameters = new ParameterVector(new Mlp());
    try (Workers workers = new Workers(1)) {
      var parts = new BatchStep.Parts(parameters, odd, List.of(), List.of(), 1, 1, workers);
      assertEquals(
          "the optimizer's history has 3 elements for "
              + parameters.size()
              + " weights: it cannot be cut into slices",
          assertThrows(IllegalArgumentException.class, () -> new TaskState(parts)).getMessage());
    }
  }
}
