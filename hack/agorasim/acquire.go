// SPDX-License-Identifier: Apache-2.0

package agorasim

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Scenes of acquire: what the resource is for.
const (
	sceneRealTime  = 0
	sceneWeb       = 1
	scenePostponed = 2
)

const (
	defaultResourceExpiredHour = 72
	maxResourceExpiredHour     = 720
	maxRegionAffinity          = 4

	// channelNameCharacters are those that a channel's name may have beside
	// letters and digits.
	channelNameCharacters = " !#$%&()+-:;<=.>?@[]^_{}|~,"
	maxChannelNameBytes   = 63
	maxWebLabelBytes      = 1024
)

// acquire gives out a resource ID.
func (s *Simulator) acquire(c *call) outcome {
	body, refusal := c.parseBody()
	if refusal != nil {
		return now(refusal)
	}
	if slices.Contains(s.options.AppIDsWithoutRecording, c.appID) {
		// Agora documents no HTTP status for it, and no reason.
		return now(serviceError(codeNotEnabled, ""))
	}
	cname, _ := body.text("cname")
	uid, _ := body.text("uid")
	request := body.object("clientRequest")
	hours, hoursOK := request.number("resourceExpiredHour", defaultResourceExpiredHour, 1, maxResourceExpiredHour)
	scene, sceneOK := request.number("scene", sceneRealTime, sceneRealTime, scenePostponed)
	wrong := request.firstWrong(acquireRules(scene)...)
	switch {
	case !isUID(uid):
		return now(invalidParameter("Acquire: invalid uid value!"))
	case !hoursOK:
		return now(invalidParameter("Acquire: invalid resourceExpiredHour value!"))
	case !sceneOK:
		return now(invalidParameter("Acquire: invalid scene value!"))
	case wrong != "":
		return now(invalidParameter("Acquire: invalid " + wrong + " value!"))
	case !isChannelName(cname, scene):
		return now(serviceError(codeInvalidChannelName, "invalid_channel_name"))
	case s.overloaded():
		return now(serviceError(codeOverload, "vendor_over_load"))
	}
	acquired := &resource{
		id:         newResourceID(),
		task:       task{c.appID, cname, uid},
		acquiredAt: s.clock.Now(),
		answeredAt: s.options.RateLimitClock.Now(),
		expiry:     time.Duration(hours) * time.Hour,

		startParameter: request.canonical("startParameter"),
		postponed:      scene == scenePostponed,
	}
	acquired.region, _ = request.text("region")
	if scene == sceneWeb {
		acquired.mode = ModeWeb
	}
	s.resources[acquired.id] = acquired
	return now(jsonReply(http.StatusOK, serviceBody{CName: cname, UID: uid, ResourceID: acquired.id}))
}

// acquireRules are those of members that only place the recording. A region may
// be left empty but where transcoding is postponed, which has none.
func acquireRules(scene int) []memberRule {
	regions := []string{"", "CN", "AP", "EU", "NA"}
	if scene == scenePostponed {
		regions = nil
	}
	return []memberRule{
		oneOfTexts("region", regions...),
		wholeNumber("regionAffinity", 0, maxRegionAffinity),
		listOfTexts("excludeResourceIds"),
	}
}

func (s *Simulator) overloaded() bool {
	if s.options.MaxConcurrentWorkers <= 0 {
		return false
	}
	running := 0
	for _, r := range s.recorders {
		if r.running(s.clock.Now()) {
			running++
		}
	}
	return running >= s.options.MaxConcurrentWorkers
}

func isLetterOrDigit(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func isChannelName(cname string, scene int) bool {
	if scene == sceneWeb {
		return len(cname) <= maxWebLabelBytes
	}
	for _, c := range cname {
		if !isLetterOrDigit(c) && !strings.ContainsRune(channelNameCharacters, c) {
			return false
		}
	}
	return len(cname) <= maxChannelNameBytes
}
