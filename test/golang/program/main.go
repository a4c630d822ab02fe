// A small program with some of everything: what the tests of src/golang look at.
//
// Without arguments it starts goroutines and ends. With the argument `types` it prints, for
// values of many types, the address of their type descriptor, kind, size and name; the first
// line is the address of main.anchor, which gives away where the program was loaded.
package main

import (
	"fmt"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"sync"
	"time"
	"unsafe"

	dotted "example.com/program/dot.ted"
)

type point struct{ X, Y int }

type pair[K comparable, V any] struct {
	Key   K
	Value V
}

type shape interface{ Area() float64 }

type square struct{ side float64 }

func (s square) Area() float64 { return s.side * s.side }

type celsius float32

//go:noinline
func anchor() {}

//go:noinline
func worker(in <-chan int, out chan<- string, wg *sync.WaitGroup) {
	defer wg.Done()
	for n := range in {
		out <- strings.Repeat("x", n)
	}
}

func largest[T int | float64](values ...T) T {
	best := values[0]
	for _, v := range values[1:] {
		if v > best {
			best = v
		}
	}
	return best
}

type eface struct{ typ, data unsafe.Pointer }

func printTypes() {
	fmt.Printf("anchor %#x\n", reflect.ValueOf(anchor).Pointer())
	values := []any{
		true, 1, int8(1), int64(1), uint8(1), uintptr(1), float32(1), 1.5, complex(1, 2),
		"text", []byte("b"), [3]string{}, point{}, &point{}, []point{}, map[string]point{},
		map[int][]string{}, make(chan int), make(<-chan point), func(int) string { return "" },
		square{}, celsius(1), pair[string, int]{}, pair[point, *square]{}, struct{ A, B byte }{},
		time.Second, time.Time{}, netip.Addr{}, &sync.Mutex{}, unsafe.Pointer(nil),
		[]shape{}, new(error), new(any), struct{}{}, [0]int{}, fmt.Errorf("x"),
	}
	for _, v := range values {
		t := reflect.TypeOf(v)
		fmt.Printf("%#x %s %d %s\n", uintptr((*eface)(unsafe.Pointer(&v)).typ), t.Kind(), t.Size(), t)
	}
}

// The compiler's wrapper calls the closure through a register.
func startClosure(out chan<- string) {
	for i := 0; i < 2; i++ {
		go func(number int) { out <- fmt.Sprint(number) }(i)
	}
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "types" {
		printTypes()
		return
	}
	in, out := make(chan int), make(chan string, 100)
	var wg sync.WaitGroup
	for i := 0; i < 4; i++ {
		wg.Add(1)
		go worker(in, out, &wg)
	}
	for i := 0; i < 20; i++ {
		in <- i
	}
	close(in)
	wg.Wait()
	startClosure(out)
	fmt.Println(len(out), largest(1, 3, 2), largest(1.5, 0.5), dotted.Hello())
}
