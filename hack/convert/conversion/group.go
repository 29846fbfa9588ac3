// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"fmt"
	"reflect"
	"strings"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// group is a set of recordings with a profile.
type group struct {
	name       string
	mode       v1alpha1.RecordingMode
	profile    members
	recordings []*converted
}

// share moves everything that all recordings of the group share into its profile. It returns
// notes on fields that remain in each recording.
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

// values returns the values of a top-level field in all specs.
func (g *group) values(field string) []any {
	values := make([]any, len(g.recordings))
	for i, recording := range g.recordings {
		values[i] = recording.spec[field]
	}
	return values
}

// differences returns notes on why start and storage are not in the profile.
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

// fieldNames returns the names of the fields of a type, in order.
func fieldNames(structure reflect.Type) (names []string) {
	for field := range structure.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}
