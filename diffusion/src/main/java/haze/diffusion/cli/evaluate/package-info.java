/// The command `haze evaluate`: forms over [haze.diffusion.evaluation.bound.BoundEvaluation],
/// [haze.diffusion.evaluation.bound.LikelihoodEvaluation] and
/// [haze.diffusion.evaluation.frechet.FrechetEvaluation].
///
/// To add a measurement: a row of [haze.diffusion.cli.evaluate.MeasurementKind] with its options, a
/// class that is a [haze.diffusion.cli.evaluate.Measurement], and its option in
/// [haze.diffusion.cli.evaluate.EvaluateCommand].
package haze.diffusion.cli.evaluate;
