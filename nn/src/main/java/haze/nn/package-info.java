/// Placeholder.
package haze.nn;
