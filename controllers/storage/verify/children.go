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
	if key == j.key || j.tally.children[key] {
		return nil
	}
	if len(j.tally.children) >= j.mostChildren {
		return errTooManyChildren
	}
	if j.tally.children == nil {
		j.tally.children = map[string]bool{}
	}
	j.tally.children[key] = true
	return nil
}

// isWhole reports whether an index is finished and leads to slices, which are
// looked for beside: by itself, or, where it names the indexes of a user's tracks,
// by one of them.
func (s *survey) isWhole(of string, tally *tally, counting map[string]*indexFile) bool {
	if tally.namesSlices || !isMerged(of) {
		return tally.namesSlices && tally.ended
	}
	// It has no end of its own. Each of the indexes that are there is looked at by
	// itself; one that is not there is that of a medium which the user never sent.
	for child := range tally.children {
		if s.leadsToSlices(child, counting) {
			return true
		}
	}
	return false
}

// leadsToSlices reports whether an index that another names is there and names
// slices, or whether a manifest is there and has some.
func (s *survey) leadsToSlices(child string, counting map[string]*indexFile) bool {
	if classOf(child) == manifest {
		return s.manifests[child] && s.hasSlices(child)
	}
	file := counting[stem(child)]
	return file != nil && file.tally != nil && file.tally.namesSlices
}

// hasSlices reports whether there is a slice of the tracks that a manifest is made
// of. Agora does not document what stands in it.
func (s *survey) hasSlices(manifest string) bool {
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
func (s *survey) missingChildren(of string, tally *tally, counting map[string]*indexFile) []string {
	if isMerged(of) {
		return nil
	}
	return slices.DeleteFunc(slices.SortedFunc(maps.Keys(tally.children), cmp.Compare[string]), func(child string) bool {
		return s.indexes.byKey[child] != nil || s.manifests[child] || counting[stem(child)] != nil
	})
}
