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

// UnownedState is the state of a recording that no object owns.
type UnownedState string

// The states of recordings that no object owns.
const (
	// UnownedNew means that it was first heard of a few minutes ago. An object may be
	// about to own it.
	UnownedNew UnownedState = "new"

	// UnownedRunning means that it is running.
	UnownedRunning UnownedState = "running"

	// UnownedEnded means that it has ended.
	UnownedEnded UnownedState = "ended"
)

// UnownedRecording is a recording that no object owns. Programs may read it as JSON.
type UnownedRecording struct {
	unowned.Recording `json:",inline"`

	State UnownedState `json:"state"`

	// Since is when it began. If that is unknown, it is when it was first heard of.
	Since time.Time `json:"since"`

	// Adopt is the command line that adopts it, with names in capitals for what
	// notifications do not contain. It is empty if the recording has ended, or if an
	// object may be about to own it.
	Adopt string `json:"adopt,omitempty"`
}

// UnownedOf returns the unowned recordings to show, sorted by namespace and channel: the
// running ones, or all.
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

// adoption returns the parts of the command line that adopts a recording. The name of its
// channel is untrusted, because it comes from whoever signs notifications.
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

// quote quotes a text so that a shell treats it as one word.
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

// byNamespace groups recordings that are sorted by namespace.
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

// printCommand writes a command line, wrapped if it is too long for one line. A part that
// is longer than a line gets its own line.
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
