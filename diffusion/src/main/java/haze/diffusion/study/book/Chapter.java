package haze.diffusion.study.book;

import java.util.List;

/// A chapter of the book: a Java file that is read from top to bottom.
///
/// The comment of the class begins with the chapter's title as a Markdown heading and introduces
/// it. Each section is a method `public void name(Page page)`: its comment, which begins with a
/// heading too, is the text, its body the code that is shown, and what it writes on the page stands
/// below.
public interface Chapter {
  /// {@return the sections, in the order of their methods in the file}
  List<Section> sections();
}
