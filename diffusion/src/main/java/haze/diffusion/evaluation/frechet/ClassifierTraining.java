package haze.diffusion.evaluation.frechet;

import haze.autograd.CrossEntropy;
import haze.autograd.Scale;
import haze.autograd.Sum;
import haze.autograd.Tape;
import haze.autograd.Variable;
import haze.diffusion.data.BatchOrder;
import haze.diffusion.data.ImageRange;
import haze.nn.ParameterVector;
import haze.nn.ShardedStep;
import haze.nn.optim.Adam;
import haze.nn.optim.LearningRateSchedule;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import haze.tensor.Workers;

/// Trains a [Classifier] on labelled images by the cross-entropy of its softmax.
///
/// The sharded step is that of the diffusion models' training, [ShardedStep]: the weights are the
/// same bits for any number of threads.
public final class ClassifierTraining {
  /// With so many, 99 % of MNIST's test images are classified right.
  public static final int EPOCHS = 3;

  /// Images of a step.
  public static final int BATCH = 64;

  /// Purposes of random numbers, see [haze.tensor.Rng]: the letters "CLIN" and "CLOR".
  private static final int INITIALIZATION = 0x434C494E;

  private static final int ORDER = 0x434C4F52;

  private static final int SHARD = 16;
  private static final int SHARDS = BATCH / SHARD;
  private static final double LEARNING_RATE = 2e-3;

  private final ImageRange images;
  private final Classifier classifier;
  private final BatchOrder order;
  private final int steps;
  private final LearningRateSchedule learningRate;
  private final ShardedStep sharded;

  /// Watches the training.
  @FunctionalInterface
  public interface Listener {
    /// Called after every step.
    ///
    /// @param step which step, from 1
    /// @param loss the mean loss of its batch in nats, before the update
    void stepped(int step, double loss);
  }

  /// A training that has not begun.
  ///
  /// @param images the images to learn from, with labels
  /// @param epochs passes over the images, at least 1
  /// @param seed of the first weights and of the order of the images
  /// @param workers the threads, which the caller closes
  /// @throws IllegalArgumentException if the images have no labels, or there is no epoch
  public ClassifierTraining(ImageRange images, int epochs, long seed, Workers workers) {
    if (!images.data().hasLabels() || epochs < 1) {
      throw new IllegalArgumentException(
          "classifier training: "
              + epochs
              + " epochs of images "
              + (images.data().hasLabels() ? "with" : "without")
              + " labels, expected at least 1, with");
    }
    this.images = images;
    classifier = new Classifier(images.data().imageShape(), images.data().classes());
    ParameterVector parameters = new ParameterVector(classifier);
    parameters.initialize(seed, INITIALIZATION, false);
    order = new BatchOrder(seed, ORDER, images.count(), BATCH);
    steps = steps(images, epochs);
    learningRate = new LearningRateSchedule.CosineDecay(LEARNING_RATE, 0, steps);
    sharded = new ShardedStep(parameters, new Adam(parameters.size()), SHARDS, workers);
  }

  /// {@return how many steps there are}
  public int steps() {
    return steps;
  }

  /// {@return how many steps a training takes}
  static int steps(ImageRange images, int epochs) {
    return Math.toIntExact(Math.ceilDiv((long) images.count() * epochs, BATCH));
  }

  /// Trains, once.
  ///
  /// @param listener notified after every step
  /// @return the classifier
  public Classifier run(Listener listener) {
    // A single image.
    sharded.warmUp((tape, shard) -> loss(tape, new int[1], new float[1], shard, 1), () -> false);
    for (int step = 1; step <= steps; step++) {
      int[] batch = order.indices(step - 1);
      float[] losses = new float[BATCH];
      sharded.differentiate((tape, shard) -> loss(tape, batch, losses, shard, SHARD));
      sharded.update(step, learningRate.rate(step), 1);
      double sum = 0;
      for (float loss : losses) {
        sum += loss;
      }
      listener.stepped(step, sum / BATCH);
    }
    return classifier;
  }

  /// The loss of the `size` images of a shard; that of each goes to `losses`.
  private Variable loss(Tape tape, int[] batch, float[] losses, int shard, int size) {
    int first = shard * SHARD;
    int[] indices = new int[size];
    int[] labels = new int[size];
    for (int i = 0; i < size; i++) {
      indices[i] = images.from() + batch[first + i];
      labels[i] = images.data().label(indices[i]);
    }
    Shape image = classifier.image();
    Tensor x = images.data().images(indices, tape.allocate(image.batch(size)));
    Variable scores = classifier.scores(tape, classifier.features(tape, tape.constant(x)));
    Variable loss = CrossEntropy.apply(tape, scores, labels);
    System.arraycopy(loss.value().toArray(), 0, losses, first, size);
    return Scale.apply(tape, Sum.apply(tape, loss), 1f / BATCH);
  }
}
