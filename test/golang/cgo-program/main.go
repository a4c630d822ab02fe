// A program with C in it: Go's code does not begin where the executable's does.
package main

// static int twice(int n) { return 2 * n; }
import "C"

import "fmt"

//go:noinline
func worker(n int) int { return int(C.twice(C.int(n))) }

func main() { fmt.Println(worker(21)) }
