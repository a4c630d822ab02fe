module selfcheck

go 1.21
