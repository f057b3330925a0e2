package haze.diffusion.data;

import haze.tensor.Rng;

/// Which images make the batch of a step, as a function: a resumed run needs to remember nothing
/// but the step it was at.
///
/// The batches are laid end to end over the epochs, and every epoch is its own permutation of the
/// data set: each image comes exactly once an epoch, and a batch may run across the border of two.
/// A permutation is not shuffled and stored but computed index by index, by a Feistel network on
/// pairs of digits (Black and Rogaway 2002, "Ciphers with arbitrary finite domains", the
/// generalised Feistel and cycle-walking ciphers).
///
/// @param seed the run's seed
/// @param purpose what [Rng] is to call the random numbers, so that no other use shares them
/// @param count how many images there are, positive
/// @param batch how many make a batch, positive; may exceed `count`
public record BatchOrder(long seed, int purpose, int count, int batch) {
  /// Four rounds make a Feistel network of random functions a random permutation for large domains
  /// (Luby and Rackoff 1988); twice as many, since data sets may be small.
  private static final int ROUNDS = 8;

  /// Checks the sizes.
  ///
  /// @throws IllegalArgumentException if there is no image or no place in a batch
  public BatchOrder {
    if (count < 1 || batch < 1) {
      throw new IllegalArgumentException(
          "batch order: expected positive sizes: batch " + batch + " of " + count + " images");
    }
  }

  /// The batch of a step.
  ///
  /// @param step the training step, from 0
  /// @return `batch` indices of images, each in [0, count)
  /// @throws IllegalArgumentException if the step is negative
  public int[] indices(int step) {
    if (step < 0) {
      throw new IllegalArgumentException("batch order: negative step " + step);
    }
    int[] indices = new int[batch];
    for (int i = 0; i < batch; i++) {
      long place = (long) step * batch + i;
      indices[i] = permuted(Math.toIntExact(place / count), (int) (place % count));
    }
    return indices;
  }

  /// One index of an epoch's permutation: walks the cycle of a permutation of `side * side >=
  /// count` numbers until it comes back below `count`.
  private int permuted(int epoch, int index) {
    int side = (int) Math.ceil(Math.sqrt(count));
    long walker = index;
    do {
      walker = feistel(epoch, walker, side);
    } while (walker >= count);
    return (int) walker;
  }

  /// `(left, right) -> (right, left + F_round(right) mod side)`, each a digit to the base `side`.
  private long feistel(int epoch, long x, int side) {
    int left = (int) (x / side);
    int right = (int) (x % side);
    for (int round = 0; round < ROUNDS; round++) {
      int mixed = (left + new Rng(seed, purpose, epoch, round).below(right, side)) % side;
      left = right;
      right = mixed;
    }
    return (long) left * side + right;
  }
}
