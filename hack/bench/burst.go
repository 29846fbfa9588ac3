// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"runtime"
	"strconv"
	"time"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim/faults"
)

const (
	burstRecordings = 1000

	startRecordings = 500
	// requestsPerStart counts the acquire and the start request.
	requestsPerStart = 2
	// quietTime is how long running recordings are watched for writes.
	quietTime = 30 * time.Second
	// bucketSecret is the Secret with the bucket's key for recordings that the operator starts.
	// Nothing is written to that bucket.
	bucketSecret = "bucket"
)

// burst is a case in which many recordings are set to Stopped at the same time.
type burst struct {
	accounts int
	// limit is the limit of each account, in requests per second.
	limit int
	// stop is how long a synchronous stop takes.
	stop time.Duration
}

// measureBurst measures how long it takes to stop many recordings at the same time. The floor
// is the time that the account's limit imposes. For several accounts, it is the time that a
// single account took.
func measureBurst(r *run) {
	const short, long = 2 * time.Second, 20 * time.Second
	alone := burst{1, requestsPerSecond, short}.measure(r, stopping{})
	for _, b := range []burst{{1, 10 * requestsPerSecond, short}, {1, requestsPerSecond, long}, {1, 10 * requestsPerSecond, long}} {
		b.measure(r, stopping{})
	}
	for _, accounts := range []int{5, 10} {
		burst{accounts, requestsPerSecond, short}.measure(r, alone)
	}
}

func (b burst) measure(r *run, alone stopping) stopping {
	e := r.open(environmentOptions{accounts: b.accounts, limit: b.limit})
	each := r.scaled(burstRecordings)
	recordings := make([]*v1alpha1.CloudRecording, each*b.accounts)
	for i, a := range e.accounts {
		for j, adopted := range e.adopt(a, manyRecordings(fmt.Sprintf("recording-%d", i), each, b.stop)) {
			// The accounts take turns.
			recordings[j*b.accounts+i] = adopted
		}
	}
	r.say("stopping those of %d accounts at %d requests/s each, %v each", b.accounts, b.limit, b.stop)
	took := e.stopAll(recordings)
	what := fmt.Sprintf("%d stops of %v together, %d requests/s", each, b.stop, b.limit)
	floor, aim := stopping{arrived: turns(each, b.limit), completed: turns(each, b.limit) + b.stop}, "ratio <= 1.03"
	if b.accounts > 1 {
		what = fmt.Sprintf("%d accounts at once, %d stops each, %d requests/s each", b.accounts, each, b.limit)
		floor, aim = alone, "ratio <= 1.1"
	}
	r.report(
		durationRow(what+": last stop arrives", took.arrived, floor.arrived, aim),
		durationRow(what+": last Completed", took.completed, floor.completed, aim),
		countRow(what+": most requests in any second", took.most, b.accounts*b.limit, fmt.Sprintf("<= %d", b.accounts*b.limit)),
		countRow(what+": answered 429", e.refused(), 0, "0"),
		plainRow(what+": operator's use of a core", formatShare(took.processor, took.completed), "-"),
		plainRow(what+": use of the machine by all", formatShare(took.machine, time.Duration(runtime.NumCPU())*took.completed), "-"),
	)
	e.checkStopped()
	check(e.close())
	return took
}

// stopping is the cost of stopping many recordings at the same time.
type stopping struct {
	// arrived and completed are the times until the last stop arrived at Agora and until a
	// watch showed the last object as Completed.
	arrived, completed time.Duration
	// most is the highest number of requests that arrived within any second.
	most int
	// processor is the processor time of the operator, and machine that of all processes.
	processor, machine time.Duration
}

// stopAll sets recordings to Stopped and waits until they are completed.
func (e *environment) stopAll(recordings []*v1alpha1.CloudRecording) stopping {
	busy, idle, began := e.processorTime(), idleTime(), time.Now()
	e.stopTogether(recordings)
	completed := e.awaitCompleted(recordings).Sub(began)
	requests := e.requests.since(began, "")
	return stopping{
		arrived: requests[len(requests)-1].Time.Sub(began), completed: completed, most: mostInAnySecond(requests),
		processor: e.processorTime() - busy, machine: time.Duration(runtime.NumCPU())*completed - (idleTime() - idle),
	}
}

// measureStarts measures how long it takes to start many recordings that are applied at the
// same time. It also checks that their objects are not written once they run. The floor is the
// time that the account's limit imposes on two requests per recording. One recording is started
// first, so that the operator's own start is not measured.
func measureStarts(r *run) {
	e := r.open(environmentOptions{})
	e.createBucketSecret()
	first := e.recordingToStart("first")
	e.create(first)
	e.awaitChange(first, isRecording)
	var recordings []*v1alpha1.CloudRecording
	for i := range r.scaled(startRecordings) {
		recordings = append(recordings, e.recordingToStart(fmt.Sprintf("recording-%d", i)))
	}
	began := time.Now()
	createAll(r, recordings)
	for _, recording := range recordings {
		e.awaitChange(recording, isRecording)
	}
	wanted := len(recordings)
	requests, starts := e.requests.since(began, ""), e.requests.since(began, faults.MethodStart)
	running := e.running() - 1
	what := fmt.Sprintf("%d starts together, %d requests/s", wanted, e.limit)
	r.report(
		durationRow(what+": last start arrives", starts[len(starts)-1].Time.Sub(began), turns(requestsPerStart*wanted, e.limit), "ratio <= 1.05"),
		countRow(what+": starts", len(starts), wanted, strconv.Itoa(wanted)),
		countRow(what+": recordings that run", running, wanted, strconv.Itoa(wanted)),
		countRow(what+": most requests in any second", mostInAnySecond(requests), e.limit, fmt.Sprintf("<= %d", e.limit)),
		countRow(what+": answered 429", e.refused(), 0, "0"),
	)
	before := e.changes.count()
	r.say("watching them for %v", quietTime)
	r.sleep(quietTime)
	r.report(countRow(fmt.Sprintf("%d recordings that run: writes to their objects in %v", wanted, quietTime), e.changes.count()-before, 0, "0"))
	if running != wanted || len(starts) != wanted {
		check(fmt.Errorf("%d recordings run after %d starts, not %d", running, len(starts), wanted))
	}
	e.checkRefusals()
}

func (e *environment) createBucketSecret() {
	e.createSecret(bucketSecret, map[string]string{v1alpha1.AccessKeyKey: "access-key", v1alpha1.SecretKeyKey: "secret-key"})
}

// recordingToStart returns an object for a recording that the operator is to start.
func (e *environment) recordingToStart(name string) *v1alpha1.CloudRecording {
	recording := &v1alpha1.CloudRecording{Spec: v1alpha1.CloudRecordingSpec{
		AppID: appID, CName: name, UID: uid, Mode: v1alpha1.MixMode,
		CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: e.accounts[0].secretName},
		Start:                &v1alpha1.StartSpec{RecordingConfig: &v1alpha1.RecordingConfig{ChannelType: 1, StreamTypes: 2, MaxIdleTime: 300}},
		Storage: &v1alpha1.StorageSpec{
			Vendor: 1, Bucket: "recordings", CredentialsSecretRef: &v1alpha1.StorageSecretReference{Name: bucketSecret},
		},
	}}
	recording.Namespace, recording.Name = e.namespace, name
	return recording
}

// running counts the recordings that run at Agora.
func (e *environment) running() int {
	running := 0
	for _, recording := range e.agora.Recordings() {
		if recording.Running {
			running++
		}
	}
	return running
}
