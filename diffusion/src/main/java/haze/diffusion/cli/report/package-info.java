/// The commands that show a run: forms over [haze.diffusion.report.RunReport].
package haze.diffusion.cli.report;
