// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

// unnameable is what cannot stand in the name of an object.
var unnameable = regexp.MustCompile(`[^a-z0-9]+`)

// NameOf returns a name for what is made of a file or a folder; the other one if nothing
// of its own name can stand in that of an object.
func NameOf(path, otherwise string) string {
	base := strings.TrimSuffix(filepath.Base(path), ".json")
	if name := strings.Trim(unnameable.ReplaceAllString(strings.ToLower(base), "-"), "-"); name != "" {
		return name
	}
	return otherwise
}

// recordingNames returns a name for each source.
func recordingNames(sources []Source) []string {
	taken := nameSet{}
	names := make([]string, len(sources))
	for i, source := range sources {
		names[i] = taken.take(NameOf(source.File, "recording"))
	}
	return names
}

// nameSet are names that objects of a kind have.
type nameSet map[string]bool

// take returns a name that is not in the set, with a number behind it where it must be,
// and adds it.
func (s nameSet) take(name string) string {
	free := name
	for number := 2; s[free]; number++ {
		free = fmt.Sprintf("%s-%d", name, number)
	}
	s[free] = true
	return free
}
