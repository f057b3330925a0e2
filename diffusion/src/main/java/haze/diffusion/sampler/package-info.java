/// From noise to picture: ways to walk the diffusion process backwards with a trained network.
///
/// Read in this order:
///
/// 1. [haze.diffusion.sampler.Denoiser] and [haze.diffusion.sampler.Parameterization]: the network,
///    seen from here, and how its answers are understood;
/// 2. [haze.diffusion.process.NoiseLevel] and [haze.diffusion.sampler.schedule.SamplingSchedule]:
///    what a noisy image is made of, and the levels on the way to the picture;
/// 3. [haze.diffusion.sampler.Sampler]: what one step backwards is;
/// 4. [haze.diffusion.sampler.AncestralSampler]: the learned Markov chain itself (DDPM);
/// 5. [haze.diffusion.sampler.DdimSampler]: the same network without, or with less, noise;
/// 6. [haze.diffusion.sampler.EulerSampler], [haze.diffusion.sampler.HeunSampler] and
///    [haze.diffusion.sampler.DpmSolverSampler]: the process as a differential equation, solved to
///    first and higher order;
/// 7. [haze.diffusion.sampler.schedule.TimestepSpacing],
///    [haze.diffusion.sampler.schedule.SigmaSpacing],
///    [haze.diffusion.sampler.schedule.SigmaSchedule] and [haze.diffusion.sampler.Clip]: which
///    levels are visited, and how the guess at the picture is kept within the data's range;
/// 8. [haze.diffusion.sampler.SamplingLoop]: all of it, from seed to picture;
/// 9. [haze.diffusion.editing.InpaintingSampler], [haze.diffusion.editing.DdimInversion] and
///    [haze.diffusion.editing.Interpolation]: what else a trained network is good for.
///
/// Steps agree with huggingface/diffusers' schedulers of the same options. As in
/// [haze.diffusion.process], t runs from 1 to T; what networks are told counts from 0, see
/// [haze.diffusion.sampler.Denoiser].
package haze.diffusion.sampler;
