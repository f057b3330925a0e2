/// Where images come from: MNIST inside the module, files and directories, or the memory of a
/// program; and which of them make the batch of a step.
///
/// Read in this order:
///
/// 1. [haze.diffusion.data.ImageDataset]: images in memory, and the scale of their values,
///    [haze.diffusion.data.PixelScale];
/// 2. [haze.diffusion.data.DataSource]: what a command or a configuration names as data; the only
///    place that tells `mnist` from a path;
/// 3. [haze.diffusion.data.DataFormat]: the formats of files, one row each; `ArrayImages`, the
///    images of an array that lies in a file, and `DecodedImages`, those that are decoded when they
///    are needed;
/// 4. [haze.diffusion.data.BatchOrder]: the images of a step;
/// 5. [haze.diffusion.data.ImageArgument]: a single image, from a data set or an image file, whose
///    levels [haze.diffusion.data.image] finds.
package haze.diffusion.data;
