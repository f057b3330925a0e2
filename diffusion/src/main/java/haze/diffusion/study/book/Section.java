package haze.diffusion.study.book;

import java.io.IOException;

/// A section of a chapter.
///
/// @param name the name of its method, by which the text is found in the chapter's source
/// @param body the method
public record Section(String name, Body body) {
  /// What a section does.
  @FunctionalInterface
  public interface Body {
    /// Computes, and writes numbers and figures on the page.
    ///
    /// @throws FalseStatementException if a statement of the section is not true
    /// @throws IOException if a model or images cannot be read
    void run(Page page) throws IOException;
  }
}
