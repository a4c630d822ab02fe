module example.org/groups

go 1.20
