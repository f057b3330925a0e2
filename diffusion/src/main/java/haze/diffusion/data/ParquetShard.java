package haze.diffusion.data;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.hardwood.InputFile;
import dev.hardwood.metadata.ColumnChunk;
import dev.hardwood.metadata.CompressionCodec;
import dev.hardwood.metadata.PhysicalType;
import dev.hardwood.metadata.RowGroup;
import dev.hardwood.reader.ColumnReader;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowGroupPredicate;
import dev.hardwood.reader.Validity;
import dev.hardwood.schema.ColumnSchema;
import haze.diffusion.data.ThriftSizes.SizeException;
import haze.diffusion.io.BadFileException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/// A Parquet file as the Hugging Face hub stores images: a column of structs, each the bytes of an
/// image file and a path, or of the bytes alone; and, if there are classes, a column of whole
/// numbers.
///
/// @param path the file
/// @param image the number of the column of bytes
/// @param label the column of classes, if there is one
/// @param names of the classes, if the file has them
/// @param groups the row groups, each of which is read as a whole
record ParquetShard(
    Path path, int image, Optional<Label> label, List<String> names, List<Group> groups) {
  static {
    // Its reader takes a native library for gzip where it finds one, unless this is set.
    System.setProperty("hardwood.uselibdeflate", "false");
  }

  /// It tells about itself at the first use.
  private static final Logger READERS = Logger.getLogger("dev.hardwood");

  private static final int END = Integer.BYTES + 4;

  private static final ValueLayout.OfInt LITTLE_ENDIAN_INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final String BYTES = "bytes";
  private static final List<String> IMAGES = List.of("image", "img", "images", "jpg", "png");

  /// Those that need no native code.
  private static final List<CompressionCodec> CODECS =
      List.of(CompressionCodec.UNCOMPRESSED, CompressionCodec.SNAPPY, CompressionCodec.GZIP);

  private static final List<String> LABELS =
      List.of("label", "labels", "fine_label", "class", "target", "cls");

  /// A column of classes.
  ///
  /// @param isLong whether it has 64 bits, not 32
  record Label(int column, boolean isLong) {}

  /// Rows that follow each other, in a part of the file of their own.
  ///
  /// @param rows how many
  /// @param bytes that the images take, unpacked
  /// @param begin where the part begins
  /// @param end where it ends
  record Group(int rows, long bytes, long begin, long end) {}

  /// Reads from an open file.
  @FunctionalInterface
  private interface Rows<T> {
    T of(ParquetFileReader file) throws IOException;
  }

  private static <T> T read(Path path, Rows<T> rows) throws DataException {
    READERS.setLevel(Level.WARNING);
    try (ParquetFileReader file = ParquetFileReader.open(InputFile.of(path))) {
      return rows.of(file);
    } catch (DataException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The reader answers damaged files with exceptions of many kinds.
      String problem = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw new DataException(
          path.toString(), "is damaged: " + problem.lines().findFirst().orElse(""), e);
    }
  }

  /// {@return a file, of which the columns are known; no image is read}
  ///
  /// @throws DataException if it cannot be read or has no column of images
  static ParquetShard open(Path path) throws DataException {
    requireSizes(path);
    return read(path, file -> open(path, file));
  }

  /// Checks the sizes in the metadata at the end of a file, which are followed by their length and
  /// four letters.
  private static void requireSizes(Path path) throws DataException {
    MemorySegment file = FileBytes.of(path);
    long end = file.byteSize() - END;
    long length = end < 0 ? 0 : Integer.toUnsignedLong(file.get(LITTLE_ENDIAN_INT, end));
    if (length == 0 || length > Math.min(end, Integer.MAX_VALUE)) {
      throw new DataException(path.toString(), "is damaged: cut off at byte " + file.byteSize());
    }
    ByteBuffer metadata = file.asSlice(end - length, length).asByteBuffer();
    try {
      new ThriftSizes(metadata.order(ByteOrder.LITTLE_ENDIAN)).struct();
    } catch (SizeException e) {
      throw new DataException(path.toString(), "is damaged: " + e.getMessage(), e);
    }
  }

  private static ParquetShard open(Path path, ParquetFileReader file) throws DataException {
    List<ColumnSchema> columns = file.getFileSchema().getColumns();
    List<ColumnSchema> candidates = columns.stream().filter(ParquetShard::isImage).toList();
    ColumnSchema image =
        candidates.stream()
            .filter(column -> IMAGES.contains(column.fieldPath().topLevelName()))
            .findFirst()
            .or(() -> candidates.stream().findFirst())
            .orElseThrow(
                () ->
                    new DataException(
                        path.toString(),
                        "has the columns "
                            + String.join(", ", columns.stream().map(ParquetShard::shown).toList())
                            + ", expected a column image of structs with bytes"));
    Optional<ColumnSchema> label =
        LABELS.stream()
            .flatMap(name -> columns.stream().filter(column -> isLabel(column, name)))
            .findFirst();
    List<Integer> wanted = new ArrayList<>(List.of(image.columnIndex()));
    label.ifPresent(column -> wanted.add(column.columnIndex()));
    List<Group> groups = new ArrayList<>();
    long size = FileBytes.size(path);
    for (RowGroup group : file.getFileMetaData().rowGroups()) {
      // Every image takes some bytes: what the file promises costs no more memory than it has.
      if (group.numRows() < 0 || group.numRows() > Math.min(size, FileBytes.MAX_ARRAY)) {
        throw new DataException(
            path.toString(),
            "has a row group of "
                + group.numRows()
                + " rows, expected at most one a byte of "
                + size);
      }
      for (int column : wanted) {
        CompressionCodec codec = group.columns().get(column).metaData().codec();
        if (!CODECS.contains(codec)) {
          throw new DataException(
              path.toString(), "is compressed by " + codec + ", expected one of " + CODECS);
        }
      }
      groups.add(
          new Group(
              (int) group.numRows(),
              group.columns().get(image.columnIndex()).metaData().totalUncompressedSize(),
              group.columns().stream().mapToLong(ColumnChunk::chunkStartOffset).min().orElseThrow(),
              group.columns().stream()
                  .mapToLong(
                      chunk -> chunk.chunkStartOffset() + chunk.metaData().totalCompressedSize())
                  .max()
                  .orElseThrow()));
    }
    return new ParquetShard(
        path,
        image.columnIndex(),
        label.map(column -> new Label(column.columnIndex(), column.type() == PhysicalType.INT64)),
        label
            .map(column -> names(file.getFileMetaData().keyValueMetadata(), column.name()))
            .orElse(List.of()),
        groups);
  }

  private static String shown(ColumnSchema column) {
    return BadFileException.shown(column.fieldPath().toString());
  }

  private static boolean isImage(ColumnSchema column) {
    List<String> path = column.fieldPath().elements();
    boolean flat = path.size() == 1 && IMAGES.contains(path.getFirst());
    boolean struct = path.size() == 2 && path.get(1).equals(BYTES);
    return column.type() == PhysicalType.BYTE_ARRAY
        && column.maxRepetitionLevel() == 0
        && (flat || struct);
  }

  private static boolean isLabel(ColumnSchema column, String name) {
    return column.fieldPath().elements().equals(List.of(name))
        && (column.type() == PhysicalType.INT64 || column.type() == PhysicalType.INT32);
  }

  /// The names of the classes, which the hub's library keeps as JSON beside the columns.
  private static List<String> names(Map<String, String> metadata, String label) {
    @Nullable String json = metadata.get("huggingface");
    try {
      Object found = json == null ? Map.of() : JSON.std.mapFrom(json);
      for (String key : List.of("info", "features", label, "names")) {
        found = found instanceof Map<?, ?> map && map.get(key) != null ? map.get(key) : List.of();
      }
      return found instanceof List<?> names
          ? names.stream().map(String::valueOf).toList()
          : List.of();
    } catch (IOException e) {
      // Names are for people; without them classes have numbers.
      return List.of();
    }
  }

  /// {@return how many rows there are}
  long count() {
    return groups.stream().mapToLong(Group::rows).sum();
  }

  /// {@return the classes of all rows; none if there is no such column}
  ///
  /// @throws DataException if the file is damaged or a row has no class
  int[] labels() throws DataException {
    if (label.isEmpty()) {
      return new int[0];
    }
    Label column = label.get();
    int[] labels = new int[Math.toIntExact(count())];
    return read(
        path,
        file -> {
          int row = 0;
          try (ColumnReader reader = file.columnReader(column.column)) {
            while (reader.nextBatch()) {
              Validity valid = reader.getLeafValidity();
              for (int i = 0; i < reader.getValueCount() && row < labels.length; i++, row++) {
                long value =
                    valid.isNull(i)
                        ? -1
                        : column.isLong ? reader.getLongs()[i] : reader.getInts()[i];
                if (value < 0 || value > ImageDataset.MAX_LABEL) {
                  throw new DataException(
                      path.toString(),
                      "row "
                          + row
                          + " has label "
                          + value
                          + ", expected 0 to "
                          + ImageDataset.MAX_LABEL);
                }
                labels[row] = (int) value;
              }
            }
          }
          requireRows(row, labels.length);
          return labels;
        });
  }

  private void requireRows(int found, int expected) throws DataException {
    if (found != expected) {
      throw new DataException(path.toString(), "holds " + found + " rows, expected " + expected);
    }
  }

  /// {@return the image files of a row group, each empty if a row has none}
  ///
  /// @throws DataException if the file is damaged
  List<byte[]> images(Group group) throws DataException {
    return read(
        path,
        file -> {
          List<byte[]> images = new ArrayList<>();
          try (ColumnReader reader =
              file.buildColumnReader(image)
                  .batchSize(Math.max(1, group.rows))
                  .filter(RowGroupPredicate.byteRange(group.begin, group.end))
                  .build()) {
            while (reader.nextBatch()) {
              byte[] bytes = reader.getBinaryValues();
              int[] offsets = reader.getBinaryOffsets();
              for (int i = 0; i < reader.getValueCount(); i++) {
                images.add(Arrays.copyOfRange(bytes, offsets[i], offsets[i + 1]));
              }
            }
          }
          requireRows(images.size(), group.rows);
          return images;
        });
  }
}
