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
	// requestsPerSecond is an account's default limit, both at Agora and in the operator.
	requestsPerSecond = 10

	// parallelWrites is the number of concurrent writes to the API server.
	parallelWrites = 16

	// requestLogSize is the number of requests that the simulator keeps.
	requestLogSize = 100_000

	appID = "0123456789abcdef0123456789abcdef"
	uid   = "527841"
)

// environmentOptions configure an environment. The zero value is usable.
type environmentOptions struct {
	// accounts is the number of accounts. It defaults to one.
	accounts int
	// limit is the limit of each account. It defaults to requestsPerSecond.
	limit int
	// bucket receives the recorded files. It is optional.
	bucket *testenv.Bucket
	// namespaces are additional namespaces that the operator watches.
	namespaces []string
	// arguments are additional flags of the operator.
	arguments []string
}

// environment is where a benchmark runs: a namespace with the credentials of accounts, a
// simulated Agora, and its own operator.
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
	// followUps is the number of queries that may follow uploads.
	followUps int
}

// open starts an environment. The environment ends with the run at the latest.
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
		// Long enough that no poll falls into a measurement, and no file list becomes stale.
		"--poll-interval=10m",
	}, options.arguments...)
	if r.pprofAddress != "" {
		e.arguments = append(e.arguments, "--pprof-bind-address="+r.pprofAddress)
	}
	e.startOperator()
	return e
}

// close stops everything that was started. The objects disappear with the control plane.
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

// createAll creates objects as fast as the API server accepts them.
func createAll[O client.Object](r *run, objects []O) {
	inParallel(objects, func(object O) error {
		if err := r.Client.Create(r.ctx, object); err != nil {
			return fmt.Errorf("create %s: %w", object.GetName(), err)
		}
		return nil
	})
}

// inParallel calls a function for each item, with limited concurrency.
func inParallel[I any](items []I, do func(I) error) {
	var group errgroup.Group
	group.SetLimit(parallelWrites)
	for _, item := range items {
		group.Go(func() error { return do(item) })
	}
	check(group.Wait())
}

// recordingOptions describe a recording whose synchronous stop takes the given time.
func recordingOptions(name string, stop time.Duration) agorasim.RecordingOptions {
	return agorasim.RecordingOptions{
		AppID: appID, CName: name, UID: uid, Mode: recorder.ModeMix,
		Scenario: agorasim.Scenario{UploadDuration: &metav1.Duration{Duration: stop}},
	}
}

// manyRecordings describe count recordings.
func manyRecordings(name string, count int, stop time.Duration) []agorasim.RecordingOptions {
	var many []agorasim.RecordingOptions
	for i := range count {
		many = append(many, recordingOptions(fmt.Sprintf("%s-%d", name, i), stop))
	}
	return many
}

// adopt creates objects for new recordings of an account, and waits until each has been polled
// once, so that their file lists are fresh. The limit of the account is raised in the meantime.
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

// stop sets a recording to Stopped. It returns the time just before the request was sent.
func (e *environment) stop(recording *v1alpha1.CloudRecording) (sent time.Time, err error) {
	change := client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"state":"Stopped"}}`))
	// The response is decoded into a copy, because others may use the recording at the same
	// time.
	target := recording.DeepCopy()
	sent = time.Now()
	if err := e.Client.Patch(e.ctx, target, change); err != nil {
		return sent, fmt.Errorf("set %s to Stopped: %w", recording.Name, err)
	}
	return sent, nil
}

// stopTogether sets recordings to Stopped as fast as the API server accepts it.
func (e *environment) stopTogether(recordings []*v1alpha1.CloudRecording) {
	inParallel(recordings, func(recording *v1alpha1.CloudRecording) error {
		_, err := e.stop(recording)
		return err
	})
}

// awaitCompleted waits until all recordings are completed, and returns when the last one was.
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

// checkStopped ends the run if a recording was not stopped, if Agora received more than one
// query and one stop per recording, or if it answered 429.
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

// checkOnlyStopped ends the run unless exactly these recordings were stopped.
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

// refused returns the number of requests that Agora answered with 429.
func (e *environment) refused() int {
	refused := 0
	for _, a := range e.agora.Accounts() {
		refused += a.RateLimited
	}
	return refused
}
