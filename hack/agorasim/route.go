// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"cloudrecording.dev/operator/hack/agorasim/faults"
)

// route is a method with its verb and path.
type route struct {
	method string
	verb   string
	path   *regexp.Regexp
	answer func(*service, *call) outcome
}

// routes are the routes of all methods.
var routes = []route{
	{faults.MethodAcquire, http.MethodPost, pathOf("acquire"), (*service).acquire},
	{faults.MethodStart, http.MethodPost, pathOf("resourceid/{resourceid}/mode/{mode}/start"), (*service).start},
	{faults.MethodQuery, http.MethodGet, pathOf("resourceid/{resourceid}/sid/{sid}/mode/{mode}/query"), (*service).query},
	{faults.MethodUpdate, http.MethodPost, pathOf("resourceid/{resourceid}/sid/{sid}/mode/{mode}/update"), (*service).update},
	{faults.MethodUpdateLayout, http.MethodPost, pathOf("resourceid/{resourceid}/sid/{sid}/mode/{mix}/updateLayout"), (*service).updateLayout},
	{faults.MethodStop, http.MethodPost, pathOf("resourceid/{resourceid}/sid/{sid}/mode/{mode}/stop"), (*service).stop},
}

// pathOf returns a pattern that matches exactly one path below cloud_recording, including
// the case of letters. Parts in braces are variables. {mix} matches only the mode mix.
func pathOf(path string) *regexp.Regexp {
	return regexp.MustCompile("^/v1/apps/(?P<appid>[^/]+)/cloud_recording/" + strings.NewReplacer(
		"{resourceid}", "(?P<resourceid>[^/]+)", "{sid}", "(?P<sid>[^/]+)",
		"{mode}", "(?P<mode>individual|mix|web)", "{mix}", "(?P<mode>mix)",
	).Replace(path) + "$")
}

// target is the method and the identifiers in a path.
type target struct {
	route                        *route
	appID, resourceID, sid, mode string
}

func findTarget(r *http.Request) (target, bool) {
	for _, candidate := range routes {
		parts := candidate.path.FindStringSubmatch(r.URL.EscapedPath())
		if parts == nil || r.Method != candidate.verb {
			continue
		}
		variable := func(name string) string {
			i := candidate.path.SubexpIndex(name)
			if i < 0 {
				return ""
			}
			// An escaped path can always be unescaped.
			value, _ := url.PathUnescape(parts[i])
			return value
		}
		return target{&candidate, variable("appid"), variable("resourceid"), variable("sid"), variable("mode")}, true
	}
	return target{}, false
}
