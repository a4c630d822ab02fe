package main

import (
	"bufio"
	"debug/dwarf"
	"fmt"
	"os"
	"strconv"
)

// A function or an inlined call, with the calls inlined into it.
type scope struct {
	ranges             [][2]uint64
	origin             dwarf.Offset
	callFile, callLine int64
	inner              []*scope
}

func (s *scope) holds(pc uint64) bool {
	for _, r := range s.ranges {
		if r[0] <= pc && pc < r[1] {
			return true
		}
	}
	return false
}

// One compilation unit: its functions and the lines of its code.
type unit struct {
	scope
	files []*dwarf.LineFile
	lines []dwarf.LineEntry
}

func printFrames(data *dwarf.Data) {
	units, names := readUnits(data)
	input := bufio.NewScanner(os.Stdin)
	output := bufio.NewWriter(os.Stdout)
	defer output.Flush()
	for input.Scan() {
		pc, err := strconv.ParseUint(input.Text(), 16, 64)
		check(err)
		fmt.Fprintln(output, framesAt(units, names, pc))
	}
}

func framesAt(units []*unit, names map[dwarf.Offset]string, pc uint64) string {
	for _, u := range units {
		var path []*scope
		for at := u.inner; at != nil; {
			var next *scope
			for _, s := range at {
				if s.holds(pc) {
					next = s
				}
			}
			if next == nil {
				break
			}
			path = append(path, next)
			at = next.inner
		}
		if len(path) == 0 {
			continue
		}
		place := u.placeOf(pc)
		text := ""
		for i := len(path) - 1; i >= 0; i-- {
			text += names[path[i].origin] + " " + place
			if i > 0 {
				text += " < "
				place = fmt.Sprintf("%s:%d", u.files[path[i].callFile].Name, path[i].callLine)
			}
		}
		return text
	}
	return ""
}

func (u *unit) placeOf(pc uint64) string {
	for i := 0; i+1 < len(u.lines); i++ {
		this, next := u.lines[i], u.lines[i+1]
		if this.Address <= pc && pc < next.Address && !this.EndSequence {
			return fmt.Sprintf("%s:%d", this.File.Name, this.Line)
		}
	}
	return ""
}

func readUnits(data *dwarf.Data) ([]*unit, map[dwarf.Offset]string) {
	var units []*unit
	names := map[dwarf.Offset]string{}
	reader := data.Reader()
	var stack []*scope
	for {
		entry, err := reader.Next()
		check(err)
		if entry == nil {
			return units, names
		}
		if entry.Tag == 0 {
			stack = stack[:len(stack)-1]
			continue
		}
		var current *scope
		if len(stack) > 0 {
			current = stack[len(stack)-1]
		}
		if name, ok := entry.Val(dwarf.AttrName).(string); ok && entry.Tag == dwarf.TagSubprogram {
			names[entry.Offset] = name
		}
		switch entry.Tag {
		case dwarf.TagCompileUnit:
			u := &unit{}
			lines, err := data.LineReader(entry)
			check(err)
			for line := (dwarf.LineEntry{}); lines != nil && lines.Next(&line) == nil; {
				u.lines = append(u.lines, line)
			}
			if lines != nil {
				u.files = lines.Files()
			}
			units = append(units, u)
			current = &u.scope
		case dwarf.TagSubprogram, dwarf.TagInlinedSubroutine:
			ranges, err := data.Ranges(entry)
			check(err)
			s := &scope{ranges: ranges, origin: entry.Offset}
			if origin, ok := entry.Val(dwarf.AttrAbstractOrigin).(dwarf.Offset); ok {
				s.origin = origin
			}
			s.callFile, _ = entry.Val(dwarf.AttrCallFile).(int64)
			s.callLine, _ = entry.Val(dwarf.AttrCallLine).(int64)
			if current != nil && len(ranges) > 0 {
				current.inner = append(current.inner, s)
			}
			current = s
		}
		if entry.Children {
			stack = append(stack, current)
		}
	}
}
