// SPDX-License-Identifier: Apache-2.0

package view

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/util/duration"

	"cloudrecording.dev/operator/controllers/notifications/unowned"
)

// UnownedState is what becomes of a recording that no object has.
type UnownedState string

// The states of recordings that no object has.
const (
	// UnownedNew has been heard of a few minutes ago: an object may be about to have it.
	UnownedNew UnownedState = "new"

	// UnownedRunning goes on.
	UnownedRunning UnownedState = "running"

	// UnownedEnded has ended.
	UnownedEnded UnownedState = "ended"
)

// UnownedRecording is a recording that no object has. Programs may read it as JSON.
type UnownedRecording struct {
	unowned.Recording `json:",inline"`

	State UnownedState `json:"state"`

	// Since is when it began, or else when it was first heard of.
	Since time.Time `json:"since"`

	// Adopt is the command line that adopts it, with names in capitals for what
	// notifications do not tell; empty if it does not run, or may be about to have an object.
	Adopt string `json:"adopt,omitempty"`
}

// UnownedOf returns what to show of recordings that no object has, by namespace and channel:
// those that go on, or all.
func UnownedOf(recordings []unowned.Recording, all bool) []UnownedRecording {
	shown := []UnownedRecording{}
	for _, recording := range recordings {
		if !all && !recording.IsReported() {
			continue
		}
		one := UnownedRecording{Recording: recording, State: unownedStateOf(recording), Since: recording.Began}
		if one.Since.IsZero() {
			one.Since = recording.FirstHeard
		}
		if one.State == UnownedRunning {
			one.Adopt = strings.Join(adoption(recording), " ")
		}
		shown = append(shown, one)
	}
	slices.SortFunc(shown, func(a, b UnownedRecording) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.CName, b.CName), a.Since.Compare(b.Since), cmp.Compare(a.SID, b.SID))
	})
	return shown
}

func unownedStateOf(recording unowned.Recording) UnownedState {
	switch {
	case !recording.Ended.IsZero():
		return UnownedEnded
	case recording.IsReported():
		return UnownedRunning
	default:
		return UnownedNew
	}
}

// adoption returns the parts of the command line that adopts a recording. Its channel is such
// as whoever signs notifications has named it.
func adoption(recording unowned.Recording) []string {
	channel := quote(recording.CName)
	if strings.HasPrefix(recording.CName, "-") {
		channel = "-- " + channel
	}
	parts := []string{"kubectl crec adopt", "-n " + quote(recording.Namespace)}
	if recording.UID != "" {
		parts = append(parts, "--uid "+quote(recording.UID))
	}
	if recording.Mode != "" {
		parts = append(parts, "--mode "+quote(string(recording.Mode)))
	}
	return append(parts, "--sid "+quote(recording.SID), "--resource-id RESOURCE_ID", "--profile PROFILE", channel)
}

// quote writes a text such that a shell takes it for one word.
func quote(text string) string {
	text = printable(text)
	isPlain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.:@%+", r)
	}
	if text != "" && !strings.ContainsFunc(text, func(r rune) bool { return !isPlain(r) }) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// PrintUnowned writes a table for each namespace, and what to do.
func PrintUnowned(out io.Writer, recordings []UnownedRecording, all bool, now time.Time) {
	for i, of := range byNamespace(recordings) {
		if i > 0 {
			_, _ = fmt.Fprintln(out)
		}
		printWrapped(out, "", "", "Namespace "+of[0].Namespace+", a Secret of which verifies the notifications")
		tableOf(of, all, now).Print(out, Width)
	}
	adopted := slices.DeleteFunc(slices.Clone(recordings), func(recording UnownedRecording) bool { return recording.Adopt == "" })
	if len(adopted) == 0 {
		return
	}
	_, _ = fmt.Fprintln(out)
	printWrapped(out, "", "", whatToDo)
	for _, recording := range adopted {
		_, _ = fmt.Fprintln(out)
		printCommand(out, adoption(recording.Recording))
	}
}

const whatToDo = "Such a recording is billed until it ends. Have it stopped where it was started," +
	" or adopt it by the command below, and then stop it by kubectl crec stop. RESOURCE_ID is what Agora's" +
	" acquire returned there: no notification tells it. PROFILE is a profile of the namespace; flags can" +
	" replace it, see kubectl crec adopt --help. Where nobody knows the resource ID, have everybody leave" +
	" the channel: then the recorder leaves, too."

// byNamespace parts recordings that are sorted by it.
func byNamespace(recordings []UnownedRecording) (parts [][]UnownedRecording) {
	for i, recording := range recordings {
		if i == 0 || recordings[i-1].Namespace != recording.Namespace {
			parts = append(parts, nil)
		}
		parts[len(parts)-1] = append(parts[len(parts)-1], recording)
	}
	return parts
}

func tableOf(recordings []UnownedRecording, all bool, now time.Time) Table {
	table := Table{Columns: []string{"CHANNEL", "MODE", "SINCE", "HEARD"}}
	if all {
		table.Columns = append(table.Columns, "STATE")
	}
	table.Columns = append(table.Columns, "SID")
	for _, recording := range recordings {
		row := []string{recording.CName, modeOf(recording), age(recording.Since, now), age(recording.LastHeard, now)}
		if all {
			row = append(row, string(recording.State))
		}
		table.Rows = append(table.Rows, append(row, recording.SID))
	}
	return table
}

func modeOf(recording UnownedRecording) string { return cmp.Or(string(recording.Mode), "-") }

func age(t, now time.Time) string { return duration.HumanDuration(now.Sub(t)) }

// printCommand writes a command line, over several lines where it is too long for one. A part
// that is longer than a line has one of its own.
func printCommand(out io.Writer, parts []string) {
	const indent, continued = "  ", " \\"
	line := indent
	for i, part := range parts {
		switch {
		case i == 0:
			line += part
		case utf8.RuneCountInString(line+part)+1+len(continued) <= Width:
			line += " " + part
		default:
			_, _ = fmt.Fprintln(out, line+continued)
			line = indent + indent + part
		}
	}
	_, _ = fmt.Fprintln(out, line)
}
