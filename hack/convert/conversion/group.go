// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"fmt"
	"reflect"
	"strings"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// group are recordings with a profile of their own.
type group struct {
	name       string
	mode       v1alpha1.RecordingMode
	profile    members
	recordings []*converted
}

// share moves what all recordings of the group say into its profile, and tells people what
// each of them says at length.
func (g *group) share() (told []string) {
	told = g.differences()
	g.shareStorage()
	for _, field := range fieldNames(reflect.TypeFor[v1alpha1.CloudRecordingProfileSpec]()) {
		if value := g.recordings[0].spec[field]; value != nil && allEqual(g.values(field)) {
			g.profile[field] = value
			for _, recording := range g.recordings {
				delete(recording.spec, field)
			}
		}
	}
	for _, recording := range g.recordings {
		recording.spec["profileRef"] = members{"name": g.name}
	}
	return told
}

// values are those of a field at the top of the specs.
func (g *group) values(field string) []any {
	values := make([]any, len(g.recordings))
	for i, recording := range g.recordings {
		values[i] = recording.spec[field]
	}
	return values
}

// differences says what keeps start and storage out of the profile.
func (g *group) differences() (told []string) {
	for _, field := range []struct {
		name   string
		values []any
	}{{"start", g.values("start")}, {"storage", g.storages()}} {
		if different := differences("spec."+field.name, field.values); len(different) > 0 {
			told = append(told, fmt.Sprintf("spec.%s stands in each recording of mode %s, since they differ in %s: a profile gives it as a whole alone.",
				field.name, g.mode, listed(different)))
		}
	}
	return told
}

// fieldNames returns the names of the fields of a type in their order.
func fieldNames(structure reflect.Type) (names []string) {
	for field := range structure.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}
