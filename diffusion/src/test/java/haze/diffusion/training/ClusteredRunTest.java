package haze.diffusion.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.data.ImageClusters;
import haze.diffusion.data.ImageDataset;
import haze.diffusion.distill.DistillSettings;
import haze.diffusion.distill.Distillation;
import haze.diffusion.evaluation.bound.BoundEvaluation;
import haze.diffusion.evaluation.bound.BoundRequest;
import haze.diffusion.evaluation.bound.BoundResult;
import haze.diffusion.evaluation.bound.LikelihoodEvaluation;
import haze.diffusion.evaluation.frechet.BarsFixture;
import haze.diffusion.pipeline.ClassNames;
import haze.diffusion.pipeline.Pipeline;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.pipeline.SampleRequest;
import haze.diffusion.process.Prediction;
import haze.diffusion.sampler.ProgressListener;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A network that is conditioned on clusters of its images, see [ImageClusters].
class ClusteredRunTest {
  private static final int STEPS = 4;
  private static final int COUNT = 60;

  @TempDir Path directory;

  /// Bars without what they show: one in two is of class 0, one in three of class 1.
  private static ImageDataset bars() {
    ImageDataset all = BarsFixture.dataset(COUNT);
    int[] shown = {0, 1, 0, 1, 0, 2};
    return ImageDataset.of(
        all.images(
            IntStream.range(0, COUNT).map(i -> i - i % 3 + shown[i % 6]).toArray(),
            Tensor.zeros(COUNT, 8, 8, 1)));
  }

  private TrainingRequest request(String name) {
    return SmallRun.plain(directory.resolve(name))
        .data(bars())
        .with(Settings.CLUSTERS, 3)
        .steps(STEPS);
  }

  private static void train(TrainingRequest request) throws Exception {
    train(request, Integer.MAX_VALUE);
  }

  private static void train(TrainingRequest request, int stop) throws Exception {
    try (Workers workers = new Workers(2);
        TrainingRun run = TrainingRun.begin(request, workers)) {
      run.run(TrainingListener.NONE, () -> run.completed() == stop);
    }
  }

  private Pipeline trained(String name) throws Exception {
    train(request(name));
    return Pipeline.load(directory.resolve(name));
  }

  @Test
  void aModelOfClustersDrawsEachAsOftenAsTheDataHasIt() throws Exception {
    Pipeline model = trained("run");
    assertEquals(3, model.unet().config().classes());
    ImageClusters clusters = model.clusters().orElseThrow();
    double[] shares = IntStream.range(0, 3).mapToDouble(clusters::share).sorted().toArray();
    assertArrayEquals(new double[] {1 / 6.0, 2 / 6.0, 3 / 6.0}, shares, 1e-6);
    SampleRequest request = SampleRequest.of(600).steps(1);
    int[] labels = request.labels(model);
    for (int k = 0; k < 3; k++) {
      int cluster = k;
      long drawn = IntStream.of(labels).filter(label -> label == cluster).count();
      assertEquals(600 * clusters.share(k), drawn, 4);
    }
    // Sample i is the same whatever the count; nobody asked for whole rounds, and a class that is
    // asked for is drawn.
    assertArrayEquals(
        model.sample(request.count(20)).at(7).toArray(),
        model.sample(request.count(9)).at(7).toArray());
    assertEquals("cluster 2", model.caption(2));
    assertEquals("class 2", new Pipeline(model.unet(), model.scheduler()).caption(2));
    assertEquals(20, request.count(20).inWholeRounds(model).count());
    assertArrayEquals(new int[] {2, 2}, request.count(2).classes(2).labels(model));
    assertTrue(
        Pipeline.describe(directory.resolve("run"))
            .lines()
            .contains("clusters    3, which k-means found; 16.7 to 50.0 % of the images each"));
  }

  @Test
  void aRunThatWasStoppedGoesOnWithItsClusters() throws Exception {
    Map<String, String> whole;
    trained("run");
    whole = SmallRun.files(directory.resolve("run"));
    Files.move(directory.resolve("run"), directory.resolve("moved"));
    train(request("run"), 2);
    try (Workers workers = new Workers(1);
        TrainingRun run =
            TrainingRun.resume(
                TrainingRequest.of(directory.resolve("run")).data(bars()), workers)) {
      assertEquals(2, run.completed());
      run.run(TrainingListener.NONE);
    }
    assertEquals(whole, SmallRun.files(directory.resolve("run")));
    assertTrue(whole.containsKey("clusters.safetensors"), whole.keySet()::toString);
  }

  /// The classes of the images are their clusters, whatever labels they come with.
  @Test
  void theBoundIsThatOfAnImagesCluster() throws Exception {
    Pipeline model = trained("run");
    ImageDataset own;
    ImageDataset labelled = BarsFixture.dataset(COUNT);
    try (Workers workers = new Workers(2)) {
      own = model.labelled(labelled, workers);
    }
    BoundResult bound = bound(model, labelled);
    assertEquals("clusters", bound.measurement().condition());
    assertEquals(
        "60 images of the data, conditioned on their clusters, at all of 2 timesteps",
        bound.title());
    Pipeline plain = new Pipeline(model.unet(), model.scheduler());
    assertEquals(bound.total(), bound(plain, own).total());
    assertTrue(!bound.total().equals(bound(plain, labelled).total()));
    try (Workers workers = new Workers(2)) {
      BoundRequest request = BoundRequest.of(labelled).timesteps(3).images(4);
      assertEquals(
          new LikelihoodEvaluation(plain)
              .continuous(BoundRequest.of(own).timesteps(3).images(4), workers, quiet())
              .total(),
          new LikelihoodEvaluation(model).continuous(request, workers, quiet()).total());
    }
  }

  private static ProgressListener quiet() {
    return ProgressListener.NONE;
  }

  private static BoundResult bound(Pipeline model, ImageDataset data) {
    return new BoundEvaluation(model).run(BoundRequest.of(data));
  }

  @Test
  void whatIsMadeOfAModelHasItsClusters() throws Exception {
    train(
        request("run")
            .with(Settings.EMA_SNAPSHOTS, 1)
            .with(Settings.TIMESTEPS, 20)
            .with(Settings.PREDICTION, Prediction.V));
    Pipeline model = Pipeline.load(directory.resolve("run"));
    String clusters = model.clusters().orElseThrow().toString();
    EmaSnapshots.average(new RunDirectory(directory.resolve("run")), 0.1, OptionalInt.empty(), 1)
        .save(directory.resolve("average"));
    assertEquals(clusters, clustersOf("average"));
    model.save(directory.resolve("copy"));
    assertEquals(clusters, clustersOf("copy"));
    new Pipeline(model.unet(), model.scheduler()).save(directory.resolve("copy"));
    assertTrue(Pipeline.load(directory.resolve("copy")).clusters().isEmpty());
    try (Workers workers = new Workers(1)) {
      Distillation distillation =
          new Distillation(model, bars(), DistillSettings.DEFAULT.evaluations(2).steps(2), workers);
      distillation.run((_, _) -> {}, () -> false).orElseThrow().save(directory.resolve("student"));
    }
    assertEquals(clusters, clustersOf("student"));
  }

  private String clustersOf(String name) throws IOException {
    return Pipeline.load(directory.resolve(name)).clusters().orElseThrow().toString();
  }

  @Test
  void trainingGoesOnFromTheClustersOfAModel() throws Exception {
    Pipeline first = trained("first");
    // Whatever the preset says, and with the shares of its own images: no bar is of class 2.
    ImageDataset two =
        ImageDataset.of(
            bars().images(new int[] {0, 1, 2, 4, 6, 7, 8, 10}, Tensor.zeros(8, 8, 8, 1)));
    TrainingRequest further =
        TrainingRequest.of(directory.resolve("further"))
            .preset(Preset.TINY)
            .data(two)
            .steps(1)
            .batch(4)
            .with(Settings.FROM, directory.resolve("first").toString());
    train(further);
    Pipeline second = Pipeline.load(directory.resolve("further"));
    assertArrayEquals(
        first.clusters().orElseThrow().centroids().toArray(),
        second.clusters().orElseThrow().centroids().toArray());
    ImageClusters shared = second.clusters().orElseThrow();
    double[] shares = IntStream.range(0, 3).mapToDouble(shared::share).sorted().toArray();
    assertArrayEquals(new double[] {0, 0.25, 0.75}, shares, 1e-6);
    assertEquals(
        "conditional does not go with --from, whose model has clusters, not labels",
        refusal(further.directory(directory.resolve("other")).conditional()));
    assertEquals(
        "the images are [4, 4, 1], but the model's clusters are of [8, 8, 1]",
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    train(
                        further
                            .directory(directory.resolve("other"))
                            .data(ImageDataset.of(Tensor.zeros(9, 4, 4, 1)))))
            .getMessage());
    assertEquals(
        "clusters does not go with --from, whose model has clusters",
        refusal(further.directory(directory.resolve("other")).with(Settings.CLUSTERS, 3)));
  }

  /// As many clusters as the model that it starts from had classes of labels.
  @Test
  void newClustersAreNoClassesOfTheModelBefore() throws Exception {
    List<String> names = List.of("low", "middle", "high");
    train(
        SmallRun.plain(directory.resolve("labels"))
            .data(BarsFixture.dataset(COUNT))
            .conditional()
            .steps(1));
    Pipeline first = Pipeline.load(directory.resolve("labels"));
    new Pipeline(first.unet(), first.scheduler(), ClassNames.of(names))
        .save(directory.resolve("named"));
    TrainingRequest request =
        TrainingRequest.of(directory.resolve("clusters"))
            .data(bars())
            .steps(1)
            .with(Settings.CLUSTERS, 3)
            .with(Settings.FROM, directory.resolve("named").toString());
    try (Workers workers = new Workers(1);
        TrainingRun run = TrainingRun.begin(request, workers)) {
      assertEquals(List.of("class_embedding.weight"), run.fresh());
      assertTrue(run.pipeline().classNames().isEmpty());
    }
  }

  @Test
  void aRunThatHasLostItsClustersIsRefused() throws Exception {
    train(request("run"), 2);
    Files.delete(directory.resolve("run/clusters.safetensors"));
    try (Workers workers = new Workers(1)) {
      TrainingRequest again = TrainingRequest.of(directory.resolve("run")).data(bars());
      assertTrue(
          assertThrows(IOException.class, () -> TrainingRun.resume(again, workers))
              .getMessage()
              .endsWith("has lost its clusters.safetensors, which its network is conditioned on"));
    }
  }

  @Test
  void fewerDifferentImagesAreSaid() throws Exception {
    Tensor images = Tensor.zeros(20, 8, 8, 1);
    for (int i = 0; i < 20; i++) {
      images.at(i).copyFrom(bars().image(i % 2).reshape(8, 8, 1));
    }
    TrainingRequest request =
        request("run").data(ImageDataset.of(images)).with(Settings.CLUSTERS, 5);
    try (Workers workers = new Workers(1);
        TrainingRun run = TrainingRun.begin(request, workers)) {
      assertTrue(
          run.notes()
              .contains(
                  "clusters: 2, which k-means found; 50.0 to 50.0 % of the images each; there are"
                      + " not 5 different images"),
          run.notes()::toString);
    }
    assertEquals(
        "clusters: all images are alike",
        refusal(
            request
                .directory(directory.resolve("alike"))
                .data(ImageDataset.of(Tensor.zeros(20, 8, 8, 1)))));
  }

  @Test
  void heldOutImagesHaveTheirClusters() throws Exception {
    TrainingRequest request = request("run").with(Settings.VALIDATE_EVERY, 1);
    // Without labels of their own.
    ImageDataset held = bars();
    try (Workers workers = new Workers(2);
        TrainingRun run = TrainingRun.begin(request.heldOut(held), workers)) {
      run.run(TrainingListener.NONE);
      assertTrue(run.best().orElseThrow().bound().isPresent());
    }
  }

  @Test
  void clustersTakeThePlaceOfLabels() throws Exception {
    train(request("labelled").data(BarsFixture.dataset(COUNT)).with(Settings.CLUSTERS, 5));
    assertEquals(5, Pipeline.load(directory.resolve("labelled")).unet().config().classes());
    TrainingRequest request = request("run");
    String both = " does not go with --clusters, which take the place of labels";
    assertEquals("conditional" + both, refusal(request.conditional()));
    assertEquals("conditional" + both, refusal(request.unconditional()));
    assertEquals("labels" + both, refusal(request.with(Settings.LABELS, "labels.idx")));
    assertEquals(
        "clusters is 61, but there are only 60 images",
        refusal(request.with(Settings.CLUSTERS, 61)));
    assertEquals(
        "clusters is 1, expected 0, or 2 to 1000",
        assertThrows(RequestException.class, () -> request.with(Settings.CLUSTERS, 1))
            .getMessage());
  }

  private static String refusal(TrainingRequest request) {
    return assertThrows(RequestException.class, () -> train(request)).getMessage();
  }
}
