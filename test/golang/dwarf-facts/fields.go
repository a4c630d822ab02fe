package main

import (
	"debug/dwarf"
	"fmt"
	"strings"
)

func printFields(data *dwarf.Data, names []string) {
	wanted := map[string][]string{}
	for _, name := range names {
		dot := strings.LastIndex(name, ".")
		wanted[name[:dot]] = append(wanted[name[:dot]], name[dot+1:])
	}
	reader := data.Reader()
	for {
		entry, err := reader.Next()
		check(err)
		if entry == nil {
			return
		}
		name, _ := entry.Val(dwarf.AttrName).(string)
		fields := wanted[name]
		if entry.Tag != dwarf.TagStructType || fields == nil {
			continue
		}
		delete(wanted, name)
		found, err := data.Type(entry.Offset)
		check(err)
		for _, field := range found.(*dwarf.StructType).Field {
			for _, want := range fields {
				if field.Name == want {
					fmt.Println(name+"."+want, field.ByteOffset)
				}
			}
		}
	}
}
