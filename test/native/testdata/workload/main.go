// Does a known amount of what a recording shows, and prints the amounts as JSON.
//
//	workload counts GOROUTINES ALLOCATIONS COLLECTIONS   do each so often
//	workload hold GOROUTINES                             park them, print, wait for stdin to end
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"syscall"
	"time"
)

type box struct{ words [7]uint64 }

var sink *box

//go:noinline
func allocate(count int) {
	for i := 0; i < count; i++ {
		sink = new(box)
	}
}

//go:noinline
func worker(group *sync.WaitGroup, turn chan int) {
	turn <- <-turn + 1
	group.Done()
}

func spawn(count int) {
	var group sync.WaitGroup
	turn := make(chan int, 1)
	turn <- 0
	group.Add(count)
	for i := 0; i < count; i++ {
		go worker(&group, turn)
	}
	group.Wait()
}

// Blocks the thread in a read, so that its P is taken away.
func blockInSyscalls(count int) {
	var ends [2]int
	if err := syscall.Pipe(ends[:]); err != nil {
		panic(err)
	}
	buffer := make([]byte, 1)
	for i := 0; i < count; i++ {
		syscall.Write(ends[1], buffer)
		syscall.Read(ends[0], buffer)
	}
}

func number(at int) int {
	n, err := strconv.Atoi(os.Args[at])
	if err != nil {
		panic(err)
	}
	return n
}

func counts() {
	debug.SetGCPercent(-1)
	var before, after runtime.MemStats
	spawn(number(2))
	runtime.ReadMemStats(&before)
	allocate(number(3))
	runtime.ReadMemStats(&after)
	for i := 0; i < number(4); i++ {
		runtime.GC()
	}
	blockInSyscalls(100)
	json.NewEncoder(os.Stdout).Encode(map[string]uint64{
		"mallocs":     after.Mallocs - before.Mallocs,
		"collections": uint64(number(4)),
		"goroutines":  uint64(number(2)),
	})
}

func hold() {
	var ready, ended sync.WaitGroup
	release := make(chan struct{})
	for i := 0; i < number(2); i++ {
		ready.Add(1)
		ended.Add(1)
		go func() {
			ready.Done()
			<-release
			ended.Done()
		}()
	}
	ready.Wait()
	fmt.Println("ready")
	io.Copy(io.Discard, os.Stdin)
	close(release)
	ended.Wait()
	// The last of them has said so, and ends.
	runtime.Gosched()
	time.Sleep(50 * time.Millisecond)
}

func main() {
	switch os.Args[1] {
	case "counts":
		counts()
	case "hold":
		hold()
	}
}
