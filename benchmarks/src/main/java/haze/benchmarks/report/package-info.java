/// The report of a run: [ResultsFile] reads, [Row] compares, and [Tables], [RooflineChart] and
/// [RatioChart] show. How much there is to compute and to move for a kernel is in [Work].
package haze.benchmarks.report;
