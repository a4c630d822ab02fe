// Starts as many goroutines as it is told to, alone, after a line on stdin, in children, or
// before it executes something else; to be counted by process.
package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync"
	"syscall"
)

func worked(done *sync.WaitGroup) {
	done.Done()
}

func work(count int) {
	var done sync.WaitGroup
	done.Add(count)
	for range count {
		go worked(&done)
	}
	done.Wait()
	fmt.Println("worked", os.Getpid(), count)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func number(argument int) int {
	value, err := strconv.Atoi(os.Args[argument])
	check(err)
	return value
}

func main() {
	self, err := os.Executable()
	check(err)
	switch os.Args[1] {
	case "now":
		work(number(2))
	case "fail":
		work(number(2))
		os.Exit(3)
	case "asked":
		fmt.Println("ready", os.Getpid())
		lines := bufio.NewScanner(os.Stdin)
		for lines.Scan() {
			work(number(2))
		}
	case "children":
		for child := range number(2) {
			command := exec.Command(self, "now", strconv.Itoa(10*(child+1)))
			command.Stdout = os.Stdout
			check(command.Run())
		}
		work(number(3))
	case "again":
		work(number(2))
		check(syscall.Exec(self, []string{self, "now", os.Args[3]}, os.Environ()))
	case "elsewhere":
		// The thread that leads the process is kept by main: another one executes.
		runtime.LockOSThread()
		fmt.Println("ready", os.Getpid())
		bufio.NewScanner(os.Stdin).Scan()
		done := make(chan error)
		go func() {
			done <- syscall.Exec(self, []string{self, "now", os.Args[2]}, os.Environ())
		}()
		check(<-done)
	case "leave":
		work(number(2))
		check(syscall.Exec("/bin/sleep", []string{"sleep", os.Args[3]}, os.Environ()))
	}
}
