// Package dotted has a dot in its import path, which the linker escapes.
package dotted

//go:noinline
func Hello() string { return "hello" }
