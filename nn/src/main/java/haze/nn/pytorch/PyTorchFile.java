package haze.nn.pytorch;

import static haze.nn.safetensors.TensorFileException.quote;

import haze.nn.safetensors.DType;
import haze.nn.safetensors.TensorFile;
import haze.nn.safetensors.TensorFileException;
import haze.tensor.Shape;
import haze.tensor.Tensor;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/// A file of named tensors that `torch.save` wrote, open for reading.
///
/// [#open] reads the descriptions alone; [#tensor] reads a tensor's elements. No code of the file
/// is run. Files of PyTorch before 1.6 (2020), which are no ZIP archives, are refused.
public final class PyTorchFile implements TensorFile {
  /// The limit of a safetensors header too.
  private static final int MAX_PROGRAM_BYTES = 100_000_000;

  private static final int MAX_BYTE_ORDER_BYTES = 16;
  private static final int BUFFER_BYTES = 1 << 18;
  private static final byte[] ZIP = {'P', 'K', 3, 4};

  private final String file;
  private final ZipFile zip;
  private final String root;
  private final ByteOrder order;
  private final Map<String, Entry> entries;

  private PyTorchFile(
      String file, ZipFile zip, String root, ByteOrder order, Map<String, Entry> entries) {
    this.file = file;
    this.zip = zip;
    this.root = root;
    this.order = order;
    this.entries = Collections.unmodifiableMap(entries);
  }

  /// A tensor: a view of a storage.
  ///
  /// @param dtype the type of its elements
  /// @param shape its axis sizes
  /// @param storage the name of the storage
  /// @param storageElements how many elements that has
  /// @param offset its first element
  /// @param strides how many elements apart neighbours on an axis are
  record Entry(
      DType dtype,
      Shape shape,
      String storage,
      long storageElements,
      long offset,
      List<Long> strides)
      implements Description {
    Entry {
      strides = List.copyOf(strides);
    }

    boolean isContiguous() {
      long expected = 1;
      for (int axis = strides.size() - 1; axis >= 0; axis--) {
        if (shape.dim(axis) > 1 && strides.get(axis) != expected) {
          return false;
        }
        expected *= shape.dim(axis);
      }
      return true;
    }

    /// How many elements of the storage lie between its first and its last, both included.
    int span() {
      long span = 1;
      for (int axis = 0; axis < strides.size(); axis++) {
        span += (shape.dim(axis) - 1L) * strides.get(axis);
      }
      return shape.size() == 0 ? 0 : Math.toIntExact(span);
    }
  }

  /// {@return whether a file begins as a ZIP archive does}
  ///
  /// @throws IOException if it cannot be read
  public static boolean isOne(Path path) throws IOException {
    if (!Files.isRegularFile(path)) {
      return false;
    }
    try (InputStream in = Files.newInputStream(path)) {
      return Arrays.equals(in.readNBytes(ZIP.length), ZIP);
    }
  }

  /// Opens a file and reads what tensors it has.
  ///
  /// @throws TensorFileException if there is no such file, it is not valid, or it holds something
  ///   else than a dictionary of tensors
  /// @throws IOException if it cannot be read
  public static PyTorchFile open(Path path) throws IOException {
    String file = path.toString();
    if (!Files.isRegularFile(path)) {
      throw new TensorFileException(file, Files.exists(path) ? "not a file" : "no such file");
    }
    if (!isOne(path)) {
      throw new TensorFileException(
          file, "expected a ZIP archive, as torch.save writes since PyTorch 1.6");
    }
    @Nullable ZipFile zip = null;
    try {
      zip = new ZipFile(path.toFile());
      String root = root(file, zip);
      byte[] program = bytes(file, zip, root + "data.pkl", MAX_PROGRAM_BYTES);
      ByteOrder order = order(file, zip, root);
      Map<String, Entry> entries = Unpickler.tensors(file, program);
      var opened = new PyTorchFile(file, zip, root, order, entries);
      for (Entry entry : entries.values()) {
        opened.storage(entry);
      }
      return opened;
    } catch (ZipException | EOFException e) {
      close(zip);
      throw invalid(file, e);
    } catch (Throwable e) {
      close(zip);
      throw e;
    }
  }

  private static void close(@Nullable ZipFile zip) throws IOException {
    if (zip != null) {
      zip.close();
    }
  }

  private static TensorFileException invalid(String file, IOException e) {
    String problem = e instanceof EOFException ? "it ends too early" : e.getMessage();
    return new TensorFileException(file, "not a valid ZIP archive: " + problem);
  }

  /// The directory of the archive, with a slash behind it.
  private static String root(String file, ZipFile zip) throws TensorFileException {
    List<String> programs =
        zip.stream().map(ZipEntry::getName).filter(name -> name.endsWith("/data.pkl")).toList();
    if (programs.size() != 1) {
      throw new TensorFileException(
          file, "expected an archive with one data.pkl, found " + programs.size());
    }
    return programs.getFirst().replaceFirst("data\\.pkl$", "");
  }

  private static ByteOrder order(String file, ZipFile zip, String root) throws IOException {
    String name = root + "byteorder";
    if (zip.getEntry(name) == null) {
      return ByteOrder.LITTLE_ENDIAN;
    }
    String order =
        new String(bytes(file, zip, name, MAX_BYTE_ORDER_BYTES), StandardCharsets.US_ASCII);
    return switch (order) {
      case "little" -> ByteOrder.LITTLE_ENDIAN;
      case "big" -> ByteOrder.BIG_ENDIAN;
      default ->
          throw new TensorFileException(
              file, "byteorder is " + quote(order) + ", expected little or big");
    };
  }

  private static byte[] bytes(String file, ZipFile zip, String name, int most) throws IOException {
    ZipEntry entry = stored(file, zip, name);
    if (entry.getSize() > most) {
      throw new TensorFileException(
          file, name + " has " + entry.getSize() + " bytes, expected at most " + most);
    }
    try (InputStream in = zip.getInputStream(entry)) {
      return in.readNBytes((int) entry.getSize());
    }
  }

  /// An entry that is not compressed: then its size is bounded by that of the file.
  private static ZipEntry stored(String file, ZipFile zip, String name) throws TensorFileException {
    ZipEntry entry = zip.getEntry(name);
    if (entry == null) {
      throw new TensorFileException(file, "the archive has no " + quote(name));
    }
    if (entry.getMethod() != ZipEntry.STORED || entry.getSize() != entry.getCompressedSize()) {
      throw new TensorFileException(
          file, quote(name) + " is compressed, expected it as torch.save stores it");
    }
    return entry;
  }

  private ZipEntry storage(Entry entry) throws TensorFileException {
    ZipEntry storage = stored(file, zip, root + "data/" + entry.storage());
    long expected = entry.storageElements() * entry.dtype().bytes();
    if (entry.storageElements() > storage.getSize() || storage.getSize() != expected) {
      throw new TensorFileException(
          file,
          quote(storage.getName())
              + " has "
              + storage.getSize()
              + " bytes, expected "
              + entry.storageElements()
              + " elements of "
              + entry.dtype());
    }
    return storage;
  }

  @Override
  public String name() {
    return file;
  }

  @Override
  public Map<String, ? extends Description> entries() {
    return entries;
  }

  @Override
  public Tensor tensor(String name) throws IOException {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw new TensorFileException(file, "has no tensor " + quote(name));
    }
    if (!entry.dtype().isFloat()) {
      throw new TensorFileException(
          file,
          "tensor " + quote(name) + ": expected F32, F16, BF16 or F64, found " + entry.dtype());
    }
    float[] span = new float[entry.span()];
    try (InputStream in = zip.getInputStream(storage(entry))) {
      in.skipNBytes(entry.offset() * entry.dtype().bytes());
      read(in, entry.dtype(), span);
    } catch (ZipException | EOFException e) {
      throw invalid(file, e);
    }
    return Tensor.of(entry.shape(), entry.isContiguous() ? span : gathered(entry, span));
  }

  private void read(InputStream in, DType dtype, float[] target) throws IOException {
    byte[] bytes = new byte[BUFFER_BYTES];
    for (int from = 0; from < target.length; ) {
      int count = Math.min(target.length - from, BUFFER_BYTES / dtype.bytes());
      int length = count * dtype.bytes();
      if (in.readNBytes(bytes, 0, length) != length) {
        throw new TensorFileException(file, "has become shorter while it was read");
      }
      dtype.toFloats(ByteBuffer.wrap(bytes, 0, length).order(order), target, from, count);
      from += count;
    }
  }

  /// The elements of a view in row-major order.
  private static float[] gathered(Entry entry, float[] span) {
    float[] elements = new float[entry.shape().size()];
    int[] index = new int[entry.shape().rank()];
    long at = 0;
    for (int i = 0; i < elements.length; i++) {
      elements[i] = span[(int) at];
      for (int axis = index.length - 1; axis >= 0; axis--) {
        at += entry.strides().get(axis);
        if (++index[axis] < entry.shape().dim(axis)) {
          break;
        }
        at -= index[axis] * entry.strides().get(axis);
        index[axis] = 0;
      }
    }
    return elements;
  }

  /// Ends reading; tensors that were read stay.
  @Override
  public void close() throws IOException {
    zip.close();
  }
}
