/// The mathematics of diffusion: no network, no training, no files.
///
/// A fixed Markov chain adds noise to an image `x_0` until only noise `x_T` is left; a network is
/// trained to reverse it. Read in this order:
///
/// 1. [haze.diffusion.process.MarkovChain]: what a Markov chain is, by tomorrow's weather;
/// 2. [haze.diffusion.process.NoiseSchedule], [haze.diffusion.process.Sigmas]: how much noise each
///    step adds;
/// 3. [haze.diffusion.process.ForwardProcess]: the chain from image to noise, `q(x_t | x_{t-1})`
///    and `q(x_t | x_0)`, by [haze.diffusion.process.WeightedSum];
/// 4. [haze.diffusion.process.NoiseLevel]: signal and noise of an image, whatever the process;
/// 5. [haze.diffusion.process.Posterior]: the step back given the image, `q(x_{t-1} | x_t, x_0)`;
/// 6. [haze.diffusion.process.Prediction], [haze.diffusion.process.ReverseVariance],
///    [haze.diffusion.process.ReverseProcess]: the model's step back, `p(x_{t-1} | x_t)`;
/// 7. [haze.diffusion.process.DiagonalGaussian], [haze.diffusion.process.StandardNormal],
///    [haze.diffusion.process.DiscretizedGaussian], [haze.diffusion.process.VariationalBound]: a
///    bound on the model's log-likelihood, in nats and bits per dimension;
/// 8. [haze.diffusion.process.GaussianMixture]: data for which all of this is known exactly;
/// 9. [haze.diffusion.process.RectifiedFlow]: a straight line in the place of the chain.
///
/// `docs/mathematics.md` of this module has the same in formulas, and a table of the notation.
///
/// Throughout, t runs from 1 to T as in Ho et al. 2020, "Denoising Diffusion Probabilistic Models",
/// whose equations are cited by number; images are in [-1, 1]. Coefficients are computed in
/// `double` and rounded to `float` when they meet an image.
package haze.diffusion.process;
