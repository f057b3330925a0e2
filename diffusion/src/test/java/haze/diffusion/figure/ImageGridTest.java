package haze.diffusion.figure;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageGridTest {
  private static final int GREY = 56;

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "1, 1", "2, 2", "3, 3", "4, 2", "5, 5", "7, 3", "8, 4", "10, 5", "12, 4", "16, 4", "20, 5",
    "32, 8", "50, 10", "64, 8", "100, 10"
  })
  void rowsAndColumnsAreAboutAsMany(int count, int columns) {
    assertEquals(columns, ImageGrid.columns(count));
  }

  @Test
  void greyImagesAreMagnifiedAndFramed() throws IOException {
    // Three images of 56 x 56, magnified twice, in two columns; image i has level 10 (i + 1) in its
    // upper left corner and 200 in its lower right one.
    Tensor images = Tensor.full(-1, 3, 56, 56, 1);
    for (int i = 0; i < 3; i++) {
      images.set(10 * (i + 1) / 127.5f - 1, i, 0, 0, 0);
      images.set(200 / 127.5f - 1, i, 55, 55, 0);
    }
    Raster picture = decode(Png.of(ImageGrid.of(images, 2).draw()));
    assertEquals(1, picture.getNumBands());
    assertEquals(2 + 2 * 114, picture.getWidth());
    assertEquals(2 + 2 * 114, picture.getHeight());
    int[][] corners = {{2, 2}, {116, 2}, {2, 116}};
    for (int i = 0; i < 3; i++) {
      int x = corners[i][0];
      int y = corners[i][1];
      int level = 10 * (i + 1);
      assertArrayEquals(
          new int[] {
            GREY, GREY, GREY, GREY, GREY, level, level, 0, GREY, level, level, 0, GREY, 0, 0, 0
          },
          picture.getPixels(x - 1, y - 1, 4, 4, (int[]) null));
      assertArrayEquals(
          new int[] {0, 0, 0, GREY, 0, 200, 200, GREY, 0, 200, 200, GREY, GREY, GREY, GREY, GREY},
          picture.getPixels(x + 109, y + 109, 4, 4, (int[]) null));
    }
    assertEquals(GREY, picture.getSample(170, 170, 0));
  }

  @Test
  void coloursStayInOrder() throws IOException {
    Tensor images = Tensor.of(Shape.of(1, 1, 1, 3), 1, 0, -1);
    Raster picture = decode(Png.of(ImageGrid.of(images).draw()));
    assertEquals(112 + 4, picture.getWidth());
    assertArrayEquals(new int[] {255, 128, 0}, picture.getPixel(50, 50, (int[]) null));
    assertArrayEquals(new int[] {GREY, GREY, GREY}, picture.getPixel(0, 0, (int[]) null));
  }

  @ParameterizedTest
  @CsvSource({
    "28, 64, 8, 4",
    "28, 400, 20, 1",
    "32, 64, 8, 3",
    "64, 16, 4, 1",
    "300, 1, 1, 1",
    "8, 4, 2, 14"
  })
  void theMagnificationFitsTheSizeAndTheNumber(int side, int count, int columns, int scale)
      throws IOException {
    Raster picture = decode(Png.of(ImageGrid.of(Tensor.zeros(count, side, side, 1)).draw()));
    assertEquals(2 + columns * (side * scale + 2), picture.getWidth());
  }

  @Test
  void theNumberOfColumnsMayBeGiven() throws IOException {
    Raster picture = decode(Png.of(ImageGrid.of(Tensor.zeros(6, 112, 112, 1), 6).draw()));
    assertEquals(2 + 6 * 114, picture.getWidth());
    assertEquals(2 + 114, picture.getHeight());
  }

  @Test
  void thePictureIsWrittenAsItIs() throws IOException {
    Path file = directory.resolve("grid.png");
    Tensor images = Tensor.zeros(2, 28, 28, 1);
    ImageGrid.write(images, file);
    assertArrayEquals(Png.of(ImageGrid.of(images).draw()), Files.readAllBytes(file));
  }

  @Test
  void whatAreNoImagesIsNamed() {
    for (Tensor wrong :
        new Tensor[] {
          Tensor.zeros(28, 28, 1), Tensor.zeros(2, 28, 28, 2), Tensor.zeros(0, 28, 28, 1)
        }) {
      var e = assertThrows(IllegalArgumentException.class, () -> ImageGrid.of(wrong));
      assertEquals(
          "image grid: expected images [n, h, w, c] with 1 or 3 channels, given " + wrong.shape(),
          e.getMessage());
    }
    var e =
        assertThrows(
            IllegalArgumentException.class, () -> ImageGrid.of(Tensor.zeros(1, 1, 1, 1), 0));
    assertEquals("image grid: expected at least 1 column, given 0", e.getMessage());
  }

  private static Raster decode(byte[] png) throws IOException {
    return ImageIO.read(new ByteArrayInputStream(png)).getRaster();
  }

  @Test
  void blocksStandSideBySideWithAGap() throws IOException {
    Tensor one = Tensor.full(-1, 1, 112, 112, 1);
    Tensor three = Tensor.full(1, 3, 112, 112, 1);
    Path file = directory.resolve("a.png");
    new ImageGrid(List.of(new ImageGrid.Block(one, 1), new ImageGrid.Block(three, 2))).write(file);
    Raster raster = ImageIO.read(file.toFile()).getRaster();
    assertEquals(2 + 3 * 114 + 10, raster.getWidth());
    assertEquals(2 + 2 * 114, raster.getHeight());
    int[] columns = {2, 113, 114, 125, 126, 237, 240, 351, 352};
    int[] upper = {0, 0, GREY, GREY, 255, 255, 255, 255, GREY};
    int[] lower = {GREY, GREY, GREY, GREY, 255, 255, GREY, GREY, GREY};
    for (int i = 0; i < columns.length; i++) {
      assertEquals(upper[i], raster.getSample(columns[i], 2, 0), "upper " + columns[i]);
      assertEquals(lower[i], raster.getSample(columns[i], 116, 0), "lower " + columns[i]);
    }
  }

  @Test
  void blocksOfOtherImagesAreRefused() {
    ImageGrid.Block grey = new ImageGrid.Block(Tensor.zeros(2, 3, 3, 1), 1);
    ImageGrid.Block colour = new ImageGrid.Block(Tensor.zeros(2, 3, 3, 3), 1);
    assertThrows(IllegalArgumentException.class, () -> new ImageGrid(List.of(grey, colour)));
    assertThrows(IllegalArgumentException.class, () -> new ImageGrid(List.of()));
  }
}
