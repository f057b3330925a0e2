package haze.diffusion.figure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.tensor.Tensor;
import java.awt.Color;
import java.awt.image.BufferedImage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TitledGridTest {
  @ParameterizedTest
  @CsvSource({"6, 1, class 7", "6, 3, class 7", "2, 1, a name that is wider than the two images"})
  void theTitleIsAboveTheMiddleOfTheGridThatIsAsWithoutIt(int count, int channels, String title) {
    Tensor images = Tensor.zeros(count, 8, 8, channels);
    for (int i = 0; i < images.size(); i++) {
      images.data()[i] = (float) Math.sin(i);
    }
    ImageGrid grid = ImageGrid.of(images);
    BufferedImage plain = grid.draw();
    BufferedImage titled = new TitledGrid(grid, title).draw();
    int left = (titled.getWidth() - plain.getWidth()) / 2;
    int top = Drawing.MARGIN + Drawing.LINE_HEIGHT;
    for (int y = 0; y < plain.getHeight(); y++) {
      for (int x = 0; x < plain.getWidth(); x++) {
        for (int band = 0; band < 3; band++) {
          assertEquals(
              plain.getRaster().getSample(x, y, Math.min(band, channels - 1)),
              titled.getRaster().getSample(left + x, top + y, band));
        }
      }
    }
    int first = titled.getWidth();
    int last = 0;
    for (int x = 0; x < titled.getWidth(); x++) {
      for (int y = 0; y < top; y++) {
        if (titled.getRGB(x, y) != Color.WHITE.getRGB()) {
          first = Math.min(first, x);
          last = x;
        }
      }
    }
    assertTrue(first < last && first >= Drawing.MARGIN - 2, first + " to " + last);
    assertEquals(titled.getWidth() / 2.0, (first + last) / 2.0, 3);
  }
}
