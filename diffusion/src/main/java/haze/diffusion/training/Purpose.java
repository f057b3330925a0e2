package haze.diffusion.training;

/// What training draws random numbers for: each use has a stream of its own, see [haze.tensor.Rng].
enum Purpose {
  /// The first values of the parameters.
  INITIALIZATION(0x494E4954),
  /// Which images make a batch.
  ORDER(0x4F524452),
  /// The timestep of each image of a batch.
  TIMESTEP(0x54494D45),
  /// The noise of each image of a batch.
  NOISE(0x4E4F4953),
  /// Whether an image's label is left out.
  LABEL(0x4C41424C),
  /// Whether an image is mirrored.
  FLIP(0x464C4950),
  /// The noise of each held-out image.
  VALIDATION(0x56414C49),
  /// Which elements of an image's feature maps are dropped, for the network's first layer that does
  /// so; the following layers have the following numbers.
  DROPOUT(0x44524F50);

  private final int number;

  Purpose(int number) {
    this.number = number;
  }

  /// The stream's number: the first four letters of the name in ASCII.
  int number() {
    return number;
  }
}
