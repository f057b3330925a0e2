package haze.diffusion.cli.evaluate;

import haze.diffusion.evaluation.bound.BoundRequest;
import haze.diffusion.evaluation.bound.LikelihoodEvaluation;
import haze.diffusion.evaluation.bound.LikelihoodFile;
import haze.diffusion.evaluation.bound.LikelihoodResult;
import haze.diffusion.terminal.Interrupt;
import haze.diffusion.terminal.Phases;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What images cost in continuous time.
abstract sealed class LikelihoodMeasurement implements Measurement
    permits ContinuousMeasurement, FlowMeasurement {
  private final BoundOptions options;
  private final LikelihoodResult.Method method;

  LikelihoodMeasurement(BoundOptions options, LikelihoodResult.Method method) {
    this.options = options;
    this.method = method;
  }

  /// The method, with its options.
  @FunctionalInterface
  interface Estimator {
    LikelihoodResult estimate(BoundRequest request, Workers workers, Phases phases);
  }

  /// {@return the method}
  ///
  /// @throws haze.diffusion.pipeline.RequestException if its options make no sense
  abstract Estimator estimator(LikelihoodEvaluation evaluation);

  @Override
  public final Outcome measure(EvaluatedModel model) throws IOException {
    LikelihoodEvaluation evaluation = model.evaluation(LikelihoodEvaluation::new);
    Estimator estimator = estimator(evaluation);
    BoundRequest request = options.request(model);
    evaluation.require(request);
    model.noteConversion(request.title(), request.data());
    LikelihoodFile file = new LikelihoodFile(options.directory(model), method);
    file.prepare();
    LikelihoodResult result =
        model.options().work((workers, phases) -> estimator.estimate(request, workers, phases));
    Optional<Path> earlier;
    try (Interrupt _ = Interrupt.delay()) {
      earlier = file.write(result, model.options().results());
    }
    List<String> lines = new ArrayList<>();
    lines.add(method.title() + " of " + model.options().title() + " on " + result.title());
    lines.addAll(result.lines());
    return new Outcome(method.toString(), lines, List.of(file.json()), earlier);
  }
}
