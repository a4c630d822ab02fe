// Says by runtime.Callers where it is, and does on the same line what becomes an event there.
//
// A line of output for each: the event, and the frames that Go itself tells, innermost first.
package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"
)

var (
	out  = bufio.NewWriter(os.Stdout)
	kept [4096][]byte
	some any
)

// here is on the stack that it tells: what calls it is the first frame.
//
//go:noinline
func here(event string) {
	var pcs [256]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	fmt.Fprint(out, event)
	for {
		frame, more := frames.Next()
		if strings.HasPrefix(frame.Function, "main.") {
			fmt.Fprintf(out, " %s:%d", frame.Function, frame.Line)
		}
		if !more {
			break
		}
	}
	fmt.Fprintln(out)
}

// inlined is part of what calls it.
func inlined(c chan int) { here("chan_send"); c <- 1 }

//go:noinline
func deep(n int, do func()) {
	if n == 0 {
		do()
		return
	}
	deep(n-1, do)
}

type numbers[T any] struct{ of []T }

//go:noinline
func (n *numbers[T]) grow(by int) {
	here("alloc"); n.of = make([]T, by)
}

func allocate() {
	for i := 0; i < 60; i++ {
		here("alloc"); kept[i] = make([]byte, 5000+i)
		new(numbers[int64]).grow(3000 + i)
		here("alloc"); some = [777]int{i}
	}
}

func channels() {
	c, d := make(chan int, 9), make(chan int, 9)
	inlined(c)
	here("chan_recv"); <-c
	here("chan_close"); close(c)
	here("select"); select { case <-c: case <-d: }
	here("chan_send"); select { case d <- 1: default: }
}

func locks() {
	var lock sync.Mutex
	cond := sync.NewCond(&lock)
	var wait sync.WaitGroup
	wait.Add(1)
	lock.Lock()
	go func() {
		defer wait.Done()
		here("mutex_contended"); lock.Lock()
		here("cond_notify"); cond.Broadcast()
		lock.Unlock()
		time.Sleep(50 * time.Millisecond)
	}()
	time.Sleep(50 * time.Millisecond)
	here("cond_wait"); cond.Wait()
	lock.Unlock()
	here("sem_acquire"); wait.Wait()
}

func network() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	var wait sync.WaitGroup
	wait.Add(1)
	go func() {
		defer wait.Done()
		one, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		time.Sleep(20 * time.Millisecond)
		one.Write([]byte("x"))
		here("net_close"); one.Close()
	}()
	two, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		panic(err)
	}
	var bytes [1]byte
	here("net_wait"); two.Read(bytes[:])
	wait.Wait()
}

func others() {
	here("timer_set"); timer := time.NewTimer(time.Hour)
	here("timer_stop"); timer.Stop()
	here("gc_trigger"); runtime.GC()
	defer func() { recover() }()
	here("panic"); panic("nothing")
}

func main() {
	for _, do := range []func(){allocate, channels, locks, network, others} {
		deep(1, do)
		deep(25, do)
	}
	out.Flush()
}
