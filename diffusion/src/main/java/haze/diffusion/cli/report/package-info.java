/// The commands that show a run: forms over [haze.diffusion.report.RunReport] and
/// [haze.diffusion.watch.WatchServer].
package haze.diffusion.cli.report;
