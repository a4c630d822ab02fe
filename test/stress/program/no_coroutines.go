//go:build !go1.23

package main

func coroutineWorkers() []*worker { return nil }
