// What goes through the kernel: the network, signals, profiles, children.
package main

import (
	"bytes"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func loopback(round uint64) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fail("%v", err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				io.Copy(conn, conn)
				conn.Close()
			}()
		}
	}()
	for i := 0; i < 3; i++ {
		conn, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			fail("%v", err)
		}
		conn.SetDeadline(time.Now().Add(stuckAfter))
		for k := uint64(0); k < 5; k++ {
			sent := bytes.Repeat([]byte(strconv.FormatUint(checksum(round+k), 16)), 50)
			got := make([]byte, len(sent))
			conn.Write(sent)
			if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, sent) {
				fail("loopback: %v", err)
			}
		}
		conn.Close()
	}
}

var usr2 chan os.Signal

// A storm of the signal by which Go preempts, and one of our own, which must arrive.
func signals(round uint64) {
	pid := syscall.Getpid()
	tids, err := os.ReadDir("/proc/self/task")
	if err != nil {
		fail("%v", err)
	}
	for _, entry := range tids {
		for k := 0; k < 3; k++ {
			// The thread may have ended meanwhile.
			syscall.RawSyscall(syscall.SYS_TGKILL, uintptr(pid), uintptr(number(entry.Name())), uintptr(syscall.SIGURG))
		}
	}
	syscall.Kill(pid, syscall.SIGUSR2)
	select {
	case <-usr2:
	case <-time.After(stuckAfter):
		fail("a signal was lost")
	}
}

func profile(round uint64) {
	var out bytes.Buffer
	runtime.SetCPUProfileRate(0)
	if err := pprof.StartCPUProfile(&out); err != nil {
		fail("%v", err)
	}
	for begin := time.Now(); time.Since(begin) < 20*time.Millisecond; {
		expect("arithmetic while profiling", checksum(round), checksum(round))
	}
	pprof.StopCPUProfile()
	if out.Len() == 0 {
		fail("an empty profile")
	}
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	if !strings.Contains(string(stacks), "main.profile") {
		fail("stacks without ourselves:\n%s", stacks)
	}
}

func children(round uint64) {
	out, err := exec.Command("/proc/self/exe", "child", strconv.FormatUint(round, 10)).Output()
	if err != nil {
		fail("a child: %v", err)
	}
	expect("a child's checksum", number(strings.TrimSpace(string(out))), checksum(round))
	err = exec.Command("/no/such/program").Run()
	if err == nil {
		fail("a program that is not there ran")
	}
}
