package haze.diffusion.figure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.List;
import org.junit.jupiter.api.Test;

class StateDiagramTest {
  private static BufferedImage draw(double[]... transition) {
    return new StateDiagram("", List.of("a", "b"), transition).draw();
  }

  private static int pixels(BufferedImage picture, Color colour) {
    int count = 0;
    for (int x = 0; x < picture.getWidth(); x++) {
      for (int y = 0; y < picture.getHeight(); y++) {
        count += new Color(picture.getRGB(x, y)).equals(colour) ? 1 : 0;
      }
    }
    return count;
  }

  @Test
  void aStepThatIsPossibleHasAnArrowThickerTheMoreProbableItIs() {
    Color first = Drawing.COLOURS.getFirst();
    int without = pixels(draw(new double[] {0, 0}, new double[] {0, 1}), first);
    int thin = pixels(draw(new double[] {0, 0.1}, new double[] {0, 1}), first);
    int thick = pixels(draw(new double[] {0, 1}, new double[] {0, 1}), first);
    // A circle of radius 48 but for its name.
    assertEquals(Math.PI * 48 * 48, without, 400);
    assertTrue(thin > without + 50, thin + " and " + without);
    assertTrue(thick > thin + 300, thick + " and " + thin);
  }

  @Test
  void aStateThatMayStayHasALoop() {
    Color second = Drawing.COLOURS.get(1);
    int without = pixels(draw(new double[] {1, 0}, new double[] {0, 0}), second);
    int with = pixels(draw(new double[] {1, 0}, new double[] {0, 0.5}), second);
    assertTrue(with > without + 150, with + " and " + without);
  }

  @Test
  void anotherNumberOfRowsOrColumnsIsRefused() {
    String problem = "state diagram: 1 rows of probabilities for states [a, b]";
    assertEquals(
        problem,
        assertThrows(IllegalArgumentException.class, () -> draw(new double[] {1, 0})).getMessage());
    assertThrows(IllegalArgumentException.class, () -> draw(new double[] {1, 0}, new double[] {1}));
  }
}
