// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
)

// unnameable matches characters that are not allowed in the name of an object.
var unnameable = regexp.MustCompile(`[^a-z0-9]+`)

// NameOf returns an object name that is derived from the name of a file or folder. It returns
// the alternative if no character of that name is allowed.
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

// nameSet is the set of used names of a kind.
type nameSet map[string]bool

// take returns a name that is not in the set, and adds it. It appends a number if the name is
// already used.
func (s nameSet) take(name string) string {
	free := name
	for number := 2; s[free]; number++ {
		free = fmt.Sprintf("%s-%d", name, number)
	}
	s[free] = true
	return free
}
