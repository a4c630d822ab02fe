// Command coroutine-program takes values one by one from an iterator, which is a coroutine.
package main

import (
	"fmt"
	"iter"
)

func numbers(yield func(int) bool) {
	for i := 0; i < 1000 && yield(i); i++ {
	}
}

func main() {
	next, stop := iter.Pull(numbers)
	defer stop()
	sum := 0
	for n, ok := next(); ok; n, ok = next() {
		sum += n
	}
	fmt.Println(sum)
}
