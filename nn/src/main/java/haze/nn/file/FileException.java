package haze.nn.file;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The file system refuses something. The message is one line that names the file and the reason,
/// such as `runs/a/metrics.csv: cannot be written: No space left on device`.
public final class FileException extends IOException {
  private static final long serialVersionUID = 1L;

  /// The reason at the end of a [FileNotFoundException].
  private static final Pattern LAST_PARENTHESES = Pattern.compile("(?s).*\\(([^()]+)\\)");

  /// A problem of a file. Names in it may come from others, see [PrintableText#harmless].
  public FileException(Path file, String problem) {
    super(PrintableText.harmless(file + ": " + problem));
  }

  /// {@return the same failure with the name of the file}
  ///
  /// @param problem such as `cannot be read`
  public static FileException of(Path file, String problem, IOException cause) {
    if (cause instanceof FileException named) {
      return named;
    }
    FileException named = new FileException(file, problem + ": " + reason(cause));
    named.initCause(cause);
    return named;
  }

  /// {@return why a call of the JDK's failed; its own messages often are the file's name alone}
  public static String reason(IOException failure) {
    String message = String.valueOf(failure.getMessage());
    return switch (failure) {
      case NoSuchFileException _ -> "no such file or directory";
      case AccessDeniedException _ -> "permission denied";
      case FileAlreadyExistsException _ -> "exists already";
      case NotDirectoryException _ -> "not a directory";
      case DirectoryNotEmptyException _ -> "directory not empty";
      case FileSystemException e when e.getReason() != null -> e.getReason();
      case FileNotFoundException _ -> {
        Matcher end = LAST_PARENTHESES.matcher(message);
        yield end.matches() ? end.group(1) : message;
      }
      default -> message;
    };
  }

  /// Something that writes to a file.
  @FunctionalInterface
  interface Writing {
    void run() throws IOException;
  }

  /// Something that opens a file to write to it.
  @FunctionalInterface
  interface Opening {
    Disk.Output open() throws IOException;
  }

  static void naming(Path file, Writing writing) throws FileException {
    try {
      writing.run();
    } catch (IOException e) {
      throw of(file, "cannot be written", e);
    }
  }

  static Disk.Output naming(Path file, Opening opening) throws FileException {
    try {
      return opening.open();
    } catch (IOException e) {
      throw of(file, "cannot be written", e);
    }
  }
}
