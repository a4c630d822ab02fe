module example.com/dwarf-facts

go 1.20
