// What the debug information of an executable says: the other opinion in tests.
//
//	dwarf-facts fields EXECUTABLE runtime.g.goid ...   prints `runtime.g.goid 152` lines
//	dwarf-facts frames EXECUTABLE                      reads addresses in hex, one a line,
//	    and prints for each one line: `name file:line < name file:line`, innermost first
package main

import (
	"debug/elf"
	"fmt"
	"os"
)

func main() {
	file, err := elf.Open(os.Args[2])
	check(err)
	data, err := file.DWARF()
	check(err)
	if os.Args[1] == "fields" {
		printFields(data, os.Args[3:])
	} else {
		printFrames(data)
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
