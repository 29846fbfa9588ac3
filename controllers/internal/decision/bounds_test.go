// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/bounds"
	"cloudrecording.dev/operator/controllers/notifications"
)

// TestDecideBoundsWhatNotificationsBring states that signed notifications, each about
// another user, type of event or address, cannot make an object too large to be written.
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

// TestDecideKeepsWhatDecidesOfNotifications states what survives when others flood an
// object with notifications.
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
			g.Expect(len(d.Status.Notified)).To(BeNumerically("<=", bounds.MaxNotified))
			g.Expect(d.Status.Notified).To(ContainElements(
				And(HaveField("EventType", BeEquivalentTo(notifications.Backuped)), HaveField("UID", "4711")),
				And(HaveField("EventType", BeEquivalentTo(notifications.Uploaded)), HaveField("UID", "527841"))))
			_, again := s.deliver(flood[:1])
			g.Expect(len(again.Status.Notified)).To(BeNumerically("<=", bounds.MaxNotified))
		})
	}
}

func TestDecideTakesNoEventOfWhatIsNoUser(t *testing.T) {
	t.Parallel()
	for _, uid := range []string{"", " 1", "-1", "01234567890", "one", "１", "1\n"} {
		g := NewWithT(t)
		d := given(notified(uploadedEvent(0, ofRecorder(uid), files("sid_lesson.m3u8")))).decide()
		g.Expect(d.Status.Notified).To(BeEmpty(), "%q", uid)
		g.Expect(d.Status.UploadingStatus).To(BeEmpty(), "%q", uid)
		g.Expect(d.Status.FileList).To(ConsistOf(HaveField("FileName", "sid_lesson.m3u8")), "a name counts, whoever tells it")
	}
}

// TestFailureThatIsCutIsTheSameStill states that a shortened failure does not look like
// another one each time.
func TestFailureThatIsCutIsTheSameStill(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	answer := queryAnswer(agora.InvalidRequest, 0)
	answer.Reason = strings.Repeat("<é", 500)
	s := given(answered(answer))
	first := s.decide()
	second := s.after(first, time.Hour, answered(answer)).decide()
	g.Expect(second.Status.LastError.Since).To(Equal(first.Status.LastError.Since))
	g.Expect(bounds.EncodedSize(second.Status.LastError.Reason)).To(BeNumerically("<=", bounds.MaxErrorBytes))
}
