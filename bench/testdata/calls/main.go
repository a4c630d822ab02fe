// Calls a function of the runtime as often as it is told on stdin, and answers with the
// CPU time of its thread in nanoseconds.
//
//	mallocgc N     N allocations
//	casgstatus N   N changes of state
//	deep D N       N allocations under D calls
//
// With an argument, `calls storm SECONDS`, all processors do both as fast as they can.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

var sink *[2]uint64

//go:noinline
func allocate(count int) {
	for i := 0; i < count; i++ {
		sink = new([2]uint64)
	}
}

//go:noinline
func deep(depth, count int) int {
	if depth <= 1 {
		allocate(count)
		return depth
	}
	return deep(depth-1, count) + 1
}

// Gosched alone on its P: running to runnable, runnable to running.
func yield(count int) {
	for i := 0; i < count/2; i++ {
		runtime.Gosched()
	}
}

func threadCPUNs() int64 {
	const clockThreadCPUTimeID = 3
	var at syscall.Timespec
	syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clockThreadCPUTimeID, uintptr(unsafe.Pointer(&at)), 0)
	return at.Nano()
}

func storm(seconds int) {
	var group sync.WaitGroup
	end := time.Now().Add(time.Duration(seconds) * time.Second)
	for i := 0; i < runtime.GOMAXPROCS(0); i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			var kept *[2]uint64
			for time.Now().Before(end) {
				for j := 0; j < 1000; j++ {
					kept = new([2]uint64)
					if j%10 == 0 {
						runtime.Gosched()
					}
				}
			}
			runtime.KeepAlive(kept)
		}()
	}
	group.Wait()
}

func main() {
	if len(os.Args) > 2 {
		seconds, _ := strconv.Atoi(os.Args[2])
		storm(seconds)
		return
	}
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(-1)
	for {
		var what string
		var count int
		if n, _ := fmt.Scan(&what, &count); n != 2 {
			return
		}
		depth := count
		if what == "deep" {
			fmt.Scan(&count)
		}
		runtime.GC()
		before := threadCPUNs()
		switch what {
		case "mallocgc":
			allocate(count)
		case "casgstatus":
			yield(count)
		case "deep":
			deep(depth, count)
		}
		fmt.Println(threadCPUNs() - before)
	}
}
