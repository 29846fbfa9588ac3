// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"fmt"
	"slices"
	"strings"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// sign is a member of the clientRequest, or of its recordingConfig, that Agora
// documents for one mode.
type sign struct {
	path string
	mode v1alpha1.RecordingMode
}

// signs are in the order of how much they are worth. Agora's own examples have
// subscribeUidGroup in mode mix as well, where it says nothing.
var signs = []sign{
	{"extensionServiceConfig", v1alpha1.WebMode},
	{"recordingConfig.transcodingConfig", v1alpha1.MixMode},
	{"recordingConfig.audioProfile", v1alpha1.MixMode},
	{"snapshotConfig", v1alpha1.IndividualMode},
	{"recordingConfig.streamMode", v1alpha1.IndividualMode},
	{"recordingConfig.subscribeUidGroup", v1alpha1.IndividualMode},
}

// findMode finds out the mode, which stands in the request's URL only.
func (c *conversion) findMode(request members) error {
	modes := []v1alpha1.RecordingMode{v1alpha1.IndividualMode, v1alpha1.MixMode, v1alpha1.WebMode}
	if c.options.Mode != "" {
		// Agora's reference has written web with a capital letter.
		c.mode = v1alpha1.RecordingMode(strings.ToLower(c.options.Mode))
		if !slices.Contains(modes, c.mode) {
			return fmt.Errorf("there is no mode %q: give --mode individual, --mode mix or --mode web, as it stands in the URL of the request", c.options.Mode)
		}
		return nil
	}
	for _, sign := range signs {
		if holds(request, sign.path) {
			c.mode = sign.mode
			c.note("mode %s was found out from %s; give --mode if the URL of the request has another.", sign.mode, sign.path)
			return nil
		}
	}
	return fmt.Errorf("the body does not show the mode: give --mode individual or --mode mix, as it stands in the URL of the request")
}

// holds says whether there is something at a path.
func holds(object members, path string) bool {
	name, rest, nested := strings.Cut(path, ".")
	if !nested {
		return !isEmpty(object[name])
	}
	inner, _ := object[name].(map[string]any)
	return holds(inner, rest)
}
