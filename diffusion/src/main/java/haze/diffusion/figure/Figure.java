package haze.diffusion.figure;

import haze.diffusion.io.AtomicFile;
import haze.nn.file.Disk;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;

/// A drawing: of images, of numbers or of a chain, with the words that say what is seen.
@FunctionalInterface
public interface Figure {
  /// Draws on white ground.
  BufferedImage draw();

  /// Writes the drawing as a PNG file, which is replaced as a whole.
  ///
  /// @throws IOException if the file cannot be written
  default void write(Path file) throws IOException {
    write(Disk.system(), file);
  }

  /// Writes the drawing as [#write(Path)] does.
  ///
  /// @param disk where the file is
  default void write(Disk disk, Path file) throws IOException {
    byte[] png = Png.of(draw());
    AtomicFile.write(disk, file, out -> out.write(png));
  }

  /// This figure with another to the right of it.
  default Figure beside(Figure other) {
    return () -> Drawing.beside(draw(), other.draw());
  }

  /// Words with letters that not every font has, such as `ᾱₜ`.
  ///
  /// @param plain what is written instead if the font of all figures lacks one
  static String words(String symbols, String plain) {
    return Drawing.font(Drawing.LETTERS).canDisplayUpTo(symbols) < 0 ? symbols : plain;
  }
}
