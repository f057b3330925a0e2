/// The variational bound of a trained model on images, term by term, in bits per dimension.
///
/// Read in this order:
///
/// 1. [haze.diffusion.evaluation.bound.BoundEvaluation]: measures a pipeline as a
///    [haze.diffusion.evaluation.bound.BoundRequest] says;
/// 2. [haze.diffusion.evaluation.bound.BoundEstimator]: the loop over images and timesteps;
/// 3. [haze.diffusion.evaluation.bound.SystematicTimesteps]: how the sum over all timesteps is
///    estimated from some of them;
/// 4. [haze.diffusion.evaluation.bound.BoundResult]: the means of the terms and their standard
///    errors;
/// 5. [haze.diffusion.evaluation.bound.BoundFiles] and
///    [haze.diffusion.evaluation.bound.BoundChart]: a result on disk and as a figure;
/// 6. [haze.diffusion.evaluation.bound.LikelihoodEvaluation]: the same in continuous time, by
///    [haze.diffusion.evaluation.bound.ContinuousBound], and by the density of the probability flow
///    as [haze.diffusion.evaluation.bound.FlowOptions] say.
///
/// The mathematics is in [haze.diffusion.process.VariationalBound].
package haze.diffusion.evaluation.bound;
