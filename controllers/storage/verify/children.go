// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"
)

var errTooManyChildren = errors.New("too many indexes are named")

// takeChild notes an index or a manifest that the index names.
func (j *join) takeChild(key string) error {
	if key == j.key || j.contents.children[key] {
		return nil
	}
	if len(j.contents.children) >= j.mostChildren {
		return errTooManyChildren
	}
	if j.contents.children == nil {
		j.contents.children = map[string]bool{}
	}
	j.contents.children[key] = true
	return nil
}

// isWhole reports whether an index is finished and leads to slices, which are
// looked for beside: by itself, or, where it names the indexes of a user's tracks,
// by one of them.
func (s *scan) isWhole(of string, contents *contents, counting map[string]*indexFile) bool {
	if contents.namesSlices || !isMerged(of) {
		return contents.namesSlices && contents.ended
	}
	// It has no end of its own. Each of the indexes that are there is looked at by
	// itself; one that is not there is that of a medium which the user never sent.
	for child := range contents.children {
		if s.leadsToSlices(child, counting) {
			return true
		}
	}
	return false
}

// leadsToSlices reports whether an index that another names is there and names
// slices, or whether a manifest is there and has some.
func (s *scan) leadsToSlices(child string, counting map[string]*indexFile) bool {
	if classOf(child) == manifest {
		return s.manifests[child] && s.hasSlices(child)
	}
	file := counting[stem(child)]
	return file != nil && file.contents != nil && file.contents.namesSlices
}

// hasSlices reports whether there is a slice of the tracks that a manifest is made
// of. Agora does not document what stands in it.
func (s *scan) hasSlices(manifest string) bool {
	tracks := tracksOf(stem(manifest))
	for of := range s.indexes.withSlices {
		if strings.HasPrefix(of, tracks) {
			return true
		}
	}
	return false
}

// missingChildren returns the indexes that an index names and that are not there.
// They are no loss where it names those of a user's tracks.
func (s *scan) missingChildren(of string, contents *contents, counting map[string]*indexFile) []string {
	if isMerged(of) {
		return nil
	}
	return slices.DeleteFunc(slices.SortedFunc(maps.Keys(contents.children), cmp.Compare[string]), func(child string) bool {
		return s.indexes.byKey[child] != nil || s.manifests[child] || counting[stem(child)] != nil
	})
}
