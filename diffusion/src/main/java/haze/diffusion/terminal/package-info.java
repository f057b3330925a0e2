/// The progress of long work on a terminal or in a log, as every command of Haze shows it; for
/// programs of one's own too.
///
/// [haze.diffusion.terminal.TrainingProgress] is for training, [haze.diffusion.terminal.Phases] for
/// editing, [haze.diffusion.terminal.Progress] for all that takes a
/// [haze.diffusion.sampler.ProgressListener]. [haze.diffusion.terminal.Failures] says in a line
/// what went wrong. [haze.diffusion.terminal.Interrupt] makes a signal a request to stop.
package haze.diffusion.terminal;
