/// Images and numbers as files to look at: grids of images, line charts, PNG, and NumPy's arrays.
package haze.diffusion.figure;
