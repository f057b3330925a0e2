/// Figures and tables that show the mathematics at work: a Markov chain, the noise schedules, an
/// image that becomes noise, and noise that becomes images.
package haze.diffusion.study;
