module example.com/coroutine-program

go 1.23
