/// Samplers: from noise to images with a trained network.
///
/// Reading order:
///
/// 1. [haze.diffusion.sampler.Network], [haze.diffusion.sampler.Parameterization] and
///    [haze.diffusion.sampler.Denoiser]: a network's output, which quantity it is, and the
///    predicted `x_0` and epsilon, [haze.diffusion.sampler.Denoised];
/// 2. [haze.diffusion.process.NoiseLevel] and [haze.diffusion.sampler.schedule.SamplingSchedule]:
///    what a noisy image is made of, and the levels that are visited;
/// 3. [haze.diffusion.sampler.Sampler]: what one step is;
/// 4. [haze.diffusion.sampler.AncestralSampler]: the learned Markov chain itself (DDPM);
/// 5. [haze.diffusion.sampler.DdimSampler]: the same network with less fresh noise, or none;
/// 6. [haze.diffusion.sampler.EulerSampler], [haze.diffusion.sampler.HeunSampler],
///    [haze.diffusion.sampler.Kdpm2Sampler] and [haze.diffusion.sampler.EulerAncestralSampler]: the
///    process as a differential equation in the noise level, solved step by step;
/// 7. [haze.diffusion.sampler.PndmSampler] and [haze.diffusion.sampler.LinearMultistepSampler]: the
///    same with the predicted noise of earlier steps;
/// 8. [haze.diffusion.sampler.DpmSolverSampler],
///    [haze.diffusion.sampler.DpmSolverSinglestepSampler] and
///    [haze.diffusion.sampler.UniPcSampler]: in the logarithm of the signal-to-noise ratio;
/// 9. [haze.diffusion.sampler.LcmSampler]: for consistency models;
/// 10. [haze.diffusion.sampler.Clip]: how `x_0` is kept in the range of images;
/// 11. [haze.diffusion.sampler.SamplingLoop]: all of it, from a seed to samples.
///
/// Steps agree with huggingface/diffusers' schedulers of the same options. As in
/// [haze.diffusion.process], t runs from 1 to T; networks count timesteps from 0, see
/// [haze.diffusion.sampler.Network].
package haze.diffusion.sampler;
