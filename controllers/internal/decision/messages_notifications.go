// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/notifications"
)

// moduleUploader is Agora's number for the uploader.
const moduleUploader = 1

// Agora's modules, as notifications of failures name them.
var modules = map[int32]string{0: "recorder", moduleUploader: "uploader", 2: "service", 6: "web recorder"}

// Agora's codes for the failures that it documents, by module.
var failures = map[int32]map[int32]string{
	moduleUploader: {
		32: "the storage configuration is wrong: check bucket, region and keys in the request that started the recording",
		47: "the upload failed",
		51: "a file could not be processed",
	},
	2: {
		50: "the upload took too long",
		52: "the start took too long",
	},
}

// Agora's codes for the uploader's warnings.
var uploaderWarnings = map[int32]string{
	31: "a slice was uploaded again",
	32: "a slice went to Agora's backup",
}

// failureText says in words what has failed according to a notification, or nothing if
// nothing has.
func failureText(event notifications.Event) string {
	switch event.Type {
	case notifications.TranscoderCompleted, notifications.PostponeTranscodeFinalResult:
		if event.Result == "all_success" || event.Result == "total_success" || event.Result == "" {
			return ""
		}
		return "transcoding: " + event.Result
	case notifications.DownloadFailed:
		text := "files could not be fetched from the bucket for transcoding"
		if event.Failure != nil && event.Failure.Message != "" {
			text += ": " + event.Failure.Message
		}
		return text
	case notifications.CloudRecordingWarning:
		if event.Failure == nil {
			return ""
		}
		var text string
		if event.Failure.Module == moduleUploader {
			text = uploaderWarnings[event.Failure.Code]
		}
		return ofModule(*event.Failure, text)
	default:
		if event.Failure == nil {
			return ""
		}
		return ofModule(*event.Failure, failures[event.Failure.Module][event.Failure.Code])
	}
}

// ofModule says which of Agora's modules failed, with the text for its code and with
// Agora's own message, if there are any.
func ofModule(failure notifications.Failure, text string) string {
	module, ok := modules[failure.Module]
	if !ok {
		module = fmt.Sprintf("module %d", failure.Module)
	}
	switch {
	case text == "" && failure.Message == "":
		text = fmt.Sprintf("code %d", failure.Code)
	case text == "":
		text = failure.Message
	case failure.Message != "":
		text += " (" + failure.Message + ")"
	}
	return module + ": " + text
}

// webStopCapabilityLimit is the code for a page that needs too many resources.
const webStopCapabilityLimit = 2

// Agora's codes for the end of a web recording.
var webStops = map[int32]string{
	1:                      "its maxRecordingHour was over",
	webStopCapabilityLimit: "the page needs more than the recorder can give",
	3:                      "the recorder's engine did not start",
	4:                      "the page did not load in time",
	5:                      "the page could not be reached",
	6:                      "the recorder failed",
}

// webStopCode returns the code for the end of a web recording, or nil if the event has
// none.
func webStopCode(event notifications.Event) *int32 {
	switch {
	case event.WebStop != nil:
		return &event.WebStop.Code
	case event.Type == notifications.WebRecorderCapabilityLimit:
		return ptr.To[int32](webStopCapabilityLimit)
	default:
		return nil
	}
}

// Bits of the leaveCode, which says why a recorder left its channel.
const (
	leftBySignal = 2
)

// exitCause says in words why the recorder ended. It says nothing if the recorder was told
// to end, or if the reason is unknown.
func exitCause(exit v1alpha1.RecorderExit) string {
	if exit.WebStopCode != nil && webStops[*exit.WebStopCode] != "" {
		return webStops[*exit.WebStopCode]
	}
	if leave := exit.LeaveCode; leave != nil {
		switch {
		case *leave == 0:
			return "it could not be set up"
		case *leave&lifecycle.LeftForNoUsers != 0:
			return "nobody was in the channel"
		case *leave&leftBySignal == 0:
			return "it left the channel by itself"
		}
	}
	if exit.ExitStatus != nil && *exit.ExitStatus != 0 {
		return "it exited abnormally, for example because a parameter of its start was wrong"
	}
	return ""
}

// Announcement is an event about a notification. It is about a previous session if it has a
// SID.
type Announcement struct {
	Kind, Reason, Text, SID string
}

// announceEvent announces what a notification reports and no condition shows.
func announceEvent(plan *Plan, event notifications.Event) {
	announce := func(kind, reason, text string) {
		plan.Announcements = append(plan.Announcements, Announcement{Kind: kind, Reason: reason, Text: text})
	}
	switch event.Type {
	case notifications.CloudRecordingWarning:
		if text := failureText(event); text != "" {
			announce(corev1.EventTypeWarning, v1alpha1.NotifiedWarningReason, "Agora notified a warning: "+text+".")
		}
	case notifications.CloudRecordingError, notifications.DownloadFailed,
		notifications.TranscoderCompleted, notifications.PostponeTranscodeFinalResult:
		if text := failureText(event); text != "" {
			announce(corev1.EventTypeWarning, v1alpha1.NotifiedErrorReason, "Agora notified an error: "+text+".")
		}
	case notifications.SessionFailover:
		announce(corev1.EventTypeNormal, v1alpha1.RecorderMovedReason,
			"Agora moved the recorder to another server, where it goes on with another user ID. The files from then on have names that begin with bak.")
	case notifications.SessionExit, notifications.RecorderLeave, notifications.WebRecorderStopped:
		exit := v1alpha1.RecorderExit{ExitStatus: event.ExitStatus, LeaveCode: event.LeaveCode, WebStopCode: webStopCode(event)}
		if cause := exitCause(exit); cause != "" {
			announce(corev1.EventTypeWarning, v1alpha1.RecorderExitedReason, "The recorder ended: "+cause+".")
		}
	case notifications.WebRecorderCapabilityLimit:
		announce(corev1.EventTypeWarning, v1alpha1.RecorderExitedReason,
			"The recorder ended: "+webStops[webStopCapabilityLimit]+inBrackets(event.Cause)+".")
	case notifications.WebRecorderReload:
		announce(corev1.EventTypeNormal, v1alpha1.PageReloadedReason, "The recorder loaded the page again"+inBrackets(event.Cause)+".")
	default:
	}
}

// inBrackets returns a text in parentheses, or nothing if Agora has left it out.
func inBrackets(text string) string {
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}
