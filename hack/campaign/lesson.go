// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
)

// lesson is a recording and the object for it, as they are planned.
type lesson struct {
	index   int
	place   place
	options agorasim.RecordingOptions
	// starts says that the operator starts the recording; otherwise it adopts one.
	starts bool
	// stored says that the object names the bucket, as one that starts must.
	stored          bool
	asyncStop       bool
	deletionPolicy  v1alpha1.DeletionPolicy
	deletionTimeout time.Duration
	fate            fate
}

// fate is what is to become of a lesson.
type fate string

const (
	fateKeep           fate = "recorded to the end"
	fateStop           fate = "stopped"
	fateDelete         fate = "deleted"
	fateStopDelete     fate = "stopped and deleted"
	fateOrphan         fate = "orphaned"
	fateOrphanLate     fate = "orphaned while it is deleted"
	fateIdle           fate = "ended by an empty channel"
	fateIdleStop       fate = "ended by an empty channel, and stopped"
	fateFail           fate = "failed"
	fateExpire         fate = "stopped after its control window"
	fateSuspendStop    fate = "stopped while it is suspended"
	fateSuspendDelete  fate = "deleted while it is suspended"
	fateSuspendAndKeep fate = "suspended, resumed and recorded to the end"
	fateStopStarting   fate = "stopped while it is started"
	fateDeleteStarting fate = "deleted while it is started"
	fateNeverUp        fate = "never up"

	// The status of these cannot be written for a while.
	fateUnwritable       fate = "stopped while its status cannot be written"
	fateUnwritableDelete fate = "deleted while its status cannot be written"
	// These are stopped just before the API server is away for long.
	fateStopCutOff fate = "stopped while the API server goes away"
	// The labels of these change while they are recorded.
	fateTakenOver  fate = "stopped after another shard has taken it over"
	fateLeft       fate = "stopped after it has left every shard"
	fateLeftDelete fate = "deleted after it has left every shard"
	// These grow as large as an object can.
	fateFull    fate = "stopped while its object is as large as etcd takes"
	fateFlooded fate = "stopped after a flood of notifications"

	fateManySessions fate = "recorded in more than a hundred sessions"
)

// isOfShards says whether the operators of two shards look after a lesson.
func (f fate) isOfShards() bool {
	return f == fateTakenOver || f == fateLeft || f == fateLeftDelete
}

// isOfSize says whether a lesson's object becomes large.
func (f fate) isOfSize() bool { return f == fateFull || f == fateFlooded }

// starting are the fates of a recording that the operator starts alone.
func (f fate) isOfStart() bool {
	return f == fateStopStarting || f == fateDeleteStarting || f == fateNeverUp
}

// weighted is a choice with its weight.
type weighted[C any] struct {
	choice C
	weight int
}

func pick[C any](random *rand.Rand, choices ...weighted[C]) C {
	total := 0
	for _, c := range choices {
		total += c.weight
	}
	n := random.IntN(total)
	for _, c := range choices {
		if n -= c.weight; n < 0 {
			return c.choice
		}
	}
	return choices[0].choice
}

// fates returns what may become of lessons. That a start has failed takes long to
// be known.
func (o planOptions) fates() []weighted[fate] {
	fates := []weighted[fate]{
		{fateKeep, 18}, {fateStop, 28}, {fateDelete, 13}, {fateStopDelete, 8}, {fateOrphan, 4}, {fateOrphanLate, 4},
		{fateIdle, 5}, {fateIdleStop, 5}, {fateFail, 3}, {fateExpire, 2}, {fateSuspendStop, 4}, {fateSuspendDelete, 3},
		{fateSuspendAndKeep, 3}, {fateStopStarting, 6}, {fateDeleteStarting, 6},
		{fateUnwritable, 4}, {fateUnwritableDelete, 3}, {fateTakenOver, 3}, {fateLeft, 2}, {fateLeftDelete, 2},
	}
	if o.hasRoom() {
		fates = append(fates,
			weighted[fate]{fateStopCutOff, 4}, weighted[fate]{fateFull, 1}, weighted[fate]{fateFlooded, 1}, weighted[fate]{fateManySessions, 1})
	}
	if o.starts > 0 {
		fates = []weighted[fate]{
			{fateKeep, 2}, {fateStop, 60}, {fateDelete, 24}, {fateStopDelete, 6}, {fateStopStarting, 8}, {fateDeleteStarting, 8},
		}
	}
	if o.isPatient() {
		fates = append(fates, weighted[fate]{fateNeverUp, 2})
	}
	return fates
}

// isPatient says whether there is time for what takes minutes.
func (o planOptions) isPatient() bool { return o.duration > startFailure }

// hasRoom says whether there is time for what takes longer than a lease.
func (o planOptions) hasRoom() bool { return o.duration >= roomForOutages }

// roomForOutages leaves time for something else beside what lasts long.
const roomForOutages = time.Minute

// places returns where the objects are: those of a thousand starts where the
// limit is raised.
func (o planOptions) places() []place {
	if o.starts == 0 {
		return places()
	}
	return slices.DeleteFunc(places(), func(p place) bool { return p.account != raised || p.secret.namespace == schoolGone })
}

// newLesson draws a lesson. Every fate comes once before chance decides.
func newLesson(random *rand.Rand, index int, o planOptions) lesson {
	all := o.places()
	l := lesson{
		index:           index,
		place:           all[index%len(all)],
		starts:          random.IntN(2) == 0 || o.starts > 0,
		stored:          random.IntN(4) == 0,
		asyncStop:       random.IntN(5) == 0,
		deletionPolicy:  v1alpha1.DeletionPolicyStop,
		deletionTimeout: pick(random, weighted[time.Duration]{deletionTimeout, 4}, weighted[time.Duration]{0, 1}),
		fate:            pick(random, o.fates()...),
	}
	if known := o.fates(); index < len(known) {
		l.fate = known[index].choice
	}
	// The shortest control window of a start is an hour.
	l.starts = (l.starts || l.fate.isOfStart()) && l.fate != fateExpire
	l.starts = (l.starts || l.fate == fateManySessions) && !l.fate.isOfSize()
	l.stored = l.stored || l.starts
	switch {
	case l.fate.isOfShards():
		l.place = placeOf(divided)
	case l.fate.isOfSize(), l.fate == fateManySessions:
		l.place = placeOf(raised)
	}
	if l.fate == fateOrphan {
		l.deletionPolicy = v1alpha1.DeletionPolicyOrphan
	}
	l.options = recordingOptions(random, l)
	return l
}

// name is that of the object and of the channel.
func (l lesson) name() string { return fmt.Sprintf("lesson-%04d", l.index) }

func (l lesson) object() object { return object{l.place.secret.namespace, l.name()} }

// recordingOptions draws how a recording is made.
func recordingOptions(random *rand.Rand, l lesson) agorasim.RecordingOptions {
	options := agorasim.RecordingOptions{
		AppID: accountOf(l.place.account).appID, CName: l.name(), UID: fmt.Sprint(1000 + l.index),
		FileNamePrefix: []string{"rec", fmt.Sprintf("r%d", l.index)},
		Slices:         2 + random.IntN(3),
		UploadDuration: &metav1.Duration{Duration: between(random, 0, 25*time.Second)},
		ExitAfter:      &metav1.Duration{Duration: between(random, 0, time.Minute)},
		MaxIdleTime:    &metav1.Duration{Duration: between(random, 5*time.Second, 30*time.Second)},
		UploadingStatus: pick(random,
			weighted[string]{agorasim.UploadingStatusUploaded, 11}, weighted[string]{agorasim.UploadingStatusBackuped, 4},
			weighted[string]{agorasim.UploadingStatusUnknow, 2}, weighted[string]{agorasim.UploadingStatusUnknown, 1},
			weighted[string]{agorasim.UploadingStatusAbsent, 2}),
		Upload: drawUpload(random),
	}
	drawMode(random, &options)
	if options.Snapshot {
		// A screenshot that never arrives leaves no trace that anybody could find.
		options.Upload.MissingSlices = 0
	}
	if random.IntN(15) == 0 && options.Mode != agorasim.ModeWeb {
		options.NothingRecorded = true
	}
	if l.fate == fateStopCutOff {
		tellAtTheEnd(&options)
	}
	options.ClockOffset.Duration = pick(random,
		weighted[time.Duration]{0, 2}, weighted[time.Duration]{-clockOffset, 1}, weighted[time.Duration]{clockOffset, 1})
	if l.fate == fateExpire {
		options.ControlWindow = &metav1.Duration{Duration: 20 * time.Second}
	}
	return options
}

// tellAtTheEnd has a recording have a file that nothing names before it has ended.
func tellAtTheEnd(options *agorasim.RecordingOptions) {
	options.Mode, options.AvFileType, options.NothingRecorded = agorasim.ModeMix, []string{"hls", "mp4"}, false
	options.Snapshot, options.CaptureInterval, options.Publishers = false, nil, nil
}

// clockOffset is how far the clocks of some of Agora's servers are off.
const clockOffset = 5 * time.Second

func drawMode(random *rand.Rand, options *agorasim.RecordingOptions) {
	switch random.IntN(10) {
	case 0, 1, 2:
		options.Mode = agorasim.ModeMix
	case 3, 4:
		options.Mode, options.AvFileType = agorasim.ModeMix, []string{"hls", "mp4"}
	case 5:
		options.Mode, options.Publishers = agorasim.ModeIndividual, []string{"123", "456"}
	case 6:
		options.Mode, options.Publishers, options.StreamMode = agorasim.ModeIndividual, []string{"123"}, "standard"
	case 7:
		options.Mode, options.Snapshot = agorasim.ModeIndividual, true
		options.CaptureInterval = &metav1.Duration{Duration: 20 * time.Second}
	default:
		options.Mode, options.AvFileType = agorasim.ModeWeb, []string{"hls", "mp4"}
	}
}

// drawUpload draws what becomes of the files. Whatever arrives late does so
// before the operator would take what is there for all.
func drawUpload(random *rand.Rand) *agorasim.Upload {
	upload := agorasim.Upload{
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

// between draws a duration.
func between(random *rand.Rand, from, to time.Duration) time.Duration {
	if to <= from {
		return from
	}
	return from + time.Duration(random.Int64N(int64(to-from)))
}

// newObject returns the lesson's object. One that adopts lacks what names the
// recording.
func (l lesson) newObject(bucket *v1alpha1.StorageSpec) *v1alpha1.CloudRecording {
	made := &v1alpha1.CloudRecording{
		ObjectMeta: metav1.ObjectMeta{Namespace: l.place.secret.namespace, Name: l.name()},
		Spec: v1alpha1.CloudRecordingSpec{
			AppID: l.options.AppID, CName: l.options.CName, UID: l.options.UID, Mode: v1alpha1.RecordingMode(l.options.Mode),
			AsyncStop: l.asyncStop, DeletionPolicy: l.deletionPolicy,
			CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: l.place.secret.name},
			Upload: v1alpha1.UploadSpec{
				ConfirmTimeout:  &metav1.Duration{Duration: confirmTimeout},
				DeletionTimeout: &metav1.Duration{Duration: l.deletionTimeout},
			},
		},
	}
	if l.stored {
		made.Spec.Storage = bucket.DeepCopy()
		made.Spec.Storage.FileNamePrefix = l.options.FileNamePrefix
	}
	if l.fate.isOfSize() {
		made.Annotations = bulk()
	}
	if l.starts {
		made.Spec.Start = l.startSpec()
		made.Spec.Storage.CredentialsSecretRef = &v1alpha1.StorageSecretReference{Name: writerSecret}
	}
	if l.fate == fateManySessions {
		l.addSessions(made)
	}
	return made
}
