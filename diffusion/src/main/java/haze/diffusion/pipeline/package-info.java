/// A trained model on disk, in the layout of a diffusers pipeline, and as a denoiser for the
/// samplers.
package haze.diffusion.pipeline;
