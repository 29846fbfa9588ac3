// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"net/http"
	"net/url"
	"strings"

	"cloudrecording.dev/operator/hack/agorasim/faults"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// route is a method with its verb and the path below cloud_recording. Path
// parts in braces are variables; {mix} takes no other mode.
type route struct {
	method string
	verb   string
	path   string
	answer func(*service, *call) outcome
}

// routes returns the methods; a further method is a further line.
func routes() []route {
	return []route{
		{faults.MethodAcquire, http.MethodPost, "acquire", (*service).acquire},
		{faults.MethodStart, http.MethodPost, "resourceid/{resourceid}/mode/{mode}/start", (*service).start},
		{faults.MethodQuery, http.MethodGet, "resourceid/{resourceid}/sid/{sid}/mode/{mode}/query", (*service).query},
		{faults.MethodUpdate, http.MethodPost, "resourceid/{resourceid}/sid/{sid}/mode/{mode}/update", (*service).update},
		{faults.MethodUpdateLayout, http.MethodPost, "resourceid/{resourceid}/sid/{sid}/mode/{mix}/updateLayout", (*service).updateLayout},
		{faults.MethodStop, http.MethodPost, "resourceid/{resourceid}/sid/{sid}/mode/{mode}/stop", (*service).stop},
	}
}

// target is what a path names.
type target struct {
	route                        *route
	appID, resourceID, sid, mode string
}

// findTarget matches verb and path exactly, letter case included.
func findTarget(r *http.Request) (target, bool) {
	parts := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	for _, candidate := range routes() {
		found := target{route: &candidate}
		pattern := strings.Split("v1/apps/{appid}/cloud_recording/"+candidate.path, "/")
		if r.Method == candidate.verb && found.match(pattern, parts) {
			return found, true
		}
	}
	return target{}, false
}

func (t *target) match(pattern, parts []string) bool {
	if len(pattern) != len(parts) {
		return false
	}
	for i, want := range pattern {
		got, err := url.PathUnescape(parts[i])
		if err != nil || got == "" || !t.matchPart(want, got) {
			return false
		}
	}
	return true
}

func (t *target) matchPart(want, got string) bool {
	switch want {
	case "{appid}":
		t.appID = got
	case "{resourceid}":
		t.resourceID = got
	case "{sid}":
		t.sid = got
	case "{mode}":
		t.mode = got
		return isMode(got)
	case "{mix}":
		t.mode = got
		return got == recorder.ModeMix
	default:
		return want == got
	}
	return true
}

func isMode(mode string) bool {
	return mode == recorder.ModeIndividual || mode == recorder.ModeMix || mode == recorder.ModeWeb
}
