/// The report of runs that go on: [haze.diffusion.watch.WatchServer] sends it to a browser and
/// keeps it up to date.
package haze.diffusion.watch;
