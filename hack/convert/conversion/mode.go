// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"fmt"
	"slices"
	"strings"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// sign is a member of the clientRequest, or an element of it, that Agora documents for only one
// mode.
type sign struct {
	path    string
	element string
	mode    v1alpha1.RecordingMode
}

// signs are sorted by their significance. Agora's own examples also contain subscribeUidGroup
// and streamMode in mode mix, where they have no effect.
var signs = []sign{
	{path: "extensionServiceConfig", mode: v1alpha1.WebMode},
	{path: "recordingConfig.transcodingConfig", mode: v1alpha1.MixMode},
	{path: "recordingConfig.audioProfile", mode: v1alpha1.MixMode},
	{path: "snapshotConfig", mode: v1alpha1.IndividualMode},
	{path: "recordingFileConfig.avFileType", element: string(v1alpha1.AVFileTypeMP4), mode: v1alpha1.MixMode},
	{path: "recordingConfig.streamMode", mode: v1alpha1.IndividualMode},
	{path: "recordingConfig.subscribeUidGroup", mode: v1alpha1.IndividualMode},
}

// findMode determines the mode, which is only part of the request's URL.
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
		if sign.isIn(request) {
			c.mode = sign.mode
			c.note("mode %s was found out from %s; give --mode if the URL of the request has another.", sign.mode, sign.path)
			return nil
		}
	}
	return fmt.Errorf("the body does not show the mode: give --mode individual or --mode mix, as it stands in the URL of the request")
}

func (s sign) isIn(request members) bool {
	if s.element == "" {
		return holds(request, s.path)
	}
	outer, name, _ := strings.Cut(s.path, ".")
	object, _ := request[outer].(members)
	list, _ := object[name].([]any)
	return slices.Contains(list, any(s.element))
}
