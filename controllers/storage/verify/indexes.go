// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"cmp"
	"maps"
	"slices"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// indexFile is an index in a listing.
type indexFile struct {
	key  string
	size int64

	// contents is nil until the index has been read.
	contents *contents
}

// indexes are all indexes found, before it is known which of them count.
type indexes struct {
	mode  v1alpha1.RecordingMode
	byKey map[string]*indexFile

	// withSlices are the stems of the indexes that have slices.
	withSlices map[string]bool
	expected   *expectations
}

func newIndexes(mode v1alpha1.RecordingMode, expected *expectations) *indexes {
	return &indexes{mode: mode, byKey: map[string]*indexFile{}, withSlices: map[string]bool{}, expected: expected}
}

// fromBackup returns the stem of the index that this backup copy replaces. The name of a
// channel may end like the suffix of a backup, so the name alone does not prove that the
// key is a copy.
func (x *indexes) fromBackup(key string) (of string, number uint64, ok bool) {
	of, number, ok = backupOf(key)
	if !ok || x.withSlices[stem(key)] {
		return "", 0, false
	}
	plain := of + ".m3u8"
	known := x.byKey[plain] != nil || x.withSlices[of] || x.expected.has(plain) ||
		(x.mode == v1alpha1.IndividualMode && trackTail.MatchString(of))
	return of, number, known
}

// counting returns the indexes that count, by the stem of the index that they replace. Of
// several backup copies, the one with the highest number is considered. Of that copy and
// the index itself, the larger one counts.
func (x *indexes) counting() map[string]*indexFile {
	type numbered struct {
		file   *indexFile
		number uint64
	}
	backups := map[string]numbered{}
	chosen := map[string]*indexFile{}
	for _, key := range slices.SortedFunc(maps.Keys(x.byKey), cmp.Compare[string]) {
		file := x.byKey[key]
		of, number, fromBackup := x.fromBackup(key)
		if !fromBackup {
			chosen[stem(key)] = file
			continue
		}
		newest, found := backups[of]
		if !found || number > newest.number || (number == newest.number && file.size > newest.file.size) {
			backups[of] = numbered{file: file, number: number}
		}
	}
	for of, newest := range backups {
		if plain := chosen[of]; plain == nil || newest.file.size > plain.size {
			chosen[of] = newest.file
		}
	}
	return chosen
}
