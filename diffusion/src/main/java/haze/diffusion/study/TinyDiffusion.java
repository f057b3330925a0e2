package haze.diffusion.study;

import haze.autograd.MeanSquaredError;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.process.ForwardProcess;
import haze.diffusion.process.NoiseSchedule;
import haze.diffusion.process.Posterior;
import haze.diffusion.process.WeightedSum;
import haze.nn.ParameterVector;
import haze.nn.optim.Adam;
import haze.tensor.BufferPool;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The whole of diffusion in one sitting, for points of the plane: noise is added to data, a small
/// network learns to predict the noise, and samples are made out of pure noise.
///
/// What [haze.diffusion.training] and [haze.diffusion.sampler] do with images is done here with the
/// same parts and nothing around them. Points are `[n, 2]`, t is 1..T; equations are those of Ho et
/// al. 2020; the letter of an [Rng] keeps its random numbers apart from those of the others.
/// Training takes a few seconds on one thread.
public final class TinyDiffusion {
  /// T, the number of steps from the data to pure noise.
  public static final int TIMESTEPS = 200;

  private static final int BATCH = 128;
  private static final int TRAINING_STEPS = 4000;
  private static final double LEARNING_RATE = 0.02;
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.linear(TIMESTEPS);
  private static final ForwardProcess FORWARD = new ForwardProcess(SCHEDULE);
  private static final Posterior POSTERIOR = new Posterior(SCHEDULE);
  private final TinyNetwork network = new TinyNetwork();
  private final BufferPool pool = new BufferPool();

  private TinyDiffusion() {}

  /// Trains a network (algorithm 1).
  public static TinyDiffusion train(PlaneData data, long seed) {
    TinyDiffusion model = new TinyDiffusion();
    ParameterVector parameters = new ParameterVector(model.network);
    parameters.initialize(seed, 'w', true);
    Adam adam = new Adam(parameters.size());
    float[] gradient = new float[parameters.size()];
    for (int step = 1; step <= TRAINING_STEPS; step++) {
      Tensor x0 = data.points(BATCH, new Rng(seed, 'd', step, 0));
      Rng times = new Rng(seed, 't', step, 0);
      int[] t = new int[BATCH];
      Arrays.setAll(t, i -> 1 + times.below(i, TIMESTEPS));
      Tensor epsilon = normal(BATCH, new Rng(seed, 'e', step, 0));
      // x_t = sqrt(alphaBar_t) x_0 + sqrt(1 - alphaBar_t) epsilon            eq. 4
      Tensor xt = FORWARD.addNoise(x0, epsilon, t);
      try (Tape tape = Tape.recording(model.pool)) {
        Arrays.fill(gradient, 0);
        parameters.watch(tape, gradient);
        // L_simple = E |epsilon - epsilon_theta(x_t, t)|^2                   eq. 14
        Variable predicted = model.network.forward(tape, xt, t);
        tape.backward(MeanSquaredError.apply(tape, predicted, tape.constant(epsilon)));
      }
      double rate = LEARNING_RATE * (1 - (step - 1.0) / TRAINING_STEPS);
      adam.update(parameters.values(), gradient, rate, step);
    }
    return model;
  }

  /// Samples n points by DDPM (algorithm 2).
  ///
  /// @return the chain `x_T .. x_0`
  public List<Tensor> ddpm(int n, long seed) {
    Tensor x = normal(n, new Rng(seed, 's', TIMESTEPS, 0));
    List<Tensor> chain = new ArrayList<>(List.of(x));
    for (int t = TIMESTEPS; t >= 1; t--) {
      // x_0 = (x_t - sqrt(1 - alphaBar_t) epsilon_theta) / sqrt(alphaBar_t)  eq. 15
      Tensor x0 = FORWARD.x0(x, predict(x, t), t);
      // x_{t-1} = mu~_t(x_t, x_0) + sqrt(beta~_t) z, z ~ N(0, I)             eq. 7
      Tensor z = normal(n, new Rng(seed, 's', t - 1, 0));
      x = WeightedSum.of(1, POSTERIOR.mean(x0, x, t), Math.sqrt(POSTERIOR.variance(t)), z);
      chain.add(x);
    }
    return chain;
  }

  /// Samples n points by DDIM, which adds no noise on the way (Song et al. 2021, eq. 12).
  ///
  /// @param steps a divisor of T
  /// @return `x_T`, and the points after each step down to `x_0`
  public List<Tensor> ddim(int n, int steps, long seed) {
    Tensor x = normal(n, new Rng(seed, 's', TIMESTEPS, 0));
    List<Tensor> chain = new ArrayList<>(List.of(x));
    for (int t = TIMESTEPS; t >= 1; t -= TIMESTEPS / steps) {
      int s = t - TIMESTEPS / steps;
      Tensor epsilon = predict(x, t);
      // x_s = sqrt(alphaBar_s) x_0 + sqrt(1 - alphaBar_s) epsilon_theta
      x = FORWARD.addNoise(FORWARD.x0(x, epsilon, t), epsilon, s);
      chain.add(x);
    }
    return chain;
  }

  private Tensor predict(Tensor xt, int t) {
    try (Tape tape = Tape.off(pool)) {
      return network.forward(tape, xt, t).value().copy();
    }
  }

  private static Tensor normal(int n, Rng rng) {
    return rng.normal(Tensor.zeros(n, 2));
  }
}
