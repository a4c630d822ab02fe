// Goroutines, channels, locks, timers and threads.
package main

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// checksum is some arithmetic that is easy to get wrong with a register changed.
func checksum(seed uint64) uint64 {
	sum, x := uint64(14695981039346656037), seed*2862933555777941757+3037000493
	for i := 0; i < 64; i++ {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		sum = (sum ^ x) * 1099511628211
	}
	return sum
}

func churn(round uint64) {
	const count = 100
	var group sync.WaitGroup
	var sum uint64
	want := uint64(0)
	for i := uint64(0); i < count; i++ {
		want += checksum(round + i)
		group.Add(1)
		go func(seed uint64) {
			defer group.Done()
			runtime.Gosched()
			atomic.AddUint64(&sum, checksum(seed))
			if seed%16 == 0 {
				defer atomic.AddUint64(&sum, 0)
				runtime.Goexit()
			}
		}(round + i)
	}
	group.Wait()
	expect("churn", sum, want)
}

func pipeline(round uint64) {
	first := make(chan uint64)
	last := (<-chan uint64)(first)
	for stage := 0; stage < 10; stage++ {
		next := make(chan uint64, stage%3)
		go func(in <-chan uint64, out chan<- uint64) {
			for n := range in {
				out <- n + 1
			}
			close(out)
		}(last, next)
		last = next
	}
	go func() {
		for i := uint64(0); i < 50; i++ {
			first <- round + i
		}
		close(first)
	}()
	seen := uint64(0)
	for n := range last {
		expect("pipeline", n, round+seen+10)
		seen++
	}
	expect("pipeline's length", seen, 50)
}

func selects(round uint64) {
	a, b, done := make(chan uint64), make(chan uint64, 2), make(chan struct{})
	go func() {
		for i := uint64(0); i < 40; i++ {
			select {
			case a <- i:
			case b <- i:
			}
		}
		close(done)
	}()
	sum, isDone := uint64(0), false
	timeout := time.NewTimer(time.Minute)
	defer timeout.Stop()
	for !isDone || len(b) > 0 {
		select {
		case n := <-a:
			sum += n
		case n := <-b:
			sum += n
		case <-done:
			isDone, done = true, nil
		case <-timeout.C:
			fail("selects: timeout")
		}
	}
	expect("selects", sum, 40*39/2)
}

func timers(round uint64) {
	var fired uint64
	var group sync.WaitGroup
	group.Add(20)
	for i := 0; i < 20; i++ {
		time.AfterFunc(time.Duration(i)*50*time.Microsecond, func() {
			atomic.AddUint64(&fired, 1)
			group.Done()
		})
	}
	never := time.AfterFunc(time.Hour, func() { fail("a stopped timer fired") })
	never.Reset(2 * time.Hour)
	if !never.Stop() {
		fail("a timer of two hours had fired")
	}
	ticker := time.NewTicker(300 * time.Microsecond)
	for i := 0; i < 5; i++ {
		<-ticker.C
	}
	ticker.Stop()
	group.Wait()
	expect("timers", fired, 20)
}

func locks(round uint64) {
	var mutex sync.Mutex
	var shared sync.RWMutex
	var group sync.WaitGroup
	met := sync.NewCond(&mutex)
	counts := map[uint64]uint64{}
	arrived := 0
	for i := uint64(0); i < 8; i++ {
		group.Add(1)
		go func(id uint64) {
			defer group.Done()
			for k := uint64(0); k < 20; k++ {
				mutex.Lock()
				counts[id] += k
				mutex.Unlock()
				if k%4 == 0 {
					shared.Lock()
				} else {
					shared.RLock()
				}
				runtime.Gosched()
				if k%4 == 0 {
					shared.Unlock()
				} else {
					shared.RUnlock()
				}
			}
			mutex.Lock()
			arrived++
			met.Broadcast()
			for arrived < 8 {
				met.Wait()
			}
			mutex.Unlock()
		}(i)
	}
	group.Wait()
	for i := uint64(0); i < 8; i++ {
		expect("locks", counts[i], 190)
	}
}

// Threads come, hand over to each other, and die with their goroutine.
func threads(round uint64) {
	there, back := make(chan uint64), make(chan uint64)
	go func() {
		runtime.LockOSThread()
		for n := range there {
			back <- checksum(n)
		}
		if round%2 == 0 {
			runtime.UnlockOSThread()
		}
		close(back)
	}()
	runtime.LockOSThread()
	for i := uint64(0); i < 10; i++ {
		there <- round + i
		expect("threads", <-back, checksum(round+i))
	}
	runtime.UnlockOSThread()
	close(there)
	<-back
}
