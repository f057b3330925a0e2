/// Which noise levels a sampler visits on its way from noise to image.
///
/// Read in this order:
///
/// 1. [haze.diffusion.sampler.schedule.SamplingSchedule]: the levels, and the timestep that the
///    network is given at each;
/// 2. [haze.diffusion.sampler.schedule.TimestepSpacing]: which of the T timesteps are visited;
/// 3. [haze.diffusion.sampler.schedule.SigmaSpacing] and
///    [haze.diffusion.sampler.schedule.SigmaSchedule]: levels that are chosen for themselves.
package haze.diffusion.sampler.schedule;
