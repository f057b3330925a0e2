package haze.diffusion.study.chapter;

import haze.diffusion.process.DiagonalGaussian;
import haze.diffusion.process.ForwardProcess;
import haze.diffusion.process.Posterior;
import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// A chain from a number to noise, and the logarithms of its densities.
///
/// @param model the model whose densities are meant
/// @param x `x_0, x_1, .., x_T`
@SuppressWarnings("ArrayRecordComponent") // Nobody compares two.
record NumberChain(NumberModel model, double[] x) {
  /// {@return chains from `x_0`, step by step}
  static List<NumberChain> bySteps(NumberModel model, double x0, int n, Supplier<Rng> rng) {
    Tensor[] x = beginning(model, x0, n);
    for (int t = 1; t < x.length; t++) {
      Tensor epsilon = rng.get().normal(Tensor.zeros(n));
      x[t] = new ForwardProcess(model.schedule()).step(x[t - 1], epsilon, t);
    }
    return transposed(model, x);
  }

  /// {@return as many `x_t` for each t, drawn from `x_0` by one jump each: no chains}
  static List<NumberChain> byJumps(NumberModel model, double x0, int n, Supplier<Rng> rng) {
    Tensor[] x = beginning(model, x0, n);
    for (int t = 1; t < x.length; t++) {
      Tensor epsilon = rng.get().normal(Tensor.zeros(n));
      x[t] = new ForwardProcess(model.schedule()).addNoise(x[0], epsilon, t);
    }
    return transposed(model, x);
  }

  private static Tensor[] beginning(NumberModel model, double x0, int n) {
    Tensor[] x = new Tensor[model.schedule().timesteps() + 1];
    x[0] = Tensor.full((float) x0, n);
    return x;
  }

  private static List<NumberChain> transposed(NumberModel model, Tensor[] x) {
    return IntStream.range(0, x[0].size())
        .mapToObj(i -> Arrays.stream(x).mapToDouble(xt -> xt.get(i)).toArray())
        .map(chain -> new NumberChain(model, chain))
        .toList();
  }

  /// {@return `ln q(x_t | x_{t-1})`}
  double forward(int t) {
    return new ForwardProcess(model.schedule()).transition(at(t - 1), t).logDensity(at(t));
  }

  /// {@return `ln q(x_t | x_0)`}
  double jump(int t) {
    return new ForwardProcess(model.schedule()).distribution(at(0), t).logDensity(at(t));
  }

  /// {@return `q(x_{t-1} | x_t, x_0)`}
  DiagonalGaussian posterior(int t) {
    return new Posterior(model.schedule()).distribution(at(0), at(t), t);
  }

  /// {@return `ln q(x_{t-1} | x_t, x_0)`}
  double back(int t) {
    return posterior(t).logDensity(at(t - 1));
  }

  /// {@return `p(x_{t-1} | x_t)`}
  DiagonalGaussian step(int t) {
    return model.step(t, x[t]);
  }

  /// {@return `ln p(x_{t-1} | x_t)`}
  double model(int t) {
    return step(t).logDensity(at(t - 1));
  }

  /// {@return `ln p(x_T)`}
  double noise() {
    return DiagonalGaussian.standard(1).logDensity(at(x.length - 1));
  }

  private double[] at(int t) {
    return new double[] {x[t]};
  }
}
