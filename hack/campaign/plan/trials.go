// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// The deadlines by which Agora must be asked for a stop, and how long the failures last that
// must not delay it.
const (
	// The operator waits up to ten seconds for its status write.
	stopDespiteStatus = 15 * time.Second
	stopDespitePages  = 10 * time.Second
	// A query in progress ends after 15 s, and a stop after 35 s.
	stopDespiteHang = 55 * time.Second
	longerStill     = 5 * time.Second

	// knownAfter is the time after its creation by which an object has been polled.
	knownAfter = 8 * time.Second
)

// planTrials plans the trials: single failures after everything else. Promises with a deadline
// can only be checked without other disturbances. The trial of a hanging endpoint takes
// minutes, so short campaigns omit it.
func (p *planner) planTrials() *Plan {
	t := &trialPlanner{planner: planner{options: p.options, random: p.random}, first: len(p.Recordings)}
	t.Lasts = knownAfter
	if !p.options.hasRoom() {
		return &Plan{}
	}
	// In parallel to the trials, further sessions follow a hundred others until their time is
	// over.
	t.at(0, Action{Kind: DoEmptySessions, Recording: t.recording(OutcomeManySessions)})
	t.tryStatus()
	t.tryEndpoint(Paging, stopDespitePages, "though one of two endpoints answers with a gateway's page")
	if p.options.hasMinutes() {
		t.tryEndpoint(Hanging, stopDespiteHang, "though one of two endpoints never answers")
	}
	t.tryOutage()
	return &t.Plan
}

// trialPlanner plans the trials. Each begins when the previous ones are over.
type trialPlanner struct {
	planner
	// first is the index of the first recording.
	first int
}

// recording plans a recording of a trial. It exists from the beginning.
func (t *trialPlanner) recording(f Outcome) Recording {
	r := Recording{Index: t.first + len(t.Recordings), Place: placeOf(raised), Outcome: f, DeletionPolicy: v1alpha1.DeletionPolicyStop, deletionTimeout: deletionTimeout}
	r.Options = agorasim.RecordingOptions{
		AppID: AccountOf(raised).AppID, CName: r.Name(), UID: "1", Mode: recorder.ModeMix, FileNamePrefix: []string{"trial"},
		Scenario: agorasim.Scenario{
			Slices: 2, UploadDuration: &metav1.Duration{Duration: time.Second}, ExitAfter: &metav1.Duration{Duration: time.Minute},
			UploadingStatus: recorder.UploadingStatusUploaded,
		},
	}
	if f == outcomeStopCutOff {
		tellAtTheEnd(&r.Options)
		t.at(0, loseNotifications(r))
	}
	if f == OutcomeManySessions {
		r.Starts, r.Stored = true, true
		r.Options.MaxIdleTime = &metav1.Duration{Duration: time.Minute}
	}
	t.Recordings = append(t.Recordings, r)
	t.at(0, createRecording(r))
	return r
}

// tryStatus plans stops while status writes are refused in each of the ways, and while there is
// no room for them.
func (t *trialPlanner) tryStatus() {
	const despite = "though its status cannot be written"
	lasts := stopDespiteStatus + longerStill
	for i, how := range statusRefusals() {
		r := t.recording(outcomeUnwritable)
		t.at(t.Lasts, Action{Kind: DoRefuseStatus, Recording: r, How: how, Lasts: lasts})
		wanted := StopRecording(r)
		if i%2 == 0 {
			wanted = DeleteRecording(r)
		}
		t.at(t.Lasts+ahead, inTime(stopDespiteStatus, despite, wanted))
	}
	full := t.recording(outcomeFull)
	t.at(t.Lasts, Action{Kind: DoFill, Recording: full, Lasts: lasts}.with(inTime(stopDespiteStatus, despite, StopRecording(full))))
	const filling = 3 * time.Second
	t.Lasts += filling + lasts + longerStill
}

// inTime makes an action require a stop by a deadline.
func inTime(within time.Duration, despite string, wanted Action) Action {
	return Action{Kind: DoInTime, Recording: wanted.Recording, Lasts: within, Despite: despite}.with(wanted)
}

// tryEndpoint plans stops while the endpoint in use fails, which is one of two.
func (t *trialPlanner) tryEndpoint(how Variant, within time.Duration, despite string) {
	lasts := within + longerStill
	for i := range Replicas() {
		t.at(t.Lasts, Action{Kind: DoBreakEndpoints, Replica: i, Of: EndpointInUse, How: how, Lasts: lasts})
	}
	for range trialStops {
		r := t.recording(outcomeStop)
		t.at(t.Lasts+ahead, inTime(within, despite, StopRecording(r)))
	}
	t.Lasts += lasts + longerStill
}

// trialStops is the number of simultaneous stops.
const trialStops = 4

// tryOutage plans that the operators lose the API server, and with it their lease, while stops
// are in progress and answered.
func (t *trialPlanner) tryOutage() {
	lasts := LeaseDuration + longerStill
	for range trialStops {
		r := t.recording(outcomeStopCutOff)
		t.at(t.Lasts, slowStop(r, 3*time.Second))
		t.at(t.Lasts+ahead, StopRecording(r))
	}
	t.at(t.Lasts+2*time.Second, Action{Kind: DoCutOff, How: AllReplicas, Lasts: lasts})
	t.Lasts += lasts + longerStill
}
