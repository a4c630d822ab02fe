module example.com/stressplugin

go 1.19
