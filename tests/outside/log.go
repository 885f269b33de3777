// Checks a log of Fairgauge by nothing but Go's own programs for such logs: golang.org/x/mod/sumdb/note and tlog.
//
//	log folder VKEY FOLDER EARLIER…   a published folder: its checkpoint, every tile, every entry's place in the tree,
//	                                  and that each earlier checkpoint is of its beginning
//	log lines VKEY                    standard input, a JSON object a line: logs, .tlog-proof files, bundles
//
// What is right is counted on standard output; the first thing that is not ends it with status 1.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	verifier, err := note.NewVerifier(os.Args[2])
	if err != nil {
		fail("the key: %v", err)
	}
	switch os.Args[1] {
	case "folder":
		folder(verifier, os.Args[3], os.Args[4:])
	case "lines":
		lines(verifier)
	default:
		fail("unknown: %s", os.Args[1])
	}
}

func fail(form string, values ...interface{}) {
	fmt.Fprintf(os.Stderr, form+"\n", values...)
	os.Exit(1)
}

// The tree that a signed note speaks of.
func open(verifier note.Verifier, text []byte) (tlog.Tree, error) {
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		return tlog.Tree{}, fmt.Errorf("the note is no checkpoint of %s: %q", verifier.Name(), opened.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// Tiles as files of a folder: the reader that tlog asks for them checks each against the root.
type files struct {
	folder string
	read   map[string]bool
}

func (f files) Height() int { return 8 }

func (f files) SaveTiles([]tlog.Tile, [][]byte) {}

func (f files) path(tile tlog.Tile, entries bool) string {
	path := strings.TrimPrefix(tile.Path(), "tile/8/")
	if entries {
		path = "entries/" + strings.TrimPrefix(path, "0/")
	}
	return filepath.Join(f.folder, "tile", path)
}

func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		bytes, err := os.ReadFile(f.path(tile, false))
		if err != nil {
			return nil, err
		}
		data[i] = bytes
		f.read[f.path(tile, false)] = true
	}
	return data, nil
}

// The tiles of a tree of that size: of a level's last tile only the widest, which is what its checkpoint needs.
func tiles(size int64) []tlog.Tile {
	var tiles []tlog.Tile
	for _, tile := range tlog.NewTiles(8, 0, size) {
		if last := len(tiles) - 1; last >= 0 && tiles[last].L == tile.L && tiles[last].N == tile.N {
			tiles[last] = tile
		} else {
			tiles = append(tiles, tile)
		}
	}
	return tiles
}

// The entries of a tile, each behind its length in two bytes.
func (f files) entries(tile tlog.Tile) [][]byte {
	path := f.path(tile, true)
	data, err := os.ReadFile(path)
	if err != nil {
		fail("%v", err)
	}
	var entries [][]byte
	for len(data) > 0 {
		if len(data) < 2 || len(data) < 2+(int(data[0])<<8|int(data[1])) {
			fail("%s is cut", path)
		}
		length := int(data[0])<<8 | int(data[1])
		entries = append(entries, data[2:2+length])
		data = data[2+length:]
	}
	if len(entries) != tile.W {
		fail("%s has %d entries", path, len(entries))
	}
	return entries
}

func folder(verifier note.Verifier, folder string, earlier []string) {
	text, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	if err != nil {
		fail("%v", err)
	}
	tree, err := open(verifier, text)
	if err != nil {
		fail("the checkpoint: %v", err)
	}
	published := files{folder, map[string]bool{}}
	hashes := tlog.TileHashReader(tree, published)
	for _, tile := range tiles(tree.N) {
		if tile.L != 0 {
			continue
		}
		for i, entry := range published.entries(tile) {
			index := tile.N<<8 + int64(i)
			proof, err := tlog.ProveRecord(tree.N, index, hashes)
			if err == nil {
				err = tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry))
			}
			if err != nil {
				fail("entry %d: %v", index, err)
			}
		}
	}
	for _, path := range earlier {
		text, err := os.ReadFile(path)
		if err != nil {
			fail("%v", err)
		}
		old, err := open(verifier, text)
		if err != nil {
			fail("%s: %v", path, err)
		}
		proof, err := tlog.ProveTree(tree.N, old.N, hashes)
		if err == nil {
			err = tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash)
		}
		if err != nil {
			fail("%s: %v", path, err)
		}
	}
	for _, tile := range tiles(tree.N) {
		if !published.read[published.path(tile, false)] {
			if _, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(8*tile.L, tile.N<<8)}); err != nil {
				fail("%v: %v", tile.Path(), err)
			}
		}
	}
	fmt.Printf("%d entries, %d earlier checkpoints, %d tiles\n", tree.N, len(earlier), len(published.read))
}

// One of the things that are checked line by line.
type line struct {
	// A log: its entries, its note, and for some entries and sizes the proofs.
	Entries     []string
	Note        string
	Inclusion   map[int64][]string
	Consistency map[int64][]string
	// A .tlog-proof file, and the entry that it is of.
	Proof, Entry string
	// A bundle.
	Bundle *bundle
}

type member struct {
	Index int64
	Body  string
	Path  []string
}

type bundle struct {
	Determination, Policy member
	Readings              []member
	Checkpoint            string
}

func path(hashes []string) []tlog.Hash {
	parsed := make([]tlog.Hash, len(hashes))
	for i, text := range hashes {
		hash, err := tlog.ParseHash(text)
		if err != nil {
			fail("%q: %v", text, err)
		}
		parsed[i] = hash
	}
	return parsed
}

func lines(verifier note.Verifier) {
	input := bufio.NewReaderSize(os.Stdin, 1<<20)
	var logs, inclusions, consistencies, refused int
	for {
		text, err := input.ReadBytes('\n')
		if err != nil {
			break
		}
		var line line
		decoder := json.NewDecoder(bytes.NewReader(text))
		if err := decoder.Decode(&line); err != nil {
			fail("%v: %.200s", err, text)
		}
		switch {
		case line.Bundle != nil:
			tree, err := open(verifier, []byte(line.Bundle.Checkpoint))
			if err != nil {
				fail("a bundle: %v", err)
			}
			members := append(line.Bundle.Readings, line.Bundle.Determination, line.Bundle.Policy)
			for _, one := range members {
				leaf := tlog.RecordHash([]byte(one.Body))
				if err := tlog.CheckRecord(path(one.Path), tree.N, tree.Hash, one.Index, leaf); err != nil {
					fail("a bundle, entry %d: %v", one.Index, err)
				}
				inclusions++
			}
		case line.Proof != "":
			tlogProof(verifier, line.Proof, line.Entry)
			inclusions++
		default:
			logs++
			tree, hashes := grow(verifier, line)
			for index, proof := range line.Inclusion {
				leaf := tlog.RecordHash([]byte(line.Entries[index]))
				if err := tlog.CheckRecord(path(proof), tree.N, tree.Hash, index, leaf); err != nil {
					fail("log %d, entry %d: %v", logs, index, err)
				}
				inclusions++
				leaf[0] ^= 1
				if tlog.CheckRecord(path(proof), tree.N, tree.Hash, index, leaf) == nil {
					fail("log %d: another entry is proved by the same path", logs)
				}
				refused++
			}
			for size, proof := range line.Consistency {
				root, err := tlog.TreeHash(size, hashes)
				if err == nil {
					err = tlog.CheckTree(path(proof), tree.N, tree.Hash, size, root)
				}
				if err != nil {
					fail("log %d, from %d: %v", logs, size, err)
				}
				consistencies++
			}
		}
	}
	fmt.Printf("%d logs, %d inclusions, %d consistencies, %d refused\n", logs, inclusions, consistencies, refused)
}

// Grows the tree of a log's entries, whose root must be that of the note.
func grow(verifier note.Verifier, line line) (tlog.Tree, tlog.HashReader) {
	tree, err := open(verifier, []byte(line.Note))
	if err != nil {
		fail("a log's note: %v", err)
	}
	var stored []tlog.Hash
	hashes := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			found[i] = stored[index]
		}
		return found, nil
	})
	for i, entry := range line.Entries {
		more, err := tlog.StoredHashes(int64(i), []byte(entry), hashes)
		if err != nil {
			fail("%v", err)
		}
		stored = append(stored, more...)
	}
	root, err := tlog.TreeHash(int64(len(line.Entries)), hashes)
	if err != nil || tree.N != int64(len(line.Entries)) || root != tree.Hash {
		fail("a log of %d entries has not the root of its note: %v", len(line.Entries), err)
	}
	return tree, hashes
}

// A .tlog-proof: the form's name, the index, hashes, an empty line, the checkpoint.
func tlogProof(verifier note.Verifier, text, entry string) {
	split := strings.SplitN(text, "\n\n", 2)
	if len(split) != 2 {
		fail("a proof without a checkpoint: %q", text)
	}
	head := strings.Split(split[0], "\n")
	if len(head) < 2 || head[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(head[1], "index ") {
		fail("no proof: %q", text)
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(head[1], "index "), 10, 64)
	if err != nil {
		fail("%v", err)
	}
	tree, err := open(verifier, []byte(split[1]))
	if err != nil {
		fail("a proof's checkpoint: %v", err)
	}
	for _, hash := range head[2:] {
		if bytes, err := base64.StdEncoding.DecodeString(hash); err != nil || len(bytes) != tlog.HashSize {
			fail("no hash: %q", hash)
		}
	}
	if err := tlog.CheckRecord(path(head[2:]), tree.N, tree.Hash, index, tlog.RecordHash([]byte(entry))); err != nil {
		fail("a proof of entry %d: %v", index, err)
	}
}
