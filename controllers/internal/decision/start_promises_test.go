// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"pgregory.net/rapid"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/capacity"
	"cloudrecording.dev/operator/controllers/internal/bounds"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/notifications"
)

// TestPromisesOfStart attacks Decide with random sequences of what people, Agora, the
// network and the machine do during a start. After each step, it checks that no recording
// is started twice, and that none is left running without a word.
func TestPromisesOfStart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := newStartModel()
		if rapid.Bool().Draw(t, "has alternate uids") {
			start := m.recording.Spec.Start
			start.AlternateUIDs = []string{"2", "3"}
			start.OnExpiry = rapid.SampledFrom([]v1alpha1.ExpiryPolicy{v1alpha1.ExpiryPolicyStop, v1alpha1.ExpiryPolicyStartNext}).Draw(t, "onExpiry")
			m.recording.Spec.RestartPolicy = rapid.SampledFrom([]v1alpha1.RestartPolicy{v1alpha1.RestartPolicyNever, v1alpha1.RestartPolicyAlways}).Draw(t, "restartPolicy")
		}
		if rapid.Bool().Draw(t, "has a longest duration") {
			m.recording.Spec.MaxDuration = &metav1.Duration{Duration: 30 * time.Minute}
		}
		if rapid.Bool().Draw(t, "has a window") {
			opens := m.now.Add(time.Duration(rapid.IntRange(-10, 20).Draw(t, "minutes until the window opens")) * time.Minute)
			m.recording.Spec.Window = &v1alpha1.RecordingWindow{
				Start: &metav1.Time{Time: opens},
				End:   &metav1.Time{Time: opens.Add(time.Duration(rapid.IntRange(1, 5400).Draw(t, "seconds of the window")) * time.Second)},
			}
		}
		if m.mintsToken = rapid.Bool().Draw(t, "mints tokens"); m.mintsToken {
			m.recording.Spec.Start.ResourceExpiredHour = rapid.SampledFrom([]int32{1, 72}).Draw(t, "resourceExpiredHour")
		}
		m.skew = time.Duration(rapid.IntRange(-25, 25).Draw(t, "seconds that Agora's clock is ahead")) * time.Second
		if lifecycle.MayRestart(m.recording) && rapid.Bool().Draw(t, "begins with a session before") {
			m.replaceSession(t)
		}
		t.Repeat(map[string]func(*rapid.T){
			"reconcile":       func(t *rapid.T) { m.reconcile(t) },
			"reconcile again": func(t *rapid.T) { m.now = m.now.Add(5 * time.Second); m.reconcile(t) },
			"write fails":     func(t *rapid.T) { m.writeFails = true; m.reconcile(t); m.writeFails = false },
			"time passes": func(t *rapid.T) {
				m.now = m.now.Add(time.Duration(rapid.IntRange(1, 400).Draw(t, "seconds")) * time.Second)
			},
			"all goes well for a while": func(t *rapid.T) { m.goOn(t, rapid.IntRange(1, 60).Draw(t, "steps")) },
			"much time passes": func(t *rapid.T) {
				m.now = m.now.Add(time.Duration(rapid.IntRange(1, 40).Draw(t, "minutes")) * time.Minute)
			},
			"hours pass, and a token may end": func(t *rapid.T) {
				if m.mintsToken && m.recording.Spec.Start.ResourceExpiredHour > 24 {
					m.now = m.now.Add(time.Duration(rapid.IntRange(1, 12).Draw(t, "hours")) * time.Hour)
					m.endTokens()
				}
			},
			"the end moves": func(t *rapid.T) {
				longest := time.Duration(rapid.IntRange(1, 100).Draw(t, "half hours")) * 30 * time.Minute
				if m.mintsToken && rapid.IntRange(0, 3).Draw(t, "likelihood") == 0 {
					m.want(func(r *v1alpha1.CloudRecording) { r.Spec.MaxDuration = &metav1.Duration{Duration: longest} })
				}
			},
			"call takes effect": func(t *rapid.T) { m.takeEffect(t) },
			"answer comes":      func(t *rapid.T) { m.answerComes(t) },
			"crash":             func(*rapid.T) { m.crash() },
			"a new leader's cache lags behind": func(t *rapid.T) {
				if len(m.versions) > 0 {
					m.reconcileOld(t, m.versions[rapid.IntRange(0, len(m.versions)-1).Draw(t, "version")])
				}
			},
			"stop is wanted": func(t *rapid.T) {
				if rapid.IntRange(0, 3).Draw(t, "likelihood") > 0 {
					return
				}
				m.want(func(r *v1alpha1.CloudRecording) { r.Spec.State = v1alpha1.RecordingStateStopped })
			},
			"is deleted": func(t *rapid.T) {
				if rapid.IntRange(0, 3).Draw(t, "likelihood") == 0 && m.recording.DeletionTimestamp == nil && len(m.recording.Finalizers) > 0 {
					m.want(func(r *v1alpha1.CloudRecording) {
						r.DeletionTimestamp = &metav1.Time{Time: m.now.Truncate(time.Second)}
					})
				}
			},
			"is suspended": func(t *rapid.T) {
				suspend := rapid.IntRange(0, 3).Draw(t, "likelihood") == 0
				if suspend != m.recording.Spec.Suspend {
					m.want(func(r *v1alpha1.CloudRecording) { r.Spec.Suspend = suspend })
				}
			},
			"the end of the window is moved": func(t *rapid.T) {
				if m.recording.Spec.Window == nil || rapid.IntRange(0, 3).Draw(t, "likelihood") > 0 {
					return
				}
				m.want(func(r *v1alpha1.CloudRecording) {
					end := r.Spec.Window.Start.Add(time.Duration(rapid.IntRange(1, 5400).Draw(t, "seconds of the window")) * time.Second)
					r.Spec.Window = &v1alpha1.RecordingWindow{Start: r.Spec.Window.Start, End: &metav1.Time{Time: end}}
				})
			},
			"there is room, or not":         func(t *rapid.T) { m.full = rapid.Bool().Draw(t, "full") },
			"notification comes":            func(t *rapid.T) { m.notify(t) },
			"start is notified":             func(t *rapid.T) { m.notifyStart(t) },
			"notification of another comes": func(t *rapid.T) { m.notifyOfAnother(t) },
			"recorder idles out": func(t *rapid.T) {
				if sids := slices.Sorted(maps.Keys(m.running)); len(sids) > 0 {
					delete(m.running, rapid.SampledFrom(sids).Draw(t, "sid"))
				}
			},
			"next answer": func(t *rapid.T) {
				m.fault = rapid.SampledFrom([]agora.Conclusion{
					agora.Succeeded, agora.NotKnown, agora.NotKnown, agora.NeedsNewResource, agora.InvalidRequest, agora.RateLimited,
				}).Draw(t, "conclusion")
			},
			"": func(t *rapid.T) { m.check(t) },
		})
		m.end(t)
	})
}

// startModel is the world around Decide: Agora starts one recording with a resource ID, and
// one for a channel and uid at a time.
type startModel struct {
	now        time.Time
	recording  *v1alpha1.CloudRecording
	memory     Memory
	leading    time.Time
	inFlight   *InFlight
	calledWith string
	calledFor  agora.Recording
	effective  bool
	answer     *agora.Answer
	asked      time.Time
	fault      agora.Conclusion
	writeFails bool
	released   bool
	// due is when to reconcile again.
	due time.Time
	// versions are the versions of the object so far.
	versions []*v1alpha1.CloudRecording

	resources int
	acquired  map[string]time.Time
	used      map[string]string
	// running holds the uids of the running recordings, by their sids.
	running map[string]string
	started int
	// mayRun means that nobody can know whether a start has taken effect.
	mayRun bool

	// full means that there is no room for another recording.
	full bool

	// mintsToken means that starts get tokens, and tokens holds until when those are valid, by
	// resource ID.
	mintsToken bool
	tokens     map[string]metav1.Time

	// skew is how far Agora's clock is ahead.
	skew time.Duration
	// begun holds the notifications of starts that have not been delivered, and inbox those
	// that have.
	begun, inbox []notifications.Event
	// named holds the files that each session is known to have, by sid.
	named map[string][]string
	files int
	// first is when the first session began.
	first *metav1.Time
}

func newStartModel() *startModel {
	m := newModel()
	m.recording.Spec.ResourceID, m.recording.Spec.SID = "", ""
	m.recording.Spec.Start = &v1alpha1.StartSpec{ResourceExpiredHour: 1, RecordingConfig: &v1alpha1.RecordingConfig{}}
	return &startModel{
		now: m.now, leading: m.now, recording: m.recording, fault: agora.Succeeded,
		acquired: map[string]time.Time{}, tokens: map[string]metav1.Time{}, used: map[string]string{}, running: map[string]string{}, named: map[string][]string{},
	}
}

func (m *startModel) want(change func(*v1alpha1.CloudRecording)) {
	change(m.recording)
	m.recording.Generation++
}

func (m *startModel) crash() {
	// The call in progress may or may not still take effect, and nobody learns about it.
	m.memory, m.inFlight, m.answer, m.leading = Memory{}, nil, nil, m.now
	m.mayRun = m.mayRun || m.recording.Status.StartRequestedTime != nil
}

// goOn reconciles whenever there is a reason to, answers every call, and lets time pass in
// between.
func (m *startModel) goOn(t *rapid.T, steps int) {
	for range steps {
		switch {
		case m.inFlight != nil:
			m.answerComes(t)
		case m.due.After(m.now):
			m.now = m.due
		default:
			m.now = m.now.Add(time.Second)
		}
		if rapid.IntRange(0, 9).Draw(t, "is notified") == 0 {
			m.notify(t)
		}
		m.reconcile(t)
		m.check(t)
	}
}

// replaceSession makes a session end by itself and be replaced.
func (m *startModel) replaceSession(t *rapid.T) {
	m.goOn(t, 12)
	clear(m.running)
	for range 60 {
		m.goOn(t, 1)
		if len(m.recording.Status.Sessions) > 0 && len(m.running) > 0 {
			return
		}
	}
}

// end deletes the object and lets everything go on while the last notifications come.
func (m *startModel) end(t *rapid.T) {
	if m.released || len(m.recording.Finalizers) == 0 {
		return
	}
	if m.recording.DeletionTimestamp == nil {
		m.want(func(r *v1alpha1.CloudRecording) {
			r.DeletionTimestamp = &metav1.Time{Time: m.now.Truncate(time.Second)}
		})
	}
	for range 60 {
		if m.recording.Status.StoppedReason != "" {
			m.notify(t)
		}
		m.goOn(t, 1)
		if m.released {
			return
		}
	}
}

// notify makes Agora notify a file of a session, or that all of its files are uploaded. It
// delivers nothing for a sid that the status does not know.
func (m *startModel) notify(t *rapid.T) {
	known := slices.DeleteFunc(lifecycle.SIDsOf(m.recording), func(sid string) bool { return sid == "" })
	if len(known) == 0 {
		return
	}
	sid := rapid.SampledFrom(known).Draw(t, "notified sid")
	event := notifications.Event{Type: notifications.CloudRecordingFileInfos, SID: sid, UID: "1", Time: m.now.Add(m.skew), Files: m.newFiles(sid)}
	if _, runs := m.running[sid]; !runs && rapid.Bool().Draw(t, "is uploaded") {
		event.Type, event.Status = notifications.Uploaded, ptr.To[int32](0)
	}
	m.inbox = append(m.inbox, event)
}

func (m *startModel) newFiles(sid string) []v1alpha1.RecordedFile {
	m.files++
	return asFiles(fmt.Sprintf("%s-%d.m3u8", sid, m.files))
}

// notifyStart makes Agora notify that a recording has begun, perhaps long ago. The
// notification comes only to an object that waits for it.
func (m *startModel) notifyStart(t *rapid.T) {
	if len(m.begun) == 0 {
		return
	}
	i := rapid.IntRange(0, len(m.begun)-1).Draw(t, "start")
	event := m.begun[i]
	m.begun = slices.Delete(m.begun, i, i+1)
	uid := lifecycle.UIDOf(m.recording.Spec.UID, &m.recording.Status.SessionStatus)
	if slices.Contains(lifecycle.SIDsOf(m.recording), event.SID) || (lifecycle.MayHaveStarted(m.recording) && event.UID == uid) {
		m.inbox = append(m.inbox, event)
	}
}

// notifyOfAnother makes Agora notify something about a recording that is not the object's.
func (m *startModel) notifyOfAnother(t *rapid.T) {
	event := notifications.Event{SID: "another", UID: "1", Time: m.now.Add(m.skew), Status: ptr.To[int32](0), Files: asFiles("another.m3u8")}
	event.Type = rapid.SampledFrom([]notifications.Type{
		notifications.CloudRecordingFileInfos, notifications.Uploaded, notifications.Backuped, notifications.SessionExit, notifications.RecorderStarted,
	}).Draw(t, "type")
	if event.Type == notifications.RecorderStarted {
		event.Time = m.now.Add(-100 * 24 * time.Hour)
	}
	m.inbox = append(m.inbox, event)
}

func (m *startModel) observe() Observation {
	observed := Observation{
		Now: m.now, LeadingSince: m.leading, Answer: m.answer, AskedAt: m.asked, InFlight: m.inFlight, Memory: m.memory,
		CredentialsVersion: "1", StartVersion: "1", MintsToken: m.mintsToken,
		Events: slices.SortedStableFunc(slices.Values(m.inbox), func(a, b notifications.Event) int { return a.Time.Compare(b.Time) }),
	}
	if m.answer != nil {
		observed.AnswerSession = m.calledFor.SID
	}
	if m.full && observed.NeedsPlace(m.recording) {
		observed.Place = capacity.Place{Waits: true, Limit: 1}
	}
	return observed
}

// checkPlace checks that nothing begins without room, and that room is kept for what begins.
func checkPlace(t *rapid.T, observed Observation, d Decision) {
	begins := d.Action == ActionAcquire || d.Action == ActionStart
	if begins && observed.Place.Waits {
		t.Fatalf("%s without room", d.Action)
	}
	if begins && !d.AwaitsPlace && lifecycle.OpenSessions(&d.Status) == 0 {
		t.Fatalf("no room is kept for %s", d.Action)
	}
	if d.AwaitsPlace && lifecycle.IsOver(d.Status.Phase) {
		t.Fatalf("room is kept for what is %s", d.Status.Phase)
	}
}

func (m *startModel) reconcile(t *rapid.T) {
	if m.released {
		return
	}
	observed := m.observe()
	d := Decide(m.recording, observed, DefaultSettings())
	checkPlace(t, observed, d)
	if d.RecordsWithOutcome(m.recording.Status) {
		m.learnNames()
		m.memory, m.answer, m.inbox, m.due = d.Memory, nil, nil, d.RequeueAt
		m.call(t, m.recording, d)
		return
	}
	if m.writeFails {
		return
	}
	m.recording.Status = *d.Status.DeepCopy()
	m.versions = append(m.versions, m.recording.DeepCopy())
	m.mayRun = m.mayRun && d.Status.StartRequestedTime != nil
	m.learnNames()
	m.memory, m.answer, m.inbox, m.due = d.Memory, nil, nil, d.RequeueAt
	unchanged := m.observe()
	unchanged.Place = observed.Place
	again := Decide(m.recording, unchanged, DefaultSettings())
	if !equality.Semantic.DeepEqual(again.Status, m.recording.Status) {
		t.Fatalf("changes without news:\n%+v\nthen\n%+v", m.recording.Status, again.Status)
	}
	checkOutline(t, m.recording, m.observe())
	switch d.Action {
	case ActionAddFinalizer:
		m.recording.Finalizers = append(m.recording.Finalizers, v1alpha1.StopFinalizer)
	case ActionRelease:
		m.released = true
	case ActionAcquire, ActionStart, ActionQuery, ActionStop:
		m.call(t, m.recording, d)
	default:
	}
}

// learnNames notes which files the status must name now.
func (m *startModel) learnNames() {
	for _, event := range m.inbox {
		if slices.Contains(lifecycle.SIDsOf(m.recording), event.SID) {
			m.named[event.SID] = append(m.named[event.SID], bounds.FileNames(event.Files)...)
		}
	}
	if m.answer != nil {
		m.named[m.calledFor.SID] = append(m.named[m.calledFor.SID], bounds.FileNames(m.answer.Report.Files)...)
	}
}

// reconcileOld does what a new leader does that takes an old version for the object. The
// API server refuses all its writes, and it makes calls that cannot be undone only once a
// write has shown that the version is the latest.
func (m *startModel) reconcileOld(t *rapid.T, old *v1alpha1.CloudRecording) {
	if m.released {
		return
	}
	m.crash()
	d := Decide(old, m.observe(), DefaultSettings())
	if !equality.Semantic.DeepEqual(d.Status, old.Status) {
		return
	}
	switch d.Action {
	case ActionAcquire, ActionQuery, ActionStop:
		m.memory = d.Memory
		m.call(t, old, d)
	default:
	}
}

// call begins a call, after what must be known about it after a crash has been written.
func (m *startModel) call(t *rapid.T, recording *v1alpha1.CloudRecording, d Decision) {
	methods := map[Action]agora.Method{
		ActionAcquire: agora.MethodAcquire, ActionStart: agora.MethodStart, ActionQuery: agora.MethodQuery, ActionStop: agora.MethodStop,
	}
	status := recording.Status
	if d.Action == ActionStart {
		if status.ResourceID == "" || status.StartRequestedTime == nil {
			t.Fatalf("a start is called before its resource ID and the intention are recorded")
		}
		if m.now.Sub(m.acquired[status.ResourceID]) > 5*time.Minute {
			t.Fatalf("a start is called with a resource ID that has lapsed")
		}
		if lifecycle.WantsStop(recording) && !m.mayRun {
			t.Fatalf("a start is called for what is not wanted any more, though none before can have taken effect")
		}
		m.mint(t, &status.SessionStatus)
	}
	if d.Action == ActionAcquire || (d.Action == ActionStart && !m.mayRun) {
		closes := lifecycle.ClosesAt(recording)
		if m.now.Before(lifecycle.OpensAt(recording)) || (!closes.IsZero() && !m.now.Before(closes)) {
			t.Fatalf("%s is called at %s, outside of the window %+v", d.Action, m.now, recording.Spec.Window)
		}
	}
	m.calledFor = lifecycle.IdentityOf(d.Target(recording))
	m.inFlight = &InFlight{Method: methods[d.Action], Since: m.now, Session: m.calledFor.SID}
	m.calledWith, m.effective = m.calledFor.ResourceID, false
}

// mint notes until when the token of a start is valid. It is the same for each start with a
// resource ID.
func (m *startModel) mint(t *rapid.T, session *v1alpha1.SessionStatus) {
	expires := session.TokenExpirationTime
	if (expires != nil) != m.mintsToken {
		t.Fatalf("a start with a token is not recorded as such")
	}
	if expires == nil {
		return
	}
	if lifetime := expires.Sub(session.AcquiredTime.Time); lifetime <= 0 || lifetime > 24*time.Hour {
		t.Fatalf("a token is valid for %s", lifetime)
	}
	if before, minted := m.tokens[session.ResourceID]; minted && !before.Equal(expires) {
		t.Fatalf("a start is repeated with a token until %s rather than %s", expires, before)
	}
	m.tokens[session.ResourceID] = *expires
}

// endTokens makes Agora end the recordings whose tokens have expired.
func (m *startModel) endTokens() {
	for resource, expires := range m.tokens {
		if sid := m.used[resource]; sid != "" && expires.Time.Before(m.now) {
			delete(m.running, sid)
		}
	}
}

// takeEffect does at Agora what the call in progress asks for.
func (m *startModel) takeEffect(*rapid.T) {
	if m.inFlight == nil || m.effective || m.fault == agora.NeedsNewResource || m.fault == agora.InvalidRequest || m.fault == agora.RateLimited {
		return
	}
	m.effective = true
	switch m.inFlight.Method {
	case agora.MethodStart:
		if m.used[m.calledWith] == "" && !slices.Contains(slices.Collect(maps.Values(m.running)), m.calledFor.UID) {
			m.started++
			sid := fmt.Sprintf("sid-%d", m.started)
			m.running[sid], m.used[m.calledWith] = m.calledFor.UID, sid
			m.begun = append(m.begun, notifications.Event{
				Type: notifications.RecorderStarted, SID: sid, UID: m.calledFor.UID, Time: m.now.Add(m.skew),
			})
		}
	case agora.MethodStop:
		delete(m.running, m.calledFor.SID)
	default:
	}
}

// answerComes answers the call in progress. The call takes effect first, unless a fault
// prevents that.
func (m *startModel) answerComes(t *rapid.T) {
	if m.inFlight == nil {
		return
	}
	method, before := m.inFlight.Method, m.used[m.calledWith]
	effective := m.effective
	if effective && m.fault != agora.Succeeded {
		// What took effect is not refused; only its answer can be lost.
		m.fault = agora.NotKnown
	}
	if m.fault == agora.Succeeded {
		m.takeEffect(t)
	}
	answer := agora.Answer{Method: method, Conclusion: m.fault, HTTPStatus: 500}
	if m.fault == agora.Succeeded {
		answer = m.succeed(method, before, effective)
	}
	if method == agora.MethodStart && (answer.Conclusion == agora.NotKnown || answer.Conclusion == agora.AlreadyStarted) {
		m.mayRun = true
	}
	m.answer, m.asked, m.inFlight = &answer, m.inFlight.Since, nil
	m.fault = agora.Succeeded
}

func (m *startModel) succeed(method agora.Method, before string, effective bool) agora.Answer {
	answer := agora.Answer{Method: method, Conclusion: agora.Succeeded, HTTPStatus: 200}
	sid := m.calledFor.SID
	_, runs := m.running[sid]
	switch {
	case method == agora.MethodAcquire:
		m.resources++
		answer.ResourceID = fmt.Sprintf("resource-%d", m.resources)
		m.acquired[answer.ResourceID] = m.now
	case method == agora.MethodStart && before != "" && !effective:
		answer.Conclusion, answer.HTTPStatus = agora.AlreadyStarted, 201
	case method == agora.MethodStart && m.used[m.calledWith] == "":
		answer.Conclusion, answer.HTTPStatus = agora.TaskConflict, 400
	case method == agora.MethodStart:
		answer.SID = m.used[m.calledWith]
	case method == agora.MethodQuery && runs:
		answer.Report.ServiceStatus, answer.Report.Files = ptr.To[int32](5), m.newFiles(sid)
	case method == agora.MethodStop && (effective || !runs):
		answer.Report.UploadingStatus, answer.Report.Files = agora.Uploaded, m.newFiles(sid)
	default:
		answer.Conclusion, answer.HTTPStatus = agora.NotFound, 404
	}
	return answer
}

func (m *startModel) check(t *rapid.T) {
	m.checkNames(t)
	m.checkEnd(t)
	status := m.recording.Status
	stopped := meta.FindStatusCondition(status.Conditions, v1alpha1.StoppedCondition)
	if stopped != nil && stopped.Reason == v1alpha1.NothingToStopReason && len(m.running) > 0 {
		t.Fatalf("says that nothing was started while %v run", m.running)
	}
	if m.released && len(m.running) > 0 {
		t.Fatalf("the object goes while %v run", m.running)
	}
	if status.SID != "" && m.used[status.ResourceID] != status.SID {
		t.Fatalf("%s was not started with %q, and cannot be stopped with it", status.SID, status.ResourceID)
	}
	if status.SID != "" && m.mintsToken && status.TokenExpirationTime == nil {
		t.Fatalf("%s has a token, and the status does not say until when", status.SID)
	}
	known := lifecycle.SIDsOf(m.recording)
	for sid := range m.running {
		if !slices.Contains(known, sid) && (status.StartRequestedTime == nil || status.SID != "") {
			t.Fatalf("%s runs, and the status says neither its sid nor that a start was requested", sid)
		}
	}
	if len(m.running) > 1 && m.recording.Spec.Start.OnExpiry != v1alpha1.ExpiryPolicyStartNext {
		t.Fatalf("%v run beside each other", m.running)
	}
	if len(m.running) > 2 {
		t.Fatalf("%v run beside each other", m.running)
	}
}

// checkNames checks that each session has the files that were named for it, and no files of
// another recording.
func (m *startModel) checkNames(t *rapid.T) {
	sessions := append(slices.Clone(m.recording.Status.Sessions), m.recording.Status.SessionStatus)
	for _, session := range sessions {
		names := bounds.FileNames(session.FileList)
		for _, name := range m.named[session.SID] {
			if !slices.Contains(names, name) {
				t.Fatalf("%s was learned of %s and is lost: %v", name, session.SID, names)
			}
		}
		if slices.Contains(names, "another.m3u8") {
			t.Fatalf("%s has the file of another recording", session.SID)
		}
	}
}

// checkEnd checks that neither Stopped nor Uploaded is true while a session runs or another
// one is about to start.
func (m *startModel) checkEnd(t *rapid.T) {
	status := m.recording.Status
	if first := status.FirstStartedTime; m.first != nil && !m.first.Equal(first) {
		t.Fatalf("the first session began at %s, and at %s later", m.first, first)
	}
	m.first = status.FirstStartedTime
	for _, condition := range []string{v1alpha1.StoppedCondition, v1alpha1.UploadedCondition} {
		if !meta.IsStatusConditionTrue(status.Conditions, condition) {
			continue
		}
		if len(m.running) > 0 {
			t.Fatalf("%s while %v run", condition, m.running)
		}
		if lifecycle.MayRestart(m.recording) {
			t.Fatalf("%s while another session is to be started", condition)
		}
	}
}
