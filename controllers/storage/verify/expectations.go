// SPDX-License-Identifier: Apache-2.0

package verify

import "strings"

// maxLookups limits the additional requests for names that are not in the listings of the
// folder.
const maxLookups = 20

// expectation is a file that Agora named.
type expectation struct {
	// keys are where the file may be: in the folder, or exactly as Agora named it.
	keys  []string
	found bool
}

// expectations are the files that Agora named.
type expectations struct {
	inOrder []*expectation
	byKey   map[string]*expectation
}

func newExpectations(prefix string, names []string) *expectations {
	e := &expectations{byKey: map[string]*expectation{}}
	for _, name := range names {
		if name == "" || e.byKey[name] != nil {
			continue
		}
		expected := &expectation{keys: []string{name}}
		if !strings.HasPrefix(name, prefix) {
			if expected = e.byKey[prefix+name]; expected == nil {
				expected = &expectation{keys: []string{prefix + name, name}}
			}
		}
		if len(e.inOrder) == 0 || e.byKey[expected.keys[0]] == nil {
			e.inOrder = append(e.inOrder, expected)
		}
		for _, key := range append(expected.keys, name) {
			e.byKey[key] = expected
		}
	}
	return e
}

// named reports whether Agora named a file that shows what to expect. Agora never names
// all screenshots and slices.
func (e *expectations) named() bool {
	for _, expected := range e.inOrder {
		switch classOf(expected.keys[0]) {
		case index, manifest, mp4:
			return true
		default:
		}
	}
	return false
}

// has reports whether Agora named the file.
func (e *expectations) has(key string) bool {
	return e.byKey[key] != nil
}

// find records that the file exists.
func (e *expectations) find(key string) {
	if expected := e.byKey[key]; expected != nil {
		expected.found = true
	}
}

// missing returns the expectations that were not found.
func (e *expectations) missing() []*expectation {
	var missing []*expectation
	for _, expected := range e.inOrder {
		if !expected.found {
			missing = append(missing, expected)
		}
	}
	return missing
}
