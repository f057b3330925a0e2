package haze.diffusion.loss;

import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.tensor.Allocator;
import haze.tensor.Tensor;

/// What a network is trained for: which noisy images it is shown, and what its answer costs.
///
/// A training step draws a timestep t and noise for every picture, and then
///
/// ```
/// Tensor xt = objective.noisy(tape, x0, epsilon, t);
/// Variable output = network(tape, xt, objective.modelTimestep(t_i) for every i);
/// Variable losses = objective.losses(tape, output, x0, epsilon, xt, t);        // one an image
/// ```
///
/// Timesteps run from 1 to T. Objectives are values without state, and may be shared by threads.
public interface Objective {
  /// The number of timesteps.
  ///
  /// @return T
  int timesteps();

  /// A timestep as the network is told of it.
  ///
  /// @param t the timestep, 1..T
  /// @return the time that the network's embedding gets
  float modelTimestep(int t);

  /// The channels of the network's output.
  ///
  /// @param channels of a picture
  /// @return as many, or twice as many if a variance is learned
  int outputChannels(int channels);

  /// The images that the network is shown.
  ///
  /// @param allocator gives the result's memory, such as a tape
  /// @param x0 the pictures, `[n, h, w, c]`, in [-1, 1]
  /// @param epsilon standard normal noise of the same shape
  /// @param t the timestep of every image
  /// @return `x_t`, same shape
  /// @throws IllegalArgumentException if shapes differ or a timestep is outside 1..T
  Tensor noisy(Allocator allocator, Tensor x0, Tensor epsilon, int... t);

  /// What the network's answer costs, image by image: so that images may be weighted, and timesteps
  /// compared.
  ///
  /// @param tape the tape
  /// @param output what the network says, `[n, h, w, outputChannels(c)]`
  /// @param x0 the pictures, `[n, h, w, c]`
  /// @param epsilon the noise, same shape
  /// @param xt what the network was shown, from [#noisy]
  /// @param t the timestep of every image
  /// @return the losses, `[n, 1, 1, 1]`
  /// @throws IllegalArgumentException if shapes do not fit or a timestep is outside 1..T
  Variable losses(Tape tape, Variable output, Tensor x0, Tensor epsilon, Tensor xt, int... t);
}
