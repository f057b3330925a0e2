package haze.diffusion.figure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import haze.tensor.Tensor;
import java.awt.Color;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CaptionedGridTest {
  private static Tensor images(int channels) {
    Tensor images = Tensor.zeros(6, 28, 28, channels);
    for (int i = 0; i < images.size(); i++) {
      images.data()[i] = (float) Math.sin(i);
    }
    return images;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void theImagesAreThoseOfAGridWithoutWords(int channels) throws IOException {
    CaptionedGrid captioned =
        new CaptionedGrid(images(channels), List.of("a", "b\nc", "d"), List.of("one", "two"));
    BufferedImage picture = captioned.draw();
    int left = captioned.layout().left();
    BufferedImage plain =
        ImageIO.read(new ByteArrayInputStream(Png.of(ImageGrid.of(images(channels), 3).draw())));
    int top = picture.getHeight() - plain.getHeight() - Drawing.MARGIN;
    for (int y = 0; y < plain.getHeight(); y++) {
      for (int x = 0; x < plain.getWidth(); x++) {
        // The grey file's level itself, not what its colour model makes of it.
        for (int band = 0; band < 3; band++) {
          assertEquals(
              plain.getRaster().getSample(x, y, Math.min(band, channels - 1)),
              picture.getRaster().getSample(left + x, top + y, band));
        }
      }
    }
  }

  /// How many pixels of an area are not white.
  private static int written(BufferedImage picture, Rectangle area) {
    int count = 0;
    for (int y = area.y; y < area.y + area.height; y++) {
      for (int x = area.x; x < area.x + area.width; x++) {
        count += new Color(picture.getRGB(x, y)).equals(Color.WHITE) ? 0 : 1;
      }
    }
    return count;
  }

  @Test
  void wordsStandAboveTheirColumnAndBesideTheirRowAndNowhereElse() {
    CaptionedGrid captioned =
        new CaptionedGrid(images(1), List.of("", "middle", ""), List.of("", "row"));
    BufferedImage picture = captioned.draw();
    int left = captioned.layout().left();
    int top = Drawing.MARGIN + Drawing.LINE_HEIGHT;
    int column = captioned.layout().columnWidth();
    int rows = picture.getHeight() - Drawing.MARGIN - top;
    assertTrue(written(picture, new Rectangle(left + column, 0, column, top)) > 50);
    assertEquals(0, written(picture, new Rectangle(0, 0, left + column, top)));
    assertEquals(0, written(picture, new Rectangle(left + 2 * column, 0, column, top)));
    assertTrue(written(picture, new Rectangle(0, top + rows / 2, left, rows / 2)) > 30);
    assertEquals(0, written(picture, new Rectangle(0, top, left, rows / 2)));
    assertEquals(
        0, written(picture, new Rectangle(0, top + rows, picture.getWidth(), Drawing.MARGIN)));
  }

  @ParameterizedTest
  @CsvSource({"8, 1", "28, 1", "32, 3", "64, 3", "200, 1"})
  void captionsOfNeighboursDoNotTouchHoweverLargeTheImagesAre(int side, int channels) {
    String wide = "signal 0.98";
    CaptionedGrid captioned =
        new CaptionedGrid(
            Tensor.zeros(12, side, side, channels), Collections.nCopies(12, wide), List.of(""));
    CaptionedGrid.Layout at = captioned.layout();
    assertTrue(at.columnWidth() >= Drawing.width(wide) + 10, at.toString());
    assertTrue(at.columnWidth() >= side * at.scale(), at.toString());
    BufferedImage picture = captioned.draw();
    for (int column = 0; column <= 12; column++) {
      int between = at.left() + column * at.columnWidth();
      assertEquals(0, written(picture, new Rectangle(between - 3, 0, 6, at.top() - 1)));
    }
  }

  @Test
  void theArrowRunsOverAllColumnsAndIsNamedInTheMiddle() {
    CaptionedGrid captioned =
        new CaptionedGrid(images(1), List.of("", "", ""), List.of("", "")).withArrow("q");
    CaptionedGrid.Layout at = captioned.layout();
    BufferedImage picture = captioned.draw();
    int from = at.left();
    int to = at.left() + 3 * at.columnWidth();
    assertTrue(written(picture, new Rectangle(from, 0, 10, at.top())) >= 10);
    int head = written(picture, new Rectangle(to - 10, 0, 10, at.top()));
    assertTrue(head > written(picture, new Rectangle(to - 40, 0, 10, at.top())) + 20, "no head");
    assertTrue(written(picture, new Rectangle(at.middle(1) - 6, 0, 12, at.top())) > 20, "no name");
  }

  @Test
  void histogramsThatAreNotAsManyAsColumnsAreRefused() {
    Histograms two =
        new Histograms("", List.of(new double[] {0}, new double[] {0}), x -> Math.exp(-x * x));
    CaptionedGrid three =
        new CaptionedGrid(images(1), List.of("a", "b", "c"), List.of("one", "two"));
    assertEquals(
        "captioned grid: 2 histograms below 3 columns",
        assertThrows(IllegalArgumentException.class, () -> three.withHistograms(two)).getMessage());
  }

  @Test
  void captionsThatAreNotAsManyAsRowsAndColumnsAreRefused() {
    assertEquals(
        "captioned grid: 2 columns and 2 rows of images [6, 28, 28, 1]",
        assertThrows(
                IllegalArgumentException.class,
                () -> new CaptionedGrid(images(1), List.of("a", "b"), List.of("c", "d")))
            .getMessage());
  }
}
