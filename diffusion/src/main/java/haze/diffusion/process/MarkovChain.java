package haze.diffusion.process;

import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.util.Arrays;

/// A Markov chain of finitely many states, the simplest process of the kind that diffusion is: the
/// next state depends on the present one, not on those before.
///
/// Tomorrow's weather, given today's alone:
///
/// ```
///                 tomorrow   sunny  cloudy  rainy
/// today sunny                 0.7     0.2    0.1
///       cloudy                0.3     0.4    0.3
///       rainy                 0.2     0.4    0.4
/// ```
///
/// Row i is the distribution of tomorrow if today is i. The distribution in n days is today's
/// distribution times the n-th power of the matrix, [#distribution]. After many days it no longer
/// depends on today: it is the stationary distribution, [#stationary], here sunny on 6 of 13 days.
///
/// Diffusion does the same with images: [ForwardProcess#step] is a row of the matrix,
/// [ForwardProcess#addNoise] its power, and N(0, I) the stationary distribution.
public final class MarkovChain {
  /// Rows of probabilities may miss 1 by the rounding of their elements.
  private static final double ROUNDING = 1e-9;

  private final double[][] transition;

  /// A chain with a transition matrix.
  ///
  /// @param transition element (i, j) is the probability that state j follows state i
  /// @throws IllegalArgumentException if the matrix is empty or not square, or a row is not a
  ///   distribution
  public MarkovChain(double[][] transition) {
    if (transition.length == 0) {
      throw new IllegalArgumentException("markov chain: no states");
    }
    for (int i = 0; i < transition.length; i++) {
      requireDistribution(transition[i], transition.length, "row " + i);
    }
    this.transition = Arrays.stream(transition).map(double[]::clone).toArray(double[][]::new);
  }

  /// {@return the number of states}
  public int states() {
    return transition.length;
  }

  /// {@return the states of a simulated chain: `steps + 1` of them, the first `start`}
  ///
  /// @param start the first state, counted from 0
  /// @throws IllegalArgumentException if there is no such state or the number of steps is negative
  public int[] simulate(Rng rng, int start, int steps) {
    if (start < 0 || start >= states() || steps < 0) {
      throw new IllegalArgumentException(
          "markov chain: " + steps + " steps from state " + start + " of " + states());
    }
    Tensor uniform = rng.uniform(Tensor.zeros(steps));
    int[] states = new int[steps + 1];
    states[0] = start;
    for (int k = 1; k <= steps; k++) {
      states[k] = draw(transition[states[k - 1]], uniform.get(k - 1));
    }
    return states;
  }

  /// The state in whose part of the unit interval a number in [0, 1) lies.
  private static int draw(double[] distribution, double uniform) {
    double below = 0;
    int last = 0;
    for (int j = 0; j < distribution.length; j++) {
      if (distribution[j] > 0) {
        below += distribution[j];
        last = j;
        if (uniform < below) {
          return j;
        }
      }
    }
    return last;
  }

  /// {@return the distribution of the state after some steps, `initial * transition^steps`}
  ///
  /// @throws IllegalArgumentException if `initial` is no distribution of these states, or steps are
  ///   negative
  public double[] distribution(double[] initial, int steps) {
    requireDistribution(initial, states(), "initial distribution");
    if (steps < 0) {
      throw new IllegalArgumentException("markov chain: " + steps + " steps");
    }
    double[] distribution = initial.clone();
    for (int k = 0; k < steps; k++) {
      double[] next = new double[distribution.length];
      for (int i = 0; i < distribution.length; i++) {
        for (int j = 0; j < distribution.length; j++) {
          next[j] += distribution[i] * transition[i][j];
        }
      }
      distribution = next;
    }
    return distribution;
  }

  /// {@return the distribution that a step leaves as it is, `pi = pi * transition`}
  ///
  /// States are eliminated one after the other: the chain restricted to the other states is a
  /// Markov chain again. Nothing is subtracted, so that small probabilities keep their digits
  /// (Grassmann, Taksar & Heyman 1985).
  ///
  /// @throws IllegalStateException if some states are never left for the others: there may then be
  ///   more than one such distribution
  public double[] stationary() {
    double[][] p = Arrays.stream(transition).map(double[]::clone).toArray(double[][]::new);
    for (int k = p.length - 1; k > 0; k--) {
      double leaving = 0;
      for (int j = 0; j < k; j++) {
        leaving += p[k][j];
      }
      if (!(leaving > 0)) {
        throw new IllegalStateException(
            "markov chain: no single stationary distribution is sure: state "
                + k
                + " does not lead to those before it");
      }
      for (int i = 0; i < k; i++) {
        p[i][k] /= leaving;
        for (int j = 0; j < k; j++) {
          p[i][j] += p[i][k] * p[k][j];
        }
      }
    }
    double[] distribution = new double[p.length];
    distribution[0] = 1;
    double sum = 1;
    for (int k = 1; k < p.length; k++) {
      for (int i = 0; i < k; i++) {
        distribution[k] += distribution[i] * p[i][k];
      }
      sum += distribution[k];
    }
    for (int k = 0; k < p.length; k++) {
      distribution[k] /= sum;
    }
    return distribution;
  }

  private static void requireDistribution(double[] distribution, int states, String what) {
    double sum = 0;
    for (double probability : distribution) {
      sum += probability >= 0 ? probability : Double.NaN;
    }
    if (distribution.length != states || !(Math.abs(sum - 1) <= ROUNDING)) {
      throw new IllegalArgumentException(
          "markov chain: "
              + what
              + " is not a distribution of "
              + states
              + " states: "
              + Arrays.toString(distribution));
    }
  }
}
