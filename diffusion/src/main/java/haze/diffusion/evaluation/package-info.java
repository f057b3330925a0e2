/// How good a trained model is, in numbers that papers compare.
///
/// The bound, in bits per dimension, is measured by [haze.diffusion.evaluation.BoundEvaluation],
/// which [haze.diffusion.evaluation.TimestepComb] makes affordable, and kept by
/// [haze.diffusion.evaluation.BoundFiles].
///
/// Samples are looked at by a [haze.diffusion.evaluation.Classifier], and
/// [haze.diffusion.evaluation.SampleQuality] says how far they are from real images
/// ([haze.diffusion.evaluation.FrechetDistance]) and how many show the class that was asked for.
package haze.diffusion.evaluation;
