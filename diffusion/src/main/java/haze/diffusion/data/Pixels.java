package haze.diffusion.data;

import haze.tensor.Shape;

/// Where the pixels of a data set are. Any number of threads may read them at a time.
interface Pixels {
  /// {@return how many images there are}
  int count();

  /// {@return the shape of an image, `[h, w, c]`}
  Shape image();

  /// Copies an image, row-major, scaled to [-1, 1].
  void copy(int image, float[] to, int at);
}
