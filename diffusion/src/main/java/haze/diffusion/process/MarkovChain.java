package haze.diffusion.process;

import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.util.Arrays;

/// A Markov chain of finitely many states, the simplest process of the kind that diffusion is: what
/// comes next depends on what is, not on what was.
///
/// Tomorrow's weather, told from today's alone:
///
/// ```
///                 tomorrow   sunny  cloudy  rainy
/// today sunny                 0.7     0.2    0.1
///       cloudy                0.3     0.4    0.3
///       rainy                 0.2     0.4    0.4
/// ```
///
/// Row i is the law of tomorrow if today is i. The law in n days is today's law times the n-th
/// power of the matrix: n steps are one jump, [#law]. After many days it no longer depends on
/// today: the chain has forgotten where it began, and is at its stationary law, [#stationary], here
/// sunny on 6 of 13 days. Diffusion does the same with pictures: [ForwardProcess#step] is the row
/// of the matrix, [ForwardProcess#jump] its power, and N(0, I) the stationary law.
public final class MarkovChain {
  /// Rows of probabilities may miss 1 by the rounding of their elements.
  private static final double ROUNDING = 1e-9;

  private final double[][] transition;

  /// A chain with a transition matrix.
  ///
  /// @param transition element (i, j) is the probability that state j follows state i
  /// @throws IllegalArgumentException if the matrix is empty or not square, or a row is not a law
  public MarkovChain(double[][] transition) {
    if (transition.length == 0) {
      throw new IllegalArgumentException("markov chain: no states");
    }
    for (int i = 0; i < transition.length; i++) {
      requireLaw(transition[i], transition.length, "row " + i);
    }
    this.transition = Arrays.stream(transition).map(double[]::clone).toArray(double[][]::new);
  }

  /// The number of states.
  ///
  /// @return the number of rows of the matrix
  public int states() {
    return transition.length;
  }

  /// Walks the chain.
  ///
  /// @param rng the random numbers; the same ones give the same walk
  /// @param start the first state, counted from 0
  /// @param steps how many steps to walk
  /// @return the visited states: `steps + 1`, the first of them `start`
  /// @throws IllegalArgumentException if there is no such state or the number of steps is negative
  public int[] simulate(Rng rng, int start, int steps) {
    if (start < 0 || start >= states() || steps < 0) {
      throw new IllegalArgumentException(
          "markov chain: " + steps + " steps from state " + start + " of " + states());
    }
    Tensor uniform = rng.uniform(Tensor.zeros(steps));
    int[] walk = new int[steps + 1];
    walk[0] = start;
    for (int k = 1; k <= steps; k++) {
      walk[k] = draw(transition[walk[k - 1]], uniform.get(k - 1));
    }
    return walk;
  }

  /// The state that has a number in [0, 1) in its part of the unit interval.
  private static int draw(double[] law, double uniform) {
    double below = 0;
    int last = 0;
    for (int j = 0; j < law.length; j++) {
      if (law[j] > 0) {
        below += law[j];
        last = j;
        if (uniform < below) {
          return j;
        }
      }
    }
    return last;
  }

  /// The law of the state after some steps: `initial * transition^steps`.
  ///
  /// @param initial the law of the first state
  /// @param steps the number of steps, at least 0
  /// @return the probability of each state
  /// @throws IllegalArgumentException if the initial law is none of these states, or steps are
  ///   negative
  public double[] law(double[] initial, int steps) {
    requireLaw(initial, states(), "initial law");
    if (steps < 0) {
      throw new IllegalArgumentException("markov chain: " + steps + " steps");
    }
    double[] law = initial.clone();
    for (int k = 0; k < steps; k++) {
      double[] next = new double[law.length];
      for (int i = 0; i < law.length; i++) {
        for (int j = 0; j < law.length; j++) {
          next[j] += law[i] * transition[i][j];
        }
      }
      law = next;
    }
    return law;
  }

  /// The law that a step leaves as it is: `pi = pi * transition`.
  ///
  /// States are removed one after the other, the chain being watched only while it is in the rest;
  /// without a subtraction, so that small probabilities keep their digits (Grassmann, Taksar &
  /// Heyman 1985).
  ///
  /// @return the probability of each state
  /// @throws IllegalStateException if some states are never left for the others: there may then be
  ///   more than one such law
  public double[] stationary() {
    double[][] p = Arrays.stream(transition).map(double[]::clone).toArray(double[][]::new);
    for (int k = p.length - 1; k > 0; k--) {
      double leaving = 0;
      for (int j = 0; j < k; j++) {
        leaving += p[k][j];
      }
      if (!(leaving > 0)) {
        throw new IllegalStateException(
            "markov chain: no single stationary law is sure: state "
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
    double[] law = new double[p.length];
    law[0] = 1;
    double sum = 1;
    for (int k = 1; k < p.length; k++) {
      for (int i = 0; i < k; i++) {
        law[k] += law[i] * p[i][k];
      }
      sum += law[k];
    }
    for (int k = 0; k < p.length; k++) {
      law[k] /= sum;
    }
    return law;
  }

  private static void requireLaw(double[] law, int states, String what) {
    double sum = 0;
    for (double probability : law) {
      sum += probability >= 0 ? probability : Double.NaN;
    }
    if (law.length != states || !(Math.abs(sum - 1) <= ROUNDING)) {
      throw new IllegalArgumentException(
          "markov chain: "
              + what
              + " is not a law of "
              + states
              + " states: "
              + Arrays.toString(law));
    }
  }
}
