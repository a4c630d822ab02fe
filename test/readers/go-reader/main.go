// Command go-reader reads recordings with Arrow's Go library and prints every value, as
// read-recordings.py does.
//
//	go-reader file|stream FILE...
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

type reading struct {
	Columns map[string][]string `json:"columns,omitempty"`
	Types   map[string]string   `json:"types,omitempty"`
	Error   string              `json:"error,omitempty"`
}

func (r *reading) take(batch arrow.RecordBatch) {
	for i, field := range batch.Schema().Fields() {
		r.Types[field.Name] = field.Type.String()
		r.Columns[field.Name] = append(r.Columns[field.Name], values(batch.Column(i))...)
	}
}

func values(column arrow.Array) []string {
	out := make([]string, column.Len())
	for row := range out {
		if names, ok := column.(*array.Dictionary); ok {
			out[row] = names.Dictionary().(*array.String).Value(names.GetValueIndex(row))
		} else {
			out[row] = column.ValueStr(row)
		}
	}
	return out
}

func readFile(file *os.File, r *reading) error {
	reader, err := ipc.NewFileReader(file)
	if err != nil {
		return err
	}
	defer reader.Close()
	for i := range reader.NumRecords() {
		batch, err := reader.RecordBatch(i)
		if err != nil {
			return err
		}
		r.take(batch)
	}
	return nil
}

func readStream(file *os.File, r *reading) error {
	reader, err := ipc.NewReader(file)
	if err != nil {
		return err
	}
	defer reader.Release()
	for reader.Next() {
		r.take(reader.RecordBatch())
	}
	if err := reader.Err(); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

func main() {
	read := map[string]func(*os.File, *reading) error{"file": readFile, "stream": readStream}[os.Args[1]]
	readings := map[string]*reading{}
	for _, path := range os.Args[2:] {
		r := &reading{Columns: map[string][]string{}, Types: map[string]string{}}
		file, err := os.Open(path)
		if err == nil {
			err = read(file, r)
			file.Close()
		}
		if err != nil {
			r.Error = err.Error()
		}
		readings[path] = r
	}
	if err := json.NewEncoder(os.Stdout).Encode(readings); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
