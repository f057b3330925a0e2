package haze.diffusion.figure;

import java.awt.Graphics2D;
import java.awt.image.BufferedImage;

/// A grid of images with one caption for all, above its middle.
///
/// @param grid the images
/// @param title of one or more lines
public record TitledGrid(ImageGrid grid, String title) implements Figure {
  @Override
  public BufferedImage draw() {
    BufferedImage images = grid.draw();
    int width = Math.max(images.getWidth(), Drawing.width(title)) + 2 * Drawing.MARGIN;
    int top = Drawing.MARGIN + Drawing.lines(title) * Drawing.LINE_HEIGHT;
    BufferedImage canvas = Drawing.canvas(width, top + images.getHeight() + Drawing.MARGIN);
    Graphics2D graphics = Drawing.pen(canvas);
    Drawing.centered(graphics, title, width / 2, Drawing.MARGIN);
    graphics.dispose();
    CaptionedGrid.copy(
        images.getRaster(), canvas.getRaster(), (width - images.getWidth()) / 2, top);
    return canvas;
  }
}
