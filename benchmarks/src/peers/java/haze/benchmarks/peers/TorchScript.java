package haze.benchmarks.peers;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Packs TorchScript source as the archive that libtorch loads, so that the peers need no Python to
/// be made.
///
/// The archive is what `torch.jit.save` writes for a module without parameters: source, an empty
/// table of constants, and the module itself as a pickle.
final class TorchScript {
  /// The newest archive version that libtorch 2 knows; it selects the operators' meaning.
  private static final String VERSION = "10\n";

  /// Pickle protocol 2: an object of class `__torch__.Workload` whose state is `{"training":
  /// True}`.
  private static final String MODULE =
      "\u0080\u0002c__torch__\nWorkload\n)\u0081}X\b\0\0\0training\u0088sb.";

  /// Pickle protocol 2: an empty tuple.
  private static final String NO_CONSTANTS = "\u0080\u0002).";

  private TorchScript() {}

  /// The archive of a source that defines a module named `Workload`.
  static byte[] archive(byte[] source) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      store(zip, "data.pkl", MODULE.getBytes(StandardCharsets.ISO_8859_1));
      store(zip, "code/__torch__.py", source);
      store(zip, "constants.pkl", NO_CONSTANTS.getBytes(StandardCharsets.ISO_8859_1));
      store(zip, "version", VERSION.getBytes(StandardCharsets.ISO_8859_1));
    }
    return bytes.toByteArray();
  }

  /// libtorch reads entries without compression, in one folder of any name.
  private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry("workload/" + name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
