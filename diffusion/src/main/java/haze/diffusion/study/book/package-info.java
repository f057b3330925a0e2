/// What turns the chapters of [haze.diffusion.study.chapter] into a book of HTML: it runs them,
/// reads their sources for text and code, and puts both beside the numbers and figures of the run.
///
/// A [haze.diffusion.study.book.Chapter] is a list of [haze.diffusion.study.book.Section]s, methods
/// that take a [haze.diffusion.study.book.Page] and write numbers and figures on it. A
/// [haze.diffusion.study.book.Book] runs chapters, and [haze.diffusion.study.book.BookPage] writes
/// the result as one file.
///
/// Nothing here knows a chapter, so that chapters are all that a reader finds in their package.
/// `docs/add-a-chapter.md` of this module says how one is written.
package haze.diffusion.study.book;
