package haze.diffusion.spark;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.Mnist;
import haze.diffusion.pipeline.RequestException;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SparkImagesTest {
  private static final StructType SCHEMA =
      new StructType(
          new StructField[] {
            DataTypes.createStructField(
                "image",
                new StructType()
                    .add("bytes", DataTypes.BinaryType)
                    .add("path", DataTypes.StringType),
                true),
            DataTypes.createStructField("label", DataTypes.LongType, true)
          });

  private SparkSession spark;

  @TempDir Path directory;

  @BeforeAll
  void start() {
    spark =
        SparkSession.builder()
            .master("local[2]")
            .appName("images")
            .config("spark.driver.host", "localhost")
            .config("spark.ui.enabled", "false")
            .getOrCreate();
  }

  @AfterAll
  void stop() {
    spark.stop();
  }

  private static byte[] png(Tensor image) throws IOException {
    BufferedImage grey = new BufferedImage(28, 28, BufferedImage.TYPE_BYTE_GRAY);
    for (int y = 0; y < 28; y++) {
      for (int x = 0; x < 28; x++) {
        int level = Math.round((image.get(0, y, x, 0) + 1) * 127.5f);
        grey.getRaster().setSample(x, y, 0, level);
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(grey, "png", out);
    return out.toByteArray();
  }

  private static Row row(int index) throws IOException {
    return RowFactory.create(
        RowFactory.create(png(Mnist.test().image(index)), index + ".png"),
        (long) Mnist.test().label(index));
  }

  /// Rows of MNIST's test images.
  private Dataset<Row> rows(int from, int to) throws IOException {
    List<Row> rows = new ArrayList<>();
    for (int i = from; i < to; i++) {
      rows.add(row(i));
    }
    return spark.createDataFrame(rows, SCHEMA);
  }

  /// One file of the rows, named by a number.
  private void write(Dataset<Row> rows, int number) throws IOException {
    Path parts = directory.resolve("parts" + number);
    rows.coalesce(1).write().mode(SaveMode.Overwrite).parquet(parts.toString());
    Files.createDirectories(directory.resolve("data"));
    try (var files = Files.list(parts)) {
      for (Path file : files.toList()) {
        if (file.toString().endsWith(".parquet")) {
          Files.move(file, directory.resolve("data/" + number + ".parquet"));
        }
      }
    }
  }

  private static void assertAreMnists(ImageDataset images, int count) throws IOException {
    assertEquals(count, images.count());
    assertEquals(Shape.of(28, 28, 1), images.imageShape());
    for (int i = 0; i < count; i++) {
      assertArrayEquals(Mnist.test().image(i).toArray(), images.image(i).toArray(), "image " + i);
      assertEquals(Mnist.test().label(i), images.label(i));
    }
  }

  /// Spark reads the largest file first.
  @Test
  void imagesComeInTheOrderOfFilesAndRows() throws Exception {
    write(rows(0, 3), 1);
    write(rows(3, 60), 2);
    write(rows(60, 70), 3);
    String path = directory.resolve("data").toString();
    // @start region="images"
    ImageDataset images = SparkImages.parquet(spark, path);
    // @end
    assertAreMnists(images, 70);
    Row first = spark.read().parquet(path).first();
    assertFalse(first.getStruct(0).getString(1).equals("0.png"), "another order without that");
  }

  @Test
  void rowsOfAnyOriginKeepTheirOrder() throws Exception {
    assertAreMnists(SparkImages.of(rows(0, 20).repartition(1), "image", Optional.of("label")), 20);
    ImageDataset plain =
        SparkImages.of(rows(0, 4).selectExpr("image.bytes as x"), "x", Optional.empty());
    assertFalse(plain.hasLabels());
    assertEquals(4, plain.count());
  }

  @Test
  void whatIsNoImageIsRefused() throws Exception {
    Dataset<Row> broken =
        rows(0, 1)
            .selectExpr("image.bytes as x")
            .union(spark.sql("select encode('no image', 'utf-8') as x"));
    assertEquals(
        "image 1: is no image file, expected PNG, JPEG, GIF, BMP or TIFF",
        assertThrows(RequestException.class, () -> SparkImages.of(broken, "x", Optional.empty()))
            .getMessage());
    Dataset<Row> without = spark.sql("select cast(null as binary) as x");
    assertEquals(
        "image 0: has no bytes",
        assertThrows(RequestException.class, () -> SparkImages.of(without, "x", Optional.empty()))
            .getMessage());
  }

  @Test
  void columnsOfAnotherKindAreRefused() throws Exception {
    assertEquals(
        "the column label is of type double, expected whole numbers",
        assertThrows(
                RequestException.class,
                () ->
                    SparkImages.of(
                        rows(0, 1).selectExpr("image", "label / 2 as label"),
                        "image",
                        Optional.of("label")))
            .getMessage());
    assertEquals(
        "the column label is of type bigint, expected bytes of image files",
        assertThrows(
                RequestException.class, () -> SparkImages.of(rows(0, 1), "label", Optional.empty()))
            .getMessage());
    assertEquals(
        "image 0: has label 5000000000, expected 0 to 65535",
        assertThrows(
                RequestException.class,
                () ->
                    SparkImages.of(
                        rows(0, 1).selectExpr("image", "5000000000 as label"),
                        "image",
                        Optional.of("label")))
            .getMessage());
  }

  @Test
  void filesWithoutImagesAreRefused() {
    spark.range(3).write().mode(SaveMode.Overwrite).parquet(directory + "/numbers");
    assertEquals(
        directory + "/numbers has the columns id, expected one of image, img, images, jpg, png",
        assertThrows(
                RequestException.class, () -> SparkImages.parquet(spark, directory + "/numbers"))
            .getMessage());
  }
}
