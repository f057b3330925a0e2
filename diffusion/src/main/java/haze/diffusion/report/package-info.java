/// What a person or another tool looks at afterwards: pictures of samples and arrays for NumPy.
package haze.diffusion.report;
