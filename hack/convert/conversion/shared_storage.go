// SPDX-License-Identifier: Apache-2.0

package conversion

import "maps"

const (
	prefixField = "fileNamePrefix"

	// mostOwnFolders is the maximum number of elements in the fileNamePrefix of a recording.
	mostOwnFolders = 16
)

// storages returns the storages of the recordings without their folders in the bucket.
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

// shareStorage makes the storages equal if they differ only in the folder. The common beginning
// of the folders stays there, and the rest moves to each recording.
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

// commonBeginning returns the common prefix of all lists.
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
