//go:build go1.23

package main

import (
	"iter"
	"time"
)

func coroutineWorkers() []*worker {
	return []*worker{{name: "coroutines", once: coroutines, pause: 5 * time.Millisecond}}
}

func coroutines(round uint64) {
	numbers := func(yield func(uint64) bool) {
		for i := uint64(0); yield(checksum(round + i)); i++ {
		}
	}
	next, stop := iter.Pull(iter.Seq[uint64](numbers))
	for i := uint64(0); i < 30; i++ {
		n, ok := next()
		if !ok {
			fail("a coroutine ended")
		}
		expect("a coroutine", n, checksum(round+i))
	}
	stop()
	if _, ok := next(); ok {
		fail("a stopped coroutine goes on")
	}
}
