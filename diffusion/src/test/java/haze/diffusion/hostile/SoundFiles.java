package haze.diffusion.hostile;

import haze.diffusion.data.ImageClusters;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.evaluation.bound.BoundEvaluation;
import haze.diffusion.evaluation.bound.BoundFiles;
import haze.diffusion.evaluation.bound.BoundRequest;
import haze.diffusion.evaluation.frechet.BarsFixture;
import haze.diffusion.evaluation.frechet.Classifier;
import haze.diffusion.evaluation.frechet.TrainedClassifier;
import haze.diffusion.report.ReportWriter;
import haze.diffusion.training.Settings;
import haze.diffusion.training.TrainingRequest;
import haze.diffusion.training.TrainingRun;
import haze.nn.file.Disk;
import haze.nn.unet.UNetConfig;
import haze.tensor.Shape;
import haze.tensor.Workers;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/// The sound files that [HostileFile] begins with: those of the test resources, and some that are
/// made.
final class SoundFiles {
  private static final Path RESOURCES = Path.of("src/test/resources");
  private static final int CIFAR_RECORD = 3073;
  private static final int STL_IMAGE = 3 * 96 * 96;
  private static final int IMAGES = 20;
  private static final int STEPS = 4;

  private SoundFiles() {}

  /// Writes all of them.
  ///
  /// @param root an empty directory
  static void write(Path root) throws Exception {
    for (String name : List.of("images", "numpy", "parquet", "files", "pipeline")) {
      copy(RESOURCES.resolve("golden").resolve(name), root.resolve("golden").resolve(name));
    }
    // Sound, but Haze does not unpack it.
    Files.delete(root.resolve("golden/parquet/zstd.parquet"));
    Path made = Files.createDirectories(root.resolve("made"));
    byte[] idx = idx();
    Files.write(made.resolve("images.idx"), idx);
    gzip(made.resolve("packed.idx.gz"), idx);
    gzip(
        made.resolve("packed.npy.gz"),
        Files.readAllBytes(RESOURCES.resolve("golden/numpy/grey.npy")));
    Path cifar = Files.createDirectories(made.resolve("cifar"));
    Files.write(cifar.resolve("data_batch_1.bin"), counted(3 * CIFAR_RECORD, CIFAR_RECORD));
    Path stl = Files.createDirectories(made.resolve("stl"));
    Files.write(stl.resolve("train_X.bin"), counted(2 * STL_IMAGE, STL_IMAGE));
    Files.write(stl.resolve("train_y.bin"), new byte[] {1, 10});
    schedulers(root);
    run(made.resolve("run"));
    oldRun(made.resolve("run"), made.resolve("old-run"));
    new TrainedClassifier(new Classifier(Shape.of(8, 8, 1), 2), "squares", 0.75, 20)
        .save(made.resolve("classifier.safetensors"));
    try (Workers workers = new Workers(1)) {
      ImageClusters.of(BarsFixture.dataset(IMAGES), 3, 1, workers)
          .write(Disk.system(), made.resolve("clusters.safetensors"));
    }
  }

  /// A model with each of the recorded schedulers.
  private static void schedulers(Path root) throws IOException {
    try (Stream<Path> all = Files.list(root.resolve("golden/pipeline"))) {
      for (Path each : all.toList()) {
        Path config = each.resolve("scheduler_config.json");
        if (Files.exists(config)) {
          Path model = root.resolve("made/schedulers").resolve(each.getFileName());
          copy(root.resolve("golden/files/bf16"), model);
          Files.write(model.resolve("scheduler/scheduler_config.json"), Files.readAllBytes(config));
          String kind = each.getFileName().toString();
          Path index = model.resolve("model_index.json");
          Files.writeString(
              index, Files.readString(index).replaceAll("\"DD[A-Z]+Scheduler\"", '"' + kind + '"'));
        }
      }
    }
  }

  /// A run that was stopped, with every file that a run may have.
  private static void run(Path directory) throws Exception {
    try (Workers workers = new Workers(1)) {
      TrainingRequest request =
          again(directory)
              .network(UNetConfig.builder(8, 1).layers(1).channels(4, 8).build())
              .conditional()
              .steps(STEPS)
              .batch(4)
              .with(Settings.CHECKPOINT_EVERY, 1)
              .with(Settings.VALIDATE_EVERY, 1)
              .with(Settings.EMA_SNAPSHOTS, 1);
      try (TrainingRun run = TrainingRun.begin(request, workers);
          ReportWriter report =
              new ReportWriter(
                  run,
                  problem -> {
                    throw new AssertionError(problem);
                  })) {
        run.run(report, () -> run.completed() == STEPS - 1);
        BoundFiles.of(directory)
            .write(
                new BoundEvaluation(run.pipeline()).run(BoundRequest.of(images()).timesteps(2)),
                directory.toString());
      }
    }
    Files.writeString(
        directory.resolve("classes.json"), "{\n  \"0\": \"circle\",\n  \"1\": \"square\"\n}\n");
    Files.writeString(
        directory.resolve("training/session.csv"),
        "1,401.5,20.1,0.5,,0.25,1e-3\n2,,20.2,0.4,0.3,,\n",
        StandardOpenOption.APPEND);
  }

  private static ImageDataset images() {
    int[] labels = IntStream.range(0, IMAGES).map(i -> i % 2).toArray();
    return ImageDataset.ofLevels(counted(IMAGES * 64, 64), Shape.of(8, 8, 1), labels);
  }

  /// {@return what a copy of the run is resumed with}
  static TrainingRequest again(Path directory) {
    return TrainingRequest.of(directory).data(images()).heldOut(images());
  }

  /// A run of a Haze that wrote no manifests.
  private static void oldRun(Path run, Path old) throws IOException {
    copy(run, old);
    Path checkpoints = old.resolve("training/checkpoints");
    Files.move(
        checkpoints.resolve("step-00000" + (STEPS - 1)).resolve("state.safetensors"),
        old.resolve("training/state.safetensors"));
    emptied(checkpoints);
  }

  /// {@return a directory, without what was in it}
  static Path emptied(Path directory) throws IOException {
    if (Files.exists(directory)) {
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
    return Files.createDirectory(directory);
  }

  private static byte[] idx() {
    byte[] file = new byte[16 + 8 * 6 * 5];
    System.arraycopy(new byte[] {0, 0, 8, 3, 0, 0, 0, 8, 0, 0, 0, 6, 0, 0, 0, 5}, 0, file, 0, 16);
    for (int i = 16; i < file.length; i++) {
      file[i] = (byte) i;
    }
    return file;
  }

  private static byte[] counted(int length, int record) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i % record == 0 ? i / record : i * 7);
    }
    return bytes;
  }

  private static void gzip(Path file, byte[] content) throws IOException {
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(content);
    }
  }

  /// Copies all files of a directory.
  static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path copy = to.resolve(from.relativize(file).toString());
        Files.createDirectories(copy.resolveSibling("."));
        Files.copy(file, copy);
      }
    }
  }
}
