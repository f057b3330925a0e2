/// What people look at, and files for other tools. An image is data, a tensor; a figure is a
/// drawing.
///
/// [haze.diffusion.figure.Figure] is what all drawings are, and writes itself as a PNG file:
/// [haze.diffusion.figure.ImageGrid] and [haze.diffusion.figure.CaptionedGrid] of images,
/// [haze.diffusion.figure.LineChart] of numbers, [haze.diffusion.figure.PointGrid] of points in the
/// plane, [haze.diffusion.figure.StateDiagram] of a Markov chain.
/// [haze.diffusion.figure.OutputFormat] has the kinds of file that images are written to,
/// [haze.diffusion.figure.Npy] that of NumPy.
package haze.diffusion.figure;
