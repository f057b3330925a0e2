package haze.diffusion.training;

import haze.nn.file.Disk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/// A disk that forgets: it writes to a directory, keeps a list of all operations, and builds what
/// would be there if the power were cut after some of them. It may be full from an operation on.
///
/// What was written to a file and not forced may be lost, and so may names that came or went since
/// their directory was forced.
final class CrashDisk implements Disk {
  /// What survives besides what was forced.
  enum Survivors {
    /// Nothing.
    NONE,
    /// Everything: the process was killed, the machine goes on.
    ALL,
    /// The names in directories, but not what the files hold.
    NAMES,
    /// What files hold, but not their names.
    CONTENTS,
    /// Each name and each file's content by chance; of the latter a part, or zeros in its place.
    BY_CHANCE
  }

  private sealed interface Operation {
    record Create(Path file) implements Operation {}

    record Write(Path file, byte[] bytes) implements Operation {}

    record Force(Path file) implements Operation {}

    record Move(Path from, Path to) implements Operation {}

    record Delete(Path file) implements Operation {}

    record MakeDirectory(Path directory) implements Operation {}

    record ForceDirectory(Path directory) implements Operation {}
  }

  /// Never full.
  static final int NEVER = Integer.MAX_VALUE;

  private final Path root;
  private final int fullFrom;
  private final int fullTo;
  private final List<Operation> operations = new ArrayList<>();

  /// @param root the directory below which everything happens; exists, and survives
  /// @param fullFrom the operation that fails first
  /// @param fullTo the first operation after that for which there is room again
  CrashDisk(Path root, int fullFrom, int fullTo) {
    this.root = root;
    this.fullFrom = fullFrom;
    this.fullTo = fullTo;
  }

  int operations() {
    return operations.size();
  }

  private void add(Operation operation, Path file) throws IOException {
    int index = operations.size();
    operations.add(operation);
    boolean needsRoom = !(operation instanceof Operation.Delete);
    if (index == fullFrom || (index > fullFrom && index < fullTo && needsRoom)) {
      if (operation instanceof Operation.Write(_, byte[] bytes)) {
        Files.write(file, Arrays.copyOf(bytes, bytes.length / 2), StandardOpenOption.APPEND);
      }
      throw new FileSystemException(file.toString(), null, "No space left on device");
    }
  }

  private Path name(Path file) {
    return root.relativize(file.toAbsolutePath());
  }

  @Override
  public Output create(Path file) throws IOException {
    add(new Operation.Create(name(file)), file);
    Files.createFile(file);
    return append(file);
  }

  @Override
  public Output append(Path file) throws IOException {
    OutputStream out = Files.newOutputStream(file, StandardOpenOption.APPEND);
    return new Output() {
      @Override
      public void write(byte[] bytes, int from, int count) throws IOException {
        byte[] copy = Arrays.copyOfRange(bytes, from, from + count);
        add(new Operation.Write(name(file), copy), file);
        out.write(copy);
      }

      @Override
      public void force() throws IOException {
        add(new Operation.Force(name(file)), file);
      }

      @Override
      public void close() throws IOException {
        out.close();
      }
    };
  }

  @Override
  public void move(Path from, Path to) throws IOException {
    add(new Operation.Move(name(from), name(to)), to);
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void delete(Path file) throws IOException {
    if (Files.exists(file)) {
      add(new Operation.Delete(name(file)), file);
      Files.delete(file);
    }
  }

  @Override
  public void createDirectory(Path directory) throws IOException {
    add(new Operation.MakeDirectory(name(directory)), directory);
    Files.createDirectory(directory);
  }

  @Override
  public void force(Path directory) throws IOException {
    add(new Operation.ForceDirectory(name(directory)), directory);
  }

  /// A file or directory, whatever its names are.
  private static final class Node {
    private final boolean isDirectory;
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();
    private byte[] forced = new byte[0];
    private final Map<String, Node> names = new TreeMap<>();
    private Map<String, Node> forcedNames = Map.of();

    Node(boolean isDirectory) {
      this.isDirectory = isDirectory;
    }

    Node at(Path path) {
      Node node = this;
      for (Path name : path) {
        if (!name.toString().isEmpty()) {
          node = node.names.get(name.toString());
        }
      }
      return node;
    }

    Node parent(Path path) {
      return path.getParent() == null ? this : at(path.getParent());
    }
  }

  /// {@return what would be there, by path; directories have null}
  ///
  /// @param count how many operations there were before the power was cut
  /// @param chance chooses for [Survivors#BY_CHANCE]
  Map<Path, byte[]> after(int count, Survivors survivors, Random chance) {
    Node disk = new Node(true);
    for (Operation operation : operations.subList(0, count)) {
      switch (operation) {
        case Operation.Create(Path file) ->
            disk.parent(file).names.put(file.getFileName().toString(), new Node(false));
        case Operation.Write(Path file, byte[] bytes) -> disk.at(file).content.writeBytes(bytes);
        case Operation.Force(Path file) -> {
          Node node = disk.at(file);
          node.forced = node.content.toByteArray();
        }
        case Operation.Move(Path from, Path to) -> {
          Node node = disk.parent(from).names.remove(from.getFileName().toString());
          disk.parent(to).names.put(to.getFileName().toString(), node);
        }
        case Operation.Delete(Path file) ->
            disk.parent(file).names.remove(file.getFileName().toString());
        case Operation.MakeDirectory(Path directory) ->
            disk.parent(directory).names.put(directory.getFileName().toString(), new Node(true));
        case Operation.ForceDirectory(Path directory) -> {
          Node node = disk.at(directory);
          node.forcedNames = new TreeMap<>(node.names);
        }
      }
    }
    Map<Path, byte[]> found = new TreeMap<>();
    collect(disk, Path.of(""), survivors, chance, found);
    return found;
  }

  private static void collect(
      Node directory, Path path, Survivors survivors, Random chance, Map<Path, byte[]> found) {
    TreeSet<String> all = new TreeSet<>(directory.names.keySet());
    all.addAll(directory.forcedNames.keySet());
    for (String name : all) {
      boolean latest =
          switch (survivors) {
            case NONE, CONTENTS -> false;
            case ALL, NAMES -> true;
            case BY_CHANCE -> chance.nextBoolean();
          };
      Node node = (latest ? directory.names : directory.forcedNames).get(name);
      if (node == null) {
        continue;
      }
      Path place = path.resolve(name);
      if (node.isDirectory) {
        found.put(place, null);
        collect(node, place, survivors, chance, found);
      } else {
        found.put(place, content(node, survivors, chance));
      }
    }
  }

  private static byte[] content(Node file, Survivors survivors, Random chance) {
    byte[] latest = file.content.toByteArray();
    return switch (survivors) {
      case NONE, NAMES -> file.forced;
      case ALL, CONTENTS -> latest;
      case BY_CHANCE ->
          switch (chance.nextInt(4)) {
            case 0 -> file.forced;
            case 1 -> latest;
            case 2 -> Arrays.copyOf(latest, (file.forced.length + latest.length) / 2);
            // As a file system does that knows the new length, but has no data yet.
            default -> Arrays.copyOf(file.forced, latest.length);
          };
    };
  }
}
