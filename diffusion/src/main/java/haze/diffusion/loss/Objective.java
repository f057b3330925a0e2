package haze.diffusion.loss;

import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.tensor.Allocator;
import haze.tensor.Tensor;

/// What a network is trained for: which noisy images are its input, and the loss of its output.
///
/// A training step draws a timestep t and noise for every image, and then
///
/// ```
/// Noised images = objective.noise(tape, x0, epsilon, t);
/// Variable output = network(tape, images.xt(), objective.modelTimestep(t_i) for every i);
/// Variable losses = images.losses(tape, output);                               // one an image
/// ```
///
/// Timesteps run from 1 to T. Objectives are values without state, and may be shared by threads.
/// `docs/add-a-loss.md` adds one.
public interface Objective {
  /// {@return T, the number of timesteps}
  int timesteps();

  /// {@return a timestep as the network's embedding gets it}
  ///
  /// @param t the timestep, 1..T
  float modelTimestep(int t);

  /// {@return the channels of the network's output}
  ///
  /// @param channels of an image
  int outputChannels(int channels);

  /// Adds noise to images.
  ///
  /// @param allocator gives the memory of `x_t`, such as a tape
  /// @param x0 the images, `[n, h, w, c]`, in [-1, 1]
  /// @param epsilon standard normal noise of the same shape
  /// @param t the timestep of every image
  /// @throws IllegalArgumentException if shapes differ or a timestep is outside 1..T
  default Noised noise(Allocator allocator, Tensor x0, Tensor epsilon, int... t) {
    return new Noised(this, x0, epsilon, addNoise(allocator, x0, epsilon, t), t);
  }

  /// {@return `x_t` alone, see [#noise]}
  Tensor addNoise(Allocator allocator, Tensor x0, Tensor epsilon, int... t);

  /// {@return the loss of each image, `[n, 1, 1, 1]`: so that images may be weighted, and timesteps
  /// compared}
  ///
  /// @param tape the tape
  /// @param output the network's output at `x_t`, `[n, h, w, outputChannels(c)]`
  /// @param images what [#noise] has returned
  /// @throws IllegalArgumentException if shapes do not fit or a timestep is outside 1..T
  Variable losses(Tape tape, Variable output, Noised images);

  /// Images to which noise was added.
  ///
  /// @param objective whose noise it is
  /// @param x0 the images, `[n, h, w, c]`
  /// @param epsilon the noise, same shape
  /// @param xt the noisy images, the network's input, same shape
  /// @param t the timestep of every image
  @SuppressWarnings("ArrayRecordComponent") // Lives for a step; nobody compares two.
  record Noised(Objective objective, Tensor x0, Tensor epsilon, Tensor xt, int... t) {
    /// {@return the loss of each image, see [Objective#losses]}
    ///
    /// @param tape the tape
    /// @param output the network's output at [#xt]
    public Variable losses(Tape tape, Variable output) {
      return objective.losses(tape, output, this);
    }
  }
}
