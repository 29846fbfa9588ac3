// SPDX-License-Identifier: Apache-2.0

package controllers

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
)

// TestPromisesOfUpdates attacks decide with random sequences of edits, faults and
// crashes while a recording runs, and checks that Agora has what is wanted in the
// end, is called for one thing at a time, and gets a fresh key in time.
func TestPromisesOfUpdates(t *testing.T) {
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
				m.wanted[rapid.IntRange(0, parts-1).Draw(t, "part")] = rapid.SampledFrom([]string{"1-a", "1-b"}).Draw(t, "value")
				m.recording.Generation++
			},
			"takes effect": func(*rapid.T) { m.takeEffect() },
			"answer comes": func(t *rapid.T) {
				m.answerComes(rapid.SampledFrom([]agora.Conclusion{
					agora.Succeeded, agora.Succeeded, agora.NotKnown, agora.InvalidRequest, agora.RateLimited,
				}).Draw(t, "conclusion"))
			},
			"crash": func(*rapid.T) { m.memory, m.underway, m.answer = memory{}, nil, nil },
		})
		m.settle(t)
		if m.held != m.wanted {
			t.Fatalf("Agora has %v, and %v is wanted", m.held, m.wanted)
		}
	})
}

// updateModel is the world around decide while a recording runs.
type updateModel struct {
	now       time.Time
	recording *v1alpha1.CloudRecording
	memory    memory
	underway  *underway
	answer    *agora.Answer

	// wanted is what spec and Secrets say, held what Agora has, and sentAt since
	// when it has the key for the bucket.
	wanted, held fingerprints
	sentAt       time.Time

	// carried are the parts of the call under way, and values what it says of them.
	carried   []part
	values    fingerprints
	effective bool

	// settledAt is when nothing was left to do last.
	settledAt time.Time
}

func newUpdateModel() *updateModel {
	s := given(updatable)
	m := &updateModel{now: noon, recording: &s.recording, sentAt: noon, settledAt: noon}
	for p := range parts {
		m.wanted[p] = "1-a"
	}
	m.held = m.wanted
	m.recording.Status.Applied = &v1alpha1.AppliedParameters{
		Subscription: "1-a", Layout: "1-a", Page: "1-a", Publishing: "1-a", Storage: "1-a", StorageTime: &metav1.Time{Time: noon},
	}
	return m
}

func (m *updateModel) observe() observation {
	return observation{
		now: m.now, leadingSince: noon, answer: m.answer, askedAt: m.now, underway: m.underway, memory: m.memory, credentialsVersion: "1",
		parameters: observedParameters{read: true, fingerprints: m.wanted, address: m.wanted[partPublishing]},
	}
}

func (m *updateModel) reconcile(t *rapid.T) decision {
	d := decide(m.recording, m.observe(), DefaultSettings())
	m.recording.Status, m.memory, m.answer = *d.status.DeepCopy(), d.memory, nil
	again := decide(m.recording, m.observe(), DefaultSettings())
	if !equality.Semantic.DeepEqual(again.status, m.recording.Status) {
		t.Fatalf("changes without news:\n%+v\nthen\n%+v", m.recording.Status, again.status)
	}
	if !d.action.isCall() {
		return d
	}
	if m.underway != nil {
		t.Fatalf("calls for two things at once")
	}
	methods := map[action]agora.Method{actionUpdate: agora.MethodUpdate, actionUpdateLayout: agora.MethodUpdateLayout, actionQuery: agora.MethodQuery}
	m.underway = &underway{method: methods[d.action], since: m.now, session: m.recording.Status.SID}
	m.carried, m.values, m.effective = d.updates, m.wanted, false
	return d
}

func (m *updateModel) takeEffect() {
	if m.underway == nil || m.effective {
		return
	}
	m.effective = true
	for _, part := range m.carried {
		m.held[part] = m.values[part]
		if part == partStorage {
			m.sentAt = m.now
		}
	}
}

// answerComes answers the call under way. What took effect is not refused.
func (m *updateModel) answerComes(conclusion agora.Conclusion) {
	if m.underway == nil {
		return
	}
	if m.effective && conclusion != agora.Succeeded {
		conclusion = agora.NotKnown
	}
	if conclusion == agora.Succeeded {
		m.takeEffect()
	}
	answer := agora.Answer{Method: m.underway.method, Conclusion: conclusion, HTTPStatus: 200}
	if conclusion == agora.Succeeded && answer.Method == agora.MethodQuery {
		answer.Report.ServiceStatus = ptr.To[int32](serviceInProgress)
	}
	m.answer, m.underway = &answer, nil
}

// settle lets all calls succeed until nothing is left to do at present, in which
// no more than an hour may pass.
func (m *updateModel) settle(t *rapid.T) {
	calls := map[string]int{}
	for begin := m.now; m.now.Sub(begin) < 11*time.Minute; {
		d := m.reconcile(t)
		if m.underway == nil {
			if d.lookAgain.IsZero() {
				t.Fatalf("looks after it no more")
			}
			m.now = d.lookAgain
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
