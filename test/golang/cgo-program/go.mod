module example.com/cgo-program

go 1.20
