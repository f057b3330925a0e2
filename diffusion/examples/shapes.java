import static java.awt.RenderingHints.KEY_ANTIALIASING;
import static java.awt.RenderingHints.VALUE_ANTIALIAS_ON;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.Polygon;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import javax.imageio.ImageIO;

/// Draws a folder of pictures to train on, a subfolder for each of three shapes: one of any bright
/// color, place and size in front of a pale gradient, in five formats and many sizes.
///
/// `java diffusion/examples/shapes.java DIRECTORY [PICTURES]` draws 2,100 if no number is given,
/// and the same pictures each time.
void main(String[] args) throws IOException {
  if (args.length == 0) {
    throw new IllegalArgumentException("expected a directory for the pictures");
  }
  String[] names = {"circle", "square", "triangle"};
  String[] formats = {"png", "jpg", "bmp", "gif", "tif"};
  int pictures = args.length > 1 ? Integer.parseInt(args[1]) : 2100;
  Random random = new Random(1);
  for (int i = 0; i < pictures; i++) {
    String name = names[i % names.length];
    String format = formats[i / names.length % formats.length];
    Path file = Path.of(args[0], name, "%04d.%s".formatted(i, format));
    Files.createDirectories(file.getParent());
    if (!ImageIO.write(picture(name, random), format, file.toFile())) {
      throw new IOException("this Java does not write " + format);
    }
  }
}

/// With sides of 64 to 160 pixels. The shape is within the square in the middle, so that nothing
/// of it is lost when the picture is cropped.
BufferedImage picture(String name, Random random) {
  int width = random.nextInt(64, 161);
  int height = random.nextInt(64, 161);
  int side = Math.min(width, height);
  double size = side * random.nextDouble(0.35, 0.65);
  double x = (width - side) / 2.0 + random.nextDouble(side - size);
  double y = (height - side) / 2.0 + random.nextDouble(side - size);
  BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
  Graphics2D graphics = image.createGraphics();
  graphics.setRenderingHint(KEY_ANTIALIASING, VALUE_ANTIALIAS_ON);
  graphics.setPaint(new GradientPaint(0, 0, pale(random), 0, height, pale(random)));
  graphics.fillRect(0, 0, width, height);
  graphics.setColor(Color.getHSBColor(random.nextFloat(), 0.9f, 0.95f));
  graphics.fill(shape(name, x, y, size));
  graphics.dispose();
  return image;
}

Shape shape(String name, double x, double y, double size) {
  return switch (name) {
    case "circle" -> new Ellipse2D.Double(x, y, size, size);
    case "square" -> new Rectangle2D.Double(x, y, size, size);
    case "triangle" ->
        new Polygon(
            new int[] {(int) x, (int) (x + size), (int) (x + size / 2)},
            new int[] {(int) (y + size), (int) (y + size), (int) y},
            3);
    default -> throw new IllegalArgumentException(name);
  };
}

Color pale(Random random) {
  return Color.getHSBColor(random.nextFloat(), 0.25f, random.nextFloat(0.4f, 0.9f));
}
