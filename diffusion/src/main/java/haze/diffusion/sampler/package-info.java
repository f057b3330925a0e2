/// From noise to picture: ways to walk the diffusion chain backwards with a trained network.
///
/// Read in this order:
///
/// 1. [haze.diffusion.sampler.Denoiser]: the network, seen from here;
/// 2. [haze.diffusion.sampler.Sampler]: what one step backwards is;
/// 3. [haze.diffusion.sampler.AncestralSampler]: the learned Markov chain itself (DDPM);
/// 4. [haze.diffusion.sampler.DdimSampler]: the same network without, or with less, noise;
/// 5. [haze.diffusion.sampler.TimestepSpacing] and [haze.diffusion.sampler.Clip]: which timesteps
///    are visited, and how the guess at the picture is kept within the data's range;
/// 6. [haze.diffusion.sampler.SamplingLoop]: all of it, from seed to picture.
///
/// Steps agree with huggingface/diffusers' schedulers of the same options. As in
/// [haze.diffusion.process], t runs from 1 to T.
package haze.diffusion.sampler;
