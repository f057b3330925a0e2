/// Event files, which TensorBoard shows: [haze.diffusion.tensorboard.EventFile]. The few messages
/// of Protocol Buffers that they need are written by hand, with the numbers of their fields.
package haze.diffusion.tensorboard;
