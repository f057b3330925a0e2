/// Training: presets, one step over shards, and a run with its directory, checkpoints and metrics.
///
/// Read `Trainer` first, from `step()` on; then `TrainingRun`, which calls it, and `RunDirectory`.
/// What a run writes, and in which order, is in `RunFiles`; a checkpoint is in `Checkpoints` and
/// `Manifest`, and docs/run-directory.md says what survives what.
package haze.diffusion.training;
