package haze.diffusion.sampler;

import haze.tensor.Tensor;
import java.util.List;
import java.util.function.IntFunction;

/// The differential equation of the process, solved in straight steps: Euler's method, first order.
///
/// The images of the process have the same laws as those that follow `dx = epsilon(x, sigma) d
/// sigma` for a picture of full strength (Karras et al. 2022, eq. 1 and 3), and as those that
/// follow `dx = (epsilon - x_0) ds` on the straight line of a rectified flow. A step of Euler's
/// method keeps the picture and the noise that the network sees and takes them to the next noise
/// level:
///
/// ```
/// x' = signal' x_0 + noise' epsilon
/// ```
///
/// With the levels of [SigmaPath] equal to diffusers' `EulerDiscreteScheduler`, whose images are
/// these times `sqrt(sigma^2 + 1)`; with those of [Path#flow] to its
/// `FlowMatchEulerDiscreteScheduler`.
public final class EulerSampler implements Sampler {
  private final Path path;
  private final Reading reading;

  /// A sampler along a way.
  ///
  /// @param path the way
  /// @param reading how the network is understood
  public EulerSampler(Path path, Reading reading) {
    this.path = path;
    this.reading = reading;
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public State step(int step, State from, Denoiser denoiser, IntFunction<Tensor> noise) {
    NoiseLevel level = path.level(step);
    Tensor output = denoiser.predict(from.xt(), path.timestep(step));
    Tensor x0 = reading.x0(from.xt(), output, level);
    return new State(level.move(from.xt(), x0, path.level(step + 1)), List.of(x0));
  }
}
