package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"srtm/journal"
)

// mostHeads bounds the octets of a file of heads: an hour's for twenty years.
const mostHeads = 128 << 20

// readHeads returns the texts of the signed heads in files, and in the files of
// folders, each once. A file that holds none is wrong use: it says nothing about
// a journal.
func readHeads(names []string) (texts []string, err error) {
	known := make(map[string]bool)
	for _, name := range names {
		files, err := filesOf(name)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			some, err := readHeadFile(file)
			if err != nil {
				return nil, err
			}
			some = slices.DeleteFunc(some, func(text string) bool { return known[text] })
			for _, text := range some {
				known[text] = true
			}
			texts = append(texts, some...)
		}
	}
	return texts, nil
}

// filesOf returns the names of the files in a folder, without those that are
// hidden; of a file, its own.
func filesOf(name string) (files []string, err error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, usageError{fmt.Errorf("--head: %w", err)}
	}
	if !info.IsDir() {
		return []string{name}, nil
	}
	entries, err := os.ReadDir(name)
	if err != nil {
		return nil, fmt.Errorf("--head: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			files = append(files, filepath.Join(name, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, usageError{fmt.Errorf("--head: the folder %s has no files in it; name one that srtm journal heads --out filled", name)}
	}
	return files, nil
}

func readHeadFile(name string) ([]string, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("--head: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostHeads+1))
	if err == nil && len(text) > mostHeads {
		err = errors.New("it is larger than 128 MiB, and so holds something else than heads")
	}
	var texts []string
	if err == nil {
		texts, err = journal.ReadHeads(string(text))
	}
	if err != nil {
		return nil, usageError{fmt.Errorf("--head %s is no file of signed heads: %w\nhint: nothing was verified; take the head anew from where it was kept, or with srtm journal heads", name, err)}
	}
	return texts, nil
}
