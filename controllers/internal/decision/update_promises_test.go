// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"fmt"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"pgregory.net/rapid"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
)

// TestPromisesOfUpdates attacks Decide with random sequences of edits, faults and crashes
// while a recording runs. It checks that Agora finally has what is wanted, gets one call at
// a time, and gets a fresh key in time.
func TestPromisesOfUpdates(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := newUpdateModel()
		t.Repeat(map[string]func(*rapid.T){
			"reconcile": func(t *rapid.T) { m.reconcile(t) },
			"time passes": func(t *rapid.T) {
				m.now = m.now.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "seconds")) * time.Second)
				if m.now.Sub(m.settledAt) > 4*time.Minute {
					m.settle(t)
				}
			},
			"edit": func(t *rapid.T) {
				m.wanted[rapid.IntRange(0, clientrequest.Sections-1).Draw(t, "part")] = rapid.SampledFrom([]string{"1-a", "1-b"}).Draw(t, "value")
				m.recording.Generation++
			},
			"takes effect": func(*rapid.T) { m.takeEffect() },
			"answer comes": func(t *rapid.T) {
				m.answerComes(rapid.SampledFrom([]agora.Conclusion{
					agora.Succeeded, agora.Succeeded, agora.NotKnown, agora.InvalidRequest, agora.RateLimited,
				}).Draw(t, "conclusion"))
			},
			"crash": func(*rapid.T) { m.memory, m.inFlight, m.answer = Memory{}, nil, nil },
		})
		m.settle(t)
		if m.held != m.wanted {
			t.Fatalf("Agora has %v, and %v is wanted", m.held, m.wanted)
		}
	})
}

// updateModel is the world around Decide while a recording runs.
type updateModel struct {
	now       time.Time
	recording *v1alpha1.CloudRecording
	memory    Memory
	inFlight  *InFlight
	answer    *agora.Answer

	// wanted is what the spec and the Secrets say, held is what Agora has, and sentAt is since
	// when it has had the key for the bucket.
	wanted, held clientrequest.Fingerprints
	sentAt       time.Time

	// carried are the parts of the call in progress, and values is what it says about them.
	carried   []clientrequest.Section
	values    clientrequest.Fingerprints
	effective bool

	// settledAt is the last time when nothing was left to do.
	settledAt time.Time
}

func newUpdateModel() *updateModel {
	s := given(updatable)
	m := &updateModel{now: recordingtest.Noon, recording: &s.recording, sentAt: recordingtest.Noon, settledAt: recordingtest.Noon}
	for p := range clientrequest.Sections {
		m.wanted[p] = "1-a"
	}
	m.held = m.wanted
	m.recording.Status.Applied = &v1alpha1.AppliedParameters{
		Subscription: "1-a", Layout: "1-a", Page: "1-a", Publishing: "1-a", Storage: "1-a", StorageTime: &metav1.Time{Time: recordingtest.Noon},
	}
	return m
}

func (m *updateModel) observe() Observation {
	return Observation{
		Now: m.now, LeadingSince: recordingtest.Noon, Answer: m.answer, AskedAt: m.now, InFlight: m.inFlight, Memory: m.memory, CredentialsVersion: "1",
		Parameters: ObservedParameters{Read: true, Fingerprints: m.wanted, Address: m.wanted[clientrequest.SectionPublishing]},
	}
}

func (m *updateModel) reconcile(t *rapid.T) Decision {
	d := Decide(m.recording, m.observe(), DefaultSettings())
	m.recording.Status, m.memory, m.answer = *d.Status.DeepCopy(), d.Memory, nil
	again := Decide(m.recording, m.observe(), DefaultSettings())
	if !equality.Semantic.DeepEqual(again.Status, m.recording.Status) {
		t.Fatalf("changes without news:\n%+v\nthen\n%+v", m.recording.Status, again.Status)
	}
	if !d.Action.IsCall() {
		return d
	}
	if m.inFlight != nil {
		t.Fatalf("calls for two things at once")
	}
	methods := map[Action]agora.Method{ActionUpdate: agora.MethodUpdate, ActionUpdateLayout: agora.MethodUpdateLayout, ActionQuery: agora.MethodQuery}
	m.inFlight = &InFlight{Method: methods[d.Action], Since: m.now, Session: m.recording.Status.SID}
	m.carried, m.values, m.effective = d.Updates, m.wanted, false
	return d
}

func (m *updateModel) takeEffect() {
	if m.inFlight == nil || m.effective {
		return
	}
	m.effective = true
	for _, part := range m.carried {
		m.held[part] = m.values[part]
		if part == clientrequest.SectionStorage {
			m.sentAt = m.now
		}
	}
}

// answerComes answers the call in progress. What took effect is not refused.
func (m *updateModel) answerComes(conclusion agora.Conclusion) {
	if m.inFlight == nil {
		return
	}
	if m.effective && conclusion != agora.Succeeded {
		conclusion = agora.NotKnown
	}
	if conclusion == agora.Succeeded {
		m.takeEffect()
	}
	answer := agora.Answer{Method: m.inFlight.Method, Conclusion: conclusion, HTTPStatus: 200}
	if conclusion == agora.Succeeded && answer.Method == agora.MethodQuery {
		answer.Report.ServiceStatus = ptr.To[int32](lifecycle.ServiceInProgress)
	}
	m.answer, m.inFlight = &answer, nil
}

// settle lets all calls succeed until nothing is left to do at present. The key for the
// bucket must be less than an hour old then.
func (m *updateModel) settle(t *rapid.T) {
	calls := map[string]int{}
	for begin := m.now; m.now.Sub(begin) < 11*time.Minute; {
		d := m.reconcile(t)
		if m.inFlight == nil {
			if d.RequeueAt.IsZero() {
				t.Fatalf("looks after it no more")
			}
			m.now = d.RequeueAt
			continue
		}
		if key := fmt.Sprint(m.carried, m.values); len(m.carried) > 0 {
			if calls[key]++; calls[key] > 2 {
				t.Fatalf("says the same again and again: %s", key)
			}
		}
		m.answerComes(agora.Succeeded)
	}
	m.settledAt = m.now
	if since := m.now.Sub(m.sentAt); since >= time.Hour {
		t.Fatalf("the key for the bucket is %s old", since)
	}
}
