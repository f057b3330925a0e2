/// How files get onto the disk: whole or not at all.
package haze.diffusion.io;
