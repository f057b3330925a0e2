package haze.diffusion.evaluation.bound;

import haze.diffusion.pipeline.RequestException;
import java.util.Locale;

/// How the likelihood of images is measured by the probability flow, see
/// [LikelihoodEvaluation#flow].
///
/// @param steps of the solver, even, each of four evaluations of the network; half as many are
///   taken once more for the error
/// @param probes how often each image is measured, with other noise and another probe of the trace
/// @param dequantization how an image of levels becomes continuous
public record FlowOptions(int steps, int probes, Dequantization dequantization) {
  /// Sixteen images take a minute or two on two cores.
  public static final FlowOptions DEFAULT = new FlowOptions(32, 1, Dequantization.NOISE);

  /// How many images are measured if a request does not say.
  public static final int IMAGES = 16;

  /// How an image of levels becomes continuous. Either way the figure is a bound in expectation.
  public enum Dequantization {
    /// By the noise of the first timestep; the decoder of the chain, `L_0`, then says the level.
    NOISE,
    /// By uniform noise as wide as a level.
    UNIFORM;

    /// {@return the name on the command line}
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// @throws RequestException if steps are odd or not positive, or there is no probe
  public FlowOptions {
    if (steps < 2 || steps % 2 != 0) {
      throw new RequestException("steps", "is " + steps + ", expected an even number from 2");
    }
    RequestException.requireAtLeast("probes", probes, 1);
  }
}
