package haze.diffusion.data;

import haze.tensor.Shape;
import java.util.List;

/// Images of several files one after the other.
///
/// @param parts with images of one shape, at least one
record Concatenation(List<Pixels> parts) implements Pixels {
  @Override
  public int count() {
    return Math.toIntExact(parts.stream().mapToLong(Pixels::count).sum());
  }

  @Override
  public Shape image() {
    return parts.getFirst().image();
  }

  @Override
  public boolean isConverted() {
    return parts.stream().anyMatch(Pixels::isConverted);
  }

  @Override
  public void copy(int image, float[] to, int at) {
    int index = image;
    for (Pixels part : parts) {
      if (index < part.count()) {
        part.copy(index, to, at);
        return;
      }
      index -= part.count();
    }
    throw new IllegalArgumentException("no image " + image);
  }
}
