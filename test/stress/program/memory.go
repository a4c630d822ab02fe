// Stacks that grow and move, garbage, maps, panics.
package main

import (
	"errors"
	"runtime"
	"runtime/debug"
	"strconv"
)

// deep hands a pointer into its own frame down; the frame moves while the stack grows.
//
//go:noinline
func deep(depth uint64, above *uint64) uint64 {
	var pad [24]uint64
	mine := *above + depth
	pad[depth%24] = mine
	if depth == 0 {
		return mine
	}
	below := deep(depth-1, &mine)
	expect("a frame", pad[depth%24], mine)
	return below + mine
}

func deepSum(depth uint64) uint64 {
	mine, sum := uint64(1), uint64(0)
	for d := depth; ; d-- {
		mine += d
		sum += mine
		if d == 0 {
			return sum
		}
	}
}

func growStacks(round uint64) {
	sums := make(chan uint64)
	for i := uint64(0); i < 8; i++ {
		go func(depth uint64) {
			start := uint64(1)
			sums <- deep(depth, &start) - deepSum(depth)
		}(100 + (round+i)%8*60)
	}
	for i := 0; i < 8; i++ {
		expect("a deep sum", <-sums, 0)
	}
	if round%50 == 0 {
		debug.SetMaxStack(256 << 20)
		done := make(chan bool)
		go func() {
			start := uint64(1)
			expect("the deepest sum", deep(20000, &start), deepSum(20000))
			done <- true
		}()
		<-done
	}
}

type tree struct {
	left, right *tree
	text        string
	sum         uint64
}

func grow(depth int, seed uint64) *tree {
	t := &tree{text: strconv.FormatUint(checksum(seed), 16), sum: checksum(seed)}
	if depth > 0 {
		t.left, t.right = grow(depth-1, seed*2+1), grow(depth-1, seed*2+2)
	}
	return t
}

func (t *tree) check(seed uint64) {
	if t == nil {
		return
	}
	expect("a node", t.sum, checksum(seed))
	n, err := strconv.ParseUint(t.text, 16, 64)
	if err != nil {
		fail("a node's text: %v", err)
	}
	expect("a node's text", n, t.sum)
	t.left.check(seed*2 + 1)
	t.right.check(seed*2 + 2)
}

var kept [8]*tree
var keptSeed [8]uint64

func garbage(round uint64) {
	at := round % 8
	kept[at].check(keptSeed[at])
	keptSeed[at] = round
	kept[at] = grow(8, round)
	grow(7, round+1).check(round + 1)
	large := make([]byte, 100_000+round%7*33_000)
	large[len(large)-1] = byte(round)
	if round%10 == 0 {
		runtime.GC()
	}
	if round%40 == 5 {
		debug.FreeOSMemory()
	}
	for i, b := range large[:len(large)-1] {
		if b != 0 {
			fail("fresh memory is not zero at %d", i)
		}
	}
}

func maps(round uint64) {
	byName, byNumber := map[string]uint64{}, map[uint64]string{}
	for i := uint64(0); i < 300; i++ {
		name := strconv.FormatUint(checksum(round+i), 36)
		byName[name], byNumber[i] = i, name
	}
	for i := uint64(0); i < 300; i += 3 {
		delete(byName, byNumber[i])
	}
	sum := uint64(0)
	for name, i := range byName {
		if byNumber[i] != name {
			fail("a map's entry is another's")
		}
		sum += i
	}
	expect("maps", sum, 299*300/2-3*99*100/2)
}

type failure struct{ depth uint64 }

func (f failure) Error() string { return strconv.FormatUint(f.depth, 10) }

func unwind(depth uint64, order *[]uint64) {
	defer func() { *order = append(*order, depth) }()
	if depth == 0 {
		panic(failure{42})
	}
	unwind(depth-1, order)
}

func recovered(do func()) (err error) {
	defer func() { err, _ = recover().(error) }()
	do()
	return nil
}

func panics(round uint64) {
	var order []uint64
	err := recovered(func() { unwind(20, &order) })
	var f failure
	if !errors.As(err, &f) || f.depth != 42 {
		fail("recovered %v", err)
	}
	for i, depth := range order {
		expect("the order of deferred calls", depth, uint64(i))
	}
	expect("deferred calls", uint64(len(order)), 21)
	var nothing *tree
	if _, ok := recovered(func() { nothing.sum++ }).(runtime.Error); !ok {
		fail("a write to nil went well")
	}
	zero := round - round
	if _, ok := recovered(func() { zero = round / zero }).(runtime.Error); !ok {
		fail("a division by zero went well")
	}
	if _, ok := recovered(func() { kept[round%8+8*uint64(len(order))/21] = nil }).(runtime.Error); !ok {
		fail("a write beyond an array went well")
	}
}
