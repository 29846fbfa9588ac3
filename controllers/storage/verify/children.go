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

// takeChild records an index or a manifest that the index names.
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

// isWhole reports whether an index is finished and leads to slices. It may name them
// itself. If it names the indexes of a user's tracks, one of those must name slices.
// Whether the slices exist is checked elsewhere.
func (s *scan) isWhole(of string, contents *contents, counting map[string]*indexFile) bool {
	if contents.namesSlices || !isMerged(of) {
		return contents.namesSlices && contents.ended
	}
	// A merged index has no end of its own. Each existing child index is checked
	// separately. A missing one belongs to a medium that the user never sent.
	for child := range contents.children {
		if s.leadsToSlices(child, counting) {
			return true
		}
	}
	return false
}

// leadsToSlices reports whether a child index exists and names slices, or whether a child
// manifest exists and has slices.
func (s *scan) leadsToSlices(child string, counting map[string]*indexFile) bool {
	if classOf(child) == manifest {
		return s.manifests[child] && s.hasSlices(child)
	}
	file := counting[stem(child)]
	return file != nil && file.contents != nil && file.contents.namesSlices
}

// hasSlices reports whether there is a slice of the manifest's tracks. Agora does not
// document the content of a manifest.
func (s *scan) hasSlices(manifest string) bool {
	tracks := tracksOf(stem(manifest))
	for of := range s.indexes.withSlices {
		if strings.HasPrefix(of, tracks) {
			return true
		}
	}
	return false
}

// missingChildren returns the missing indexes that an index names. They do not count as
// missing if the index names those of a user's tracks.
func (s *scan) missingChildren(of string, contents *contents, counting map[string]*indexFile) []string {
	if isMerged(of) {
		return nil
	}
	return slices.DeleteFunc(slices.SortedFunc(maps.Keys(contents.children), cmp.Compare[string]), func(child string) bool {
		return s.indexes.byKey[child] != nil || s.manifests[child] || counting[stem(child)] != nil
	})
}
