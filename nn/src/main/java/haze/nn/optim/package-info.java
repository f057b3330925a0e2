/// Optimizers, gradient clipping, learning rates, and the moving average of the weights.
///
/// All parameters of a model live in one flat `float[]`, all gradients in another. Everything here
/// works on a range of such arrays, so that several threads can take a range each, and gives the
/// same bits however the ranges are cut; Muon, which needs matrices whole, on one matrix a thread.
/// A step, in the order in which it is done:
///
/// 1. [haze.nn.optim.GradientClip] computes the gradient's norm, and the factor that clips it;
/// 2. [haze.nn.optim.LearningRateSchedule] gives the rate of this step;
/// 3. [haze.nn.optim.Optimizer] moves the weights: [haze.nn.optim.Adam], [haze.nn.optim.AdamW],
///    [haze.nn.optim.Sgd], [haze.nn.optim.Muon], or a rule of one's own;
/// 4. [haze.nn.optim.Ema] averages the weights, with the decay of a [haze.nn.optim.EmaDecay].
///
/// [haze.nn.ShardedStep] does all of it for a batch on several threads. Steps count from 1: step
/// `s` is the `s`-th update of the weights.
package haze.nn.optim;
