// Command pgo keeps the scheduler and the allocator busy, so that a profile of it has the
// compiler inline what they do.
//
//	pgo profile FILE   for two seconds, and writes a CPU profile
//	pgo trace FILE     for a moment, beside Go's own tracer, and prints what was allocated
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"sync"
	"time"
)

type node struct {
	next *node
	text []byte
}

var sink [64]*node

func handOver(rounds int) {
	there, back := make(chan int), make(chan int)
	go func() {
		for n := range there {
			back <- n + 1
		}
		close(back)
	}()
	for i := 0; i < rounds; i++ {
		there <- i
		<-back
	}
	close(there)
	<-back
}

func start(count int) {
	var wg sync.WaitGroup
	wg.Add(count)
	for i := 0; i < count; i++ {
		go func() {
			runtime.Gosched()
			wg.Done()
		}()
	}
	wg.Wait()
}

func allocate(count int) {
	for i := 0; i < count; i++ {
		sink[i%len(sink)] = &node{text: make([]byte, i%300)}
		sink[i%len(sink)].next = &node{text: append([]byte(nil), "text"...)}
	}
}

func callSystem(count int) {
	for i := 0; i < count; i++ {
		os.Getppid()
		if i%8 == 0 {
			f, _ := os.Open("/dev/null")
			f.Close()
		}
	}
}

func work(size int) {
	handOver(20 * size)
	start(10 * size)
	allocate(40 * size)
	callSystem(4 * size)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	file, err := os.Create(os.Args[2])
	check(err)
	if os.Args[1] == "profile" {
		runtime.SetCPUProfileRate(500)
		check(pprof.StartCPUProfile(file))
		for begin := time.Now(); time.Since(begin) < 2*time.Second; {
			work(100)
		}
		pprof.StopCPUProfile()
		check(file.Close())
		return
	}
	var before, after runtime.MemStats
	check(trace.Start(file))
	runtime.ReadMemStats(&before)
	work(50)
	runtime.GC()
	runtime.ReadMemStats(&after)
	trace.Stop()
	check(file.Close())
	fmt.Println("mallocs", after.Mallocs)
}
