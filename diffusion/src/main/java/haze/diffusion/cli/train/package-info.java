/// The command `haze train`: a form over [haze.diffusion.training.TrainingRun].
package haze.diffusion.cli.train;
