package haze.diffusion.figure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.diffusion.figure.PointGrid.Panel;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.List;
import org.junit.jupiter.api.Test;

class PointGridTest {
  private static final int SIDE = 240;

  /// A panel without words, whose middle is the origin.
  private static BufferedImage draw(Panel panel) {
    BufferedImage picture = new PointGrid(List.of(panel), List.of(""), List.of("")).draw();
    int left = picture.getWidth() - Drawing.MARGIN - SIDE;
    int top = picture.getHeight() - Drawing.MARGIN - SIDE;
    return picture.getSubimage(left, top, SIDE, SIDE);
  }

  private static boolean isWhite(BufferedImage picture, int x, int y) {
    return new Color(picture.getRGB(x, y)).equals(Color.WHITE);
  }

  @Test
  void aPointIsDrawnWhereItsCoordinatesSay() {
    // x to the right, y upwards: (1, 1) of a range of 2 is at three quarters and one quarter.
    BufferedImage picture = draw(Panel.points(2, Tensor.of(Shape.of(2, 2), 1, 1, -1, -1), 0));
    assertTrue(!isWhite(picture, 180, 60) && !isWhite(picture, 60, 180));
    assertTrue(isWhite(picture, 60, 60) && isWhite(picture, 180, 180));
  }

  @Test
  void aPathRunsThroughItsPointsFromARingToADot() {
    Tensor none = Tensor.zeros(0, 2);
    List<Tensor> path =
        List.of(
            Tensor.of(Shape.of(1, 2), -1, 0),
            Tensor.of(Shape.of(1, 2), 0, 0),
            Tensor.of(Shape.of(1, 2), 1, 0));
    BufferedImage picture = draw(Panel.paths(2, none, path));
    assertTrue(isWhite(picture, 60, 120), "the middle of the ring");
    assertTrue(!isWhite(picture, 57, 120), "the ring");
    assertEquals(Drawing.COLOURS.getFirst(), new Color(picture.getRGB(180, 120)), "the dot");
    for (int x = 70; x < 170; x++) {
      assertTrue(!isWhite(picture, x, 119) || !isWhite(picture, x, 120), "a gap at " + x);
    }
  }

  @Test
  void captionsThatAreNotAsManyAsPanelsAreRefused() {
    Panel panel = Panel.points(1, Tensor.zeros(1, 2), 0);
    assertEquals(
        "point grid: 2 columns and 1 rows of 1 panels",
        assertThrows(
                IllegalArgumentException.class,
                () -> new PointGrid(List.of(panel), List.of("a", "b"), List.of("c")))
            .getMessage());
  }
}
