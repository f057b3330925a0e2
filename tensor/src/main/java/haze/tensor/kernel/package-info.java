/// The loops on the Vector API: single-threaded static methods on (array, offset, sizes).
package haze.tensor.kernel;
