package haze.diffusion.training;

import haze.diffusion.data.DataSource;
import haze.diffusion.data.ImageClusters;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.io.Quantities;
import haze.diffusion.loss.Objective;
import haze.diffusion.pipeline.ClassNames;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.pipeline.SamplingDefaults;
import haze.diffusion.pipeline.SchedulerConfig;
import haze.nn.BatchStep;
import haze.nn.Parameter;
import haze.nn.unet.UNet;
import haze.nn.unet.UNetConfig;
import haze.nn.unet.UNetSwitch;
import haze.tensor.Shape;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/// What a run is trained with: a [TrainingRequest] after its data is read.
///
/// @param data the images, whose labels are their clusters if there are such
/// @param clusters what the classes are in the place of labels
/// @param start the model that it starts from
record TrainingPlan(
    TrainingSettings settings,
    SchedulerConfig scheduler,
    UNetConfig network,
    ImageDataset data,
    Optional<ImageClusters> clusters,
    Optional<Pipeline> start) {
  /// Settings that choose a network, which a model to start from has.
  private static final List<Setting<?>> NETWORKS =
      List.of(
          Settings.NETWORK,
          Settings.CHANNELS,
          Settings.LAYERS,
          Settings.ATTENTION,
          Settings.HEAD_DIM,
          Settings.GROUPS,
          Settings.FOURIER_FEATURES);

  /// Reads the data, finds clusters in it if they are wanted, and chooses the network.
  ///
  /// @param workers the threads, which the caller closes
  /// @throws IOException if the data or a configuration is wrong
  /// @throws haze.diffusion.pipeline.RequestException if settings do not go together
  /// @throws IllegalArgumentException if the data has no labels to be conditioned on
  static TrainingPlan of(TrainingRequest request, Workers workers) throws IOException {
    TrainingSettings wanted = request.settings();
    Optional<Pipeline> start = start(request, wanted);
    TrainingRequest complete =
        start.map(from -> request.network(from.unet().config())).orElse(request);
    SchedulerConfig scheduler =
        start
            .map(from -> complete.scheduler(from.scheduler()))
            .orElse(complete)
            .scheduler()
            // A distilled model that is trained further no longer draws in few steps.
            .withDefaults(SamplingDefaults.NONE);
    ImageDataset images =
        request.images().isPresent() ? request.images().get() : wanted.source().load();
    Optional<ImageClusters> own = clusters(wanted, start, images, workers);
    ImageDataset data = own.isPresent() ? own.get().labelled(images, workers) : images;
    Optional<ImageClusters> clusters = own.map(found -> found.sharedBy(data));
    boolean classes =
        data.hasLabels() && start.map(from -> from.unet().config().classes() > 0).orElse(true);
    TrainingSettings settings =
        withClusters(request.settings(classes), clusters)
            .with(Settings.FINGERPRINT, data.fingerprint());
    Shape image = data.imageShape();
    UNetConfig network =
        NetworkChoice.network(
                complete.preset().network(),
                settings,
                image,
                settings.objective(scheduler).outputChannels(image.dim(2)),
                labels(settings, data))
            // Whatever the network that it starts from was.
            .with(UNetSwitch.EVERY_LABEL_IS_A_CLASS, false);
    NetworkChoice.requireTrainable(network, scheduler, settings);
    return new TrainingPlan(settings, scheduler, network, data, clusters, start);
  }

  /// Those of a model to start from make a run conditional, whatever the preset says.
  private static TrainingSettings withClusters(
      TrainingSettings settings, Optional<ImageClusters> clusters) {
    if (clusters.isEmpty() || settings.get(Settings.CLUSTERS) > 0) {
      return settings;
    }
    double dropout = settings.get(Settings.LABEL_DROPOUT);
    return settings
        .with(Settings.CLUSTERS, clusters.get().count())
        .with(Settings.LABEL_DROPOUT, dropout == 0 ? Settings.USUAL_DROPOUT : dropout);
  }

  /// The clusters of the model to start from, or those that are found.
  private static Optional<ImageClusters> clusters(
      TrainingSettings settings, Optional<Pipeline> start, ImageDataset data, Workers workers) {
    int most = settings.get(Settings.CLUSTERS);
    Optional<ImageClusters> old = start.flatMap(Pipeline::clusters);
    if (old.isPresent() && most > 0) {
      throw Settings.CLUSTERS.invalid("does not go with --from, whose model has clusters");
    }
    if (most == 0 || old.isPresent()) {
      return old;
    }
    if (most > data.count()) {
      throw Settings.CLUSTERS.invalid(
          "is " + most + ", but there are only " + Quantities.counted(data.count(), "image"));
    }
    try {
      return Optional.of(ImageClusters.of(data, most, settings.get(Settings.SEED), workers));
    } catch (IllegalArgumentException e) {
      throw RequestException.because(e);
    }
  }

  /// {@return what measures the weights on held-out images, if the run is to do so}
  ///
  /// @param given the images, in the place of those that the data holds out
  /// @param workers the threads, which the caller closes
  /// @throws IOException if the images can't be read
  /// @throws haze.diffusion.pipeline.RequestException if none are held out, or they do not go with
  ///   the network
  Optional<Validator> validator(Optional<ImageDataset> given, Trainer trainer, Workers workers)
      throws IOException {
    if (settings.get(Settings.VALIDATE_EVERY) == 0) {
      return Optional.empty();
    }
    if (given.isPresent()) {
      return Optional.of(validator(given.get(), trainer, workers));
    }
    DataSource held =
        settings
            .source()
            .heldOut()
            .orElseThrow(
                () ->
                    Settings.VALIDATE_EVERY.invalid(
                        "needs images that are held out, but of "
                            + settings.source().title()
                            + " there are none"
                            + (settings.source() instanceof DataSource.Stored
                                ? ": --held-out is 0, --held-out "
                                    + Settings.USUAL_HELD_OUT
                                    + " keeps one in "
                                    + Settings.USUAL_HELD_OUT
                                : "")));
    return Optional.of(validator(held.load(), trainer, workers));
  }

  private Validator validator(ImageDataset images, Trainer trainer, Workers workers) {
    boolean clustered = clusters.isPresent() && clusters.get().fits(images.imageShape());
    return new Validator(
        this,
        clustered ? clusters.get().labelled(images, workers) : images,
        trainer.emaWeights(),
        workers);
  }

  private static Optional<Pipeline> start(TrainingRequest request, TrainingSettings settings)
      throws IOException {
    String from = settings.get(Settings.FROM);
    if (from.isEmpty()) {
      return Optional.empty();
    }
    for (Setting<?> setting : NETWORKS) {
      if (settings.given(setting).isPresent()) {
        throw setting.invalid("does not go with --from, whose network is trained");
      }
    }
    Pipeline start = Pipeline.load(Path.of(from));
    int classes = start.unet().config().classes();
    if (start.clusters().isPresent()) {
      for (Setting<?> setting : TrainingRequest.OF_LABELS) {
        if (request.given().given(setting).isPresent()) {
          throw setting.invalid("does not go with --from, whose model has clusters, not labels");
        }
      }
    } else if (classes > 0 && !settings.isConditional()) {
      throw Settings.FROM.invalid(
          "is "
              + from
              + ", which is conditioned on "
              + classes
              + " classes: expected --conditional");
    }
    return Optional.of(start);
  }

  /// The names of the classes: those of the data, or, if it has none, of the model to start from,
  /// whose rows of the table of classes are trained.
  ClassNames classNames() {
    ClassNames own = network.classes() == 0 ? ClassNames.NONE : ClassNames.of(data.classNames());
    return own.isEmpty() ? namesOfStart() : own;
  }

  private ClassNames namesOfStart() {
    return start.filter(this::isOfTheSameClasses).map(Pipeline::classNames).orElse(ClassNames.NONE);
  }

  /// Whether a class is the same in the model to start from: clusters that were found now are not.
  private boolean isOfTheSameClasses(Pipeline from) {
    return from.unet().config().classes() == network.classes()
        && from.clusters().isPresent() == clusters.isPresent();
  }

  /// {@return what a person should know of names that come from the model to start from, or are
  /// others than there}
  List<String> nameNotes() {
    ClassNames old = namesOfStart();
    ClassNames names = classNames();
    if (old.isEmpty()) {
      return List.of();
    }
    if (ClassNames.of(data.classNames()).isEmpty()) {
      return List.of(
          "the data has no names of its classes: they keep those of "
              + settings.get(Settings.FROM)
              + ", from 0 "
              + old.name(0));
    }
    return IntStream.range(0, network.classes())
        .filter(label -> !old.name(label).equals(names.name(label)))
        .mapToObj(
            label ->
                "warning: class "
                    + label
                    + " is "
                    + names.name(label)
                    + ", but "
                    + old.name(label)
                    + " in "
                    + settings.get(Settings.FROM)
                    + ", whose row of the table of classes it starts with")
        .limit(1)
        .toList();
  }

  /// Gives a new trainer the weights of the model to start from.
  ///
  /// @return the names of the parameters that it does not have in their shape
  List<String> start(Trainer trainer) {
    return start
        .map(
            from -> {
              Map<String, Parameter> weights = new HashMap<>(from.unet().parameters());
              if (clusters.isPresent() && from.clusters().isEmpty()) {
                weights.keySet().removeIf(name -> name.startsWith("class_embedding"));
              }
              return trainer.startFrom(weights);
            })
        .orElse(List.of());
  }

  /// The labels of the network: the classes, and one for none.
  private static OptionalInt labels(TrainingSettings settings, ImageDataset data) {
    if (!settings.isConditional()) {
      return OptionalInt.empty();
    }
    if (!data.hasLabels()) {
      throw new IllegalArgumentException(
          "training: "
              + settings.get(Settings.DATA)
              + " has no labels to learn classes from, expected labels: --labels names a file of"
              + " them, and --clusters N does without");
    }
    return OptionalInt.of(data.classes() + 1);
  }

  /// {@return a trainer at step 0}
  ///
  /// @param workers the threads, which the caller closes
  /// @param steps makes what computes its steps
  /// @throws IllegalArgumentException if the data does not fit the network
  Trainer trainer(Workers workers, BatchStep.Factory steps) {
    Objective objective = settings.objective(scheduler);
    return new Trainer(
        new UNet(network),
        objective,
        settings.timesteps(objective.timesteps()),
        settings.get(Settings.OPTIMIZER).factory(),
        data,
        settings,
        workers,
        steps);
  }
}
