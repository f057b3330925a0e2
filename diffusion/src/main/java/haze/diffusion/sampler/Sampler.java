package haze.diffusion.sampler;

import haze.diffusion.sampler.schedule.SamplingSchedule;
import haze.tensor.Tensor;
import java.util.List;
import java.util.function.IntFunction;

/// A rule that takes noisy images to less noisy ones, step by step.
///
/// A sampler holds coefficients only, no images and no random numbers: it is immutable, may be
/// shared by threads, and gives the same result for the same arguments. What a step needs to
/// remember of the steps before is in its [State].
///
/// One of your own is a class with these two methods; [EulerAncestralSampler] is a short example.
public interface Sampler {
  /// {@return which noise levels are visited}
  SamplingSchedule schedule();

  /// Takes one step: from images at `schedule().level(step)` to the less noisy ones at
  /// `schedule().level(step + 1)`.
  ///
  /// @param step which step, from 0 to `schedule().steps() - 1`
  /// @param from where the step before arrived
  /// @param denoiser the model; evaluated once, or twice by samplers that look ahead
  /// @param noise standard normal noise of the images' shape by number, the same at every call;
  ///   most samplers need number 0 only, and none where no noise is added
  /// @return where the step arrives
  /// @throws IllegalArgumentException if shapes differ
  State step(int step, State from, Denoiser denoiser, IntFunction<Tensor> noise);

  /// Where a sampler is between two steps.
  ///
  /// @param xt the images, `[n, ...]`
  /// @param x0s the predicted clean images of the steps before, the last step's first: as many as
  ///   the sampler needs, and at least one, but for the start; clipped if the denoiser clips
  /// @param kept what else the sampler needs of the steps before, such as their predicted noise
  record State(Tensor xt, List<Tensor> x0s, List<Tensor> kept) {
    /// Copies the lists.
    public State {
      x0s = List.copyOf(x0s);
      kept = List.copyOf(kept);
    }

    /// The state of a sampler that needs nothing else.
    public State(Tensor xt, List<Tensor> x0s) {
      this(xt, x0s, List.of());
    }

    /// {@return the state before the first step}
    ///
    /// @param xt the images to begin with
    public static State start(Tensor xt) {
      return new State(xt, List.of());
    }

    /// {@return the predicted `x_0` of the last step}
    ///
    /// @throws java.util.NoSuchElementException if there was none
    public Tensor x0() {
      return x0s.getFirst();
    }

    /// {@return the same state with other images; what is kept belongs to the images before and is
    /// dropped}
    public State with(Tensor other) {
      return new State(other, x0s);
    }
  }
}
