//go:build cgo

// C that calls Go, on threads of Go's and on threads of its own; code that is loaded later.
package main

/*
#cgo LDFLAGS: -lpthread
#include <pthread.h>
#include <stdint.h>

extern uint64_t goChecksum(uint64_t seed, int depth);

static uint64_t call_go(uint64_t seed, int depth) { return goChecksum(seed, depth) + 1; }

struct job { uint64_t seed, result; };

static void *on_own_thread(void *argument)
{
	struct job *job = argument;
	for (int i = 0; i < 3; i++) job->result += goChecksum(job->seed + i, 2);
	return 0;
}

static uint64_t in_threads(uint64_t seed)
{
	pthread_t ids[4];
	struct job jobs[4];
	uint64_t sum = 0;
	for (int i = 0; i < 4; i++) {
		jobs[i].seed = seed + 10 * i;
		jobs[i].result = 0;
		if (pthread_create(&ids[i], 0, on_own_thread, &jobs[i])) return 0;
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(ids[i], 0);
		sum += jobs[i].result;
	}
	return sum;
}
*/
import "C"

import (
	"plugin"
	"runtime"
	"time"
)

//export goChecksum
func goChecksum(seed C.uint64_t, depth C.int) C.uint64_t {
	if depth > 0 {
		runtime.Gosched()
		start := uint64(1)
		expect("a stack below C", deep(50, &start), deepSum(50))
		return C.call_go(seed, depth-1)
	}
	return C.uint64_t(checksum(uint64(seed)))
}

func cgoWorkers() []*worker {
	return []*worker{
		{name: "callbacks", once: callbacks, pause: 10 * time.Millisecond},
		{name: "foreign threads", once: foreignThreads, pause: 30 * time.Millisecond},
	}
}

func callbacks(round uint64) {
	depth := int(round % 10)
	expect("callbacks", uint64(C.call_go(C.uint64_t(round), C.int(depth))), checksum(round)+uint64(depth)+1)
}

func foreignThreads(round uint64) {
	want := uint64(0)
	for i := uint64(0); i < 4; i++ {
		for k := uint64(0); k < 3; k++ {
			want += checksum(round+10*i+k) + 2
		}
	}
	expect("foreign threads", uint64(C.in_threads(C.uint64_t(round))), want)
}

// pluginWorker loads the plugin at its first round; later ones call into it.
func pluginWorker(path string) *worker {
	return &worker{name: "plugin", pause: 20 * time.Millisecond, once: func(round uint64) {
		loaded, err := plugin.Open(path)
		if err != nil {
			fail("%v", err)
		}
		sum, err := loaded.Lookup("Sum")
		if err != nil {
			fail("%v", err)
		}
		numbers := make([]int, 20)
		for i := range numbers {
			numbers[i] = int(round) + i
		}
		expect("the plugin's sum", uint64(sum.(func([]int) int)(numbers)), 20*round+190)
	}}
}
