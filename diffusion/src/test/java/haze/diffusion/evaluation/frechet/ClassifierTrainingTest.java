package haze.diffusion.evaluation.frechet;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.ImageRange;
import haze.diffusion.data.Mnist;
import haze.tensor.Tensor;
import haze.tensor.Workers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassifierTrainingTest {
  @TempDir Path directory;

  private ImageDataset bars(int count) throws IOException {
    return ImageDataset.load(
        BarsFixture.images(directory.resolve("images"), count),
        BarsFixture.labels(directory.resolve("labels"), count));
  }

  @Test
  void fewDigitsAreEnoughToClassifyMost() throws IOException {
    try (Workers workers = new Workers(2)) {
      ImageRange digits = new ImageRange(Mnist.train(), 10_000, 800);
      var training = new ClassifierTraining(digits, 4, 1, workers);
      List<Double> losses = new ArrayList<>();
      Classifier classifier = training.run((_, loss) -> losses.add(loss));
      assertEquals(50, training.steps());
      assertEquals(training.steps(), losses.size());
      // The loss of a uniform prediction is ln 10.
      assertEquals(Math.log(10), losses.getFirst(), 0.3);
      double accuracy =
          new FeatureExtractor(classifier, workers)
              .accuracy(new ImageRange(Mnist.test(), 5000, 1000));
      assertTrue(accuracy > 0.85, "" + accuracy);
    }
  }

  @Test
  void theWeightsAreTheSameBitsForAnyNumberOfThreads() throws IOException {
    ImageRange images = ImageRange.all(bars(100));
    float[] one = weights(images, 1);
    assertArrayEquals(one, weights(images, 2));
    assertArrayEquals(one, weights(images, 5));
  }

  private static float[] weights(ImageRange images, int threads) {
    try (Workers workers = new Workers(threads)) {
      Classifier classifier = new ClassifierTraining(images, 2, 3, workers).run((_, _) -> {});
      return classifier.parameters().get("hidden.weight").value().toArray();
    }
  }

  @Test
  void onlyTheImagesOfTheRangeAreLearnedFrom() throws IOException {
    ImageDataset bars = bars(60);
    float[] some = weights(new ImageRange(bars, 31, 20), 2);
    assertFalse(Arrays.equals(some, weights(new ImageRange(bars, 0, 20), 2)));
    // The same images as a data set of their own.
    byte[] pixels = Files.readAllBytes(directory.resolve("images"));
    byte[] labels = Files.readAllBytes(directory.resolve("labels"));
    ByteBuffer cut =
        ByteBuffer.allocate(16 + 20 * 64)
            .put(pixels, 0, 4)
            .putInt(20)
            .put(pixels, 8, 8)
            .put(pixels, 16 + 31 * 64, 20 * 64);
    ByteBuffer cutLabels =
        ByteBuffer.allocate(8 + 20).put(labels, 0, 4).putInt(20).put(labels, 8 + 31, 20);
    ImageDataset alone =
        ImageDataset.load(
            Files.write(directory.resolve("cut"), cut.array()),
            Files.write(directory.resolve("cut-labels"), cutLabels.array()));
    assertArrayEquals(weights(ImageRange.all(alone), 1), some);
  }

  @Test
  void theFeaturesOfAnImageDependOnNoOtherAndNoThread() throws IOException {
    ImageDataset bars = bars(70);
    Classifier classifier;
    Features all;
    try (Workers workers = new Workers(3)) {
      classifier = new ClassifierTraining(ImageRange.all(bars), 1, 0, workers).run((_, _) -> {});
      all = new FeatureExtractor(classifier, workers).of(ImageRange.all(bars));
    }
    try (Workers workers = new Workers(1)) {
      var extractor = new FeatureExtractor(classifier, workers);
      Features some = extractor.of(new ImageRange(bars, 33, 20));
      assertArrayEquals(all.values().slice(33, 20).toArray(), some.values().toArray());
      Features copied = new Features(20);
      Tensor images = Tensor.zeros(15, 8, 8, 1);
      bars.images(new ImageRange(bars, 38, 15).indices(0, 15), images);
      extractor.extract(images, copied, 5);
      assertArrayEquals(
          all.values().slice(38, 15).toArray(), copied.values().slice(5, 15).toArray());
      assertEquals(all.predictedClass(38), copied.predictedClass(5));
    }
  }

  @Test
  void imagesOfAnotherSizeOrWithoutLabelsAreRefused() throws IOException {
    ImageDataset unlabelled =
        ImageDataset.load(BarsFixture.images(directory.resolve("images"), 10));
    try (Workers workers = new Workers(1)) {
      assertEquals(
          "classifier training: 1 epochs of images without labels, expected at least 1," + " with",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> new ClassifierTraining(ImageRange.all(unlabelled), 1, 0, workers))
              .getMessage());
      var extractor = new FeatureExtractor(new Classifier(Mnist.test().imageShape(), 10), workers);
      assertEquals(
          "classifier: images [10, 8, 8, 1], expected [10, 28, 28, 1]",
          assertThrows(
                  IllegalArgumentException.class, () -> extractor.of(ImageRange.all(unlabelled)))
              .getMessage());
    }
    assertEquals(
        "images: 6 from number 5 of 10",
        assertThrows(IllegalArgumentException.class, () -> new ImageRange(unlabelled, 5, 6))
            .getMessage());
  }
}
