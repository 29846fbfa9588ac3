// SPDX-License-Identifier: Apache-2.0

package conversion

import "maps"

const (
	prefixField = "fileNamePrefix"

	// mostOwnFolders is how many elements the fileNamePrefix of a recording may have.
	mostOwnFolders = 16
)

// storages are those of the recordings, without the folders in the bucket.
func (g *group) storages() []any {
	storages := g.values("storage")
	for i, storage := range storages {
		object, _ := storage.(members)
		bare := maps.Clone(object)
		delete(bare, prefixField)
		storages[i] = bare
	}
	return storages
}

// shareStorage makes the storages equal where they differ in the folder alone: what the
// folders begin with stays there, and the rest becomes each recording's own.
func (g *group) shareStorage() {
	if !allEqual(g.storages()) {
		return
	}
	folders := make([][]any, len(g.recordings))
	for i, recording := range g.recordings {
		storage, _ := recording.spec["storage"].(members)
		folders[i], _ = storage[prefixField].([]any)
	}
	common := commonBeginning(folders)
	for _, folder := range folders {
		if len(folder)-len(common) > mostOwnFolders {
			return
		}
	}
	for i, recording := range g.recordings {
		if own := folders[i][len(common):]; len(own) > 0 {
			recording.spec[prefixField] = own
		}
		storage, _ := recording.spec["storage"].(members)
		storage[prefixField] = common
		if len(common) == 0 {
			delete(storage, prefixField)
		}
	}
}

// commonBeginning returns what all lists begin with.
func commonBeginning(lists [][]any) []any {
	common := lists[0]
	for _, list := range lists[1:] {
		length := 0
		for length < min(len(common), len(list)) && encode(common[length]) == encode(list[length]) {
			length++
		}
		common = common[:length]
	}
	return common
}
