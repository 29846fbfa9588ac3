// SPDX-License-Identifier: Apache-2.0

package conversion

import (
	"fmt"
	"slices"
	"strings"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// scope is the set of modes for which Agora documents a member of the clientRequest.
type scope struct {
	path  string
	modes []v1alpha1.RecordingMode
}

// scopes are the scopes of members that have no effect in other modes, although scripts may
// send them there. extensionServiceConfig is not included, because a page cannot be recorded
// without it.
var scopes = []scope{
	{"token", []v1alpha1.RecordingMode{v1alpha1.IndividualMode, v1alpha1.MixMode}},
	{"recordingConfig", []v1alpha1.RecordingMode{v1alpha1.IndividualMode, v1alpha1.MixMode}},
	{"recordingConfig.streamMode", []v1alpha1.RecordingMode{v1alpha1.IndividualMode}},
	{"recordingConfig.subscribeUidGroup", []v1alpha1.RecordingMode{v1alpha1.IndividualMode}},
	{"recordingConfig.audioProfile", []v1alpha1.RecordingMode{v1alpha1.MixMode}},
	{"recordingConfig.transcodingConfig", []v1alpha1.RecordingMode{v1alpha1.MixMode}},
	{"snapshotConfig", []v1alpha1.RecordingMode{v1alpha1.IndividualMode}},
}

// leaveOutOtherModes removes members that Agora documents for another mode.
func (c *conversion) leaveOutOtherModes(request members) {
	for _, scope := range scopes {
		if slices.Contains(scope.modes, c.mode) || !holds(request, scope.path) {
			continue
		}
		remove(request, scope.path)
		c.note("%s was left out: Agora documents it for %s, and it says nothing in mode %s.", scope.path, named(scope.modes), c.mode)
	}
}

// named formats one or several modes.
func named(modes []v1alpha1.RecordingMode) string {
	if len(modes) == 1 {
		return "mode " + string(modes[0])
	}
	names := make([]string, len(modes))
	for i, mode := range modes {
		names[i] = string(mode)
	}
	return "the modes " + strings.Join(names, " and ")
}

// The layout that shows one user large, and the frame rates that Agora supports.
const layoutVertical = "2"

var framesPerSecond = []string{"1", "7", "10", "15", "24", "30", "60"}

// leaveOutOtherLayouts removes members without effect in the layout, and a frame rate that
// Agora would replace.
func (c *conversion) leaveOutOtherLayouts(config members) {
	const name = "recordingConfig.transcodingConfig"
	transcoding, ok := config["transcodingConfig"].(members)
	if !ok {
		return
	}
	layout := "0"
	given := transcoding["mixedVideoLayout"]
	if isNumber(given) {
		layout = fmt.Sprint(given)
	}
	if (isEmpty(given) || isNumber(given)) && layout != layoutVertical && !isEmpty(transcoding["maxResolutionUid"]) {
		delete(transcoding, "maxResolutionUid")
		c.note("%s.maxResolutionUid was left out: Agora documents it for mixedVideoLayout %s, and it says nothing with %s.", name, layoutVertical, layout)
	}
	if fps := transcoding["fps"]; isNumber(fps) && !slices.Contains(framesPerSecond, fmt.Sprint(fps)) {
		delete(transcoding, "fps")
		c.note("%s.fps was left out: Agora knows %s, and takes its default 15 in place of %v.", name, strings.Join(framesPerSecond, ", "), fps)
	}
}

// leaveOutOtherVendors removes members that Agora documents for other storage services.
func (c *conversion) leaveOutOtherVendors(config members) {
	const name = "storageConfig"
	if !isNumber(config["vendor"]) {
		return
	}
	vendor := fmt.Sprint(config["vendor"])
	if slices.Contains([]string{"5", "6", vendorCompatible}, vendor) && isNumber(config["region"]) && fmt.Sprint(config["region"]) != "0" {
		c.note("%s.region became 0 in place of %v: vendor %s has no regions in Agora's numbering.", name, config["region"], vendor)
		config["region"] = 0
	}
	parameters, _ := config["extensionParams"].(members)
	for _, parameter := range []struct {
		name    string
		vendors []string
	}{{"sse", []string{"1"}}, {"tag", []string{"1", "2"}}} {
		if isEmpty(parameters[parameter.name]) || slices.Contains(parameter.vendors, vendor) {
			continue
		}
		delete(parameters, parameter.name)
		c.note("%s.extensionParams.%s was left out: Agora documents it for vendor %s, and it says nothing with vendor %s.",
			name, parameter.name, strings.Join(parameter.vendors, " or "), vendor)
	}
}
