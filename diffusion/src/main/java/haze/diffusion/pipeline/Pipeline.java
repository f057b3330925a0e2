package haze.diffusion.pipeline;

import haze.diffusion.data.ImageClusters;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.figure.Output;
import haze.diffusion.io.BadFileException;
import haze.diffusion.io.JsonLine;
import haze.diffusion.process.ReverseVariance;
import haze.diffusion.sampler.Network;
import haze.diffusion.sampler.ProgressListener;
import haze.diffusion.sampler.Sampler;
import haze.diffusion.sampler.SamplingLoop;
import haze.diffusion.sampler.Snapshots;
import haze.nn.Weights;
import haze.nn.file.Checksum;
import haze.nn.file.Disk;
import haze.nn.safetensors.TensorFile;
import haze.nn.safetensors.TensorFileException;
import haze.nn.unet.ImageSize;
import haze.nn.unet.UNet;
import haze.nn.unet.UNetConfig;
import haze.nn.unet.UNetSwitch;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A trained model that can be sampled, in memory and as a directory that diffusers reads and
/// writes too: `DDPMPipeline.from_pretrained(directory)` in Python.
///
/// @param unet the network
/// @param scheduler its noise schedule and sampler
/// @param classNames the names of its classes
/// @param clusters what its classes are, if they were not labels but clusters of images
public record Pipeline(
    UNet unet, SchedulerConfig scheduler, ClassNames classNames, Optional<ImageClusters> clusters) {
  /// Checks the names and clusters.
  ///
  /// @throws IllegalArgumentException if one is of a class that the network does not have
  public Pipeline {
    int classes = unet.config().classes();
    if (!classNames.names().tailMap(classes).isEmpty()) {
      throw new IllegalArgumentException(
          "pipeline: names of "
              + (classNames.names().lastKey() + 1)
              + " classes, but the network has "
              + classes);
    }
    int found = clusters.map(ImageClusters::count).orElse(classes);
    if (found != classes) {
      throw new IllegalArgumentException(
          "pipeline: " + found + " clusters, but the network has " + classes + " classes");
    }
  }

  /// A model whose classes are those of labels.
  public Pipeline(UNet unet, SchedulerConfig scheduler, ClassNames classNames) {
    this(unet, scheduler, classNames, Optional.empty());
  }

  /// A model whose classes, if it has any, have no names.
  public Pipeline(UNet unet, SchedulerConfig scheduler) {
    this(unet, scheduler, ClassNames.NONE);
  }

  /// What a model is, without its weights.
  ///
  /// @param unet sizes and switches of the network
  /// @param scheduler noise schedule and sampler
  /// @param classNames the names of the classes
  /// @param clusters what the classes are, if k-means found them
  /// @param parameters how many numbers the file of weights holds
  /// @param types the types of its elements
  public record Summary(
      UNetConfig unet,
      SchedulerConfig scheduler,
      ClassNames classNames,
      Optional<ImageClusters> clusters,
      long parameters,
      List<String> types) {
    /// Copies the list.
    public Summary {
      types = List.copyOf(types);
    }

    /// {@return what the model is, for people}
    public List<String> lines() {
      return ModelDescription.lines(this);
    }

    /// {@return what the model is, for programs: `unet` and `scheduler` as in their files,
    /// `clusters`: how many, 0 if its classes are none, `parameters` and `types`}
    public Map<String, @Nullable Object> json() {
      return new JsonLine()
          .put("unet", new JsonLine().putAll(UNetConfigFile.write(unet).toString()))
          .put("scheduler", new JsonLine().putAll(SchedulerFile.write(scheduler).toString()))
          .put("clusters", clusters.map(ImageClusters::count).orElse(0))
          .put("parameters", parameters)
          .put("types", types)
          .members();
    }
  }

  /// Reads a model.
  ///
  /// @param directory the pipeline, as Haze or diffusers wrote it
  /// @return the model
  /// @throws IOException if a file is missing, cannot be read, is wrong, or describes what Haze
  ///   does not support; in one line
  public static Pipeline load(Path directory) throws IOException {
    return load(directory, LoadChoice.DEFAULT);
  }

  /// Reads a model as [#load(Path)] does.
  ///
  /// @param directory the pipeline
  /// @param choice what is read of it
  /// @return the model
  /// @throws IOException as for [#load(Path)], and if there is no such thing
  /// @throws RequestException if the network cannot halve images of the size
  public static Pipeline load(Path directory, LoadChoice choice) throws IOException {
    PipelineFiles files = PipelineFiles.find(directory);
    try (TensorFile weights = files.openWeights(choice)) {
      Summary summary = describe(files, choice, weights);
      UNetConfig config = summary.unet();
      UNet unet = new UNet(choice.size().map(other -> resized(config, other)).orElse(config));
      Weights.load(unet.parameters(), weights);
      return new Pipeline(unet, summary.scheduler(), summary.classNames(), summary.clusters());
    }
  }

  private static UNetConfig resized(UNetConfig unet, ImageSize size) {
    if (!size.isMultipleOf(unet.imageMultiple())) {
      throw new RequestException(
          "size", "is " + size + ", which " + size.misfit(unet.imageMultiple()));
    }
    return unet.with(
        size.height(), size.width(), unet.inChannels(), unet.outChannels(), unet.numClassEmbeds());
  }

  /// {@return what is written beside samples of a class: its name, or such as `class 7` or `cluster
  /// 7`}
  public String caption(int label) {
    return clusters.isPresent() && !classNames.names().containsKey(label)
        ? "cluster " + label
        : classNames.caption(label);
  }

  /// {@return images with the classes that the model has learned: their own labels, or, of a model
  /// of clusters, the clusters that they are nearest to}
  ///
  /// @param workers the threads, which the caller closes
  /// @throws RequestException if they have another shape than the images that have these clusters
  public ImageDataset labelled(ImageDataset data, Workers workers) {
    if (clusters.isEmpty()) {
      return data;
    }
    try {
      return clusters.get().labelled(data, workers);
    } catch (IllegalArgumentException e) {
      throw RequestException.because(e);
    }
  }

  /// Receives samples batch after batch.
  @FunctionalInterface
  public interface BatchConsumer {
    /// Called for each batch, in order.
    ///
    /// @param first the number of the batch's first sample, from 0
    /// @param images the batch, `[n, h, w, c]`, in [-1, 1] if c is 1 or 3
    void accept(int first, Tensor images);
  }

  /// Makes samples with all processors, see [#sample(SampleRequest, Workers, ProgressListener)].
  public Tensor sample(SampleRequest request) {
    try (Workers workers = new Workers(Runtime.getRuntime().availableProcessors())) {
      return sample(request, workers);
    }
  }

  /// Makes samples, see [#sample(SampleRequest, Workers, ProgressListener)].
  public Tensor sample(SampleRequest request, Workers workers) {
    return sample(request, workers, ProgressListener.NONE);
  }

  /// Makes samples. The result depends on the model and the request, not on the number of threads
  /// or the size of the batches.
  ///
  /// @param request which samples
  /// @param workers the threads, which the caller closes
  /// @param listener notified after every step of every batch, [#samplingSteps] times
  /// @return `[n, h, w, c]`, in [-1, 1] if c is 1 or 3; otherwise, as latents are, of any range
  /// @throws RequestException if the request does not fit the model
  /// @throws NotFiniteException if the network's output is NaN or infinite
  public Tensor sample(SampleRequest request, Workers workers, ProgressListener listener) {
    Tensor images = Tensor.zeros(unet.config().imageShape().batch(request.count()).dims());
    sampleBatches(
        request,
        workers,
        listener,
        (first, batch) -> images.slice(first, batch.dim(0)).copyFrom(batch));
    return images;
  }

  /// Makes samples batch after batch, for more of them than memory holds; otherwise as
  /// [#sample(SampleRequest, Workers, ProgressListener)].
  public void sampleBatches(
      SampleRequest request, Workers workers, ProgressListener listener, BatchConsumer consumer) {
    Sampler sampler = request.sampler().sampler(scheduler);
    int[] labels = request.labels(this);
    int size = request.batchSize(unet.config(), workers.threads());
    int total = samplingSteps(request, workers);
    int before = 0;
    for (int first = 0; first < request.count(); first += size) {
      int count = Math.min(size, request.count() - first);
      int done = before;
      Tensor images;
      try (ShardedUNet network = network(request, labels, first, count, workers)) {
        images =
            loop(request, sampler, network)
                .sample(
                    request.seed(),
                    first,
                    unet.config().imageShape().batch(count),
                    (step, _, _) -> listener.progressed(done + step, total));
      }
      before += sampler.schedule().steps();
      consumer.accept(first, inRange(NotFiniteException.requireFinite(images)));
    }
  }

  /// Images in [-1, 1]. Of another number of channels than 1 and 3 they are no images but, say,
  /// latents, which have no such range.
  private static Tensor inRange(Tensor samples) {
    int channels = samples.dim(-1);
    return channels == 1 || channels == 3 ? samples.clamp(-1, 1) : samples;
  }

  /// Makes samples as one batch and keeps the images between noise and samples, see [Snapshots].
  ///
  /// @param request which samples
  /// @param most the most intervals between snapshots, which are in even steps
  /// @param workers the threads, which the caller closes
  /// @param listener notified after every step
  /// @return the images and the `x_0` predicted of them, not clipped, from pure noise to the
  ///   samples
  /// @throws IllegalArgumentException if the number of snapshots is not positive
  /// @throws RequestException if the request does not fit the model
  /// @throws NotFiniteException if the network's output is NaN or infinite
  public List<Snapshots.Snapshot> snapshots(
      SampleRequest request, int most, Workers workers, ProgressListener listener) {
    Snapshots snapshots = new Snapshots(most);
    int[] labels = request.labels(this);
    Sampler sampler = request.sampler().sampler(scheduler);
    SamplingLoop.Listener watch =
        new SamplingLoop.Listener() {
          @Override
          public void before(Tensor xt) {
            snapshots.before(xt);
          }

          @Override
          public void after(int done, int total, Sampler.State state) {
            snapshots.after(done, total, state);
            listener.progressed(done, total);
          }
        };
    Shape shape = unet.config().imageShape().batch(request.count());
    try (ShardedUNet network = network(request, labels, 0, request.count(), workers)) {
      Tensor images = loop(request, sampler, network).sample(request.seed(), 0, shape, watch);
      NotFiniteException.requireFinite(images);
    }
    return snapshots.taken();
  }

  /// {@return samples as they are written to files: the figure has a column for each class}
  ///
  /// @param request what was sampled
  /// @param samples what [#sample(SampleRequest)] made of it
  /// @throws RequestException if the request does not fit the model
  public Output output(SampleRequest request, Tensor samples) {
    return new Output(
        "images",
        Map.of("images", samples),
        SampleFigure.of(samples, request.turn(this), this),
        SamplerChoice.metadata(
            request.sampler().kind(scheduler), request.sampler().steps(scheduler), request.seed()));
  }

  private ShardedUNet network(
      SampleRequest request, int[] labels, int first, int count, Workers workers) {
    int[] own = labels.length == 0 ? labels : Arrays.copyOfRange(labels, first, first + count);
    return new ShardedUNet(unet, workers, request.guidanceScale(), own);
  }

  private SamplingLoop loop(SampleRequest request, Sampler sampler, Network network) {
    return new SamplingLoop(request.sampler().config(scheduler).denoiser(network), sampler);
  }

  /// {@return the number of steps of all batches of a request}
  ///
  /// @throws RequestException if the request does not fit the model
  public int samplingSteps(SampleRequest request, Workers workers) {
    return Math.multiplyExact(
        Math.ceilDiv(request.count(), request.batchSize(unet.config(), workers.threads())),
        request.sampler().sampler(scheduler).schedule().steps());
  }

  /// {@return whether a directory holds a model, whole or not}
  public static boolean isIn(Path directory) {
    return PipelineFiles.isIn(directory);
  }

  /// {@return the keys of the network's `config.json` that have no effect, since nobody knows them}
  ///
  /// @param directory the pipeline
  /// @throws IOException as for [#load]
  public static List<String> unknownKeys(Path directory) throws IOException {
    return UNetConfigFile.unknownKeys(PipelineFiles.find(directory).unetConfig());
  }

  /// Reads what a model is, quickly.
  ///
  /// @param directory the pipeline
  /// @throws IOException as for [#load], but for weights that do not fit
  public static Summary describe(Path directory) throws IOException {
    PipelineFiles files = PipelineFiles.find(directory);
    try (TensorFile weights = files.openWeights(LoadChoice.DEFAULT)) {
      return describe(files, LoadChoice.DEFAULT, weights);
    }
  }

  /// Reads what a model is, whatever its own weights are.
  ///
  /// @param directory the pipeline
  /// @param weights a file that holds weights for it, and maybe more
  /// @throws IOException as for [#load], but for weights that do not fit
  public static Summary describe(Path directory, TensorFile weights) throws IOException {
    return describe(PipelineFiles.find(directory), LoadChoice.DEFAULT, weights);
  }

  private static Summary describe(PipelineFiles files, LoadChoice choice, TensorFile weights)
      throws IOException {
    UNetConfig config = UNetConfigFile.read(files.unetConfig());
    SchedulerConfig scheduler = SchedulerFile.read(files.schedulerConfig(), choice.sampler());
    boolean learned = scheduler.variance() == ReverseVariance.LEARNED_RANGE;
    int expected = config.inChannels() * (learned ? 2 : 1);
    if (config.outChannels() != expected) {
      throw new BadFileException(
          files.unetConfig(),
          "out_channels is "
              + config.outChannels()
              + ", expected "
              + expected
              + " because in_channels is "
              + config.inChannels()
              + (learned ? " and the variance is learned" : ""));
    }
    long stored =
        weights.entries().values().stream().mapToLong(tensor -> tensor.shape().size()).sum();
    double least = leastParameters(config);
    if (least > stored) {
      throw new TensorFileException(
          weights.name(),
          "does not fit the network: holds "
              + stored
              + " numbers, but "
              + files.unetConfig()
              + " describes a larger network");
    }
    List<String> types =
        weights.entries().values().stream()
            .map(tensor -> tensor.dtype().name())
            .distinct()
            .sorted()
            .toList();
    return new Summary(
        config,
        scheduler,
        ClassNames.read(files.classNames(), config.classes()),
        clusters(files, config),
        stored,
        types);
  }

  /// {@return what the classes of a model are, if k-means found them}
  ///
  /// @param directory the pipeline
  /// @throws IOException if a file cannot be read or is wrong
  public static Optional<ImageClusters> clusters(Path directory) throws IOException {
    PipelineFiles files = PipelineFiles.find(directory);
    return clusters(files, UNetConfigFile.read(files.unetConfig()));
  }

  private static Optional<ImageClusters> clusters(PipelineFiles files, UNetConfig config)
      throws IOException {
    return config.classes() > 0 && Files.exists(files.clusters())
        ? Optional.of(ImageClusters.read(files.clusters(), config.classes(), config.imageShape()))
        : Optional.empty();
  }

  /// The parameters of some of the layers: a network is not made before the file is known to hold
  /// about as much, so that no number in a configuration makes the program allocate more memory
  /// than the weights do.
  private static double leastParameters(UNetConfig config) {
    double kernel = 3 * 3;
    double finest = config.blockOutChannels().getFirst();
    double sum = kernel * finest * (config.inChannels() + config.outChannels());
    double width = config.embeddingWidth();
    sum += width * width;
    if (config.get(UNetSwitch.CLASS_EMBED_TYPE) == UNetSwitch.ClassEmbedding.TABLE) {
      sum += width * config.numClassEmbeds().orElse(0);
    }
    if (config.get(UNetSwitch.TIME_EMBEDDING_TYPE) == UNetSwitch.TimeEmbeddingType.LEARNED) {
      sum += finest * config.get(UNetSwitch.NUM_TRAIN_TIMESTEPS).orElse(0);
    }
    for (double channels : config.blockOutChannels()) {
      // The second convolution of every residual block, down and up.
      sum += 2.0 * config.layersPerBlock() * kernel * channels * channels;
    }
    return sum;
  }

  /// Writes the model. Each file is replaced as a whole, the index last: a directory that has one
  /// has everything.
  ///
  /// @param directory where; made if it is missing, and what else is in it stays, but for names of
  ///   classes if these have none
  /// @throws IOException if a file cannot be written
  public void save(Path directory) throws IOException {
    saveWeights(Disk.system(), directory, Map.of());
    saveConfiguration(Disk.system(), directory);
  }

  /// Writes the weights alone, the part of a model that training changes.
  ///
  /// @param disk where the directory is
  /// @param remarks metadata of the file beside PyTorch's
  /// @return length and checksum of the file
  /// @throws IOException if it cannot be written
  public Checksum saveWeights(Disk disk, Path directory, Map<String, String> remarks)
      throws IOException {
    PipelineFiles files = PipelineFiles.create(disk, directory);
    return Weights.save(disk, unet.parameters(), files.weights(), remarks);
  }

  /// Writes all but the weights: the configurations of network and scheduler, and the index.
  ///
  /// @param disk where the directory is
  /// @throws IOException if a file cannot be written
  public void saveConfiguration(Disk disk, Path directory) throws IOException {
    PipelineFiles files = PipelineFiles.create(disk, directory);
    UNetConfigFile.write(unet.config()).write(disk, files.unetConfig());
    SchedulerFile.write(scheduler).write(disk, files.schedulerConfig());
    classNames.write(disk, files.classNames());
    if (clusters.isPresent()) {
      clusters.get().write(disk, files.clusters());
    } else if (Files.exists(files.clusters())) {
      disk.delete(files.clusters());
    }
    PipelineFiles.index(scheduler.kind()).write(disk, files.index());
  }

  /// {@return the file that [#saveWeights] writes}
  public static Path weightsFile(Path directory) {
    return PipelineFiles.weights(directory);
  }
}
