/// How good a model is: the variational bound on images, and the Frechet distance of its samples from real ones.
package haze.diffusion.evaluation;
