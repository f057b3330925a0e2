/// How good a trained model is, in numbers that papers compare.
///
/// Read in this order:
///
/// 1. [haze.diffusion.evaluation.BoundEvaluation]: measures the variational bound on images, in bits
///    per dimension;
/// 2. [haze.diffusion.evaluation.TimestepComb]: makes that affordable;
/// 3. [haze.diffusion.evaluation.BoundResult]: what comes out;
/// 4. [haze.diffusion.evaluation.BoundFiles], [haze.diffusion.evaluation.StoredBound],
///    [haze.diffusion.evaluation.BoundChart]: what is kept of it, and drawn.
package haze.diffusion.evaluation;
