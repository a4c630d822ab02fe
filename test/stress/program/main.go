// Command stress does what is hard on a tracer, and checks all of its own results.
//
//	stress run SECONDS [PLUGIN]   work until stdin ends or for so long, and execute itself in between
//	stress child N                print the checksum of N and end
//
// It prints "tick ROUNDS" twice a second, "exec N" before it executes itself, and "ok ROUNDS EXECS"
// at the end. A wrong result, or a
// worker that does not get on for a minute, is told on stderr and ends it with 1.
package main

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/pprof"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// An image lives so long before it is executed again.
const imageLife = 8 * time.Second

const stuckAfter = time.Minute

type worker struct {
	name   string
	once   func(round uint64)
	pause  time.Duration
	rounds uint64
	lastNs int64
}

var workers = []*worker{
	{name: "stacks", once: growStacks, pause: 5 * time.Millisecond},
	{name: "churn", once: churn, pause: 5 * time.Millisecond},
	{name: "pipeline", once: pipeline, pause: 5 * time.Millisecond},
	{name: "selects", once: selects, pause: 5 * time.Millisecond},
	{name: "timers", once: timers, pause: 5 * time.Millisecond},
	{name: "locks", once: locks, pause: 5 * time.Millisecond},
	{name: "threads", once: threads, pause: 20 * time.Millisecond},
	{name: "garbage", once: garbage, pause: 20 * time.Millisecond},
	{name: "maps", once: maps, pause: 10 * time.Millisecond},
	{name: "panics", once: panics, pause: 5 * time.Millisecond},
	{name: "loopback", once: loopback, pause: 10 * time.Millisecond},
	{name: "signals", once: signals, pause: 5 * time.Millisecond},
	{name: "profile", once: profile, pause: 300 * time.Millisecond},
	{name: "children", once: children, pause: 200 * time.Millisecond},
}

func fail(format string, args ...interface{}) {
	fmt.Fprintf(os.Stderr, "WRONG: "+format+"\n", args...)
	os.Exit(1)
}

// Results are compared here and nowhere else.
func expect(what string, got, want uint64) {
	if got != want {
		fail("%s: %d, not %d", what, got, want)
	}
}

func (w *worker) run(stop *uint32, ended chan<- bool) {
	for atomic.LoadUint32(stop) == 0 {
		w.once(atomic.LoadUint64(&w.rounds))
		atomic.AddUint64(&w.rounds, 1)
		atomic.StoreInt64(&w.lastNs, time.Now().UnixNano())
		time.Sleep(w.pause)
	}
	ended <- true
}

func watch(before uint64) {
	for range time.Tick(500 * time.Millisecond) {
		rounds := before
		for _, w := range workers {
			rounds += atomic.LoadUint64(&w.rounds)
			silent := time.Since(time.Unix(0, atomic.LoadInt64(&w.lastNs)))
			if silent > stuckAfter {
				pprof.Lookup("goroutine").WriteTo(os.Stderr, 2)
				fail("%s got stuck", w.name)
			}
		}
		fmt.Println("tick", rounds)
	}
}

func number(text string) uint64 {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		fail("%v", err)
	}
	return n
}

// run works until the end or until it is time to execute itself again, with the counts so far.
func run(end time.Time, plugin string, rounds, execs uint64) {
	stop := uint32(0)
	ended := make(chan bool)
	usr2 = make(chan os.Signal, 16)
	signal.Notify(usr2, syscall.SIGUSR2)
	if plugin != "" {
		workers = append(workers, pluginWorker(plugin))
	}
	workers = append(workers, cgoWorkers()...)
	workers = append(workers, coroutineWorkers()...)
	for _, w := range workers {
		w.lastNs = time.Now().UnixNano()
	}
	go watch(rounds)
	for _, w := range workers {
		go w.run(&stop, ended)
	}
	life := time.Until(end)
	isLast := life <= imageLife
	if !isLast {
		life = imageLife
	}
	asked := make(chan bool)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		time.Sleep(time.Second)
		asked <- true
	}()
	select {
	case <-time.After(life):
	case <-asked:
		isLast = true
	}
	atomic.StoreUint32(&stop, 1)
	for range workers {
		<-ended
	}
	for _, w := range workers {
		if w.rounds == 0 {
			fail("%s did nothing", w.name)
		}
		rounds += w.rounds
	}
	if isLast {
		fmt.Println("ok", rounds, execs)
		return
	}
	fmt.Println("exec", execs+1)
	args := []string{os.Args[0], "again", strconv.FormatInt(end.Unix(), 10), plugin,
		strconv.FormatUint(rounds, 10), strconv.FormatUint(execs+1, 10)}
	err := syscall.Exec("/proc/self/exe", args, os.Environ())
	fail("exec: %v", err)
}

func main() {
	switch os.Args[1] {
	case "run":
		plugin := ""
		if len(os.Args) > 3 {
			plugin = os.Args[3]
		}
		run(time.Now().Add(time.Duration(number(os.Args[2]))*time.Second), plugin, 0, 0)
	case "again":
		run(time.Unix(int64(number(os.Args[2])), 0), os.Args[3], number(os.Args[4]), number(os.Args[5]))
	case "child":
		fmt.Println(checksum(number(os.Args[2])))
	}
}
