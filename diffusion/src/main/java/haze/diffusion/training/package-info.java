/// Training: presets, one step over shards, and a run with its directory, checkpoints and metrics.
///
/// Read `Trainer` first, from `step()` on; then `TrainingRun`, which calls it, and `RunDirectory`.
package haze.diffusion.training;
