package haze.diffusion.sampler;

import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.tensor.Tensor;
import java.util.List;
import java.util.function.IntFunction;

/// A way backwards through the chain, and how the network's answers lead along it.
///
/// A sampler holds coefficients only, no images and no random numbers: it is immutable, may be
/// shared by threads, and gives the same result for the same arguments. What a step needs to
/// remember of the steps before is in its [State].
public interface Sampler {
  /// Which noise levels are visited.
  ///
  /// @return the way
  SamplingSchedule schedule();

  /// Takes one step: from images at `path().level(step)` to the less noisy ones the next step
  /// begins with, or to the finished pictures.
  ///
  /// @param step which step, from 0 to `path().steps() - 1`
  /// @param from where the step before arrived
  /// @param denoiser the network; asked once, or twice by samplers that look ahead
  /// @param noise standard normal noise of the images' shape by number, the same whenever it is
  ///   asked for; most samplers need number 0 only, and none where no noise is added
  /// @return where the step arrives
  /// @throws IllegalArgumentException if shapes differ
  State step(int step, State from, Denoiser denoiser, IntFunction<Tensor> noise);

  /// Where a sampler is between two steps.
  ///
  /// @param xt the images, `[n, ...]`
  /// @param x0s the pictures that the network expected at the steps before, the last step's first:
  ///   as many as the sampler needs, and at least one, but for the start; clipped if the sampler
  ///   clips
  record State(Tensor xt, List<Tensor> x0s) {
    /// Copies the list.
    public State {
      x0s = List.copyOf(x0s);
    }

    /// Before the first step.
    ///
    /// @param xt the images to begin with
    /// @return the state
    public static State start(Tensor xt) {
      return new State(xt, List.of());
    }

    /// The pictures that the network expects.
    ///
    /// @return `x_0` of the last step
    /// @throws java.util.NoSuchElementException if there was none
    public Tensor x0() {
      return x0s.getFirst();
    }

    /// The same state with other images.
    ///
    /// @param other the images
    /// @return the state
    public State with(Tensor other) {
      return new State(other, x0s);
    }
  }
}
