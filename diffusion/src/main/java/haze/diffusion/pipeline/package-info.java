/// A trained model: in memory, on disk in the layout of a diffusers pipeline, and at work.
///
/// Reading order:
///
/// 1. [haze.diffusion.pipeline.Pipeline] and [haze.diffusion.pipeline.SampleRequest]: samples by
///    one call;
/// 2. [haze.diffusion.pipeline.SamplerKind]: the samplers, one row each, and
///    [haze.diffusion.pipeline.SamplerChoice], one of them with its steps;
/// 3. [haze.diffusion.pipeline.SchedulerConfig]: how a model was noised in training and is sampled;
///    its typed settings and their keys in the file;
/// 4. [haze.diffusion.pipeline.ShardedUNet]: the network evaluated by several threads, and
///    guidance.
///
/// {@snippet file="haze/diffusion/pipeline/SampleRequestTest.java" region="sample"}
package haze.diffusion.pipeline;
