// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"errors"
	"fmt"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// Source is what one of several recordings is made of.
type Source struct {
	// File is where the bodies were found. The recording is named after it.
	File string

	Bodies
}

// converted is what one source was made into.
type converted struct {
	file, name string
	spec       members
	secrets    []secret
}

// ConvertTogether returns the manifests for several recordings: for each mode a profile
// with what all of its recordings share, and recordings that give the rest. The profile is
// named as stated, with the mode behind it where there are several, and the recordings
// after their files. Otherwise it does what Convert does; the name in the options says
// nothing.
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

// convertEach converts each source alone. It says what is wrong with any of them.
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

// sameRecorders tells people of recordings that cannot run at the same time.
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

// groupByMode puts the recordings of each mode together: those of different modes are
// started differently.
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
