// Creates a goroutine now and then, and prints when: the moment that a viewer should show.
package main

import (
	"fmt"
	"time"
)

func blip(done chan<- bool) { done <- true }

func main() {
	fmt.Println("ready")
	done := make(chan bool)
	// Not in step with anything that the recorder or the page does.
	for pause := 61 * time.Millisecond; ; pause = (pause*7 + 13*time.Millisecond) % (150 * time.Millisecond) {
		time.Sleep(60*time.Millisecond + pause)
		fmt.Println(time.Now().UnixNano())
		go blip(done)
		<-done
	}
}
