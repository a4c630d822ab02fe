//go:build !cgo

package main

func cgoWorkers() []*worker { return nil }

func pluginWorker(path string) *worker {
	fail("no plugin without cgo: %s", path)
	return nil
}
