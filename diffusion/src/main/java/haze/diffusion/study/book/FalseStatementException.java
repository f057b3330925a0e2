package haze.diffusion.study.book;

/// A statement of the book that is not true, with both numbers.
public final class FalseStatementException extends RuntimeException {
  private static final long serialVersionUID = 1;

  FalseStatementException(String message) {
    super(message);
  }
}
