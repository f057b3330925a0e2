/// Placeholder.
package haze.autograd;
