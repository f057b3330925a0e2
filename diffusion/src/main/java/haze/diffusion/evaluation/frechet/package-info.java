/// The Frechet distance between a model's samples and real images, in the features of a classifier.
///
/// Read in this order:
///
/// 1. [haze.diffusion.evaluation.frechet.FrechetEvaluation]: draws the samples of a
///    [haze.diffusion.evaluation.frechet.FrechetRequest] and compares them with
///    [haze.diffusion.evaluation.frechet.FrechetData];
/// 2. [haze.diffusion.evaluation.frechet.Classifier],
///    [haze.diffusion.evaluation.frechet.ClassifierTraining] and
///    [haze.diffusion.evaluation.frechet.TrainedClassifier]: the network whose features are
///    compared;
/// 3. [haze.diffusion.evaluation.frechet.FrechetDistance],
///    [haze.diffusion.evaluation.frechet.MultivariateNormal] and
///    [haze.diffusion.evaluation.frechet.SymmetricEigen]: the distance itself;
/// 4. [haze.diffusion.evaluation.frechet.SampleReport],
///    [haze.diffusion.evaluation.frechet.ClassAccuracy] and
///    [haze.diffusion.evaluation.frechet.FrechetFiles]: what is reported and kept.
package haze.diffusion.evaluation.frechet;
