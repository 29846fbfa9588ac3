// SPDX-License-Identifier: Apache-2.0

package main

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
)

// trials are what goes wrong after everything else, one thing at a time: what is
// promised to be done by a time can be checked only while nothing else disturbs.
type trials struct {
	lessons []lesson
	steps   []step
	lasts   time.Duration
}

// By when a stop is asked of Agora, and for how long what must not hold it up lasts.
const (
	// The operator waits for its status for ten seconds.
	stopDespiteStatus = 15 * time.Second
	stopDespitePages  = 10 * time.Second
	// A query that is under way ends after 15 s, and a stop after 35 s.
	stopDespiteHang = 55 * time.Second
	longerStill     = 5 * time.Second

	// knownAfter is how long after its creation an object has been polled.
	knownAfter = 8 * time.Second
)

// planTrials draws the trials. There is always time for those of status writes; but
// a campaign that is not to take minutes leaves an endpoint that hangs out.
func (p *planner) planTrials(first int) trials {
	t := &trialPlanner{planner: p, next: first, now: knownAfter}
	if !p.options.hasRoom() {
		return t.trials
	}
	t.trySessions()
	t.tryStatus()
	t.tryPages()
	if p.options.isPatient() {
		t.tryHang()
	}
	t.tryOutage()
	t.lasts = t.now
	return t.trials
}

type trialPlanner struct {
	*planner
	trials
	next int
	// now is when the next trial begins.
	now time.Duration
}

func (t *trialPlanner) at(when time.Duration, a action) {
	t.steps = append(t.steps, step{when, a})
}

// lesson makes a lesson of a trial, which is there from the beginning.
func (t *trialPlanner) lesson(f fate) lesson {
	l := lesson{index: t.next, place: placeOf(raised), fate: f, deletionPolicy: v1alpha1.DeletionPolicyStop, deletionTimeout: deletionTimeout}
	l.options = agorasim.RecordingOptions{
		AppID: accountOf(raised).appID, CName: l.name(), UID: "1", Mode: agorasim.ModeMix, FileNamePrefix: []string{"trial"},
		Slices: 2, UploadDuration: &metav1.Duration{Duration: time.Second}, ExitAfter: &metav1.Duration{Duration: time.Minute},
		UploadingStatus: agorasim.UploadingStatusUploaded,
	}
	t.next++
	if f == fateStopCutOff {
		tellAtTheEnd(&l.options)
		t.at(0, loseNotices(l))
	}
	var create action = createLesson{l}
	if f == fateManySessions {
		l.starts, l.stored = true, true
		l.options.MaxIdleTime = &metav1.Duration{Duration: time.Minute}
		create = createManySessions{l}
	}
	t.lessons = append(t.lessons, l)
	t.at(0, create)
	return l
}

// trySessions has further sessions follow a hundred, beside all else: they are begun
// until their time is over.
func (t *trialPlanner) trySessions() {
	l := t.lesson(fateManySessions)
	t.at(0, endSessions{l})
}

// tryStatus has stops be wanted while status writes are refused, in each way, and
// while there is no room for them.
func (t *trialPlanner) tryStatus() {
	const despite = "though its status cannot be written"
	lasts := stopDespiteStatus + longerStill
	for i, how := range statusRefusals() {
		l := t.lesson(fateUnwritable)
		t.at(t.now, refuseStatus{l, how, lasts})
		var wish action = stopLesson{l}
		if i%2 == 0 {
			wish = deleteLesson{l}
		}
		t.at(t.now+ahead, inTime{l, wish, stopDespiteStatus, despite})
	}
	full := t.lesson(fateFull)
	t.at(t.now, fillLesson{full, inTime{full, stopLesson{full}, stopDespiteStatus, despite}, lasts})
	const filling = 3 * time.Second
	t.now += filling + lasts + longerStill
}

// tryPages has stops be wanted while a gateway answers in the place of one of two
// endpoints: the one in use, as with tryHang.
func (t *trialPlanner) tryPages() {
	t.tryEndpoint(endpointPages, stopDespitePages, "though one of two endpoints answers with a gateway's page")
}

// tryHang has stops be wanted while one of two endpoints does not answer.
func (t *trialPlanner) tryHang() {
	t.tryEndpoint(endpointHangs, stopDespiteHang, "though one of two endpoints never answers")
}

func (t *trialPlanner) tryEndpoint(how endpointFailure, within time.Duration, despite string) {
	lasts := within + longerStill
	for i := range replicas() {
		t.at(t.now, breakEndpoints{replica: i, which: endpointInUse, how: how, lasts: lasts})
	}
	for range trialStops {
		l := t.lesson(fateStop)
		t.at(t.now+ahead, inTime{l, stopLesson{l}, within, despite})
	}
	t.now += lasts + longerStill
}

// trialStops is how many stops are under way at once.
const trialStops = 4

// tryOutage has the operators lose the API server, and with it their lease, while
// stops are under way and answered.
func (t *trialPlanner) tryOutage() {
	lasts := leaseDuration + longerStill
	for range trialStops {
		l := t.lesson(fateStopCutOff)
		t.at(t.now, slowStop(l, 3*time.Second))
		t.at(t.now+ahead, stopLesson{l})
	}
	t.at(t.now+2*time.Second, cutOffOperators{lasts})
	t.now += lasts + longerStill
}

// slowStop has the stop of a lesson take effect, and be answered late.
func slowStop(l lesson, late time.Duration) callFault {
	return callFault{
		lesson: l, name: "call: stop answered late", times: 1,
		fault: agorasim.Fault{Method: agorasim.MethodStop, DelayBeforeReply: simulated(late)},
	}
}
