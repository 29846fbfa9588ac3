// SPDX-License-Identifier: Apache-2.0

package plan

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

// Recording is a planned recording with its object.
type Recording struct {
	Index   int
	Place   Place
	Options agorasim.RecordingOptions
	// Starts means that the operator starts the recording. Otherwise, it adopts the recording.
	Starts bool
	// Stored means that the object names the bucket. An object that starts a recording must.
	Stored          bool
	asyncStop       bool
	DeletionPolicy  v1alpha1.DeletionPolicy
	deletionTimeout time.Duration
	Outcome         Outcome
	// Profiled means that a profile with the recording's name provides what it can.
	Profiled bool
	// occurrence is the name of the object if a schedule made it.
	occurrence string
	// due is how soon after its creation an aged recording is to be stopped or handed over.
	due time.Duration
	// opens and lasts define its window relative to its creation. Without lasts, it has no
	// window.
	opens, lasts time.Duration
}

// Outcome is the planned outcome of a recording.
type Outcome string

// The outcomes of recordings.
const (
	outcomeKeep           Outcome = "recorded to the end"
	outcomeStop           Outcome = "stopped"
	outcomeDelete         Outcome = "deleted"
	outcomeStopDelete     Outcome = "stopped and deleted"
	outcomeOrphan         Outcome = "orphaned"
	outcomeOrphanLate     Outcome = "orphaned while it is deleted"
	outcomeIdle           Outcome = "ended by an empty channel"
	outcomeIdleStop       Outcome = "ended by an empty channel, and stopped"
	outcomeFail           Outcome = "failed"
	OutcomeExpire         Outcome = "stopped after its control window"
	outcomeSuspendStop    Outcome = "stopped while it is suspended"
	outcomeSuspendDelete  Outcome = "deleted while it is suspended"
	outcomeSuspendAndKeep Outcome = "suspended, resumed and recorded to the end"
	outcomeStopStarting   Outcome = "stopped while it is started"
	outcomeDeleteStarting Outcome = "deleted while it is started"
	OutcomeNeverUp        Outcome = "never up"

	// The status of these cannot be written for a while.
	outcomeUnwritable       Outcome = "stopped while its status cannot be written"
	outcomeUnwritableDelete Outcome = "deleted while its status cannot be written"
	// These are stopped just before the API server goes away for a long time.
	outcomeStopCutOff Outcome = "stopped while the API server goes away"
	// The labels of these change while they are recorded.
	outcomeTakenOver  Outcome = "stopped after another shard has taken it over"
	outcomeLeft       Outcome = "stopped after it has left every shard"
	outcomeLeftDelete Outcome = "deleted after it has left every shard"
	// These objects grow to the maximum size.
	outcomeFull    Outcome = "stopped while its object is as large as etcd takes"
	outcomeFlooded Outcome = "stopped after a flood of notifications"

	// No user ends these.
	outcomeWindow Outcome = "recorded for its window"

	OutcomeManySessions Outcome = "recorded in more than a hundred sessions"
	// OutcomeScheduled is the outcome of all occurrences of a schedule.
	OutcomeScheduled Outcome = "recorded by a schedule"

	// The tokens of these are minted. Agora ends the first two before their tokens expire, as
	// it does when a certificate is withdrawn. The tokens of the others are a day old.
	outcomeTokenEnded    Outcome = "ended by its token"
	outcomeTokenFollowed Outcome = "ended by its token, and followed by another session"
	outcomeTokenStopped  Outcome = "stopped before its token ends"
	outcomeTokenReplaced Outcome = "handed over before its token ends"
)

// isOfToken reports whether the token of the recording expires.
func (f Outcome) isOfToken() bool {
	return f == outcomeTokenEnded || f == outcomeTokenFollowed || f.IsAged()
}

// IsAged reports whether the recording was started nearly a day before its object is created.
func (f Outcome) IsAged() bool { return f == outcomeTokenStopped || f == outcomeTokenReplaced }

// isOfShards reports whether the operators of two shards manage the recording.
func (f Outcome) isOfShards() bool {
	return f == outcomeTakenOver || f == outcomeLeft || f == outcomeLeftDelete
}

// isOfSize reports whether the recording's object becomes large.
func (f Outcome) isOfSize() bool { return f == outcomeFull || f == outcomeFlooded }

// isOfStart reports whether the outcome requires that the operator starts the recording.
func (f Outcome) isOfStart() bool {
	return f == outcomeStopStarting || f == outcomeDeleteStarting || f == OutcomeNeverUp || f == outcomeWindow || f == OutcomeScheduled || f.isOfToken()
}

// outcomes returns the possible outcomes. A failed start is only possible if there is time,
// because it takes long to be detected.
func (o Options) outcomes() []weighted[Outcome] {
	outcomes := []weighted[Outcome]{
		{outcomeKeep, 18}, {outcomeStop, 28}, {outcomeDelete, 13}, {outcomeStopDelete, 8}, {outcomeOrphan, 4}, {outcomeOrphanLate, 4},
		{outcomeIdle, 5}, {outcomeIdleStop, 5}, {outcomeFail, 3}, {OutcomeExpire, 2}, {outcomeSuspendStop, 4}, {outcomeSuspendDelete, 3},
		{outcomeSuspendAndKeep, 3}, {outcomeStopStarting, 6}, {outcomeDeleteStarting, 6},
		{outcomeUnwritable, 4}, {outcomeUnwritableDelete, 3}, {outcomeTakenOver, 3}, {outcomeLeft, 2}, {outcomeLeftDelete, 2},
		{outcomeWindow, 8},
		{outcomeTokenEnded, 3}, {outcomeTokenFollowed, 3}, {outcomeTokenStopped, 2}, {outcomeTokenReplaced, 3},
		{OutcomeScheduled, 2},
	}
	if o.hasRoom() {
		outcomes = append(outcomes,
			weighted[Outcome]{outcomeStopCutOff, 4}, weighted[Outcome]{outcomeFull, 1}, weighted[Outcome]{outcomeFlooded, 1}, weighted[Outcome]{OutcomeManySessions, 1})
	}
	if o.Starts > 0 {
		outcomes = []weighted[Outcome]{
			{outcomeKeep, 2}, {outcomeStop, 60}, {outcomeDelete, 24}, {outcomeStopDelete, 6}, {outcomeStopStarting, 8}, {outcomeDeleteStarting, 8},
		}
	}
	if o.hasMinutes() {
		outcomes = append(outcomes, weighted[Outcome]{OutcomeNeverUp, 2})
	}
	return outcomes
}

// hasMinutes reports whether there is time for outcomes that take minutes.
func (o Options) hasMinutes() bool { return o.Duration > startFailure }

// hasRoom reports whether there is time for outages that are longer than a lease.
func (o Options) hasRoom() bool { return o.Duration >= roomForOutages }

// roomForOutages leaves time for other things than long outages.
const roomForOutages = time.Minute

// places returns the places of the objects. In a campaign of many starts, they are those with a
// raised limit.
func (o Options) places() []Place {
	if o.Starts == 0 {
		return places()
	}
	return slices.Concat(placesOf(raised), placesOf(certified))
}

// place returns the place that an outcome requires, or the other place.
func (f Outcome) place(random *rand.Rand, other Place) Place {
	switch {
	case f.isOfShards():
		return placeOf(divided)
	case f.isOfSize(), f == OutcomeManySessions, f == OutcomeScheduled:
		return placeOf(raised)
	case f.isOfToken():
		return one(random, placesOf(certified))
	default:
		return other
	}
}

// newRecording draws a recording. Every outcome occurs once before further ones are random.
func newRecording(random *rand.Rand, index int, o Options) Recording {
	all, outcomes := o.places(), o.outcomes()
	r := Recording{
		Index:           index,
		Place:           all[index%len(all)],
		Starts:          random.IntN(2) == 0 || o.Starts > 0,
		Stored:          random.IntN(4) == 0,
		asyncStop:       random.IntN(5) == 0,
		DeletionPolicy:  v1alpha1.DeletionPolicyStop,
		deletionTimeout: pick(random, weighted[time.Duration]{deletionTimeout, 4}, weighted[time.Duration]{0, 1}),
		Outcome:         pick(random, outcomes...),
	}
	if index < len(outcomes) {
		r.Outcome = outcomes[index].choice
	}
	// The shortest control window of a start is an hour.
	r.Starts = (r.Starts || r.Outcome.isOfStart()) && r.Outcome != OutcomeExpire
	r.Starts = (r.Starts || r.Outcome == OutcomeManySessions) && !r.Outcome.isOfSize()
	r.Stored = r.Stored || r.Starts
	r.Place = r.Outcome.place(random, r.Place)
	if r.Outcome == outcomeOrphan {
		r.DeletionPolicy = v1alpha1.DeletionPolicyOrphan
	}
	r.Profiled = r.Starts && r.Outcome != OutcomeManySessions && r.Outcome != OutcomeScheduled && !r.Outcome.IsAged() && random.IntN(3) == 0
	if r.Outcome.IsAged() {
		r.due = between(random, time.Second, min(latestWindow, o.Duration/10))
	}
	if r.Outcome == outcomeWindow {
		r.opens = between(random, 0, min(latestWindow, o.Duration/10))
		r.lasts = between(random, time.Second, min(longestWindow, o.Duration/3))
	}
	r.Options = recordingOptions(random, r)
	return r
}

const (
	// latestWindow is the latest start of a window, and longestWindow its maximum length. Some
	// windows are missed, and all are over before the campaign ends.
	latestWindow  = 10 * time.Second
	longestWindow = 40 * time.Second
)

// Name is the name of the object and of the channel.
func (r Recording) Name() string { return fmt.Sprintf("recording-%04d", r.Index) }

// Object returns the name of the recording's object.
func (r Recording) Object() Object { return Object{r.Place.Secret.Namespace, r.objectName()} }

// recordingOptions draws the simulator's options of a recording.
func recordingOptions(random *rand.Rand, r Recording) agorasim.RecordingOptions {
	options := agorasim.RecordingOptions{
		AppID: AccountOf(r.Place.Account).AppID, CName: r.Name(), UID: fmt.Sprint(1000 + r.Index),
		FileNamePrefix: []string{"rec", fmt.Sprintf("r%d", r.Index)},
	}
	options.Slices = 2 + random.IntN(3)
	options.UploadDuration = &metav1.Duration{Duration: between(random, 0, 25*time.Second)}
	options.ExitAfter = &metav1.Duration{Duration: between(random, 0, time.Minute)}
	options.MaxIdleTime = &metav1.Duration{Duration: between(random, 5*time.Second, 30*time.Second)}
	options.UploadingStatus = pick(random,
		weighted[string]{recorder.UploadingStatusUploaded, 11}, weighted[string]{recorder.UploadingStatusBackuped, 4},
		weighted[string]{recorder.UploadingStatusUnknow, 2}, weighted[string]{recorder.UploadingStatusUnknown, 1},
		weighted[string]{recorder.UploadingStatusAbsent, 2})
	options.Upload = drawUpload(random)
	drawMode(random, &options)
	if options.Snapshot {
		// A screenshot that never arrives leaves no trace that anybody could find.
		options.Upload.MissingSlices = 0
	}
	if random.IntN(15) == 0 && options.Mode != recorder.ModeWeb {
		options.NothingRecorded = true
	}
	if r.Outcome == outcomeStopCutOff {
		tellAtTheEnd(&options)
	}
	if r.Outcome.isOfToken() && options.Mode == recorder.ModeWeb {
		// Web page recordings need no token.
		options.Mode = recorder.ModeMix
	}
	options.ClockOffset.Duration = pick(random,
		weighted[time.Duration]{0, 2}, weighted[time.Duration]{-ClockOffset, 1}, weighted[time.Duration]{ClockOffset, 1})
	if r.Outcome == OutcomeExpire {
		options.ControlWindow = &metav1.Duration{Duration: 20 * time.Second}
	}
	return options
}

// tellAtTheEnd gives a recording a file that nothing names before the recording has ended.
func tellAtTheEnd(options *agorasim.RecordingOptions) {
	options.Mode, options.AvFileType, options.NothingRecorded = recorder.ModeMix, []string{"hls", "mp4"}, false
	options.Snapshot, options.CaptureInterval, options.Publishers = false, nil, nil
}

// ClockOffset is the offset of the clocks of some of Agora's servers.
const ClockOffset = 5 * time.Second

func drawMode(random *rand.Rand, options *agorasim.RecordingOptions) {
	switch random.IntN(10) {
	case 0, 1, 2:
		options.Mode = recorder.ModeMix
	case 3, 4:
		options.Mode, options.AvFileType = recorder.ModeMix, []string{"hls", "mp4"}
	case 5:
		options.Mode, options.Publishers = recorder.ModeIndividual, []string{"123", "456"}
	case 6:
		options.Mode, options.Publishers, options.StreamMode = recorder.ModeIndividual, []string{"123"}, "standard"
	case 7:
		options.Mode, options.Snapshot = recorder.ModeIndividual, true
		options.CaptureInterval = &metav1.Duration{Duration: 20 * time.Second}
	default:
		options.Mode, options.AvFileType = recorder.ModeWeb, []string{"hls", "mp4"}
	}
}

// drawUpload draws what happens to the files. Late files arrive before the operator would
// accept the present ones as complete.
func drawUpload(random *rand.Rand) *recorder.Upload {
	upload := recorder.Upload{
		TransferSteps:    1 + random.IntN(2),
		CompleteIndex:    random.IntN(2) == 0,
		AnnounceTransfer: random.IntN(2) == 0,
	}
	upload.TransferAfter.Duration = between(random, 5*time.Second, longestTransfer) / time.Duration(upload.TransferSteps)
	switch random.IntN(8) {
	case 0:
		upload.Late.Duration = between(random, time.Second, longestTransfer)
	case 1:
		upload.MissingSlices = 1
	case 2:
		upload.EmptySlices = 1
	}
	return &upload
}
