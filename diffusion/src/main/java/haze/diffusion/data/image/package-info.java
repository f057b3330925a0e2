/// One image file and its levels: what a PNG, JPEG, GIF, BMP or TIFF file shows, as 8-bit levels
/// `[h, w, c]`, equal to Pillow's.
///
/// Read in this order:
///
/// 1. [haze.diffusion.data.image.Levels]: an image, its channels, its size;
/// 2. [haze.diffusion.data.image.ImageDecoder]: from a file to levels, over a
///    [haze.diffusion.data.image.Background] where it is transparent;
/// 3. `ImageFormat`: the formats, one row each, and their readers.
///
/// `diffusion/docs/image-levels.md` says what each format's levels are.
package haze.diffusion.data.image;
