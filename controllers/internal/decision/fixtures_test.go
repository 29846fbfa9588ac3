// SPDX-License-Identifier: Apache-2.0

package decision

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/internal/clientrequest"
	"cloudrecording.dev/operator/controllers/internal/fixturetest"
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/internal/recordingtest"
	"cloudrecording.dev/operator/controllers/storage"
)

const root = "../../.."

// answeredUnexpectedly makes the polls of the recording get an unknown answer for a long
// time.
func answeredUnexpectedly(s *situation) {
	since := recordingtest.Noon.Add(-unexpectedLasts)
	s.recording.Status.LastError = &v1alpha1.CallError{
		Operation: string(agora.MethodQuery), HTTPStatus: 409, Code: 77, Unexpected: true, Problem: v1alpha1.AgoraUnavailableReason, Since: *stampOf(since),
	}
}

// stoppedBy makes the operator have stopped and uploaded the recording for the given
// reason.
func stoppedBy(reason v1alpha1.StopReason) modifier {
	return func(s *situation) {
		answered(stopAnswer(200, 0, agora.Succeeded, agora.Report{UploadingStatus: agora.Uploaded}))(s)
		s.observed.AnswerSession = "sid"
		s.recording.Status.StopReason = reason
	}
}

// withEverySession fills the status with as many sessions as it can hold.
func withEverySession(s *situation) {
	for range lifecycle.MaxSessions {
		replaces(ended)(s)
	}
}

func lacking(profile ObservedProfile) modifier {
	return func(s *situation) { toStart(s); takingFrom(profile)(s) }
}

func withCertificateProblem(s *situation) {
	s.observed.StartProblem, s.observed.CertificateInvalid = "The App Certificate is none.", true
}

func refused(method agora.Method, status int, conclusion agora.Conclusion) modifier {
	return answeredTo(method, conclusion, func(a *agora.Answer) { a.HTTPStatus = status })
}

// fixtures are recordings in each state, by the health that people should see and by name.
func fixtures() map[string][]modifier {
	missing, incomplete := ObservedProfile{Missing: true}, versioned()
	incomplete.Incomplete = "spec.storage is missing"
	starting, running := startRequestedAgo(0), runningFor(30*time.Minute)
	return map[string][]modifier{
		"healthy/scheduled":                   {toStart, within(7*day, 7*day+time.Hour)},
		"healthy/scheduled-without-secrets":   {toStart, within(7*day, 7*day+time.Hour), withoutCredentials},
		"healthy/recording":                   {running, answered(queryAnswer(agora.Succeeded, 5))},
		"healthy/recording-adopted":           {answered(queryAnswer(agora.Succeeded, 5))},
		"healthy/recording-token-ends-soon":   {tokenRunningFor(22 * time.Hour)},
		"healthy/recording-control-ends-soon": {runningFor(54 * time.Minute)},
		"healthy/recording-next-session":      {runningFor(time.Minute), replaces(settled)},
		"healthy/uploaded":                    {stoppedAgo(time.Hour, agora.Uploaded), uploaded},
		"healthy/uploaded-and-verified":       {uploaded, verified},
		"healthy/no-recorded-data":            {stopRequested, answered(stopAnswer(206, 435, agora.NoRecordedData, agora.Report{}))},
		"healthy/nothing-to-stop":             {toStart, stopWanted},
		"healthy/channel-empty":               {running, completing, endedAgo(time.Hour), leftWith(4), withUpload},
		"healthy/window-passed":               {toStart, createdAgo(0), within(-2*time.Hour, -time.Hour)},
		"healthy/max-duration-reached":        {running, stoppedBy(v1alpha1.StopReasonMaxDuration)},

		"suspended/before-the-start": {toStart, suspended},
		"suspended/recording":        {suspended},
		"suspended/between-sessions": {running, restarting, endedAgo(time.Minute), suspended},

		"progressing/untouched":             {toStart, func(s *situation) { s.recording.Finalizers = nil }},
		"progressing/starting":              {starting, answeredTo(agora.MethodStart, agora.Succeeded, withSID)},
		"progressing/adopted-not-looked-at": {func(s *situation) { s.recording.Status.ServiceStatus = nil }, changed},
		"progressing/restarting":            {running, restarting, endedAgo(time.Second)},
		"progressing/updating":              {changedParts(clientrequest.SectionSubscription)},
		"progressing/waiting-for-capacity":  {toStart, placed(full)},
		"progressing/overloaded":            {toStart, answeredTo(agora.MethodAcquire, agora.Overloaded)},
		"progressing/rate-limited":          {starting, answeredTo(agora.MethodStart, agora.RateLimited)},
		"progressing/agora-unavailable":     {failedTimes(5), answered(queryAnswer(agora.NotKnown, 0))},
		"progressing/recorder-not-found":    {notFoundFor(time.Second), answered(queryAnswer(agora.NotFound, 0))},
		"progressing/ending":                {answered(queryAnswer(agora.Succeeded, 6))},
		"progressing/stopping":              {stopRequested},
		"progressing/stop-not-answered":     {stopRequested, answered(stopAnswer(0, 0, agora.NotKnown, agora.Report{}))},
		"progressing/upload-pending":        {stoppedAgo(time.Minute, agora.Backuped)},
		"progressing/upload-not-reported":   {stoppedAgo(time.Minute, "")},
		"progressing/window-ended":          {running, within(-30*time.Minute, 0)},

		"degraded/start-failed":           {startedAgo(90 * time.Second), notFoundTimes(5), answeredTo(agora.MethodQuery, agora.NotFound)},
		"degraded/task-conflict":          {starting, answeredTo(agora.MethodStart, agora.TaskConflict)},
		"degraded/sid-unknown":            {starting, answeredTo(agora.MethodStart, agora.AlreadyStarted)},
		"degraded/start-secret-not-found": {toStart, secretMissing},
		"degraded/not-enabled":            {toStart, refused(agora.MethodAcquire, 400, agora.NotEnabled)},
		"degraded/token-rejected":         {starting, answeredTo(agora.MethodStart, agora.TokenRejected)},
		"degraded/certificate-invalid":    {toStart, withCertificateProblem},
		"degraded/secret-not-protected":   {acquiredAgo(protectionTimeout), unprotected},
		"degraded/account-inactive":       {toStart, answeredTo(agora.MethodAcquire, agora.AccountInactive)},
		"degraded/recording-ended":        {running, endedAgo(time.Hour), withUpload},
		"degraded/control-window-ended":   {runningFor(57 * time.Minute), stoppedBy(v1alpha1.StopReasonControlWindow)},
		"degraded/token-lifetime-ended":   {tokenRunningFor(23 * time.Hour), stoppedBy(v1alpha1.StopReasonTokenLifetime)},
		"degraded/window-missed":          {toStart, createdAgo(day), within(-time.Hour, time.Second)},
		"degraded/session-limit-reached":  {running, restarting, endedAgo(time.Hour), withEverySession},
		"degraded/upload-not-confirmed":   {stoppedAgo(25*time.Hour, agora.Backuped)},
		"degraded/profile-not-found":      {lacking(missing)},
		"degraded/profile-incomplete":     {lacking(incomplete)},
		"degraded/credentials-not-found":  {toStart, withoutCredentials},
		"degraded/credentials-rejected":   {toStart, refused(agora.MethodAcquire, 401, agora.CredentialsRejected)},
		"degraded/invalid-request":        {starting, refused(agora.MethodStart, 400, agora.InvalidRequest)},
		"degraded/resource-expired":       {stopRequested, answered(stopAnswer(400, 433, agora.ResourceExpired, agora.Report{}))},
		"degraded/unexpected-answer":      {answeredUnexpectedly},
		"degraded/stop-suspended":         {wantedStopped, suspended},
		"degraded/update-suspended":       {changedParts(clientrequest.SectionSubscription), suspended},
		"degraded/does-not-come-up":       {startedAgo(90 * time.Second), answeredTo(agora.MethodQuery, agora.Succeeded, withServiceStatus(2))},
		"progressing/upload-contradicted": {uploaded, withStorage, naming("lesson.m3u8"), brought(storage.Finding{})},

		"deleting/recording":         {deleted},
		"deleting/upload-pending":    {deleted, stoppedAgo(time.Minute, agora.Backuped)},
		"deleting/cannot-be-stopped": {deleted, stopRequested, answered(stopAnswer(400, 433, agora.ResourceExpired, agora.Report{}))},
	}
}

// dated makes the conditions that were set here begin at noon, and not when the test runs.
func dated(s *situation) {
	date := func(conditions []metav1.Condition) {
		for i := range conditions {
			conditions[i].LastTransitionTime = *stampOf(recordingtest.Noon)
		}
	}
	date(s.recording.Status.Conditions)
	for i := range s.recording.Status.Sessions {
		date(s.recording.Status.Sessions[i].Conditions)
	}
}

// decided returns a recording as it is recorded in a situation.
func decided(modifiers []modifier) *v1alpha1.CloudRecording {
	s := given(append(modifiers, dated)...)
	s.recording.Status = s.decide().Status
	return &s.recording
}

func TestFixtures(t *testing.T) {
	t.Parallel()
	g := NewWithT(t)
	objects := map[string]fixturetest.Object{}
	reasons, phases := map[string]bool{}, map[string]bool{}
	for name, modifiers := range fixtures() {
		recording := decided(modifiers)
		objects[name] = recording
		phases[string(recording.Status.Phase)] = true
		if ready := meta.FindStatusCondition(recording.Status.Conditions, v1alpha1.ReadyCondition); ready != nil {
			reasons[ready.Reason] = true
		}
	}
	edited := decided(fixtures()["healthy/recording"])
	edited.Generation++
	objects["progressing/edited"] = edited

	for _, reason := range fixturetest.Reasons(g, root, "Reasons for which") {
		g.Expect(reasons).To(HaveKey(reason), "no fixture has the reason")
	}
	for _, phase := range fixturetest.Phases(g, root) {
		g.Expect(phases).To(HaveKey(phase), "no fixture has the phase")
	}
	fixturetest.Compare(t, root, objects)
}
