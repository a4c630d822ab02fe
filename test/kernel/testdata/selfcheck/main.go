// Command selfcheck works until its input ends and checks all the while that its own sums are
// right: workers pass numbers on through channels, locks and new memory. It exits with 0 and says
// how many rounds were right, or with 1 and says which was not.
package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

type node struct {
	value int
	next  *node
}

// sum makes a list of n numbers in new memory, spread over goroutines, and adds them up.
func sum(n, workers int) int {
	in := make(chan *node)
	var mu sync.Mutex
	var wg sync.WaitGroup
	total := 0
	for i := 0; i < workers; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for list := range in {
				for ; list != nil; list = list.next {
					mu.Lock()
					total += list.value
					mu.Unlock()
				}
			}
		}()
	}
	for i := 1; i <= n; i += 2 {
		in <- &node{i, &node{i + 1, nil}}
	}
	close(in)
	wg.Wait()
	return total
}

func main() {
	ended := make(chan struct{})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		close(ended)
	}()
	fmt.Println("ready")
	for round := 0; ; round++ {
		select {
		case <-ended:
			fmt.Printf("%d rounds were right\n", round)
			return
		default:
		}
		n := 2 * (20 + round%40)
		if got, want := sum(n, 8), n*(n+1)/2; got != want {
			fmt.Printf("round %d: %d instead of %d\n", round, got, want)
			os.Exit(1)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
