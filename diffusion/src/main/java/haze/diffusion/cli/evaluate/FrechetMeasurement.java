package haze.diffusion.cli.evaluate;

import haze.diffusion.cli.ClassOptions;
import haze.diffusion.cli.ModelOptions;
import haze.diffusion.cli.SamplerOptions;
import haze.diffusion.evaluation.frechet.ClassifierTraining;
import haze.diffusion.evaluation.frechet.FrechetData;
import haze.diffusion.evaluation.frechet.FrechetEvaluation;
import haze.diffusion.evaluation.frechet.FrechetFiles;
import haze.diffusion.evaluation.frechet.FrechetRequest;
import haze.diffusion.evaluation.frechet.SampleReport;
import haze.diffusion.evaluation.frechet.TrainedClassifier;
import haze.diffusion.io.JsonLine;
import haze.diffusion.pipeline.SampleRequest;
import haze.diffusion.terminal.Interrupt;
import haze.diffusion.terminal.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The Frechet distance of samples from real images: `--fid`.
///
/// @param count how many samples
/// @param classifier its file, trained and written if there is none; that of the model if it is
///   empty
record FrechetMeasurement(
    SamplerOptions sampler, ClassOptions classes, int count, Optional<Path> classifier)
    implements Measurement {
  @Override
  public Outcome measure(EvaluatedModel model) throws IOException {
    ModelOptions options = model.options();
    FrechetEvaluation evaluation = new FrechetEvaluation(model.pipeline());
    SampleRequest samples =
        classes
            .in(SampleRequest.of(count).sampler(sampler.choice()), model.pipeline())
            .seed(options.seed);
    var request = new FrechetRequest(FrechetData.of(model.source()), samples);
    model.requireKnownImages();
    evaluation.require(request);
    model.noteConversion(model.source().title(), request.data().reference().range().data());
    FrechetFiles own = FrechetFiles.of(options.results());
    FrechetFiles files = classifier.map(own::classifier).orElse(own);
    files.prepare();
    Optional<TrainedClassifier> found = files.findClassifier(request.data());
    TrainedClassifier reader =
        found.isPresent() ? found.get() : train(options, files, request.data());
    SampleReport report =
        options.work(
            (workers, phases) ->
                evaluation.run(
                    request,
                    reader,
                    workers,
                    phases.phase("sample", evaluation.steps(request, workers), count)));
    Optional<Path> earlier;
    try (Interrupt _ = Interrupt.delay()) {
      earlier = files.write(report);
    }
    return new Outcome("frechet", report.lines(), List.of(files.json()), earlier);
  }

  private static TrainedClassifier train(ModelOptions options, FrechetFiles files, FrechetData data)
      throws IOException {
    int steps = TrainedClassifier.trainingSteps(data);
    TrainedClassifier trained =
        options.work(
            (workers, phases) -> {
              Progress progress =
                  phases.phase("classifier", steps, (double) steps * ClassifierTraining.BATCH);
              return TrainedClassifier.train(
                  data,
                  workers,
                  (step, loss) ->
                      progress.update(step, String.format(Locale.ROOT, "loss %.4f", loss)));
            });
    try (Interrupt _ = Interrupt.delay()) {
      trained.save(files.classifier());
    }
    options
        .console()
        .result(
            "classifier",
            new JsonLine()
                .put("file", files.classifier().toString())
                .put("accuracy", trained.accuracy()),
            "wrote " + files.classifier() + ": " + trained.title());
    return trained;
  }
}
