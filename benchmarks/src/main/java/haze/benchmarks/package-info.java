/// JMH benchmarks of the engine's kernels and of whole steps.
///
/// [KernelBenchmark] and [StepBenchmark] say how is measured, and why so; every other class whose
/// name ends in `Benchmark` is one group of kernels, `Scalar...` are the plain loops that they are
/// compared with. `haze.benchmarks.run` runs JMH and keeps its results, `haze.benchmarks.report`
/// makes tables and charts of them, and `haze.benchmarks.peers`, in a profile of its own, measures
/// libtorch.
package haze.benchmarks;
