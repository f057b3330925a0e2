package haze.diffusion.cli.evaluate;

import haze.diffusion.evaluation.bound.FlowOptions;
import haze.diffusion.evaluation.bound.LikelihoodEvaluation;
import haze.diffusion.evaluation.bound.LikelihoodResult;
import java.util.function.Supplier;

/// The likelihood by the probability flow: `--ode`.
final class FlowMeasurement extends LikelihoodMeasurement {
  private final Supplier<FlowOptions> flow;

  /// @param flow the options of the method; throws if they make no sense
  FlowMeasurement(BoundOptions options, Supplier<FlowOptions> flow) {
    super(options, LikelihoodResult.Method.ODE);
    this.flow = flow;
  }

  @Override
  Estimator estimator(LikelihoodEvaluation evaluation) {
    FlowOptions chosen = flow.get();
    return (request, workers, phases) ->
        evaluation.flow(
            request,
            chosen,
            workers,
            phases.phase(
                "evaluate",
                evaluation.flowSteps(request, chosen, workers),
                evaluation.flowImagesSeen(request, chosen)));
  }
}
