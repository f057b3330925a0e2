/// The chapters of the book of Haze: diffusion from a Markov chain to a digit, every statement
/// about a number checked by the code below it. Each is a file that is read from top to bottom;
/// `haze study` writes them as a page.
///
/// [haze.diffusion.study.chapter.Chapters] has them in their order. They are a package of their
/// own, apart from what prints them in [haze.diffusion.study.book] and from the reports of `haze
/// show` in [haze.diffusion.study], so that whoever opens it finds nothing but chapters.
package haze.diffusion.study.chapter;
