/// Which noise levels a sampler visits, from noise to image.
///
/// Reading order:
///
/// 1. [haze.diffusion.sampler.schedule.SamplingSchedule]: the levels, and the network's timestep at
///    each;
/// 2. [haze.diffusion.sampler.schedule.TimestepSpacing]: which of the T timesteps are visited;
/// 3. [haze.diffusion.sampler.schedule.SigmaSpacing] and
///    [haze.diffusion.sampler.schedule.SigmaSchedule]: levels that are chosen for themselves.
package haze.diffusion.sampler.schedule;
