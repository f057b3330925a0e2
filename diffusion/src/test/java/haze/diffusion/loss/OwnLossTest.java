package haze.diffusion.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;

import haze.autograd.GradientCheck;
import haze.autograd.Tape;
import haze.diffusion.DocumentedCode;
import haze.diffusion.loss.Objective.Noised;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Prediction;
import haze.tensor.Allocator;
import haze.tensor.BufferPool;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The loss of `docs/add-a-loss.md`.
class OwnLossTest {
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.cosine(100);
  private static final int[] T = {20, 90};
  private static final Tensor X0 = normal(1);
  private static final Tensor EPSILON = normal(2);

  private static Tensor normal(int seed) {
    return new Rng(seed, 0, 0, 0).normal(Tensor.zeros(2, 2, 2, 1));
  }

  /// Salimans and Ho 2022, section 4: of any prediction, the SNR times the error of `x_0` is the
  /// error of epsilon.
  @ParameterizedTest
  @EnumSource
  void theWeightedErrorOfX0IsThatOfEpsilon(Prediction prediction) {
    SnrLoss loss = new SnrLoss(SCHEDULE, prediction);
    Noised images = loss.noise(Allocator.HEAP, X0, EPSILON, T);
    Tensor output = normal(3);
    Tape tape = Tape.off(new BufferPool());
    float[] losses = images.losses(tape, tape.constant(output)).value().toArray();
    for (int i = 0; i < T.length; i++) {
      double alphaBar = SCHEDULE.alphaBar(T[i]);
      double sum = 0;
      for (int j = 4 * i; j < 4 * i + 4; j++) {
        double xt = images.xt().data()[j];
        double x0 =
            prediction.x0FromXt(alphaBar) * xt
                + prediction.x0FromOutput(alphaBar) * output.data()[j];
        double epsilon = (xt - Math.sqrt(alphaBar) * x0) / Math.sqrt(1 - alphaBar);
        sum += Math.pow(epsilon - EPSILON.data()[j], 2) / 4;
      }
      assertEquals(sum, losses[i], 1e-5 * sum);
    }
  }

  @ParameterizedTest
  @EnumSource
  void theGradientIsTheSlope(Prediction prediction) {
    Noised images = new SnrLoss(SCHEDULE, prediction).noise(Allocator.HEAP, X0, EPSILON, T);
    GradientCheck.check((tape, inputs) -> images.losses(tape, inputs.get(0)), normal(3));
  }

  @Test
  void thePageShowsThisCode() throws IOException {
    DocumentedCode.requireShown("add-a-loss.md", "loss/SnrLoss.java");
  }
}
