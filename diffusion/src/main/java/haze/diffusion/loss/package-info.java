/// What a network is trained for: losses on a tape, and the choice of the timesteps at which they
/// are taken.
///
/// Read in this order:
///
/// 1. [haze.diffusion.loss.Objective]: what training needs of a loss;
/// 2. [haze.diffusion.loss.SimpleLoss]: the squared error of the prediction;
/// 3. [haze.diffusion.loss.MinSnrLoss]: the same, weighted by the timestep;
/// 4. [haze.diffusion.loss.BoundLoss], [haze.diffusion.loss.HybridLoss]: the variational bound,
///    alone or to learn the variance beside the squared error;
/// 5. [haze.diffusion.loss.FlowMatching]: the squared error of a velocity on a straight line;
/// 6. [haze.diffusion.loss.LossKind]: all of them by name, one row a loss;
/// 7. [haze.diffusion.loss.TimestepSampler]: which timesteps a batch is trained at: uniform,
///    stratified, logit-normal, or by importance, which are the rows of
///    [haze.diffusion.loss.TimestepDistribution].
package haze.diffusion.loss;
