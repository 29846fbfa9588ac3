// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"errors"
	"fmt"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// Source is the source of one of several recordings.
type Source struct {
	// File is the path of the bodies. The recording is named after it.
	File string

	Bodies
}

// converted is the result of converting one source.
type converted struct {
	file, name string
	spec       members
	secrets    []secret
}

// ConvertTogether returns the manifests for several recordings. For each mode there is a
// profile with everything that its recordings share, and the recordings contain the rest. If
// there are several modes, the mode is appended to the name of the profile. The recordings are
// named after their files, and the name in the options is ignored. Otherwise it does what
// Convert does.
func ConvertTogether(sources []Source, profile string, options Options) (manifests []byte, notes []string, err error) {
	recordings, told, err := convertEach(sources, options)
	if err != nil {
		return nil, told.all(), err
	}
	told.add(sameRecorders(recordings)...)
	shared := shareSecrets(recordings, profile)
	groups := groupByMode(recordings, profile)
	for _, group := range groups {
		told.add(group.share()...)
	}
	manifests, err = printTogether(shared, groups, options.Namespace)
	return manifests, told.all(), err
}

// convertEach converts each source on its own. The error covers all sources.
func convertEach(sources []Source, options Options) ([]*converted, *notes, error) {
	told := &notes{}
	var recordings []*converted
	var failures []error
	for i, name := range recordingNames(sources) {
		options.Name = name
		c := &conversion{options: options, start: members{}}
		spec, err := c.convertAndCheck(sources[i].Bodies)
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", sources[i].File, err))
		}
		told.addOf(sources[i].File, c.notes)
		recordings = append(recordings, &converted{sources[i].File, name, spec, c.secrets})
	}
	return recordings, told, errors.Join(failures...)
}

// sameRecorders returns notes on recordings that cannot run at the same time.
func sameRecorders(recordings []*converted) (told []string) {
	files := map[string][]string{}
	var recorders []string
	for _, recording := range recordings {
		recorder := encode([]any{recording.spec["cname"], recording.spec["uid"]})
		if files[recorder] == nil {
			recorders = append(recorders, recorder)
		}
		files[recorder] = append(files[recorder], recording.file)
	}
	for _, recorder := range recorders {
		if same := files[recorder]; len(same) > 1 {
			told = append(told, fmt.Sprintf("%s have the same cname and uid: Agora runs one such recording at a time.", listed(same)))
		}
	}
	return told
}

// groupByMode groups the recordings by mode, because different modes are started differently.
func groupByMode(recordings []*converted, profile string) (groups []*group) {
	byMode := map[v1alpha1.RecordingMode]*group{}
	for _, recording := range recordings {
		mode, _ := recording.spec["mode"].(v1alpha1.RecordingMode)
		if byMode[mode] == nil {
			byMode[mode] = &group{name: profile, mode: mode, profile: members{}}
			groups = append(groups, byMode[mode])
		}
		byMode[mode].recordings = append(byMode[mode].recordings, recording)
	}
	if len(groups) > 1 {
		for _, group := range groups {
			group.name += "-" + string(group.mode)
		}
	}
	return groups
}
