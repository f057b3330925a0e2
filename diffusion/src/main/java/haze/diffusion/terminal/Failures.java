package haze.diffusion.terminal;

import haze.diffusion.training.TrainingException;
import haze.nn.file.PrintableText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/// What went wrong, in one line.
public final class Failures {
  private Failures() {}

  /// A failure in one line. Haze's own messages are made to be shown; those of the JDK's file
  /// system are often nothing but the file's name.
  public static String describe(Throwable failure) {
    String message =
        switch (failure) {
          case NoSuchFileException e -> e.getFile() + ": no such file or directory";
          case AccessDeniedException e -> e.getFile() + ": permission denied";
          case FileAlreadyExistsException e -> e.getFile() + ": exists already";
          case NotDirectoryException e -> e.getFile() + ": not a directory";
          case FileSystemException e -> e.getMessage();
          case IOException e -> e.getMessage();
          case UncheckedIOException e -> e.getMessage();
          case TrainingException e -> e.getMessage();
          // A wrong argument that a part of Haze noticed.
          case IllegalArgumentException e -> e.getMessage();
          default -> "unexpected " + failure + "; --verbose shows where";
        };
    return oneLine(message == null ? failure.toString() : message);
  }

  /// {@return a text of several lines in one, harmless for a terminal}
  public static String oneLine(String message) {
    return PrintableText.harmless(
        message.lines().map(String::strip).reduce((a, b) -> a + " " + b).orElse(""));
  }
}
