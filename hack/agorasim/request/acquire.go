// SPDX-License-Identifier: Apache-2.0

package request

import (
	"strings"
	"time"
)

// Values of acquire's scene, which is what the resource is for.
const (
	sceneRealTime  = 0
	sceneWeb       = 1
	scenePostponed = 2
)

// DefaultResourceExpiredHour is how many hours a resource can control its recording by
// default.
const DefaultResourceExpiredHour = 72

const (
	maxResourceExpiredHour = 720
	maxRegionAffinity      = 4

	// channelNameCharacters are the characters that a channel name may contain in
	// addition to letters and digits.
	channelNameCharacters = " !#$%&()+-:;<=.>?@[]^_{}|~,"
	maxChannelNameBytes   = 63
	maxWebLabelBytes      = 1024
)

// Acquire is the content of an acquire request.
type Acquire struct {
	// Expiry is how long the resource can control its recording.
	Expiry time.Duration
	Region string
	// Web means that the resource is for a web page. Postponed means that the recording
	// is transcoded after its end.
	Web, Postponed bool
	// StartParameter is the canonical request that start has to send, or "" if any is
	// allowed.
	StartParameter string
}

// ReadAcquire reads an acquire request.
func ReadAcquire(call Call) (Acquire, *Refusal) {
	client := call.Client
	hours, hoursOK := client.number("resourceExpiredHour", DefaultResourceExpiredHour, 1, maxResourceExpiredHour)
	scene, sceneOK := client.number("scene", sceneRealTime, sceneRealTime, scenePostponed)
	wrong := client.firstWrong(acquireRules(scene)...)
	switch {
	case !IsUID(call.UID):
		wrong = "uid"
	case !hoursOK:
		wrong = "resourceExpiredHour"
	case !sceneOK:
		wrong = "scene"
	case wrong == "" && !isChannelName(call.CName, scene):
		return Acquire{}, &Refusal{CodeInvalidChannelName, "invalid_channel_name"}
	}
	if wrong != "" {
		return Acquire{}, invalid("Acquire: invalid " + wrong + " value!")
	}
	region, _ := client.Text("region")
	return Acquire{
		Expiry: time.Duration(hours) * time.Hour, Region: region, Web: scene == sceneWeb, Postponed: scene == scenePostponed,
		StartParameter: client.canonicalMember("startParameter"),
	}, nil
}

// acquireRules returns the rules for members that only select a location. The region may
// be empty, except for postponed transcoding, which has no regions.
func acquireRules(scene int) []memberRule {
	regions := []string{"", "CN", "AP", "EU", "NA"}
	if scene == scenePostponed {
		regions = nil
	}
	return []memberRule{
		oneOfTexts("region", regions...),
		wholeNumber("regionAffinity", 0, maxRegionAffinity),
		anyOf[[]string]("excludeResourceIds"),
	}
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
