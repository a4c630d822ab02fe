module blips

go 1.21
