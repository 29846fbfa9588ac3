// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/testenv"
)

const (
	// requestsPerSecond is an account's limit, at Agora and in the operator,
	// unless an environment has another.
	requestsPerSecond = 10

	// parallelWrites is how many writes to the API server are under way at once.
	parallelWrites = 16

	// requestLogSize is how many requests the simulator keeps.
	requestLogSize = 100_000

	appID = "0123456789abcdef0123456789abcdef"
	uid   = "527841"
)

// environmentOptions say what an environment has beside what all have. The zero value
// is usable.
type environmentOptions struct {
	// accounts is how many accounts there are; one if it is not stated.
	accounts int
	// limit is that of each account if it is not the usual one.
	limit int
	// bucket gets the recorded files, if any.
	bucket *testenv.Bucket
	// namespaces are further ones that the operator watches.
	namespaces []string
	// arguments are further flags of the operator.
	arguments []string
}

// environment is what is measured in: a namespace with the credentials of accounts, a
// simulated Agora, and an operator of its own.
type environment struct {
	*run
	testenv.Cleanup

	namespace string
	agora     *testenv.Agora
	requests  requestLog
	accounts  []account
	limit     int

	operator   *testenv.Operator
	arguments  []string
	metricsURL string

	changes *changes
	// followUps is how many queries may follow uploads.
	followUps int
}

// open starts an environment. It ends with the run at the latest.
func (r *run) open(options environmentOptions) *environment {
	e := &environment{run: r, limit: cmp.Or(options.limit, requestsPerSecond)}
	r.current = e
	r.Add(e.close)
	credentials := map[string]string{}
	for i := range cmp.Or(options.accounts, 1) {
		a := newAccount(i + 1)
		e.accounts = append(e.accounts, a)
		credentials[a.customerID] = a.customerSecret
	}
	simulated := agorasim.Options{
		Credentials: credentials, RequestsPerSecond: e.limit, RequestLogSize: requestLogSize, OnRequest: e.requests.note,
	}
	if options.bucket != nil {
		simulated.Bucket = options.bucket.Bucket
	}
	e.agora = must(testenv.StartAgora(&e.Cleanup, simulated))
	e.namespace = r.createNamespace("bench-")
	for _, a := range e.accounts {
		e.createAccount(a)
	}
	e.watchChanges()
	e.arguments = append([]string{
		"--agora-endpoints=" + e.agora.URL,
		"--watch-namespaces=" + strings.Join(append([]string{e.namespace}, options.namespaces...), ","),
		"--notifications-namespace=" + e.namespace,
		// So long that no poll falls into what is measured, and no file list grows old.
		"--poll-interval=10m",
	}, options.arguments...)
	if r.pprofAddress != "" {
		e.arguments = append(e.arguments, "--pprof-bind-address="+r.pprofAddress)
	}
	e.startOperator()
	return e
}

// close ends what was started. Its objects end with the control plane.
func (e *environment) close() error {
	var err error
	if e.operator != nil {
		err = e.operator.Stop()
		e.operator = nil
	}
	return errors.Join(err, e.Run())
}

func (r *run) createNamespace(prefix string) string {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: prefix}}
	r.create(namespace)
	return namespace.Name
}

func (e *environment) createSecret(name string, content map[string]string) {
	e.create(&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: name}, StringData: content})
}

// create creates an object.
func (r *run) create(object client.Object) {
	if err := r.Client.Create(r.ctx, object); err != nil {
		check(fmt.Errorf("create %T %s: %w", object, object.GetName(), err))
	}
}

// createAll creates objects, as fast as the API server takes them.
func createAll[O client.Object](r *run, objects []O) {
	inParallel(objects, func(object O) error {
		if err := r.Client.Create(r.ctx, object); err != nil {
			return fmt.Errorf("create %s: %w", object.GetName(), err)
		}
		return nil
	})
}

// inParallel does something to each item, to some at once.
func inParallel[I any](items []I, do func(I) error) {
	var group errgroup.Group
	group.SetLimit(parallelWrites)
	for _, item := range items {
		group.Go(func() error { return do(item) })
	}
	check(group.Wait())
}

// recordingOptions describe a recording. A synchronous stop of it takes so long.
func recordingOptions(name string, stop time.Duration) agorasim.RecordingOptions {
	return agorasim.RecordingOptions{
		AppID: appID, CName: name, UID: uid, Mode: recorder.ModeMix,
		Scenario: agorasim.Scenario{UploadDuration: &metav1.Duration{Duration: stop}},
	}
}

// manyRecordings describe as many recordings.
func manyRecordings(name string, count int, stop time.Duration) []agorasim.RecordingOptions {
	var many []agorasim.RecordingOptions
	for i := range count {
		many = append(many, recordingOptions(fmt.Sprintf("%s-%d", name, i), stop))
	}
	return many
}

// adopt creates objects for new recordings of an account, and waits until each
// has been polled once: their file lists are fresh. The limit of the account is
// raised meanwhile.
func (e *environment) adopt(a account, options []agorasim.RecordingOptions) []*v1alpha1.CloudRecording {
	e.raiseLimit(a)
	var recordings []*v1alpha1.CloudRecording
	for _, o := range options {
		recordings = append(recordings, must(e.agora.Begin(o, e.namespace, a.secretName)))
	}
	createAll(e.run, recordings)
	for _, recording := range recordings {
		e.awaitChange(recording, isPolled)
	}
	e.restoreLimit(a)
	e.say("adopted %d recordings", len(recordings))
	return recordings
}

// stop sets a recording to Stopped, and returns when that was about to be sent.
func (e *environment) stop(recording *v1alpha1.CloudRecording) (sent time.Time, err error) {
	change := client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"state":"Stopped"}}`))
	// What comes back is read into a copy, so that the recording may be used meanwhile.
	target := recording.DeepCopy()
	sent = time.Now()
	if err := e.Client.Patch(e.ctx, target, change); err != nil {
		return sent, fmt.Errorf("set %s to Stopped: %w", recording.Name, err)
	}
	return sent, nil
}

// stopTogether sets recordings to Stopped, as fast as the API server takes it.
func (e *environment) stopTogether(recordings []*v1alpha1.CloudRecording) {
	inParallel(recordings, func(recording *v1alpha1.CloudRecording) error {
		_, err := e.stop(recording)
		return err
	})
}

// awaitCompleted waits until all recordings are completed, and returns since when.
func (e *environment) awaitCompleted(recordings []*v1alpha1.CloudRecording) (last time.Time) {
	for _, recording := range recordings {
		last = later(last, e.awaitChange(recording, isCompleted).at)
	}
	return last
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// checkStopped ends the run if a recording was not stopped, if Agora was asked more
// than one query and one stop of each, or if it answered 429.
func (e *environment) checkStopped() {
	all := e.agora.Recordings()
	for _, r := range all {
		if r.Running || r.StopsTaken != 1 {
			check(fmt.Errorf("recording %s was not stopped", r.CName))
		}
	}
	if arrived, expected := len(e.requests.since(time.Time{}, "")), 2*len(all); arrived < expected || arrived > expected+e.followUps {
		check(fmt.Errorf("%d requests arrived at Agora, not the expected %d", arrived, expected))
	}
	e.checkRefusals()
}

// checkOnlyStopped ends the run unless just these recordings were stopped.
func (e *environment) checkOnlyStopped(recordings []*v1alpha1.CloudRecording) {
	wanted := sidsOf(recordings)
	for _, r := range e.agora.Recordings() {
		if stopped := !r.Running && r.StopsTaken == 1; stopped != wanted.Has(r.SID) {
			check(fmt.Errorf("that recording %s was stopped is %t", r.CName, stopped))
		}
	}
	e.checkRefusals()
}

func (e *environment) checkRefusals() {
	if refused := e.refused(); refused > 0 {
		check(fmt.Errorf("%d requests were answered 429", refused))
	}
}

// refused returns how many requests Agora answered 429.
func (e *environment) refused() int {
	refused := 0
	for _, a := range e.agora.Accounts() {
		refused += a.RateLimited
	}
	return refused
}
