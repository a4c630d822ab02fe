module family

go 1.22
