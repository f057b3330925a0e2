/// What a person sees of a run: [haze.diffusion.report.RunReport], a page of HTML that opens
/// without a network, from the run's files.
package haze.diffusion.report;
