package haze.diffusion.cli.evaluate;

import haze.diffusion.evaluation.bound.LikelihoodEvaluation;
import haze.diffusion.evaluation.bound.LikelihoodResult;

/// The bound of a chain of infinitely many steps: `--continuous`.
final class ContinuousMeasurement extends LikelihoodMeasurement {
  ContinuousMeasurement(BoundOptions options) {
    super(options, LikelihoodResult.Method.CONTINUOUS);
  }

  @Override
  Estimator estimator(LikelihoodEvaluation evaluation) {
    return (request, workers, phases) ->
        evaluation.continuous(
            request,
            workers,
            phases.phase(
                "evaluate", evaluation.steps(request, workers), evaluation.imagesSeen(request)));
  }
}
