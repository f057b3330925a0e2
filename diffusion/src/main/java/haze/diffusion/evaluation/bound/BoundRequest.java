package haze.diffusion.evaluation.bound;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.Spread;
import haze.diffusion.pipeline.RequestException;
import haze.diffusion.pipeline.ShardedUNet;
import java.util.OptionalInt;

/// Which images a bound is to be measured on, and how closely, see [BoundEvaluation].
///
/// ```
/// BoundRequest.of(Mnist.test()).images(500).timesteps(100).seed(7)
/// ```
///
/// @param data the images, in 256 grey levels; their labels count if the network knows labels
/// @param title what the result calls them
/// @param images how many of them: the data is cut into as many parts, and each gives one;
///   [#IMAGES], or all if there are fewer, if it is empty
/// @param timesteps at how many timesteps each image is measured, see [SystematicTimesteps]; all if
///   it is empty
/// @param seed another seed gives other noise, and other timesteps if not all are measured
/// @param batch how many images the network is evaluated for at a time, which bounds the memory and
///   does not change the result; 32 a thread if it is empty
public record BoundRequest(
    ImageDataset data,
    String title,
    OptionalInt images,
    OptionalInt timesteps,
    long seed,
    OptionalInt batch) {
  /// How many images are measured if a request does not say.
  public static final int IMAGES = 1000;

  /// Checks what can be checked without a model.
  ///
  /// @throws RequestException if a number is not positive, or there are fewer images
  public BoundRequest {
    RequestException.requireAtLeast("images", images.orElse(1), 1);
    RequestException.requireAtLeast("timesteps", timesteps.orElse(1), 1);
    RequestException.requireAtLeast("batch", batch.orElse(1), 1);
    if (images.orElse(1) > data.count()) {
      throw new RequestException(
          "images", "is " + images.getAsInt() + ", but " + title + " has " + data.count());
    }
  }

  /// {@return a request for images, everything else by default, seed 0}
  public static BoundRequest of(ImageDataset data) {
    return new BoundRequest(
        data, "the data", OptionalInt.empty(), OptionalInt.empty(), 0, OptionalInt.empty());
  }

  /// {@return the same with another name of the data}
  public BoundRequest title(String other) {
    return new BoundRequest(data, other, images, timesteps, seed, batch);
  }

  /// {@return the same with another number of images}
  public BoundRequest images(int other) {
    return new BoundRequest(data, title, OptionalInt.of(other), timesteps, seed, batch);
  }

  /// {@return the same with another number of timesteps for each image}
  public BoundRequest timesteps(int other) {
    return new BoundRequest(data, title, images, OptionalInt.of(other), seed, batch);
  }

  /// {@return the same with another seed}
  public BoundRequest seed(long other) {
    return new BoundRequest(data, title, images, timesteps, other, batch);
  }

  /// {@return the same with another number of images at a time}
  public BoundRequest batch(int other) {
    return new BoundRequest(data, title, images, timesteps, seed, OptionalInt.of(other));
  }

  /// The numbers of the images, spread over all of them: the first ones may be of one kind, or
  /// easier, as those of MNIST's test set are.
  int[] numbers() {
    return Spread.sample(data.count(), images.orElse(Math.min(IMAGES, data.count())));
  }

  /// How many batches there are.
  int batches(int threads) {
    return Math.ceilDiv(numbers().length, batchSize(threads));
  }

  int batchSize(int threads) {
    return Math.min(
        numbers().length, batch.orElse(threads * ShardedUNet.imagesPerThread(data.imageShape())));
  }
}
