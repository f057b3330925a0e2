package haze.diffusion.hostile;

import haze.diffusion.data.DataOptions;
import haze.diffusion.data.ImageClusters;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.image.Background;
import haze.diffusion.data.image.ImageDecoder;
import haze.diffusion.data.image.Levels;
import haze.diffusion.evaluation.bound.BoundFiles;
import haze.diffusion.evaluation.frechet.TrainedClassifier;
import haze.diffusion.pipeline.LoadChoice;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.report.RunReport;
import haze.diffusion.training.EmaSnapshots;
import haze.diffusion.training.LearnedData;
import haze.diffusion.training.Metrics;
import haze.diffusion.training.RunDescription;
import haze.diffusion.training.RunDirectory;
import haze.diffusion.training.TrainingRun;
import haze.nn.file.PrintableText;
import haze.nn.optim.EmaProfile;
import haze.nn.pytorch.PyTorchFile;
import haze.nn.safetensors.SafetensorsFile;
import haze.nn.safetensors.TensorFile;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// What Haze reads of others, one row each: sound files to begin with, and what reads a damaged
/// one.
enum HostileFile {
  PNG("golden/images", ".png", HostileFile::image),
  JPEG("golden/images", ".jpg", HostileFile::image),
  GIF("golden/images", ".gif", HostileFile::image),
  BMP("golden/images", ".bmp", HostileFile::image),
  TIFF("golden/images", ".tif", HostileFile::image),
  NPY("golden/numpy", ".npy", HostileFile::data),
  NPZ("golden/numpy", ".npz", HostileFile::data),
  PARQUET("golden/parquet", ".parquet", HostileFile::data),
  IDX("made", ".idx", HostileFile::data),
  IDX_GZIP("made", ".idx.gz", HostileFile::data),
  NPY_GZIP("made", ".npy.gz", HostileFile::data),
  CIFAR("made/cifar", ".bin", HostileFile::directory),
  STL("made/stl", ".bin", HostileFile::directory),
  SAFETENSORS("golden/files", ".safetensors", file -> tensors(SafetensorsFile.open(file))),
  PYTORCH("golden/files", ".bin", file -> tensors(PyTorchFile.open(file))),
  PIPELINE("golden/files", "", file -> pipeline(file, Pipeline::load)),
  SHARDS("golden/files/shards", ".json", file -> pipeline(file, Pipeline::load)),
  VARIANT("golden/files/shards-variant-fp16", ".json", file -> pipeline(file, HostileFile::fp16)),
  SCHEDULER("made/schedulers", "scheduler_config.json", HostileFile::scheduler),
  CONFIG("made/run", "training/config.json", HostileFile::run),
  METRICS("made/run", "metrics.csv", HostileFile::run),
  BOUND("made/run", "bound.json", HostileFile::bound),
  CLASSIFIER("made", "classifier.safetensors", TrainedClassifier::load),
  CLUSTERS("made", "clusters.safetensors", file -> ImageClusters.read(file, 3, Shape.of(8, 8, 1))),
  SNAPSHOT("made/run/training/ema", ".safetensors", HostileFile::snapshots),
  RESUMED_SETTINGS("made/run", "training/config.json", HostileFile::resumed, 10),
  RESUMED_MANIFEST("made/run", "manifest.json", HostileFile::resumed, 10),
  RESUMED_STATE("made/run", "state.safetensors", HostileFile::resumed, 10),
  RESUMED_OLD_STATE("made/old-run", "state.safetensors", HostileFile::resumed, 10),
  RESUMED_CLASSES("made/run", "classes.json", HostileFile::resumed, 10),
  RESUMED_METRICS("made/run", "metrics.csv", HostileFile::resumed, 10),
  RESUMED_VALIDATION("made/run", "validation.csv", HostileFile::resumed, 10),
  REPORTED_SESSION("made/run", "session.json", HostileFile::reported, 10),
  REPORTED_SESSION_LOG("made/run", "session.csv", HostileFile::reported, 10),
  REPORTED_METRICS("made/run", "metrics.csv", HostileFile::reported, 10),
  REPORTED_VALIDATION("made/run", "validation.csv", HostileFile::reported, 10);

  private final String directory;
  private final String ending;
  private final Reader reader;
  private final int share;

  HostileFile(String directory, String ending, Reader reader) {
    this(directory, ending, reader, 1);
  }

  HostileFile(String directory, String ending, Reader reader, int share) {
    this.directory = directory;
    this.ending = ending;
    this.reader = reader;
    this.share = share;
  }

  /// {@return how many damaged files are read of this kind: to open a run takes ten times as long
  /// as to read a file}
  ///
  /// @param mutations how many of most kinds
  int count(int mutations) {
    return mutations / share;
  }

  /// Reads all that there is to read.
  @FunctionalInterface
  interface Reader {
    /// @throws IOException in one line, if the file is refused
    void read(Path file) throws IOException;
  }

  /// {@return the sound files}
  ///
  /// @param root the directory of all
  List<Path> files(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root.resolve(directory))) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> file.toString().endsWith(ending))
          .filter(Predicate.not(file -> file.toString().endsWith(".md")))
          .sorted(Comparator.comparing(Path::toString))
          .toList();
    }
  }

  void read(Path file) throws IOException {
    reader.read(file);
  }

  private static void image(Path file) throws IOException {
    Levels levels = ImageDecoder.read(file, Background.DEFAULT);
    if (levels.bytes().length != levels.shape().size()) {
      throw new AssertionError("levels of " + levels.shape());
    }
  }

  private static void directory(Path file) throws IOException {
    data(parent(file));
  }

  private static void data(Path path) throws IOException {
    ImageDataset data = ImageDataset.load(path, DataOptions.NONE);
    for (int i = 0; i < Math.min(data.count(), 8); i++) {
      Tensor image = data.image(i);
      for (float value : image.toArray()) {
        if (!(value >= -1 && value <= 1)) {
          throw new AssertionError("a value of " + value);
        }
      }
    }
    if (data.hasLabels()) {
      for (int i = 0; i < data.count(); i++) {
        if (data.label(i) < 0 || data.label(i) >= data.classes()) {
          throw new AssertionError("label " + data.label(i) + " of " + data.classes());
        }
      }
    }
  }

  private static void tensors(TensorFile opened) throws IOException {
    try (TensorFile file = opened) {
      for (Map.Entry<String, ? extends TensorFile.Description> entry : file.entries().entrySet()) {
        if (entry.getValue().dtype().isFloat()) {
          file.tensor(entry.getKey());
        }
      }
    }
  }

  /// The model that a damaged file belongs to.
  private static void pipeline(Path file, Reader reader) throws IOException {
    Path directory = parent(file);
    while (!Files.exists(directory.resolve("model_index.json")) && directory.getNameCount() > 1) {
      directory = parent(directory);
    }
    Pipeline.describe(directory).lines();
    reader.read(directory);
  }

  private static void fp16(Path directory) throws IOException {
    Pipeline.load(
        directory, new LoadChoice(false, Optional.of("fp16"), Optional.empty(), Optional.empty()));
  }

  private static void scheduler(Path file) throws IOException {
    Pipeline pipeline = Pipeline.load(parent(parent(file)));
    pipeline.scheduler().toString();
  }

  private static void run(Path file) throws IOException {
    RunDirectory run = new RunDirectory(root(file, "metrics.csv"));
    LearnedData.of(run.path());
    Metrics.read(run);
  }

  /// Goes on with a copy of the run that a damaged file belongs to.
  private static void resumed(Path file) throws IOException {
    Path run = root(file, "model_index.json");
    RunDescription.lines(run);
    Path copy = SoundFiles.emptied(run.resolveSibling("copy"));
    SoundFiles.copy(run, copy);
    try (Workers workers = new Workers(1)) {
      TrainingRun resumed = TrainingRun.resume(SoundFiles.again(copy), workers);
      resumed.close();
      requireReadable(resumed.notes());
    }
  }

  private static void reported(Path file) throws IOException {
    Path run = root(file, "model_index.json");
    RunReport report = RunReport.of(run);
    requireReadable(report.notes());
    report.write(run.resolveSibling(RunReport.FILE));
  }

  private static void requireReadable(List<String> notes) {
    for (String note : notes) {
      if (!PrintableText.harmless(note).equals(note)) {
        throw new AssertionError(note);
      }
    }
  }

  private static void snapshots(Path file) throws IOException {
    Path run = root(file, "model_index.json");
    EmaSnapshots.average(
        new RunDirectory(run),
        EmaProfile.LEAST_LENGTH,
        OptionalInt.empty(),
        Double.POSITIVE_INFINITY);
  }

  private static void bound(Path file) throws IOException {
    BoundFiles.readAll(List.of(root(file, "metrics.csv")));
  }

  private static Path root(Path file, String sign) {
    Path directory = parent(file);
    while (!Files.exists(directory.resolve(sign)) && directory.getNameCount() > 1) {
      directory = parent(directory);
    }
    return directory;
  }

  private static Path parent(Path path) {
    Path parent = path.getParent();
    if (parent == null) {
      throw new IllegalArgumentException(path + " has no parent");
    }
    return parent;
  }
}
