package haze.diffusion.spark;

import haze.diffusion.data.ImageDataset;
import haze.diffusion.data.image.Background;
import haze.diffusion.data.image.ImageDecoder;
import haze.diffusion.data.image.ImageException;
import haze.diffusion.data.image.Levels;
import haze.diffusion.pipeline.RequestException;
import haze.tensor.Shape;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/// Images to learn from that Spark reads: rows with the bytes of an image file each, as the Hugging
/// Face hub stores them. The executors decode them, the driver collects the pixels, and a run's
/// tasks get them from Spark once.
///
/// {@snippet file="haze/diffusion/spark/SparkImagesTest.java" region="images"}
public final class SparkImages {
  private static final List<String> IMAGES = List.of("image", "img", "images", "jpg", "png");
  private static final List<String> LABELS =
      List.of("label", "labels", "fine_label", "class", "target", "cls");
  private static final String BYTES = "bytes";

  private static final List<DataType> WHOLE =
      List.of(DataTypes.ByteType, DataTypes.ShortType, DataTypes.IntegerType, DataTypes.LongType);

  /// An image that was decoded.
  ///
  /// @param problem why it was not; empty if it was
  @SuppressWarnings("ArrayRecordComponent") // Handed on once; nobody compares two.
  private record Decoded(byte[] levels, List<Integer> shape, int label, String problem)
      implements Serializable {}

  private SparkImages() {}

  /// Reads Parquet files with columns such as `image` and `label`.
  ///
  /// Spark would give the rows by the size of the files and the way it cuts them, which depends on
  /// the cluster. Here they come by the files' names and their places in them, so that an image has
  /// the same number anywhere.
  ///
  /// @param path a file or directory, as Spark takes it, such as `hdfs:///data/train`
  /// @throws RequestException if there is no such column, or an image cannot be read
  public static ImageDataset parquet(SparkSession spark, String path) {
    Dataset<Row> rows = spark.read().parquet(path);
    String image =
        named(rows, IMAGES)
            .orElseThrow(
                () ->
                    new RequestException(
                        path
                            + " has the columns "
                            + String.join(", ", rows.columns())
                            + ", expected one of "
                            + String.join(", ", IMAGES)));
    return of(
        rows.orderBy("_metadata.file_path", "_metadata.row_index"), image, named(rows, LABELS));
  }

  private static Optional<String> named(Dataset<Row> rows, List<String> names) {
    List<String> columns = Arrays.asList(rows.columns());
    return names.stream().filter(columns::contains).findFirst();
  }

  /// Takes images from rows, in their order; it is for whoever makes them to give them one.
  ///
  /// @param rows of any origin
  /// @param image the column of images: bytes of a file in one of the formats of [ImageDecoder], or
  ///   a struct with such, named `bytes`
  /// @param label the column of classes, whole numbers from 0, if there is one
  /// @throws RequestException if a column is of another kind, or an image cannot be read
  public static ImageDataset of(Dataset<Row> rows, String image, Optional<String> label) {
    String bytes = image;
    DataType type = rows.schema().apply(image).dataType();
    if (type instanceof StructType struct && Arrays.asList(struct.fieldNames()).contains(BYTES)) {
      bytes = image + "." + BYTES;
      type = struct.apply(BYTES).dataType();
    }
    requireType(image, type.equals(DataTypes.BinaryType), type, "bytes of image files");
    if (label.isPresent()) {
      DataType labels = rows.schema().apply(label.get()).dataType();
      requireType(label.get(), WHOLE.contains(labels), labels, "whole numbers");
    }
    Dataset<Row> plain =
        rows.select(
            functions.col(bytes).as(IMAGES.getFirst()),
            label
                .map(name -> functions.col(name))
                .orElseGet(() -> functions.lit(0))
                .cast(DataTypes.LongType)
                .as(LABELS.getFirst()));
    List<Decoded> decoded = plain.toJavaRDD().map(SparkImages::decoded).collect();
    return dataset(decoded, label.isPresent());
  }

  private static void requireType(String column, boolean right, DataType type, String expected) {
    if (!right) {
      throw new RequestException(
          "the column " + column + " is of type " + type.simpleString() + ", expected " + expected);
    }
  }

  private static Decoded decoded(Row row) {
    if (row.isNullAt(0) || row.isNullAt(1)) {
      return new Decoded(
          new byte[0], List.of(), 0, "has no " + (row.isNullAt(0) ? "bytes" : "label"));
    }
    long label = row.getLong(1);
    if (label < 0 || label > ImageDataset.MAX_LABEL) {
      String problem = "has label " + label + ", expected 0 to " + ImageDataset.MAX_LABEL;
      return new Decoded(new byte[0], List.of(), 0, problem);
    }
    try {
      Levels levels = ImageDecoder.decode("image", row.getAs(0), Background.WHITE);
      List<Integer> shape = Arrays.stream(levels.shape().dims()).boxed().toList();
      return new Decoded(levels.bytes(), shape, (int) label, "");
    } catch (ImageException e) {
      // Its number is known to the driver alone.
      String problem = String.valueOf(e.getMessage()).replaceFirst("^image: ", "");
      return new Decoded(new byte[0], List.of(), 0, problem);
    }
  }

  private static ImageDataset dataset(List<Decoded> images, boolean labelled) {
    if (images.isEmpty()) {
      throw new RequestException("there are no images");
    }
    for (int i = 0; i < images.size(); i++) {
      if (!images.get(i).problem().isEmpty()) {
        throw new RequestException("image " + i + ": " + images.get(i).problem());
      }
    }
    List<Integer> dims = images.getFirst().shape();
    Shape shape = Shape.of(dims.stream().mapToInt(Integer::intValue).toArray());
    byte[] levels = new byte[Math.multiplyExact(images.size(), shape.size())];
    int[] labels = new int[labelled ? images.size() : 0];
    for (int i = 0; i < images.size(); i++) {
      Decoded one = images.get(i);
      if (!one.shape().equals(dims)) {
        throw new RequestException(
            "image " + i + " is " + one.shape() + ", expected " + dims + " as the first");
      }
      System.arraycopy(one.levels(), 0, levels, i * shape.size(), shape.size());
      if (labelled) {
        labels[i] = one.label();
      }
    }
    try {
      return ImageDataset.ofLevels(levels, shape, labels);
    } catch (IllegalArgumentException e) {
      throw RequestException.because(e);
    }
  }
}
