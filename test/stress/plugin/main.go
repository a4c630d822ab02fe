// A plugin that the stress program loads: its code is none of the executable's.
package main

// Sum starts a goroutine for each number and adds what they send.
func Sum(numbers []int) int {
	sums := make(chan int)
	for _, n := range numbers {
		go func(n int) { sums <- n }(n)
	}
	total := 0
	for range numbers {
		total += <-sums
	}
	return total
}

func main() {}
