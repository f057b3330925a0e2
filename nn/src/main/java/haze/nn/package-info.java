/// Layers with named parameters, the training step, and parameters on disk.
///
/// {@snippet file="haze/nn/ShardedStepTest.java" region="training"}
///
/// To read in this order:
///
/// 1. [haze.nn.Parameter] and [haze.nn.Module]: what is learned, and how parts of a network are
///    named;
/// 2. [haze.nn.Linear], [haze.nn.Conv2d], [haze.nn.GroupNormLayer], [haze.nn.Embedding]: each binds
///    its parameters to an operation of [haze.autograd];
/// 3. [haze.nn.ParameterVector]: all parameters as one array;
/// 4. package [haze.nn.optim]: what moves them;
/// 5. [haze.nn.ShardedStep]: a training step on several threads;
/// 6. package [haze.nn.unet]: the U-Net;
/// 7. [haze.nn.Weights] and package [haze.nn.safetensors]: parameters to and from a file.
package haze.nn;
