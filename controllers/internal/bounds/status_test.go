// SPDX-License-Identifier: Apache-2.0

package bounds_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/internal/bounds"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

func TestCutText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
			strings.Repeat("é", 100), strings.Repeat("<", 50), strings.Repeat("\x01", 20), "\xff\xfe", strings.Repeat("🎥", 40), "a \"quoted\" name",
		})).Draw(t, "text")
		most := rapid.IntRange(8, 200).Draw(t, "bytes")
		short := bounds.CutText(text, most)
		if bounds.EncodedSize(short) > most {
			t.Fatalf("%d bytes are left", bounds.EncodedSize(short))
		}
		if bounds.CutText(short, most) != short {
			t.Fatalf("%q is cut again", short)
		}
		if bounds.EncodedSize(text) <= most && short != text {
			t.Fatal("what fits is cut")
		}
		if utf8.ValidString(text) && !utf8.ValidString(short) {
			t.Fatal("a character is cut in two")
		}
		encoded, _ := json.Marshal(text)
		if len(encoded)-2 > bounds.EncodedSize(text) {
			t.Fatalf("%d bytes are counted, and %d stored", bounds.EncodedSize(text), len(encoded)-2)
		}
	})
}

func TestSizeOfSessionIsWhatItTakes(t *testing.T) {
	t.Parallel()
	for name, character := range recordingtest.Characters {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			session := recordingtest.FullSession("sid", character, 0)
			encoded, err := json.Marshal(session)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(bounds.SizeOfSession(&session)).To(BeNumerically(">=", len(encoded)))
			bounds.ReduceSession(&session, "1")
			encoded, err = json.Marshal(session)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(bounds.SizeOfSession(&session)).To(BeNumerically(">=", len(encoded)))
			g.Expect(bounds.SizeOfSession(&session)).To(BeNumerically("<=", bounds.MaxSessionBytes/lifecycle.MaxSessions), "a hundred of them must fit")
		})
	}
}

func TestBoundedStatusIsNotBoundedAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		status := recordingtest.ForgedStatus(t)
		for i := range rapid.IntRange(0, 100).Draw(t, "sessions") {
			status.Sessions = append(status.Sessions, recordingtest.FullSession(fmt.Sprint("sid-", i), "é", 0))
		}
		bounds.Status(&status, "1")
		once := status.DeepCopy()
		bounds.Status(&status, "1")
		if !equalStatus(once, &status) {
			t.Fatal("what is within its bounds is changed again")
		}
		size := 0
		for i := range status.Sessions {
			size += bounds.SizeOfSession(&status.Sessions[i])
		}
		if size > bounds.MaxSessionBytes {
			t.Fatalf("%d bytes of sessions", size)
		}
	})
}

func equalStatus(a, b *v1alpha1.CloudRecordingStatus) bool {
	first, _ := json.Marshal(a)
	second, _ := json.Marshal(b)
	return string(first) == string(second)
}

func TestReducedSessionsLoseNoFileAndNoEvidence(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	var status v1alpha1.CloudRecordingStatus
	for i := range lifecycle.MaxSessions {
		session := recordingtest.FullSession(fmt.Sprint("sid-", i), "é", 1)
		if i%2 == 0 {
			session.Phase = v1alpha1.PhaseCompleted
		}
		status.Sessions = append(status.Sessions, session)
	}
	before := status.DeepCopy()
	bounds.Status(&status, "1")
	for i, session := range status.Sessions {
		g.Expect(session.FileList).To(Equal(before.Sessions[i].FileList))
		g.Expect(session.SID).To(Equal(before.Sessions[i].SID))
		g.Expect(session.ResourceID).To(Equal(before.Sessions[i].ResourceID))
		g.Expect(lifecycle.HasEnded(&session)).To(BeTrue())
		g.Expect(lifecycle.HasUploaded(&session)).To(BeTrue())
		g.Expect(session.Notified).To(ContainElement(HaveField("UID", session.UID)), "of its own recorder")
	}
}

func TestSettledSessionsAreReducedFirst(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	var status v1alpha1.CloudRecordingStatus
	for i := range 16 {
		session := recordingtest.FullSession(fmt.Sprint("sid-", i), "x", 0)
		if i >= 8 {
			session.Phase = v1alpha1.PhaseCompleted
		}
		status.Sessions = append(status.Sessions, session)
	}
	bounds.Status(&status, "1")
	g.Expect(status.Sessions[0].Verification.MissingFiles).NotTo(BeEmpty(), "there is enough room without that")
	g.Expect(status.Sessions[8].Verification.MissingFiles).To(BeEmpty())
}

// TestFullSessionsHaveEverything makes sure that whoever adds a field to a session fills it
// where the largest sessions are measured.
func TestFullSessionsHaveEverything(t *testing.T) {
	t.Parallel()
	session := recordingtest.FullSession("sid", "x", 1)
	NewWithT(t).Expect(emptyFields("session", reflect.ValueOf(session))).To(BeEmpty())
}

// emptyFields returns the fields within a value that hold nothing. It looks only at the
// first item of a list.
func emptyFields(path string, value reflect.Value) (empty []string) {
	switch {
	case value.Kind() == reflect.Pointer && !value.IsNil():
		if value.Elem().Kind() == reflect.Struct {
			return emptyFields(path, value.Elem())
		}
	case value.Kind() == reflect.Slice && value.Len() > 0:
		return emptyFields(path+"[]", value.Index(0))
	case value.Kind() == reflect.Struct && value.Type().PkgPath() == reflect.TypeFor[v1alpha1.SessionStatus]().PkgPath():
		for field, inner := range value.Fields() {
			empty = append(empty, emptyFields(path+"."+field.Name, inner)...)
		}
	case value.IsZero():
		return []string{path}
	}
	return empty
}
