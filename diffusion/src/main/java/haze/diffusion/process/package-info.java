/// The mathematics of diffusion, and nothing else: no network, no training, no files.
///
/// A picture `x_0` is turned into noise `x_T` by a Markov chain that is fixed beforehand, and a
/// network learns to walk the chain backwards. Read in this order:
///
/// 1. [haze.diffusion.process.MarkovChain]: what a Markov chain is, by tomorrow's weather;
/// 2. [haze.diffusion.process.NoiseSchedule], [haze.diffusion.process.Sigmas]: how much noise each
///    step adds;
/// 3. [haze.diffusion.process.ForwardProcess]: the chain from picture to noise, `q(x_t | x_{t-1})`
///    and `q(x_t | x_0)`;
/// 4. [haze.diffusion.process.Posterior]: the chain backwards when the picture is known, `q(x_{t-1}
///    | x_t, x_0)`;
/// 5. [haze.diffusion.process.Prediction], [haze.diffusion.process.ReverseVariance],
///    [haze.diffusion.process.ReverseProcess]: the chain backwards when it is not, as the network
///    makes it, `p(x_{t-1} | x_t)`;
/// 6. [haze.diffusion.process.DiagonalGaussian], [haze.diffusion.process.DiscretizedGaussian],
///    [haze.diffusion.process.VariationalBound]: how well the network explains a picture, in nats
///    and bits per dimension;
/// 7. [haze.diffusion.process.GaussianMixture]: data for which everything above is known exactly;
/// 8. [haze.diffusion.process.RectifiedFlow]: the straight line in the place of the chain.
///
/// Throughout, `t` runs from 1 to T as in Ho et al. 2020, "Denoising Diffusion Probabilistic
/// Models", whose equations are cited by number; `x_0` is the picture, scaled to [-1, 1].
/// Coefficients are computed in `double` and rounded to `float` when they meet an image.
package haze.diffusion.process;
