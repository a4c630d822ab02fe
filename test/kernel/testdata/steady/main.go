// Command steady runs until it is killed: goroutines that park in known ways, and one that works.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"sync"
	"time"
)

func parkedInReceive(c chan int, wg *sync.WaitGroup) {
	wg.Done()
	<-c
}

func parkedInLock(mu *sync.Mutex, wg *sync.WaitGroup) {
	wg.Done()
	mu.Lock()
}

func ticking(interval time.Duration) {
	for range time.Tick(interval) {
		done := make(chan bool)
		go func() { done <- true }()
		<-done
	}
}

func main() {
	var wg sync.WaitGroup
	var mu sync.Mutex
	mu.Lock()
	c := make(chan int)
	wg.Add(7)
	for i := 0; i < 5; i++ {
		go parkedInReceive(c, &wg)
	}
	// What is created from here on has this label.
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels("tenant", "blue")))
	for i := 0; i < 2; i++ {
		go parkedInLock(&mu, &wg)
	}
	wg.Wait()
	time.Sleep(50 * time.Millisecond)
	// The collector notes since when they wait: the time of the cycle before.
	runtime.GC()
	runtime.GC()
	fmt.Println("ready")
	os.Stdout.Sync()
	ticking(2 * time.Millisecond)
}
