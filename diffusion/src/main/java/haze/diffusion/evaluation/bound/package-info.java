/// The variational bound of a trained model on images, term by term, in bits per dimension.
///
/// Read in this order:
///
/// 1. [haze.diffusion.evaluation.bound.BoundEvaluation]: the loop over images and timesteps;
/// 2. [haze.diffusion.evaluation.bound.SystematicTimesteps]: how the sum over all timesteps is
///    estimated from some of them;
/// 3. [haze.diffusion.evaluation.bound.BoundResult]: the means of the terms and their standard
///    errors;
/// 4. [haze.diffusion.evaluation.bound.BoundFiles] and
///    [haze.diffusion.evaluation.bound.BoundChart]: a result on disk and as a figure.
///
/// The mathematics stands in [haze.diffusion.process.VariationalBound].
package haze.diffusion.evaluation.bound;
