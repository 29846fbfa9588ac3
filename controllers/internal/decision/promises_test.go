// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"fmt"
	"reflect"
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
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
	"cloudrecording.dev/operator/controllers/notifications"
	"cloudrecording.dev/operator/controllers/storage"
)

// TestPromises attacks Decide with random sequences of what people, Agora, the network and
// the machine do, and checks the promises after each step.
func TestPromises(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := newModel()
		t.Repeat(map[string]func(*rapid.T){
			"reconcile":        func(t *rapid.T) { m.reconcile(t) },
			"reconcile again":  func(t *rapid.T) { m.advance(time.Second); m.reconcile(t) },
			"write fails":      func(t *rapid.T) { m.writeFails = true; m.reconcile(t); m.writeFails = false },
			"time passes":      func(t *rapid.T) { m.advance(time.Duration(rapid.IntRange(1, 300).Draw(t, "seconds")) * time.Second) },
			"long time passes": func(t *rapid.T) { m.advance(time.Duration(rapid.IntRange(1, 30).Draw(t, "hours")) * time.Hour) },
			"answer comes":     func(*rapid.T) { m.answerComes() },
			"all goes on": func(t *rapid.T) {
				m.goOn(t, time.Duration(rapid.IntRange(1, 10).Draw(t, "minutes"))*time.Minute)
			},
			"crash": func(*rapid.T) { m.crash() },
			"stop is wanted": func(*rapid.T) {
				m.edit(func(r *v1alpha1.CloudRecording) { r.Spec.State = v1alpha1.RecordingStateStopped })
			},
			"is not to stay": func(t *rapid.T) {
				ttl := rapid.Int32Range(0, 7200).Draw(t, "seconds to stay")
				m.edit(func(r *v1alpha1.CloudRecording) { r.Spec.TTLSecondsAfterFinished = &ttl })
			},
			"suspend": func(t *rapid.T) {
				suspend := rapid.Bool().Draw(t, "suspend")
				m.edit(func(r *v1alpha1.CloudRecording) { r.Spec.Suspend = suspend })
			},
			"delete":             func(*rapid.T) { m.delete() },
			"credentials":        func(t *rapid.T) { m.credentials = rapid.Bool().Draw(t, "there") },
			"recorder idles out": func(*rapid.T) { m.recorder.exit() },
			"recorder is moved":  func(*rapid.T) { m.move() },
			"recorder is moved for long": func(t *rapid.T) {
				m.moveForLong(time.Duration(rapid.IntRange(2, 15).Draw(t, "minutes")) * time.Minute)
			},
			"budget":      func(t *rapid.T) { m.noTurn = rapid.Bool().Draw(t, "used up") },
			"next answer": func(t *rapid.T) { m.fault = rapid.SampledFrom(faults).Draw(t, "fault") },
			"storage": func(t *rapid.T) {
				storage := rapid.SampledFrom([]*v1alpha1.StorageSpec{nil, recordingtest.Storage(), anotherBucket()}).Draw(t, "storage")
				m.edit(func(r *v1alpha1.CloudRecording) { r.Spec.Storage = storage })
			},
			"storage key":              func(t *rapid.T) { m.storageKey = rapid.Bool().Draw(t, "there") },
			"bucket":                   func(t *rapid.T) { m.bucket = rapid.SampledFrom(buckets).Draw(t, "bucket") },
			"verification ends":        func(*rapid.T) { m.verificationEnds() },
			"notification":             func(t *rapid.T) { m.notify(t) },
			"notification comes again": func(t *rapid.T) { m.notifyAgain(t) },
			"":                         func(t *rapid.T) { m.check(t) },
		})
		m.settleDown(t)
	})
}

// fault is what goes wrong with the next call.
type fault string

var faults = []fault{
	"", "", "", "lost before", "lost after", "not completed", "server error", "rate limited", "rejected", "token refused",
	"no route", "invalid", "upload timed out", "nothing recorded", "backuped", "says nothing of the upload",
}

// bucket is what a check of the bucket shows.
type bucket string

const (
	bucketEmpty      bucket = "empty"
	bucketIncomplete bucket = "incomplete"
	bucketComplete   bucket = "complete"
)

// buckets includes the ways in which a check can fail.
var buckets = []bucket{
	bucketEmpty, bucketIncomplete, bucketComplete, bucketComplete,
	bucket(storage.CredentialsRejected.String()), bucket(storage.AccessDenied.String()),
	bucket(storage.Unavailable.String()), bucket(storage.Busy.String()),
}

func anotherBucket() *v1alpha1.StorageSpec {
	spec := recordingtest.Storage()
	spec.Bucket = "archive"
	return spec
}

// recorder is Agora's side of the model.
type recorder struct {
	running    bool
	exiting    bool
	movedUntil time.Time
	// movedForLong means that a move once took longer than Agora says.
	movedForLong bool
}

func (r *recorder) exit() { r.running, r.exiting = false, false }

// model is the world around Decide.
type model struct {
	now         time.Time
	recording   *v1alpha1.CloudRecording
	memory      Memory
	inFlight    *InFlight
	pending     *agora.Answer
	answer      *agora.Answer
	askedAt     time.Time
	credentials bool
	writeFails  bool
	leading     time.Time
	recorder    recorder
	lastMove    time.Time
	moves       int
	// failures counts the answers since the last one that there is no recorder.
	failures   int
	fault      fault
	noTurn     bool
	slices     int
	storageKey bool
	bucket     bucket
	verifying  *Verification
	verified   *Verification
	inbox      []notifications.Event
	sent       []notifications.Event

	released bool
	// asked means that Agora was asked to stop the recording.
	asked        bool
	acknowledged bool
	// reported means that Agora answered that everything is uploaded, or that there is nothing
	// to upload.
	reported bool
	// delivered holds the notifications that the status shows, from a recorder that is not
	// known to have gone on since.
	delivered []notifications.Event
	// lackedIn is the location that lacked files when it was last checked.
	lackedIn     string
	learned      []string
	lastDecision Decision
}

func newModel() *model {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return &model{
		now:         now,
		leading:     now,
		credentials: true,
		storageKey:  true,
		bucket:      bucketIncomplete,
		recorder:    recorder{running: true},
		recording:   recordingtest.Adopted(now),
	}
}

func (m *model) advance(d time.Duration) { m.now = m.now.Add(d) }

func (m *model) edit(change func(*v1alpha1.CloudRecording)) {
	before := m.recording.DeepCopy()
	change(m.recording)
	if !equality.Semantic.DeepEqual(before.Spec, m.recording.Spec) {
		m.recording.Generation++
	}
}

func (m *model) delete() {
	if m.recording.DeletionTimestamp == nil && slices.Contains(m.recording.Finalizers, v1alpha1.StopFinalizer) {
		m.recording.DeletionTimestamp = &metav1.Time{Time: m.now.Truncate(time.Second)}
		m.recording.Generation++
	}
}

func (m *model) crash() {
	m.memory, m.inFlight, m.pending, m.answer = Memory{}, nil, nil, nil
	m.verifying, m.verified = nil, nil
	m.leading = m.now
}

// move moves the recorder to another server, which takes up to 90 seconds. Agora does so
// three times at most.
func (m *model) move() {
	if m.moves < 3 && m.now.Sub(m.lastMove) > 5*time.Minute {
		m.moves++
		m.lastMove = m.now
		m.recorder.movedUntil = m.now.Add(90 * time.Second)
	}
}

// moveForLong makes a move take longer than Agora says.
func (m *model) moveForLong(duration time.Duration) {
	m.lastMove = m.now
	m.recorder.movedUntil = m.now.Add(duration)
	m.recorder.movedForLong = true
}

func (m *model) answerComes() {
	if m.pending != nil {
		m.askedAt = m.inFlight.Since
		m.answer, m.pending, m.inFlight = m.pending, nil, nil
	}
}

// goOn lets the operator work for some time while nothing else happens.
func (m *model) goOn(t *rapid.T, duration time.Duration) {
	for end := m.now.Add(duration); m.now.Before(end) && !m.released; {
		m.answerComes()
		m.verificationEnds()
		m.reconcile(t)
		next := m.now.Add(time.Second)
		if again := m.lastDecision.RequeueAt; m.pending == nil && m.verifying == nil && m.lastDecision.Action == ActionNone {
			next = end
			if again.After(m.now) {
				next = earlier(again, end)
			}
		}
		m.now = next
	}
}

func (m *model) verificationEnds() {
	if m.verifying != nil {
		m.verified, m.verifying = m.verifying, nil
	}
}

// notify makes Agora notify a recent event of this recorder, or of the one before a move.
func (m *model) notify(t *rapid.T) {
	ago := time.Duration(rapid.IntRange(0, 600_000).Draw(t, "milliseconds ago")) * time.Millisecond
	m.slices++
	event := notifications.Event{
		NoticeID: fmt.Sprint(len(m.sent)),
		Type: rapid.SampledFrom([]notifications.Type{
			notifications.Uploaded, notifications.Uploaded, notifications.Backuped, notifications.UploadingProgress,
			notifications.CloudRecordingError, notifications.CloudRecordingFileInfos, notifications.SessionExit,
			notifications.SessionFailover, notifications.RecorderLeave, notifications.RecorderSnapshotFile,
		}).Draw(t, "type"),
		Time:       m.now.Add(-ago),
		UID:        rapid.SampledFrom([]string{"1", "1", "2"}).Draw(t, "uid"),
		Files:      []v1alpha1.RecordedFile{{FileName: fmt.Sprintf("notified-%d", m.slices%7)}},
		Progress:   ptr.To(rapid.Int32Range(0, 10_000).Draw(t, "progress")),
		ExitStatus: ptr.To(int32(0)),
		LeaveCode:  ptr.To(int32(4)),
		Failure:    &notifications.Failure{Module: 1, Code: 47},
	}
	m.sent = append(m.sent, event)
	m.inbox = append(m.inbox, event)
}

func (m *model) notifyAgain(t *rapid.T) {
	if len(m.sent) > 0 {
		m.inbox = append(m.inbox, rapid.SampledFrom(m.sent).Draw(t, "event"))
	}
}

func (m *model) observe() Observation {
	observed := Observation{
		Now: m.now, LeadingSince: m.leading, Answer: m.answer, AskedAt: m.askedAt, InFlight: m.inFlight, Memory: m.memory,
		CredentialsVersion: "1", StorageVersion: "1", Verification: m.verified, Verifying: m.verifying != nil,
		Events: slices.SortedStableFunc(slices.Values(m.inbox), func(a, b notifications.Event) int { return a.Time.Compare(b.Time) }),
	}
	if !m.storageKey {
		observed.StorageVersion = ""
		observed.StorageProblem = "The Secret for the bucket is missing."
	}
	if !m.credentials {
		observed.CredentialsVersion = ""
		observed.CredentialsProblem = "The Secret is missing."
	}
	return observed
}

func (m *model) reconcile(t *rapid.T) {
	if m.released {
		return
	}
	observed := m.observe()
	d := Decide(m.recording, observed, DefaultSettings())
	again := Decide(m.recording, observed, DefaultSettings())
	if !reflect.DeepEqual(d, again) {
		t.Fatalf("decide is not a function: %v, then %v", d, again)
	}
	if m.writeFails {
		return
	}
	m.checkUnfound(t, observed, d)
	wasUploaded := meta.IsStatusConditionTrue(m.recording.Status.Conditions, v1alpha1.UploadedCondition)
	if d.Action == ActionStop && (d.RecordsWithOutcome(m.recording.Status) || (m.noTurn && !observed.HasNews())) {
		// The outcome of the stop says so.
		m.memory, m.lastDecision = d.Memory, d
		m.learn(observed)
		m.answer, m.verified, m.inbox = nil, nil, nil
		m.act(t, d)
		return
	}
	m.recording.Status = *d.Status.DeepCopy()
	m.memory = d.Memory
	m.lastDecision = d
	m.learn(observed)
	if !wasUploaded {
		m.checkEvidence(t, observed)
	}
	m.answer, m.verified, m.inbox = nil, nil, nil
	m.checkQuiet(t)
	checkOutline(t, m.recording, m.observe())
	m.act(t, d)
}

// checkUnfound checks that an answer that says nothing about the recorder does not change
// since when Agora finds none, and is soon followed by another attempt to stop it.
func (m *model) checkUnfound(t *rapid.T, observed Observation, d Decision) {
	before, answer := m.recording.Status.NotFoundSince, observed.Answer
	if before == nil || answer == nil || (answer.Conclusion != agora.NotKnown && answer.Conclusion != agora.RateLimited) {
		return
	}
	if !before.Equal(d.Status.NotFoundSince) {
		t.Fatalf("Agora finds no recorder since %s by an answer that says nothing: %+v", d.Status.NotFoundSince, answer)
	}
	if wait := d.Memory.notBefore.Sub(m.now); m.failures == 0 && answer.Method == agora.MethodStop && wait > time.Second {
		t.Fatalf("the first failure after recorders were not found is waited for %s", wait)
	}
}

// learn notes what the status must show now.
func (m *model) learn(observed Observation) {
	for _, event := range observed.Events {
		m.delivered = append(m.delivered, event)
		m.learnNames(event.Files)
	}
	if observed.Answer != nil {
		m.learnAnswer(*observed.Answer)
	}
	if look := observed.Verification; look != nil && look.Err == nil && look.Location == m.location() {
		m.learned = append(m.learned, look.Finding.Files...)
		m.lackedIn = ""
		if !look.Finding.Complete() {
			m.lackedIn = look.Location
		}
	}
}

func (m *model) learnNames(files []v1alpha1.RecordedFile) {
	for _, file := range files {
		m.learned = append(m.learned, file.FileName)
	}
}

func (m *model) learnAnswer(answer agora.Answer) {
	m.failures++
	if answer.Conclusion == agora.NotFound {
		m.failures = 0
	}
	m.learnNames(answer.Report.Files)
	if answer.Report.UploadingStatus == agora.Uploaded || answer.Conclusion == agora.NoRecordedData {
		m.reported = true
	}
	if answer.Method == agora.MethodStop && answer.HTTPStatus == 200 {
		m.acknowledged = true
	}
	if answer.Presence() == agora.PresenceRunning {
		m.acknowledged = false
		if !meta.IsStatusConditionTrue(m.recording.Status.Conditions, v1alpha1.StoppedCondition) {
			m.delivered = nil
		}
	}
}

// location returns where the files go, or nothing if that is not known.
func (m *model) location() string {
	if m.recording.Spec.Storage == nil {
		return ""
	}
	return lifecycle.LocationOf(m.recording.Spec.Storage).String()
}

// checkEvidence checks that an upload is confirmed only by the evidence that its reason
// names.
func (m *model) checkEvidence(t *rapid.T, observed Observation) {
	uploaded := meta.FindStatusCondition(m.recording.Status.Conditions, v1alpha1.UploadedCondition)
	if uploaded == nil || uploaded.Status != metav1.ConditionTrue {
		return
	}
	holds := false
	switch uploaded.Reason {
	case v1alpha1.ReportedByAgoraReason, v1alpha1.NoRecordedDataReason:
		holds = m.reported
	case v1alpha1.NotifiedByAgoraReason:
		holds = slices.ContainsFunc(m.delivered, m.isConfirmation)
	case v1alpha1.VerifiedInStorageReason:
		look := observed.Verification
		holds = look != nil && look.Err == nil && look.Location == m.location() && look.Finding.Complete()
	}
	if !holds {
		t.Fatalf("Uploaded by %s, without evidence", uploaded.Reason)
	}
	if !meta.IsStatusConditionTrue(m.recording.Status.Conditions, v1alpha1.StoppedCondition) {
		t.Fatalf("Uploaded by %s before it is stopped", uploaded.Reason)
	}
}

// isConfirmation reports whether an event confirms the upload and no newer one contradicts
// it.
func (m *model) isConfirmation(event notifications.Event) bool {
	return event.Type == notifications.Uploaded && !slices.ContainsFunc(m.delivered, func(other notifications.Event) bool {
		return other.Type == notifications.Backuped && other.Time.After(event.Time)
	})
}

// checkQuiet checks that a reconcile without news changes nothing.
func (m *model) checkQuiet(t *rapid.T) {
	again := Decide(m.recording, m.observe(), DefaultSettings())
	if !equality.Semantic.DeepEqual(again.Status, m.recording.Status) {
		t.Fatalf("changes without news:\n%+v\nthen\n%+v", m.recording.Status, again.Status)
	}
	if len(again.Announcements) > 0 {
		t.Fatalf("announces without news: %v", again.Announcements)
	}
}

func (m *model) act(t *rapid.T, d Decision) {
	if d.Action.IsCall() && (!m.credentials || lifecycle.IsSuspended(m.recording)) {
		t.Fatalf("%s without credentials or while suspended", d.Action)
	}
	if d.Action.IsCall() && m.noTurn {
		return
	}
	switch d.Action {
	case ActionAddFinalizer:
		m.recording.Finalizers = append(m.recording.Finalizers, v1alpha1.StopFinalizer)
	case ActionDelete:
		if m.recorder.running && !m.mayRunUnfound() {
			t.Fatalf("the object is deleted while its recording runs")
		}
		m.delete()
	case ActionRelease:
		if m.recorder.running && !m.mayRunUnfound() {
			t.Fatalf("the object goes while its recording runs")
		}
		m.released = true
	case ActionQuery:
		m.inFlight = &InFlight{Method: agora.MethodQuery, Since: m.now}
		m.pending = ptr.To(m.query())
	case ActionStop:
		if !equality.Semantic.DeepEqual(m.recording.Status, d.Status) && !d.RecordsWithOutcome(m.recording.Status) {
			t.Fatalf("a stop is called before what is known is recorded")
		}
		if m.acknowledged {
			t.Fatalf("a stop is called after one was acknowledged")
		}
		m.asked = true
		m.inFlight = &InFlight{Method: agora.MethodStop, Since: m.now}
		m.pending = ptr.To(m.stop())
	case ActionVerify:
		if m.recording.Spec.Storage == nil || !m.storageKey || lifecycle.IsSuspended(m.recording) || lifecycle.AwaitsStop(m.recording) ||
			m.verifying != nil || m.inFlight != nil {
			t.Fatalf("looks into the bucket when it must not")
		}
		m.verifying = ptr.To(m.look())
	case ActionAcquire, ActionStart, ActionUpdate, ActionUpdateLayout:
		t.Fatalf("%s of a recording that is adopted", d.Action)
	case ActionNone:
	}
}

// mayRunUnfound reports whether nobody can know that the recording goes on: a move took
// longer than Agora says, and Agora found nothing to stop or could not be asked, or the
// bucket or a notification suggests that the recording has ended.
func (m *model) mayRunUnfound() bool {
	return m.recorder.movedForLong && (m.asked || !m.credentials || lifecycle.HasUploaded(&m.recording.Status.SessionStatus))
}

// look returns what the bucket shows now.
func (m *model) look() Verification {
	look := Verification{Location: m.location(), Named: lifecycle.NamedFiles(m.recording.Status)}
	named := lifecycle.NamedFiles(m.recording.Status)
	finding := storage.Finding{Named: len(named) > 0}
	switch m.bucket {
	case bucketEmpty:
	case bucketIncomplete:
		finding.Indexes, finding.Missing, finding.MissingFiles = 1, 1, []string{"rec/missing.ts"}
		finding.Files = []string{"rec/found-0"}
	case bucketComplete:
		finding.Indexes, finding.Files = 2, []string{"rec/found-0", "rec/found-1"}
		for _, name := range named {
			finding.Files = append(finding.Files, "rec/"+name)
		}
	default:
		look.Err = &storage.Problem{Kind: kindOf(m.bucket), Message: "The bucket cannot be read."}
		return look
	}
	look.Finding = finding
	return look
}

func kindOf(failure bucket) storage.Kind {
	kind := storage.Unavailable
	for string(failure) != kind.String() {
		kind++
	}
	return kind
}

// broken returns what a fault makes of a call, and whether the call takes effect.
func (m *model) broken(method agora.Method) (answer agora.Answer, effective, broken bool) {
	fault := m.fault
	m.fault = ""
	answer = agora.Answer{Method: method}
	switch fault {
	case "lost before":
		return answer, false, true
	case "lost after":
		return answer, true, true
	case "not completed":
		answer.HTTPStatus, answer.Code = 206, 65
		return answer, true, true
	case "server error":
		answer.HTTPStatus = 502
		return answer, false, true
	case "rate limited":
		answer.HTTPStatus, answer.Conclusion = 429, agora.RateLimited
		return answer, false, true
	case "rejected":
		answer.HTTPStatus, answer.Conclusion = 401, agora.CredentialsRejected
		return answer, false, true
	case "token refused":
		answer.HTTPStatus, answer.Code, answer.Conclusion = 400, agora.CodeTokenExpired, agora.TokenRejected
		return answer, false, true
	case "no route":
		answer.HTTPStatus, answer.Conclusion = 404, agora.NoRoute
		return answer, false, true
	case "invalid":
		answer.HTTPStatus, answer.Code, answer.Conclusion = 400, 2, agora.InvalidRequest
		return answer, false, true
	}
	m.fault = fault
	return answer, true, false
}

func (m *model) query() agora.Answer {
	answer, _, broken := m.broken(agora.MethodQuery)
	switch {
	case broken:
	case m.now.Before(m.recorder.movedUntil) || (!m.recorder.running && !m.recorder.exiting):
		answer.HTTPStatus, answer.Code, answer.Conclusion = 404, 404, agora.NotFound
	default:
		answer.HTTPStatus, answer.Conclusion = 200, agora.Succeeded
		answer.Report = m.report()
		answer.Report.ServiceStatus = ptr.To(int32(5))
		if m.recorder.exiting {
			answer.Report.ServiceStatus = ptr.To(int32(6))
		}
	}
	return answer
}

func (m *model) stop() agora.Answer {
	fault := m.fault
	answer, effective, broken := m.broken(agora.MethodStop)
	found := !m.now.Before(m.recorder.movedUntil)
	switch {
	case broken && fault == "lost after", broken && fault == "not completed":
		if effective && found && m.recorder.running {
			m.recorder.running, m.recorder.exiting = false, true
		}
	case broken:
	case !found || (!m.recorder.running && !m.recorder.exiting):
		answer.HTTPStatus, answer.Code, answer.Conclusion = 404, 404, agora.NotFound
	case m.recorder.exiting:
		answer.HTTPStatus, answer.Code, answer.Conclusion = 400, 49, agora.AlreadyExiting
		answer.Report = m.report()
		m.recorder.exit()
	default:
		m.recorder.running, m.recorder.exiting = false, true
		m.fault = ""
		return m.stopped(fault)
	}
	return answer
}

func (m *model) stopped(fault fault) agora.Answer {
	answer := agora.Answer{Method: agora.MethodStop, HTTPStatus: 200, Conclusion: agora.Succeeded, Report: m.report()}
	switch fault {
	case "upload timed out":
		answer.Conclusion, answer.Code = agora.UploadTimedOut, 50
	case "nothing recorded":
		answer.Conclusion, answer.Code, answer.HTTPStatus, answer.Report = agora.NoRecordedData, 435, 206, agora.Report{}
	case "backuped":
		answer.Report.UploadingStatus = agora.Backuped
	case "says nothing of the upload":
	default:
		answer.Report.UploadingStatus = agora.Uploaded
	}
	return answer
}

// report names another file with every answer.
func (m *model) report() agora.Report {
	m.slices++
	return agora.Report{Files: []v1alpha1.RecordedFile{{FileName: fmt.Sprintf("file-%d", m.slices%7)}}}
}

// checkReasons checks that conditions that are counted by their reasons have a known
// reason.
func (m *model) checkReasons(t *rapid.T) {
	for conditionType, known := range map[string][]string{
		v1alpha1.StalledCondition: v1alpha1.StalledReasons(), v1alpha1.UploadedCondition: v1alpha1.EvidenceReasons(),
	} {
		condition := meta.FindStatusCondition(m.recording.Status.Conditions, conditionType)
		if condition != nil && condition.Status == metav1.ConditionTrue && !slices.Contains(known, condition.Reason) {
			t.Fatalf("%s is True by %s, which is none of %v", conditionType, condition.Reason, known)
		}
	}
}

// check checks what must hold at any time.
func (m *model) check(t *rapid.T) {
	status := m.recording.Status
	for _, name := range m.learned {
		isKept := func(f v1alpha1.RecordedFile) bool { return f.FileName == name || "rec/"+f.FileName == name }
		if !slices.ContainsFunc(status.FileList, isKept) {
			t.Fatalf("%s was learned and is lost: %v", name, status.FileList)
		}
	}
	if int(status.FileCount) != len(status.FileList) {
		t.Fatalf("fileCount is %d for %d files", status.FileCount, len(status.FileList))
	}
	if meta.IsStatusConditionTrue(status.Conditions, v1alpha1.StoppedCondition) && m.recorder.running && !m.recorder.movedForLong {
		t.Fatalf("Stopped while the recorder runs")
	}
	ready := meta.IsStatusConditionTrue(status.Conditions, v1alpha1.ReadyCondition)
	reconciling := meta.IsStatusConditionTrue(status.Conditions, v1alpha1.ReconcilingCondition)
	stalled := meta.IsStatusConditionTrue(status.Conditions, v1alpha1.StalledCondition)
	known := meta.FindStatusCondition(status.Conditions, v1alpha1.ReadyCondition) != nil
	if known && countTrue(ready, reconciling, stalled) != 1 {
		t.Fatalf("Ready %v, Reconciling %v and Stalled %v do not go together", ready, reconciling, stalled)
	}
	m.checkReasons(t)
	isUploaded := meta.IsStatusConditionTrue(status.Conditions, v1alpha1.UploadedCondition)
	if isUploaded && stalled && lifecycle.WantsStop(m.recording) && !lifecycle.IsSuspended(m.recording) && status.ObservedGeneration == m.recording.Generation &&
		(status.Verification == nil || status.Verification.Location != m.lackedIn) {
		t.Fatalf("Stalled though all is uploaded, and the bucket was not seen to lack anything: %+v", status.Conditions)
	}
	if again := m.lastDecision.RequeueAt; !again.IsZero() && !again.After(m.now.Add(-300*24*time.Hour)) {
		t.Fatalf("looks again at %s, long ago", again)
	}
}

func countTrue(values ...bool) int {
	count := 0
	for _, value := range values {
		if value {
			count++
		}
	}
	return count
}

// settleDown repairs everything, and expects the recording to reach the wanted state in no
// more steps than that takes.
func (m *model) settleDown(t *rapid.T) {
	m.fault = ""
	m.noTurn = false
	m.credentials = true
	m.storageKey = true
	m.edit(func(r *v1alpha1.CloudRecording) {
		r.Spec.Suspend = false
		r.Spec.State = v1alpha1.RecordingStateStopped
	})
	m.delete()
	end := m.now.Add(40 * time.Minute)
	for step := 0; !m.released; step++ {
		if step > 2000 || m.now.After(end.Add(24*time.Hour)) {
			t.Fatalf("stuck: %s, running %v, %+v", m.lastDecision.Action, m.recorder.running, m.recording.Status)
		}
		m.answerComes()
		m.verificationEnds()
		m.reconcile(t)
		m.check(t)
		m.delete()
		if m.recorder.exiting && step%3 == 2 {
			m.recorder.exit()
		}
		if m.lastDecision.Action != ActionNone || m.pending != nil || m.verifying != nil {
			m.advance(100 * time.Millisecond)
			continue
		}
		if m.released {
			break
		}
		if !m.lastDecision.RequeueAt.After(m.now) {
			t.Fatalf("waits for nothing: %+v", m.recording.Status)
		}
		m.now = m.lastDecision.RequeueAt
	}
}
