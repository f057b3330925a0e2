package haze.diffusion.loss;

import haze.tensor.Rng;
import haze.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// Which timesteps a batch is trained at.
///
/// A training step draws those of its whole batch before it is cut into shards, and reports the
/// losses of the whole batch, in its order, when all shards are done. So the choice does not depend
/// on threads; and [#state] with the number of the step is all that a resumed run needs.
///
/// Any class may implement it. This one trains at every second timestep:
///
/// {@snippet file="haze/diffusion/loss/OwnTimestepSamplerTest.java" region="own"}
public interface TimestepSampler {
  /// The timesteps of a batch.
  ///
  /// @param t the timestep of every image, 1..T
  /// @param weights what the loss of every image is multiplied by, so that the mean over draws is
  ///   the mean over all timesteps; all 1 where a timestep is to count as often as it is drawn
  @SuppressWarnings("ArrayRecordComponent") // Lives for a step; nobody compares two.
  record Draw(int[] t, float[] weights) {
    /// @throws IllegalArgumentException if there are not as many weights as timesteps
    public Draw {
      if (t.length != weights.length) {
        throw new IllegalArgumentException(
            "timesteps: " + weights.length + " weights for " + t.length + " images");
      }
    }

    /// {@return timesteps that all have weight 1}
    public static Draw unweighted(int... t) {
      float[] ones = new float[t.length];
      Arrays.fill(ones, 1);
      return new Draw(t, ones);
    }
  }

  /// {@return a timestep and a weight for every image of a batch}
  ///
  /// @param seed the run's seed
  /// @param purpose the stream of random numbers, see [Rng]
  /// @param step the training step
  /// @param count the images of the batch
  Draw draw(long seed, int purpose, int step, int count);

  /// Learns from a batch. Does nothing if the choice does not depend on losses.
  ///
  /// @param t the timestep of every image, as drawn
  /// @param losses the loss of every image, before it was weighted; finite
  default void update(int[] t, float[] losses) {}

  /// {@return everything that changes from step to step, by name: the arrays themselves, so that
  /// overwriting them restores a sampler}
  default Map<String, float[]> state() {
    return Map.of();
  }

  /// Every timestep as likely as any other, for every image on its own.
  ///
  /// @param timesteps T
  record Uniform(int timesteps) implements TimestepSampler {
    @Override
    public Draw draw(long seed, int purpose, int step, int count) {
      int[] t = new int[count];
      for (int i = 0; i < count; i++) {
        t[i] = 1 + new Rng(seed, purpose, step, i).below(0, timesteps);
      }
      return Draw.unweighted(t);
    }
  }

  /// Every timestep as likely as any other, but those of a batch spread evenly: one random number
  /// shifts n equidistant points (Kingma et al. 2021, "Variational Diffusion Models", appendix
  /// I.1). The loss of a batch varies less.
  ///
  /// @param timesteps T
  record Stratified(int timesteps) implements TimestepSampler {
    @Override
    public Draw draw(long seed, int purpose, int step, int count) {
      double shift = new Rng(seed, purpose, step, 0).fraction();
      int[] t = new int[count];
      for (int i = 0; i < count; i++) {
        t[i] = 1 + (int) ((shift + (double) i / count) % 1 * timesteps);
      }
      return Draw.unweighted(t);
    }
  }

  /// Timesteps around one of them more often than the others, for every image on its own (Esser et
  /// al. 2024, "Scaling Rectified Flow Transformers for High-Resolution Image Synthesis", section
  /// 3.1), and a share of them as [Uniform] has them, so that the others are trained too:
  ///
  /// ```
  /// t = 1 + floor(T / (1 + exp(-(mean + z)))),   z normal, with probability 1 - uniformShare
  /// ```
  ///
  /// The draws are not weighted. So the loss is another one, which counts a timestep as often as it
  /// is drawn: it is not for losses that train for the bound.
  ///
  /// @param timesteps T
  /// @param mean half of those that are not uniform are above `T / (1 + exp(-mean))`; 0 is the
  ///   middle, and more is more noise
  /// @param uniformShare how likely an image has a uniform timestep, 0 to 1
  record LogitNormal(int timesteps, double mean, double uniformShare) implements TimestepSampler {
    /// The numbers of the stream after the two that make a normal one.
    private static final int CHOICE = 2;

    private static final int UNIFORM = 3;

    @Override
    public Draw draw(long seed, int purpose, int step, int count) {
      int[] t = new int[count];
      Tensor z = Tensor.zeros(1);
      for (int i = 0; i < count; i++) {
        Rng rng = new Rng(seed, purpose, step, i);
        rng.normal(z);
        double part =
            rng.fraction(CHOICE) < uniformShare
                ? rng.fraction(UNIFORM)
                : 1 / (1 + StrictMath.exp(-(mean + z.data()[0])));
        t[i] = 1 + Math.min((int) (part * timesteps), timesteps - 1);
      }
      return Draw.unweighted(t);
    }
  }

  /// Timesteps with large losses more often, with as much less weight: what gives the least
  /// variance of the loss (Nichol & Dhariwal 2021, eq. 18; openai/improved-diffusion's
  /// `LossSecondMomentResampler`).
  ///
  /// ```
  /// p_t proportional to sqrt( E[L_t^2] ),   weight = 1 / (T p_t)
  /// ```
  ///
  /// The expectation is the mean over the last 10 losses of the timestep; until each has had its
  /// ten, all are as likely. A thousandth of the probability is spread over all, so that each goes
  /// on being drawn.
  final class Importance implements TimestepSampler {
    private static final int HISTORY = 10;
    private static final double UNIFORM_SHARE = 0.001;

    private final int timesteps;

    /// The last losses of each timestep, the oldest first: `[T][HISTORY]`, row by row.
    private final float[] history;

    /// How many of them there are.
    private final float[] counts;

    /// A sampler that has seen no loss.
    ///
    /// @param timesteps T
    public Importance(int timesteps) {
      this.timesteps = timesteps;
      history = new float[timesteps * HISTORY];
      counts = new float[timesteps];
    }

    @Override
    public Draw draw(long seed, int purpose, int step, int count) {
      double[] below = probabilities();
      double[] p = below.clone();
      for (int k = 1; k < timesteps; k++) {
        below[k] += below[k - 1];
      }
      int[] t = new int[count];
      float[] weights = new float[count];
      for (int i = 0; i < count; i++) {
        double uniform = new Rng(seed, purpose, step, i).fraction() * below[timesteps - 1];
        int found = Arrays.binarySearch(below, uniform);
        // A draw that hits the end of a part belongs to the next.
        int k = Math.min(found >= 0 ? found + 1 : -found - 1, timesteps - 1);
        t[i] = 1 + k;
        weights[i] = (float) (1 / (timesteps * p[k]));
      }
      return new Draw(t, weights);
    }

    /// {@return the probability of each timestep, `p_1` first: T numbers that add up to 1}
    double[] probabilities() {
      double[] p = new double[timesteps];
      Arrays.fill(p, 1.0 / timesteps);
      for (float count : counts) {
        if (count < HISTORY) {
          return p;
        }
      }
      double sum = 0;
      for (int k = 0; k < timesteps; k++) {
        double squares = 0;
        for (int j = k * HISTORY; j < (k + 1) * HISTORY; j++) {
          squares += (double) history[j] * history[j];
        }
        p[k] = Math.sqrt(squares / HISTORY);
        sum += p[k];
      }
      for (int k = 0; k < timesteps; k++) {
        double share = sum > 0 ? p[k] / sum : 1.0 / timesteps;
        p[k] = (1 - UNIFORM_SHARE) * share + UNIFORM_SHARE / timesteps;
      }
      return p;
    }

    @Override
    public void update(int[] t, float[] losses) {
      for (int i = 0; i < t.length; i++) {
        int k = t[i] - 1;
        int row = k * HISTORY;
        if (counts[k] < HISTORY) {
          history[row + (int) counts[k]] = losses[i];
          counts[k]++;
        } else {
          System.arraycopy(history, row + 1, history, row, HISTORY - 1);
          history[row + HISTORY - 1] = losses[i];
        }
      }
    }

    @Override
    public Map<String, float[]> state() {
      Map<String, float[]> state = new LinkedHashMap<>();
      state.put("history", history);
      state.put("counts", counts);
      return state;
    }
  }
}
