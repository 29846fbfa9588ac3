// SPDX-License-Identifier: Apache-2.0

package view

import (
	"cmp"
	"fmt"
	"io"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// shownFiles is how many files of a session the tree shows.
const shownFiles = 3

// PrintTree writes the state of a recording as a tree.
func (s Summary) PrintTree(out io.Writer, now time.Time) {
	root := Node{Text: fmt.Sprintf("CloudRecording %s in namespace %s", s.Name, s.Namespace)}
	root.add(fmt.Sprintf("Channel %s%s%s", s.Channel, behind(", mode ", string(s.Mode)), behind(", profile ", s.Profile)))
	root.add(fmt.Sprintf("Phase %s, wanted: %s", cmp.Or(s.Phase, v1alpha1.PhasePending), s.Wanted))
	if s.Ready != nil {
		root.Children = append(root.Children, conditionNode(*s.Ready))
	}
	for _, warning := range s.Warnings {
		root.Children = append(root.Children, conditionNode(warning))
	}
	if s.LastError != nil {
		root.Children = append(root.Children, errorNode(*s.LastError, now))
	}
	root.Children = append(root.Children, s.sessionsNode(now), s.waitsNode(now))
	root.Print(out)
}

func (n *Node) add(text string) { n.Children = append(n.Children, Node{Text: text}) }

// behind puts a label before a text, unless the text is empty.
func behind(label, text string) string {
	if text == "" {
		return ""
	}
	return label + text
}

func conditionNode(condition metav1.Condition) Node {
	node := Node{Text: fmt.Sprintf("%s: %s (%s)", condition.Type, condition.Status, condition.Reason)}
	node.add(condition.Message)
	return node
}

func errorNode(failure v1alpha1.CallError, now time.Time) Node {
	text := "Last error: " + failure.Operation + " fails since " + stamp(&failure.Since, now)
	if failure.HTTPStatus != 0 {
		text += fmt.Sprintf(", HTTP status %d", failure.HTTPStatus)
	}
	if failure.Code != 0 {
		text += fmt.Sprintf(", code %d", failure.Code)
	}
	node := Node{Text: text}
	if failure.Reason != "" {
		node.add(failure.Reason)
	}
	return node
}

func (s Summary) sessionsNode(now time.Time) Node {
	if len(s.Sessions) == 0 {
		return Node{Text: "Sessions: none has begun"}
	}
	node := Node{Text: fmt.Sprintf("Sessions: %d, with %s", len(s.Sessions), counted(int(s.Files), "file"))}
	for _, session := range s.Sessions {
		node.Children = append(node.Children, session.node(now))
	}
	return node
}

func (s Session) node(now time.Time) Node {
	node := Node{Text: "Session " + cmp.Or(s.SID, "whose sid is not known yet") + behind(", uid ", s.UID)}
	if s.Started != nil {
		node.add("Started " + stamp(s.Started, now))
	}
	switch {
	case s.Ended != nil:
		node.add("Ended " + stamp(s.Ended, now) + behind(" by ", s.EndedBy))
	case s.EndedBy != "":
		node.add("Ended by " + s.EndedBy)
	}
	node.Children = append(node.Children, s.evidenceNode(now), s.filesNode())
	return node
}

// evidenceNode describes the evidence that the files are in the bucket.
func (s Session) evidenceNode(now time.Time) Node {
	node := Node{Text: "Evidence: none"}
	switch {
	case s.Evidence != "":
		node.Text = "Evidence: " + s.Evidence
		if s.UploadedTime != nil {
			node.Text += ", " + stamp(s.UploadedTime, now)
		}
	case s.EndedBy == "":
		node.Text = "Evidence: none, as long as it goes on"
	case s.UploadProgress != nil:
		node.Text += fmt.Sprintf(", %d %% uploaded as Agora notified", *s.UploadProgress)
	}
	if s.Uploaded != nil && s.EndedBy != "" {
		node.add(s.Uploaded.Message)
	}
	if s.Verified != nil {
		node.add("Bucket: " + s.Verified.Message)
	}
	return node
}

func (s Session) filesNode() Node {
	if len(s.Files) == 0 {
		return Node{Text: "Files: none is known"}
	}
	node := Node{Text: "Files: " + fmt.Sprint(len(s.Files))}
	for _, file := range s.Files[:min(len(s.Files), shownFiles)] {
		node.add(file.FileName)
	}
	if more := len(s.Files) - shownFiles; more > 0 {
		node.add(fmt.Sprintf("and %d more: see kubectl crec files", more))
	}
	return node
}

func (s Summary) waitsNode(now time.Time) Node {
	if len(s.Waits) == 0 {
		return Node{Text: "Waits for nothing: it is over"}
	}
	node := Node{Text: "Waits for"}
	for _, wait := range s.Waits {
		text := wait.For
		if wait.Until != nil {
			text += ", until " + stamp(&metav1.Time{Time: *wait.Until}, now)
		}
		child := Node{Text: text}
		child.add(wait.Then)
		node.Children = append(node.Children, child)
	}
	return node
}

// stamp writes a time and its distance from now.
func stamp(t *metav1.Time, now time.Time) string {
	text := t.UTC().Format(time.RFC3339)
	switch off := t.Sub(now); {
	case off > 0:
		return text + " (in " + duration.HumanDuration(off) + ")"
	default:
		return text + " (" + duration.HumanDuration(-off) + " ago)"
	}
}

func counted(number int, what string) string {
	if number == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", number, what)
}
