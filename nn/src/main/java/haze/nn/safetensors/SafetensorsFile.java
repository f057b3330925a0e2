package haze.nn.safetensors;

import static haze.nn.safetensors.TensorFileException.quote;

import haze.nn.file.Checksum;
import haze.nn.file.Disk;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/// A file of named tensors, open for reading; [#write] writes one.
///
/// [#open] reads and checks the header alone; [#tensor] reads a tensor's elements. As long as it is
/// open, it gives the file that was opened even where another has taken its name. Tensors may be
/// read from several threads at once.
///
/// {@snippet file="haze/nn/safetensors/SafetensorsFileTest.java" region="file"}
public final class SafetensorsFile implements TensorFile {
  /// Elements pass through a buffer of this size between the file and an array.
  private static final int BUFFER_BYTES = 1 << 18;

  private final String file;
  private final FileChannel channel;
  private final Header header;
  private final long dataStart;

  private SafetensorsFile(String file, FileChannel channel, Header header, long dataStart) {
    this.file = file;
    this.channel = channel;
    this.header = header;
    this.dataStart = dataStart;
  }

  /// One tensor of the header.
  ///
  /// @param dtype the type of its elements
  /// @param shape its axis sizes as in the file: PyTorch's order of axes
  /// @param begin where its elements begin, in bytes after the header
  /// @param end where they end
  public record Entry(DType dtype, Shape shape, long begin, long end) implements Description {}

  /// Opens a file and reads its header.
  ///
  /// @throws TensorFileException if there is no such file or it is not valid
  /// @throws IOException if it cannot be read
  public static SafetensorsFile open(Path path) throws IOException {
    String file = path.toString();
    if (!Files.isRegularFile(path)) {
      throw new TensorFileException(file, Files.exists(path) ? "not a file" : "no such file");
    }
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      long size = channel.size();
      if (size < Header.LENGTH_BYTES) {
        throw new TensorFileException(
            file, "expected the length of a header, 8 bytes, but the file has " + size);
      }
      var length = read(file, channel, 0, allocate(Header.LENGTH_BYTES)).getLong();
      long rest = size - Header.LENGTH_BYTES;
      if (length < 0 || length > Math.min(rest, Header.MAX_BYTES)) {
        throw new TensorFileException(
            file,
            "header of "
                + Long.toUnsignedString(length)
                + " bytes, expected at most "
                + (rest < Header.MAX_BYTES ? rest + ", the rest of the file" : Header.MAX_BYTES));
      }
      byte[] json = read(file, channel, Header.LENGTH_BYTES, allocate((int) length)).array();
      return new SafetensorsFile(
          file, channel, Header.parse(file, json, rest - length), Header.LENGTH_BYTES + length);
    } catch (Throwable e) {
      channel.close();
      throw e;
    }
  }

  /// {@return the free text that goes with the tensors, by name, in the file's order: `format=pt`
  /// in a checkpoint of PyTorch}
  public Map<String, String> metadata() {
    return header.metadata();
  }

  @Override
  public String name() {
    return file;
  }

  @Override
  public Map<String, Entry> entries() {
    return header.entries();
  }

  @Override
  public Tensor tensor(String name) throws IOException {
    Entry entry = entry(name);
    if (!entry.dtype().isFloat()) {
      throw new TensorFileException(
          file,
          "tensor " + quote(name) + ": expected F32, F16, BF16 or F64, found " + entry.dtype());
    }
    float[] elements = new float[entry.shape().size()];
    read(entry, (buffer, from, count) -> entry.dtype().toFloats(buffer, elements, from, count));
    return Tensor.of(entry.shape(), elements);
  }

  /// Reads one of [#entries] of type [DType#I64], row-major.
  ///
  /// @throws TensorFileException if there is no such tensor, its type is another, or the file has
  ///   become shorter
  /// @throws IOException if the file cannot be read or is closed
  public long[] longs(String name) throws IOException {
    Entry entry = entry(name);
    if (entry.dtype() != DType.I64) {
      throw new TensorFileException(
          file, "tensor " + quote(name) + ": expected I64, found " + entry.dtype());
    }
    long[] elements = new long[entry.shape().size()];
    read(entry, (buffer, from, count) -> buffer.asLongBuffer().get(elements, from, count));
    return elements;
  }

  private Entry entry(String name) throws TensorFileException {
    Entry entry = header.entries().get(name);
    if (entry == null) {
      throw new TensorFileException(file, "has no tensor " + quote(name));
    }
    return entry;
  }

  private interface Sink {
    void accept(ByteBuffer elements, int from, int count);
  }

  private void read(Entry entry, Sink sink) throws IOException {
    int width = entry.dtype().bytes();
    int size = entry.shape().size();
    ByteBuffer buffer = allocate((int) Math.min(BUFFER_BYTES, (long) size * width));
    for (int from = 0; from < size; ) {
      int count = Math.min(size - from, BUFFER_BYTES / width);
      buffer.clear().limit(count * width);
      read(file, channel, dataStart + entry.begin() + (long) from * width, buffer);
      sink.accept(buffer, from, count);
      from += count;
    }
  }

  private static ByteBuffer allocate(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /// Fills a buffer from a position of the file and makes it ready to be read.
  private static ByteBuffer read(String file, FileChannel channel, long position, ByteBuffer buffer)
      throws IOException {
    while (buffer.hasRemaining()) {
      int count = channel.read(buffer, position + buffer.position());
      if (count < 0) {
        throw new TensorFileException(file, "has become shorter while it was read");
      }
    }
    return buffer.flip();
  }

  /// Ends reading; tensors that were read stay.
  @Override
  public void close() throws IOException {
    channel.close();
  }

  /// Writes tensors as [DType#F32], the same bytes as huggingface's writer gives.
  ///
  /// Whoever reads the path at any time sees the old file or the new one, never a part, see
  /// [Disk#replace].
  ///
  /// @param path replaced if it exists
  /// @param metadata written in this order; may be empty
  /// @param tensors by name, in any order: they are sorted by name
  /// @return length and checksum of the file
  /// @throws IllegalArgumentException if a name cannot be written
  /// @throws IOException if the file cannot be written
  public static Checksum write(Path path, Map<String, String> metadata, Map<String, Tensor> tensors)
      throws IOException {
    return write(Disk.system(), path, metadata, tensors);
  }

  /// Writes tensors as [#write(Path, Map, Map)] does.
  ///
  /// @param disk where the path is
  public static Checksum write(
      Disk disk, Path path, Map<String, String> metadata, Map<String, Tensor> tensors)
      throws IOException {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    Header header = Header.layOut(metadata, shapes);
    byte[] json = header.toBytes();
    Path parent = path.toAbsolutePath().getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      throw new TensorFileException(path.toString(), "cannot be written: no such directory");
    }
    return disk.replace(
        path,
        out -> {
          out.write(allocate(Header.LENGTH_BYTES).putLong(json.length).array());
          out.write(json);
          byte[] buffer = new byte[BUFFER_BYTES];
          for (String name : header.entries().keySet()) {
            write(out, buffer, Objects.requireNonNull(tensors.get(name)));
          }
        });
  }

  private static void write(OutputStream out, byte[] buffer, Tensor tensor) throws IOException {
    FloatBuffer floats = ByteBuffer.wrap(buffer).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    for (int from = 0; from < tensor.size(); ) {
      int count = Math.min(tensor.size() - from, floats.capacity());
      floats.clear().put(tensor.data(), tensor.offset() + from, count);
      out.write(buffer, 0, count * Float.BYTES);
      from += count;
    }
  }
}
