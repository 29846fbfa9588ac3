// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"pgregory.net/rapid"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/notifications"
)

func TestCutText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
			strings.Repeat("é", 100), strings.Repeat("<", 50), strings.Repeat("\x01", 20), "\xff\xfe", strings.Repeat("🎥", 40), "a \"quoted\" name",
		})).Draw(t, "text")
		most := rapid.IntRange(8, 200).Draw(t, "bytes")
		short := cutText(text, most)
		if encodedSize(short) > most {
			t.Fatalf("%d bytes are left", encodedSize(short))
		}
		if cutText(short, most) != short {
			t.Fatalf("%q is cut again", short)
		}
		if encodedSize(text) <= most && short != text {
			t.Fatal("what fits is cut")
		}
		if utf8.ValidString(text) && !utf8.ValidString(short) {
			t.Fatal("a character is cut in two")
		}
		encoded, _ := json.Marshal(text)
		if len(encoded)-2 > encodedSize(text) {
			t.Fatalf("%d bytes are counted, and %d stored", encodedSize(text), len(encoded)-2)
		}
	})
}

// TestDecideBoundsWhatNotificationsBring states that signed notifications, each of another
// user, type of event or address, do not let an object grow beyond what can be written.
func TestDecideBoundsWhatNotificationsBring(t *testing.T) {
	t.Parallel()
	const many = 797
	for name, event := range map[string]func(i int32) notifications.Event{
		"of users that there cannot be": func(i int32) notifications.Event {
			return uploadedEvent(time.Duration(i)*time.Second, ofRecorder(fmt.Sprintf("%d-%s", i, strings.Repeat("é", 500))))
		},
		"of users that there can be": func(i int32) notifications.Event {
			return uploadedEvent(time.Duration(i)*time.Second, ofRecorder(fmt.Sprint(4_000_000_000+int64(i))))
		},
		"of types that there are not": func(i int32) notifications.Event {
			return happened(notifications.Type(10_000+i), time.Duration(i)*time.Second)
		},
		"of addresses": func(i int32) notifications.Event {
			return happened(notifications.RTMPPublishStatus, time.Duration(i)*time.Second, func(e *notifications.Event) {
				e.Publish = &notifications.Publish{RTMPURL: fmt.Sprintf("rtmp://%d.%s", i, strings.Repeat("x", 1000)), Status: strings.Repeat("<", 1000)}
			})
		},
		"of moves": func(i int32) notifications.Event {
			return happened(notifications.SessionFailover, time.Duration(i)*time.Second, func(e *notifications.Event) { e.NewUID = strings.Repeat("x", 1024) })
		},
		"of failures": func(i int32) notifications.Event {
			return happened(notifications.CloudRecordingError, time.Duration(i)*time.Second, failing(strings.Repeat("é", 512), 1, i, strings.Repeat("\"", 1024)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			s := given()
			for i := int32(0); i < many; i += 100 {
				var events []notifications.Event
				for j := i; j < min(i+100, many); j++ {
					events = append(events, event(j))
				}
				s = s.after(s.with(notified(events...)).decide(), time.Second)
			}
			encoded, err := json.Marshal(s.recording.Status)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(len(encoded)).To(BeNumerically("<", 20_000))
		})
	}
}

func (s situation) with(modify modifier) situation {
	modify(&s)
	return s
}

// TestDecideKeepsWhatDecidesOfNotifications states what survives when others flood an object.
func TestDecideKeepsWhatDecidesOfNotifications(t *testing.T) {
	t.Parallel()
	moved := happened(notifications.SessionFailover, 0, func(e *notifications.Event) { e.NewUID = "4711" })
	var flood []notifications.Event
	for i := range 797 {
		flood = append(flood,
			uploadedEvent(time.Duration(i)*time.Millisecond, ofRecorder(fmt.Sprint(1_000_000_000+i))),
			happened(notifications.RecorderLeave, time.Duration(i)*time.Millisecond, ofRecorder(fmt.Sprint(1_000_000_000+i))))
	}
	for name, deliveries := range map[string][][]notifications.Event{
		"before":    {flood, {moved, backupedEvent(time.Minute, ofRecorder("4711")), uploadedEvent(2*time.Minute, ofRecorder("527841"))}},
		"after":     {{moved, backupedEvent(time.Minute, ofRecorder("4711")), uploadedEvent(2*time.Minute, ofRecorder("527841"))}, flood},
		"meanwhile": {append(flood[:600:600], moved, backupedEvent(time.Minute, ofRecorder("4711")), uploadedEvent(2*time.Minute, ofRecorder("527841"))), flood[600:]},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			s, d := given(func(s *situation) { s.recording.Spec.UID = "527841" }).deliver(deliveries...)
			g.Expect(len(d.status.Notified)).To(BeNumerically("<=", maxNotified))
			g.Expect(d.status.Notified).To(ContainElements(
				And(HaveField("EventType", BeEquivalentTo(notifications.Backuped)), HaveField("UID", "4711")),
				And(HaveField("EventType", BeEquivalentTo(notifications.Uploaded)), HaveField("UID", "527841"))))
			_, again := s.deliver(flood[:1])
			g.Expect(len(again.status.Notified)).To(BeNumerically("<=", maxNotified))
		})
	}
}

func TestDecideTakesNoEventOfWhatIsNoUser(t *testing.T) {
	t.Parallel()
	for _, uid := range []string{"", " 1", "-1", "01234567890", "one", "１", "1\n"} {
		g := NewWithT(t)
		d := given(notified(uploadedEvent(0, ofRecorder(uid), files("sid_lesson.m3u8")))).decide()
		g.Expect(d.status.Notified).To(BeEmpty(), "%q", uid)
		g.Expect(d.status.UploadingStatus).To(BeEmpty(), "%q", uid)
		g.Expect(d.status.FileList).To(ConsistOf(HaveField("FileName", "sid_lesson.m3u8")), "a name counts, whoever tells it")
	}
}

// TestFailureThatIsCutIsTheSameStill states that what was cut does not look like another failure each time.
func TestFailureThatIsCutIsTheSameStill(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	answer := queryAnswer(agora.InvalidRequest, 0)
	answer.Reason = strings.Repeat("<é", 500)
	s := given(answered(answer))
	first := s.decide()
	second := s.after(first, time.Hour, answered(answer)).decide()
	g.Expect(second.status.LastError.Since).To(Equal(first.status.LastError.Since))
	g.Expect(encodedSize(second.status.LastError.Reason)).To(BeNumerically("<=", maxErrorBytes))
}

// fullSession returns a session that holds as much as it may, of characters that take
// the most room.
func fullSession(sid, character string, files int) v1alpha1.SessionStatus {
	text := func(length int) string { return strings.Repeat(character, length/encodedSize(character)) }
	at := metav1.NewTime(time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC))
	session := v1alpha1.SessionStatus{
		Phase: v1alpha1.PhaseUploading, ResourceID: strings.Repeat("r", 1024), SID: sid, UID: "4294967295",
		AcquiredTime: &at, StartRequestedTime: &at, StartedTime: &at, ResourceExpiredHour: 720, ServiceStatus: ptr.To[int32](20),
		UploadingStatus: text(maxWordBytes), UploadProgress: ptr.To[int32](100), FileListMode: text(maxWordBytes),
		FileCount: 1<<31 - 1, FileListFinal: true, StartTime: &at, StopRequestedTime: &at,
		StoppedReason: text(maxReasonBytes), StoppedTime: &at, UploadedReason: text(maxReasonBytes), UploadedTime: &at, NotFoundSince: &at,
		Applied: &v1alpha1.AppliedParameters{
			Subscription: strings.Repeat("a", 64), Layout: strings.Repeat("a", 64), Page: strings.Repeat("a", 64),
			Publishing: strings.Repeat("a", 64), Storage: strings.Repeat("a", 64), PublishingSecret: strings.Repeat("s", 253), StorageTime: &at,
		},
		Migrations: 10,
		Verification: &v1alpha1.StorageVerification{
			Location: text(maxNameBytes), Time: at, Indexes: 1 << 30, Slices: 1 << 30, MP4s: 1 << 30, Screenshots: 1 << 30,
			Bytes: 1 << 62, PlayableSeconds: 1 << 62, Missing: 1 << 30,
		},
		Exit: &v1alpha1.RecorderExit{
			Time: &at, ExitStatus: ptr.To[int32](-1 << 31), LeaveCode: ptr.To[int32](-1 << 31), WebStopCode: ptr.To[int32](-1 << 31), Cause: text(maxCauseBytes),
		},
		Failover:  &v1alpha1.RecorderFailover{NewUID: "4294967294", Time: at},
		LastError: &v1alpha1.CallError{Operation: text(maxWordBytes), HTTPStatus: 503, Code: -1 << 31, Reason: text(maxErrorBytes), Since: at},
	}
	for i := range maxConditions {
		kind := []string{
			v1alpha1.ReadyCondition, v1alpha1.StoppedCondition, v1alpha1.UploadedCondition, v1alpha1.VerifiedCondition,
			v1alpha1.ExpiringCondition, v1alpha1.ReconcilingCondition, v1alpha1.StalledCondition,
		}
		condition := metav1.Condition{
			Type: fmt.Sprintf("Other%s%d", strings.Repeat("x", 56), i), Status: metav1.ConditionUnknown, ObservedGeneration: 1 << 62,
			LastTransitionTime: at, Reason: strings.Repeat("R", maxReasonBytes), Message: text(maxMessageBytes),
		}
		if i < len(kind) {
			condition.Type = kind[i]
		}
		session.Conditions = append(session.Conditions, condition)
	}
	for range maxMissingFiles {
		session.Verification.MissingFiles = append(session.Verification.MissingFiles, text(maxMissingBytes))
	}
	for i := range maxServices {
		service := v1alpha1.ExtensionServiceState{ServiceName: strings.Repeat("s", maxWordBytes-1) + fmt.Sprint(i), Payload: v1alpha1.ExtensionServicePayload{
			State: text(maxWordBytes), Onhold: ptr.To(false), UploadingStatus: text(maxWordBytes), Status: text(maxWordBytes),
		}}
		for range maxOutputs {
			service.Payload.Outputs = append(service.Payload.Outputs, v1alpha1.ExtensionServiceOutput{RTMPURL: text(maxAddressBytes), Status: text(maxWordBytes)})
		}
		session.ExtensionServiceState = append(session.ExtensionServiceState, service)
	}
	for i := range maxNotified {
		kind := []notifications.Type{notifications.Uploaded, notifications.Backuped}[i%2]
		session.Notified = append(session.Notified, v1alpha1.NotifiedEvent{
			EventType: int32(kind), UID: fmt.Sprint(4_294_967_295 - i), Time: metav1.NewMicroTime(at.Time),
		})
	}
	for i := range files {
		session.FileList = append(session.FileList, v1alpha1.RecordedFile{
			FileName: fmt.Sprintf("%s-%d", sid, i) + text(600), TrackType: text(maxWordBytes), UID: text(maxWordBytes),
			MixedAllUser: ptr.To(false), IsPlayable: ptr.To(false), SliceStartTime: ptr.To[int64](1_600_000_000_000), Discovered: true,
		})
	}
	return session
}

// characters take more room than one letter does.
var characters = map[string]string{"letters": "x", "two bytes": "é", "four bytes": "🎥", "markup": "<", "quotes": `"`, "controls": "\x01"}

func TestSizeOfSessionIsWhatItTakes(t *testing.T) {
	t.Parallel()
	for name, character := range characters {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := NewWithT(t)
			session := fullSession("sid", character, 0)
			encoded, err := json.Marshal(session)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(sizeOfSession(&session)).To(BeNumerically(">=", len(encoded)))
			reduceSession(&session, "1")
			encoded, err = json.Marshal(session)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(sizeOfSession(&session)).To(BeNumerically(">=", len(encoded)))
			g.Expect(sizeOfSession(&session)).To(BeNumerically("<=", maxSessionBytes/maxSessions), "a hundred of them must fit")
		})
	}
}

func TestBoundedStatusIsNotBoundedAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		status := forgedStatus(t)
		for i := range rapid.IntRange(0, 100).Draw(t, "sessions") {
			status.Sessions = append(status.Sessions, fullSession(fmt.Sprint("sid-", i), "é", 0))
		}
		boundStatus(&status, "1")
		once := status.DeepCopy()
		boundStatus(&status, "1")
		if !equalStatus(once, &status) {
			t.Fatal("what is within its bounds is changed again")
		}
		size := 0
		for i := range status.Sessions {
			size += sizeOfSession(&status.Sessions[i])
		}
		if size > maxSessionBytes {
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
	for i := range maxSessions {
		session := fullSession(fmt.Sprint("sid-", i), "é", 1)
		if i%2 == 0 {
			session.Phase = v1alpha1.PhaseCompleted
		}
		status.Sessions = append(status.Sessions, session)
	}
	before := status.DeepCopy()
	boundStatus(&status, "1")
	for i, session := range status.Sessions {
		g.Expect(session.FileList).To(Equal(before.Sessions[i].FileList))
		g.Expect(session.SID).To(Equal(before.Sessions[i].SID))
		g.Expect(session.ResourceID).To(Equal(before.Sessions[i].ResourceID))
		g.Expect(hasEnded(&session)).To(BeTrue())
		g.Expect(hasUploaded(&session)).To(BeTrue())
		g.Expect(session.Notified).To(ContainElement(HaveField("UID", session.UID)), "of its own recorder")
	}
}

func TestSettledSessionsAreReducedFirst(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	var status v1alpha1.CloudRecordingStatus
	for i := range 16 {
		session := fullSession(fmt.Sprint("sid-", i), "x", 0)
		if i >= 8 {
			session.Phase = v1alpha1.PhaseCompleted
		}
		status.Sessions = append(status.Sessions, session)
	}
	boundStatus(&status, "1")
	g.Expect(status.Sessions[0].Verification.MissingFiles).NotTo(BeEmpty(), "there is enough room without that")
	g.Expect(status.Sessions[8].Verification.MissingFiles).To(BeEmpty())
}
