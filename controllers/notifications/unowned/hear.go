// SPDX-License-Identifier: Apache-2.0

package unowned

import (
	"cmp"
	"regexp"
	"time"

	"cloudrecording.dev/operator/controllers/notifications"
)

const (
	// maxRunning limits the recordings that are kept and have not ended, maxOfNamespace
	// those of a namespace, and maxOfChannel those of a channel in a namespace. Anybody
	// who knows the secret of a project's notifications can invent recordings.
	maxRunning     = 500
	maxOfNamespace = 100
	maxOfChannel   = 10

	// maxKept limits all recordings that are kept, including those that have ended, and
	// maxKeptOfNamespace those of a namespace. A ConfigMap has room for twice as many.
	maxKept            = 1000
	maxKeptOfNamespace = 300

	// maxChannelBytes is more than Agora allows for a channel name.
	maxChannelBytes = 128

	// heardInterval is the minimum time between two updates of when a recording was last
	// heard of.
	heardInterval = time.Hour
)

var (
	// sids matches the sids that can be a key of a ConfigMap.
	sids = regexp.MustCompile(`^[0-9A-Za-z_-]{1,128}$`)

	// userIDs matches the possible user IDs of a recorder.
	userIDs = regexp.MustCompile(`^[0-9]{1,10}$`)
)

// hear returns a recording updated with what a notification says. It is nil if there is
// nothing to record. The notification was signed with a secret of the namespace.
func hear(all map[string]Recording, event notifications.Event, namespace string, now time.Time) *Recording {
	if !sids.MatchString(event.SID) || !userIDs.MatchString(event.UID) || event.CName == "" || len(event.CName) > maxChannelBytes {
		return nil
	}
	before, isKnown := all[event.SID]
	if !isKnown {
		if !tellsOfMore(event.Type) || !hasRoom(all, event.CName, namespace) {
			return nil
		}
		before = Recording{SID: event.SID, CName: event.CName, UID: event.UID, Namespace: namespace, FirstHeard: now, LastHeard: now, LastEvent: event.Type}
	}
	after := apply(before, event)
	if isKnown && after == before && now.Sub(before.LastHeard) < heardInterval {
		return nil
	}
	after.LastHeard, after.LastEvent = now, event.Type
	return &after
}

// apply records how a recording began, moved and ended. Events may arrive in any order.
// After a move to another server, each recorder sends its own events.
func apply(recording Recording, event notifications.Event) Recording {
	at := event.Time.UTC().Truncate(time.Second)
	recording.Mode = cmp.Or(recording.Mode, event.Type.Mode())
	switch {
	case event.Type.TellsOfStart():
		if recording.Began.IsZero() || at.Before(recording.Began) {
			recording.Began = at
		}
		if at.After(recording.Ended) {
			recording.UID, recording.Ended = event.UID, time.Time{}
		}
	case event.Type == notifications.SessionFailover:
		if userIDs.MatchString(event.NewUID) && event.UID == recording.UID {
			recording.UID, recording.Ended = event.NewUID, time.Time{}
		}
	case tellsOfEnd(event.Type) && event.UID == recording.UID && recording.Ended.IsZero():
		recording.Ended = at
	}
	return recording
}

// tellsOfEnd reports whether events of the type mean that their recorder has stopped
// recording.
func tellsOfEnd(kind notifications.Type) bool {
	switch kind {
	case notifications.SessionExit, notifications.RecorderLeave, notifications.Uploaded, notifications.Backuped,
		notifications.WebRecorderStopped, notifications.WebRecorderCapabilityLimit:
		return true
	default:
		return false
	}
}

// tellsOfMore reports whether events of the type mean that their recorder may be running.
// The other types are sent at the end or later.
func tellsOfMore(kind notifications.Type) bool {
	switch kind {
	case notifications.TranscoderCompleted, notifications.PostponeTranscodeFinalResult, notifications.DownloadFailed:
		return false
	default:
		return !tellsOfEnd(kind)
	}
}

// hasRoom reports whether another recording of a channel can be kept.
func hasRoom(all map[string]Recording, cname, namespace string) bool {
	running, ofNamespace, ofChannel, keptOfNamespace := 0, 0, 0, 0
	for _, recording := range all {
		isOfNamespace, isRunning := recording.Namespace == namespace, recording.Ended.IsZero()
		running += count(isRunning)
		keptOfNamespace += count(isOfNamespace)
		ofNamespace += count(isOfNamespace && isRunning)
		ofChannel += count(isOfNamespace && isRunning && recording.CName == cname)
	}
	return running < maxRunning && ofNamespace < maxOfNamespace && ofChannel < maxOfChannel &&
		len(all) < maxKept && keptOfNamespace < maxKeptOfNamespace
}

func count(counts bool) int {
	if counts {
		return 1
	}
	return 0
}
