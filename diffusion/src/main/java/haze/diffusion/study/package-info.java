/// The mathematics at work, in figures and tables. [haze.diffusion.study.TinyDiffusion] is all of
/// diffusion in one sitting; the reports are what the commands of `haze show` draw and print: a
/// Markov chain, the noise schedules, an image that becomes noise, and noise that becomes images.
package haze.diffusion.study;
