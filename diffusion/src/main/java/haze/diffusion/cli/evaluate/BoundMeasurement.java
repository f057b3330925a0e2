package haze.diffusion.cli.evaluate;

import haze.diffusion.evaluation.bound.BoundEvaluation;
import haze.diffusion.evaluation.bound.BoundFiles;
import haze.diffusion.evaluation.bound.BoundRequest;
import haze.diffusion.evaluation.bound.BoundResult;
import haze.diffusion.terminal.Interrupt;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The variational bound at the timesteps of the chain.
record BoundMeasurement(BoundOptions options) implements Measurement {
  @Override
  public Outcome measure(EvaluatedModel model) throws IOException {
    BoundEvaluation evaluation = model.evaluation(BoundEvaluation::new);
    BoundRequest request = options.request(model);
    evaluation.require(request);
    if (model.pipeline().scheduler().defaults().steps().isPresent()) {
      model
          .options()
          .console()
          .warn(
              "the model was made to be drawn in few steps, and is not trained at other noise"
                  + " levels: its bound says little, --fid measures its samples");
    }
    model.noteConversion(request.title(), request.data());
    BoundFiles files = new BoundFiles(options.directory(model));
    files.prepare();
    BoundResult result =
        model
            .options()
            .work(
                (workers, phases) ->
                    evaluation.run(
                        request,
                        workers,
                        phases.phase(
                            "evaluate",
                            evaluation.steps(request, workers),
                            evaluation.imagesSeen(request))));
    Optional<Path> earlier;
    try (Interrupt _ = Interrupt.delay()) {
      earlier = files.write(result, model.options().title());
    }
    List<String> lines = new ArrayList<>();
    lines.add("bound of " + model.options().title() + " on " + result.title());
    lines.addAll(result.lines());
    return new Outcome("bound", lines, List.of(files.json(), files.csv(), files.png()), earlier);
  }
}
