// Does a known number of each operation that a group of events is about, and says how many.
//
// The functions do one thing each, so that their events can be told by the column func.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"runtime/pprof"
	"sync"
	"time"
)

const (
	values    = 120
	tries     = 40
	selects   = 30
	waiters   = 8
	panics    = 5
	timers    = 6
	exchanges = 4
	cycles    = 3
	depth     = 2000
	closures  = 35
)

type boom struct{ code int }

func (b *boom) read() int { return b.code }

var made [2]func() int

// A function literal with a variable, and a method value.
//
//go:noinline
func capture(b *boom) {
	for i := 0; i < closures; i++ {
		j := i
		made[0] = func() int { return j }
		made[1] = b.read
	}
}

//go:noinline
func send(c chan int) {
	for i := 0; i < values; i++ {
		c <- i
	}
}

//go:noinline
func receive(c chan int) (sum int) {
	for i := 0; i < values; i++ {
		sum += <-c
	}
	return sum
}

//go:noinline
func try(c chan int) {
	for i := 0; i < tries; i++ {
		select {
		case c <- i:
		default:
		}
	}
}

//go:noinline
func choose(a, b chan int) {
	for i := 0; i < selects; i++ {
		select {
		case a <- i:
		case <-b:
		}
	}
}

//go:noinline
func shut(all ...chan int) {
	for _, c := range all {
		close(c)
	}
}

func channels() {
	c := make(chan int, values)
	done := make(chan bool)
	go func() {
		receive(c)
		done <- true
	}()
	send(c)
	<-done
	try(make(chan int))
	choose(make(chan int, selects), make(chan int))
	shut(make(chan int), make(chan int), c)
}

// Everyone comes while it is locked.
//
//go:noinline
func contend(m *sync.Mutex) {
	m.Lock()
	m.Unlock()
}

//go:noinline
func read(m *sync.RWMutex) {
	m.RLock()
	m.RUnlock()
}

func locks() {
	var m sync.Mutex
	var rw sync.RWMutex
	var all sync.WaitGroup
	m.Lock()
	rw.Lock()
	all.Add(2 * waiters)
	for i := 0; i < waiters; i++ {
		go func() { contend(&m); all.Done() }()
		go func() { read(&rw); all.Done() }()
	}
	time.Sleep(50 * time.Millisecond)
	rw.Unlock()
	m.Unlock()
	all.Wait()

	cond := sync.NewCond(&m)
	all.Add(waiters)
	for i := 0; i < waiters; i++ {
		go func() {
			m.Lock()
			cond.Wait()
			m.Unlock()
			all.Done()
		}()
	}
	time.Sleep(50 * time.Millisecond)
	cond.Signal()
	cond.Signal()
	cond.Broadcast()
	all.Wait()
}

//go:noinline
func fail(i int, none []int) {
	defer func() { _ = recover() }()
	if i%2 == 0 {
		panic(boom{i})
	}
	none[i] = 1
}

//go:noinline
func grow(n int) int {
	var frame [64]byte
	frame[n%64] = byte(n)
	if n == 0 {
		return 0
	}
	return grow(n-1) + int(frame[(n+1)%64])
}

func wake() {
	for i := 0; i < timers; i++ {
		t := time.AfterFunc(time.Hour, func() {})
		t.Stop()
	}
	fired := make(chan bool, timers)
	for i := 0; i < timers; i++ {
		time.AfterFunc(time.Millisecond, func() { fired <- true })
	}
	for i := 0; i < timers; i++ {
		<-fired
	}
}

func talk() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		c, _ := l.Accept()
		_, _ = io.Copy(c, c)
		c.Close()
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		panic(err)
	}
	buf := make([]byte, 4)
	for i := 0; i < exchanges; i++ {
		_, _ = c.Write(buf)
		_, _ = io.ReadFull(c, buf)
		time.Sleep(5 * time.Millisecond)
	}
	c.Close()
	l.Close()
}

func main() {
	channels()
	locks()
	capture(&boom{})
	for i := 0; i < panics; i++ {
		fail(i, nil)
	}
	done := make(chan int)
	go func() { done <- grow(depth) }()
	<-done
	wake()
	talk()
	for i := 0; i < cycles; i++ {
		runtime.GC()
	}
	pprof.Do(context.Background(), pprof.Labels("request", "42", "tenant", "blue"), func(context.Context) {
		go func() { done <- 1 }()
		<-done
		// Labels are read some time after they were set.
		time.Sleep(600 * time.Millisecond)
	})
	fmt.Fprintf(os.Stdout, `{"values":%d,"tries":%d,"selects":%d,"closes":3,"waiters":%d,"panics":%d,`+
		`"timers":%d,"exchanges":%d,"cycles":%d,"closures":%d}`+"\n",
		values, tries, selects, waiters, panics, timers, exchanges, cycles, closures)
}
