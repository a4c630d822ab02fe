// Command traced does a bit of everything while Go's own execution tracer watches, and prints
// what the runtime counted. Usage: traced TRACE-FILE
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/trace"
	"sync"
	"time"
)

type node struct {
	next *node
	name string
}

var sink *node

func (n *node) method(done chan<- string) { done <- n.name }

func worker(id int, jobs <-chan int, results chan<- int) {
	for job := range jobs {
		results <- job * id
	}
}

func channels() {
	jobs, results := make(chan int), make(chan int, 4)
	for i := 0; i < 8; i++ {
		go worker(i, jobs, results)
	}
	go func() {
		for i := 0; i < 400; i++ {
			jobs <- i
		}
		close(jobs)
	}()
	for i := 0; i < 400; i++ {
		<-results
	}
	done := make(chan string)
	n := &node{name: "method"}
	go n.method(done)
	<-done
}

func locks() {
	var mu sync.Mutex
	var rw sync.RWMutex
	var wg sync.WaitGroup
	cond := sync.NewCond(&sync.Mutex{})
	ready := 0
	for i := 0; i < 6; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for k := 0; k < 20; k++ {
				mu.Lock()
				time.Sleep(20 * time.Microsecond)
				mu.Unlock()
				rw.RLock()
				runtime.Gosched()
				rw.RUnlock()
			}
			cond.L.Lock()
			ready++
			cond.Broadcast()
			for ready < 6 {
				cond.Wait()
			}
			cond.L.Unlock()
		}()
	}
	wg.Wait()
}

func selects() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func network() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				io.Copy(conn, conn)
				conn.Close()
			}()
		}
	}()
	for i := 0; i < 5; i++ {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			panic(err)
		}
		for k := 0; k < 10; k++ {
			conn.Write([]byte("hello"))
			io.ReadFull(conn, make([]byte, 5))
		}
		conn.Close()
	}
}

func deep(depth int) int {
	var pad [256]byte
	if depth == 0 {
		return int(pad[0])
	}
	return deep(depth-1) + int(pad[depth%256])
}

func stacks() {
	var wg sync.WaitGroup
	for i := 0; i < 20; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			deep(200)
		}()
	}
	wg.Wait()
}

func garbage() {
	for i := 0; i < 20000; i++ {
		sink = &node{next: sink, name: "x"}
		if i%1000 == 0 {
			sink = nil
		}
	}
	runtime.GC()
}

func nested(depth int, wg *sync.WaitGroup) {
	defer wg.Done()
	if depth == 0 {
		return
	}
	wg.Add(2)
	go nested(depth-1, wg)
	go nested(depth-1, wg)
}

var kept struct {
	number *int64
	tiny   *byte
	empty  *struct{}
	bytes  []byte
	names  map[string]int
	any    interface{}
}

// Allocations of all sorts: small, tiny ones that share a slot, large, none at all.
func allocate(count int) {
	for i := 0; i < count; i++ {
		kept.number, kept.tiny, kept.empty = new(int64), new(byte), new(struct{})
		kept.bytes = append(make([]byte, i%600), "more"...)
		kept.any = i
		if i%100 == 0 {
			kept.bytes = make([]byte, 40_000+i)
			kept.names = map[string]int{"name": i, string(kept.bytes[:9]): i}
		}
	}
}

func main() {
	file, err := os.Create(os.Args[1])
	if err != nil {
		panic(err)
	}
	if err := trace.Start(file); err != nil {
		panic(err)
	}
	for round := 0; round < 3; round++ {
		channels()
		locks()
		selects()
		network()
		stacks()
		garbage()
		var wg sync.WaitGroup
		wg.Add(1)
		nested(6, &wg)
		wg.Wait()
	}
	trace.Stop()
	file.Close()
	debug.SetGCPercent(-1)
	var before, stats runtime.MemStats
	runtime.ReadMemStats(&before)
	allocate(5000)
	runtime.ReadMemStats(&stats)
	fmt.Printf("mallocs %d\ngcs %d\nexact %d\n", stats.Mallocs, stats.NumGC, stats.Mallocs-before.Mallocs)
}
