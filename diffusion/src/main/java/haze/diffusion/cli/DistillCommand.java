package haze.diffusion.cli;

import haze.diffusion.data.DataSource;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.distill.DistillSettings;
import haze.diffusion.distill.Distillation;
import haze.diffusion.distill.DistilledModel;
import haze.diffusion.io.JsonLine;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.terminal.Interrupt;
import haze.diffusion.terminal.Progress;
import haze.diffusion.training.LearnedData;
import haze.diffusion.training.RunDirectory;
import haze.diffusion.training.SmoothedLoss;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `haze distill`: makes a model that draws in few evaluations of the network.
@Command(
    name = "distill",
    description = {
      "Makes of a trained model one that draws in 1, 2 or 4 evaluations of the network.",
      "Its network learns to take one step where the trained one takes several (Salimans & Ho"
          + " 2022). The model knows its number of steps: haze sample DIR draws with it."
    },
    footer = {
      "",
      "The same seed gives the same model, whatever the number of threads. It is written when it is"
          + " finished; Ctrl-C ends without one, and a distillation cannot be resumed.",
      "",
      "Examples:",
      "  haze distill",
      "  haze distill runs/a --evaluations 4 --out runs/a-4",
      "  haze distill runs/a-4 --evaluations 1 --out runs/a-1",
      "  haze sample runs/a-4"
    })
final class DistillCommand implements Callable<Integer> {
  private static final Path RUNS = Path.of("runs");

  @Mixin private final ModelOptions model = new ModelOptions();

  @Option(
      names = "--evaluations",
      paramLabel = "1|2|4",
      defaultValue = "2",
      description = "evaluations of the network for a sample (default: ${DEFAULT-VALUE})")
  private int evaluations;

  @Option(
      names = "--guidance",
      paramLabel = "X",
      defaultValue = "1",
      description =
          "guidance scale of the trained model that the new one learns to draw as; it is then"
              + " sampled without guidance (default: ${DEFAULT-VALUE}, none)")
  private double guidance;

  @Option(
      names = "--teacher-steps",
      paramLabel = "N",
      description =
          "steps of DDIM of the trained model from noise to image, which the new one takes in its"
              + " few; more take longer (default: "
              + DistillSettings.TEACHER_STEPS
              + ", or those of a distilled model)")
  private @Nullable Integer teacherSteps;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "500",
      description = "steps of training (default: ${DEFAULT-VALUE})")
  private int steps;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "32",
      description = "images of a step (default: ${DEFAULT-VALUE})")
  private int batch;

  @Option(
      names = "--lr",
      paramLabel = "X",
      defaultValue = "0.001",
      description = "peak of the learning rate, which falls to 0 (default: ${DEFAULT-VALUE})")
  private double learningRate;

  @Option(
      names = "--data",
      paramLabel = "mnist|PATH",
      description =
          "images to learn from, as for haze train (default: those that the model learned from, or"
              + " mnist)")
  private @Nullable String data;

  @Option(names = "--labels", paramLabel = "FILE", description = "labels of the images of a path")
  private @Nullable Path labels;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "directory of the new model (default: runs/distilled-N, or a free name)")
  private @Nullable Path out;

  DistillCommand() {}

  @Override
  public Integer call() throws IOException {
    DistillSettings given =
        new DistillSettings(
            evaluations,
            guidance,
            teacherSteps == null ? OptionalInt.empty() : OptionalInt.of(teacherSteps),
            steps,
            batch,
            learningRate,
            model.seed);
    Path directory =
        out == null ? RunDirectory.free(RUNS, "distilled-" + given.evaluations()) : out;
    NewDirectory.require(directory);
    Pipeline teacher = model.pipeline();
    DistillSettings settings = given.of(teacher.scheduler().defaults());
    DataSource source = source().fitted(teacher.unet().config().imageShape());
    ImageDataset images = source.load();
    images.notes().forEach(model.console()::note);
    try (Interrupt interrupt = new Interrupt()) {
      SmoothedLoss loss = new SmoothedLoss();
      Optional<Pipeline> student =
          model.work(
              (workers, phases) -> {
                Distillation distillation = new Distillation(teacher, images, settings, workers);
                Progress progress =
                    phases.phase(
                        "distill", settings.steps(), (double) settings.steps() * settings.batch());
                return distillation.run(
                    (step, mean) -> {
                      loss.add(mean);
                      progress.update(step, loss.toString());
                      if (step == settings.steps()) {
                        progress.finish(loss.toString());
                      }
                    },
                    interrupt::isRequested);
              });
      if (student.isEmpty()) {
        model
            .console()
            .result("distilled", line(directory, settings, false), "stopped; no model is written");
        return interrupt.exitCode();
      }
      images.unreadable().messages().forEach(skipped -> model.console().warn("skipped " + skipped));
      Files.createDirectories(directory);
      if (model.directory().isPresent()) {
        LearnedData.copy(model.directory().get(), directory);
      }
      new DistilledModel(student.get(), settings, model.title(), source.text()).save(directory);
      model
          .console()
          .result(
              "distilled",
              line(directory, settings, true),
              "wrote "
                  + directory
                  + ", "
                  + loss
                  + "; to see what it draws: haze sample "
                  + directory);
    }
    return 0;
  }

  private static JsonLine line(Path directory, DistillSettings settings, boolean finished) {
    return new JsonLine()
        .put("directory", directory.toString())
        .put("evaluations", settings.evaluations())
        .put("guidance", settings.guidance())
        .put("steps", settings.steps())
        .put("finished", finished);
  }

  private DataSource source() throws IOException {
    Optional<LearnedData> known =
        model.directory().isEmpty() ? Optional.empty() : LearnedData.of(model.directory().get());
    DataSource learned = known.map(LearnedData::source).orElse(DataSource.Embedded.TRAIN);
    DataSource source =
        model.usage(() -> DataSource.parse(data == null ? "train" : data, labels, learned));
    if (known.isPresent() && source.text().equals(learned.text())) {
      known.get().requireThere();
    }
    return source;
  }
}
