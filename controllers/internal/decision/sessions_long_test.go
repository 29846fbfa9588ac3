// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
	"cloudrecording.dev/operator/controllers/notifications"
)

// endless is a recording whose recorders end by themselves, again and again.
type endless struct {
	*situation
	g       Gomega
	started int
	running string
	// replaced is the previous session, which runs until it is stopped.
	replaced string
	begun    time.Time
	// names means that sessions have files.
	names     bool
	announced []string
	last      Decision
}

func newEndless(g Gomega, policy v1alpha1.RestartPolicy, change func(*v1alpha1.CloudRecordingSpec)) *endless {
	s := given(toStart)
	s.recording.Spec.Start.ResourceExpiredHour = 1
	s.recording.Spec.Start.AlternateUIDs = []string{"2", "3"}
	s.recording.Spec.RestartPolicy = policy
	change(&s.recording.Spec)
	return &endless{situation: &s, g: g}
}

// runFor lets everything go on for a while. Each recorder ends by itself after some time.
func (e *endless) runFor(duration, each time.Duration) {
	for end := e.observed.Now.Add(duration); e.observed.Now.Before(end); {
		e.step(each)
		if e.last.Action.IsCall() {
			e.observed.Now = e.observed.Now.Add(100 * time.Millisecond)
			continue
		}
		next := end
		if again := e.last.RequeueAt; again.After(e.observed.Now) {
			next = earlier(again, end)
		}
		e.observed.Now = next
	}
}

func (e *endless) step(each time.Duration) {
	if e.running != "" && e.observed.Now.Sub(e.begun) >= each {
		e.exit()
	}
	d := e.decide()
	e.last = d
	for _, announced := range d.Announcements {
		e.announced = append(e.announced, announced.Reason)
	}
	e.recording.Status, e.observed.Memory = *d.Status.DeepCopy(), d.Memory
	e.observed.Answer, e.observed.Events = nil, nil
	if d.Action.IsCall() {
		e.answer(d)
	}
}

// fill adds previous sessions for which nothing is left to do.
func (e *endless) fill(count int) {
	for i := range count {
		session := v1alpha1.SessionStatus{SID: fmt.Sprint("before-", i), StartedTime: &metav1.Time{Time: recordingtest.Noon.Add(time.Minute)}}
		settled(&session)
		if e.names {
			session.FileList = asFiles("before.m3u8")
		}
		e.recording.Status.Sessions = append(e.recording.Status.Sessions, session)
	}
}

// exit makes the recorder end by itself.
func (e *endless) exit() {
	event := notifications.Event{Type: notifications.Uploaded, SID: e.running, UID: "1", Time: e.observed.Now, Status: ptr.To[int32](0)}
	if e.names {
		event.Files = asFiles(e.running + ".m3u8")
	}
	e.observed.Events = append(e.observed.Events, event)
	e.running = ""
}

func (e *endless) answer(d Decision) {
	identity := lifecycle.IdentityOf(d.Target(&e.recording))
	answer := agora.Answer{Conclusion: agora.Succeeded, HTTPStatus: 200}
	switch d.Action {
	case ActionAcquire:
		answer.Method, answer.ResourceID = agora.MethodAcquire, fmt.Sprint("resource-", e.started+1)
	case ActionStart:
		e.started++
		answer.Method, answer.SID = agora.MethodStart, fmt.Sprint("sid-", e.started)
		e.running, e.replaced, e.begun = answer.SID, e.running, e.observed.Now
	case ActionStop:
		answer.Method = agora.MethodStop
		switch identity.SID {
		case e.running:
			answer.Report.UploadingStatus, e.running = agora.Uploaded, ""
		case e.replaced:
			answer.Report.UploadingStatus, e.replaced = agora.Uploaded, ""
		default:
			answer.Conclusion, answer.HTTPStatus = agora.NotFound, 404
		}
	default:
		answer.Method = agora.MethodQuery
		if identity.SID == e.running || identity.SID == e.replaced {
			answer.Report.ServiceStatus = ptr.To[int32](5)
			break
		}
		answer.Conclusion, answer.HTTPStatus = agora.NotFound, 404
	}
	e.observed.Answer, e.observed.AskedAt, e.observed.AnswerSession = &answer, e.observed.Now, identity.SID
}

func TestDecideCountsTheDurationFromTheFirstOfManySessions(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	e := newEndless(g, v1alpha1.RestartPolicyAlways, func(spec *v1alpha1.CloudRecordingSpec) {
		spec.MaxDuration = &metav1.Duration{Duration: 3 * time.Hour}
	})
	e.runFor(time.Hour, 11*time.Minute)
	e.fill(lifecycle.MaxSessions - 2 - len(e.recording.Status.Sessions))
	e.runFor(2*time.Hour, 11*time.Minute)
	g.Expect(e.announced).To(ContainElement(v1alpha1.SessionDroppedReason))
	g.Expect(e.recording.Status.FirstStartedTime.Time).To(BeTemporally("~", recordingtest.Noon, time.Second))
	g.Expect(e.recording.Status.Sessions[0].SID).NotTo(Equal("sid-1"), "the first one was dropped")

	started := e.started
	e.runFor(30*time.Hour, 11*time.Minute)
	g.Expect(e.started).To(Equal(started))
	g.Expect(e.running).To(BeEmpty())
	g.Expect(e.recording.Status.StopReason).To(Equal(v1alpha1.StopReasonMaxDuration))
	g.Expect(meta.IsStatusConditionTrue(e.recording.Status.Conditions, v1alpha1.StoppedCondition)).To(BeTrue())
}

func TestDecideStartsNoMoreSessionsThanTheStatusCanHold(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	e := newEndless(g, v1alpha1.RestartPolicyAlways, func(*v1alpha1.CloudRecordingSpec) {})
	e.names = true
	e.runFor(time.Hour, 11*time.Minute)
	before := len(e.recording.Status.Sessions)
	e.fill(lifecycle.MaxSessions - 3 - before)
	e.runFor(3*time.Hour, 11*time.Minute)
	status := e.recording.Status
	g.Expect(e.started).To(Equal(before + 4))
	g.Expect(status.Sessions).To(HaveLen(lifecycle.MaxSessions))
	g.Expect(status.Sessions[0].SID).To(Equal("sid-1"))
	g.Expect(status.FileCount).To(BeEquivalentTo(lifecycle.MaxSessions + 1))
	g.Expect(ready(e.last)).To(Equal("False SessionLimitReached"))
	g.Expect(e.announced).NotTo(ContainElement(v1alpha1.SessionDroppedReason))
}

func TestDecideStopsTheLastSessionInTime(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	e := newEndless(g, v1alpha1.RestartPolicyNever, func(spec *v1alpha1.CloudRecordingSpec) {
		spec.Start.OnExpiry = v1alpha1.ExpiryPolicyStartNext
	})
	e.names = true
	e.recording.Status.ObservedGeneration = 1
	e.fill(lifecycle.MaxSessions)
	e.runFor(55*time.Minute, 3*time.Hour)
	expiring := meta.FindStatusCondition(e.recording.Status.Conditions, v1alpha1.ExpiringCondition)
	g.Expect(expiring).To(HaveField("Reason", v1alpha1.SessionLimitReachedReason))
	e.runFor(5*time.Minute, 3*time.Hour)
	g.Expect(e.started).To(Equal(1))
	g.Expect(e.running).To(BeEmpty())
	g.Expect(ready(e.last)).To(Equal("False ControlWindowEnded"))
	g.Expect(meta.FindStatusCondition(e.recording.Status.Conditions, v1alpha1.ReadyCondition).Message).To(ContainSubstring("No further session"))
}
