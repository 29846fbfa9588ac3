// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/uuid"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
	"cloudrecording.dev/operator/hack/testenv"
)

const (
	notificationRecordings = 200
	notificationCount      = 10_000
	notificationInterval   = time.Millisecond

	// notificationRequests is an account limit at which adopting and stopping the recordings
	// takes a negligible time.
	notificationRequests = 1000

	// notificationBatch is the number of notifications that arrive while the operator collects
	// one batch. It determines the size of a plain write.
	notificationBatch  = 40
	notificationFloors = 200

	// answerTimeout is how long Agora waits for an answer.
	answerTimeout = 10 * time.Second

	// journalTimeout limits the wait for an empty journal.
	journalTimeout  = time.Minute
	journalInterval = 200 * time.Millisecond
)

// notification is a notification that names a screenshot, with its result.
type notification struct {
	recording *v1alpha1.CloudRecording
	fileName  string
	body      []byte
	signature string

	// status is the status code of the answer. err is why there was no answer.
	status int
	err    error
	// took is the time from when the notification was due until the answer. It includes the
	// time for which the request waited to be sent.
	took time.Duration
}

func (n *notification) isAccepted() bool { return n.status == http.StatusOK }

// newNotification returns a signed notification. Each names another file.
func newNotification(recording *v1alpha1.CloudRecording, sequence int, at time.Time) *notification {
	n := &notification{recording: recording}
	spec := recording.Spec
	n.fileName = fmt.Sprintf("%s_%s__uid_s_123__uid_e_video_%d.jpg", spec.SID, spec.CName, at.UnixMicro())
	n.body = must(json.Marshal(map[string]any{
		"noticeId": string(uuid.NewUUID()), "productId": 3, "eventType": notify.EventSnapshotFile, "notifyMs": at.UnixMilli(),
		"payload": map[string]any{
			"cname": spec.CName, "uid": spec.UID, "sid": spec.SID, "sequence": sequence, "sendts": at.UnixMilli(),
			"serviceType": 1, "serviceScene": "rtc_snapshot",
			"details": map[string]any{"msgName": "recorder_snapshot_file", "fileName": n.fileName},
		},
	}))
	code := hmac.New(sha256.New, []byte(notificationSecret))
	_, _ = code.Write(n.body) // never fails
	n.signature = hex.EncodeToString(code.Sum(nil))
	return n
}

// measureNotifications measures how notifications are received that arrive faster than they
// could be recorded one by one. Each names a new file, so none can be mistaken for a duplicate.
// The floor of an answer is a plain write.
func measureNotifications(r *run) {
	receiver := must(testenv.FreeAddress(r.ctx))
	e := r.open(environmentOptions{limit: notificationRequests, arguments: []string{"--notifications-bind-address=" + receiver}})
	options := manyRecordings("recording", notificationRecordings, 0)
	for i := range options {
		options[i].Mode, options[i].Snapshot = recorder.ModeIndividual, true
	}
	recordings := e.adopt(e.accounts[0], options)
	var all []*notification
	from := time.Now()
	for i := range notificationCount {
		at := from.Add(time.Duration(i) * notificationInterval)
		all = append(all, newNotification(recordings[i%len(recordings)], i/len(recordings), at))
	}
	floors := e.writeConfigMaps(all[:notificationBatch])
	before := r.served()
	// The watch would load this process, and the operator's figures should not include that.
	e.changes.watch.Stop()
	sent := r.sendAll("http://"+receiver, all)
	e.watchChanges()
	accepted, times, refusal := outcome(all)
	what := fmt.Sprintf("%d notifications at %d/s", notificationCount, time.Second/notificationInterval)
	r.report(
		countRow(what+": answered 200", accepted, len(all), strconv.Itoa(len(all))),
		durationRow(what+": time until the answer, p50", percentile(times, 50), percentile(floors, 50), "-"),
		durationRow(what+": time until the answer, p99", percentile(times, 99), percentile(floors, 99), "< 250 ms"),
	)
	shown := e.awaitNames(all)
	left := e.awaitJournal()
	after := r.served()
	patches := after.requestsOf("PATCH", "cloudrecordings", "status") - before.requestsOf("PATCH", "cloudrecordings", "status")
	r.report(
		plainRow(what+": last sent until all statuses show all names", formatDuration(max(0, shown.Sub(sent))), "-"),
		plainRow(what+": writes of ConfigMaps", strconv.Itoa(after.requestsOf("POST", "configmaps", "")-before.requestsOf("POST", "configmaps", "")), "-"),
		countRow(fmt.Sprintf("%s: writes of %d statuses", what, notificationRecordings), patches, notificationRecordings, "-"),
		countRow(what+": ConfigMaps left", left, 0, "0"),
	)
	if refusal != nil {
		check(fmt.Errorf("%d notifications were not accepted, one because: %w", len(all)-accepted, refusal))
	}
	e.stopTogether(recordings)
	e.awaitCompleted(recordings)
	e.checkStopped()
}

// sendAll sends notifications as Agora does: over persistent connections, at a fixed interval,
// and without waiting for earlier answers. It returns once all are answered, with the time at
// which the last one was sent.
func (r *run) sendAll(url string, all []*notification) (sent time.Time) {
	httpClient := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1024}, Timeout: answerTimeout}
	var requests sync.WaitGroup
	began := time.Now()
	for i, n := range all {
		due := began.Add(time.Duration(i) * notificationInterval)
		r.sleep(time.Until(due))
		requests.Go(func() {
			n.status, n.err = r.post(httpClient, url, n)
			n.took = time.Since(due)
		})
	}
	sent = time.Now()
	requests.Wait()
	return sent
}

func (r *run) post(httpClient *http.Client, url string, n *notification) (status int, err error) {
	request, err := http.NewRequestWithContext(r.ctx, http.MethodPost, url, bytes.NewReader(n.body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set(notify.SignatureV2Header, n.signature)
	response, err := httpClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	// A body that is not read to its end prevents the reuse of the connection.
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, err
}

// outcome returns the number of accepted notifications, the answer times, and why one was not
// accepted.
func outcome(all []*notification) (accepted int, times []time.Duration, refusal error) {
	for _, n := range all {
		times = append(times, n.took)
		if n.isAccepted() {
			accepted++
			continue
		}
		refusal = cmp.Or(n.err, fmt.Errorf("the answer was %d", n.status))
	}
	return accepted, times, refusal
}

// awaitNames waits until the statuses show every file of the accepted notifications, and
// returns when the last one was shown.
func (e *environment) awaitNames(all []*notification) (last time.Time) {
	wanted := map[*v1alpha1.CloudRecording]sets.Set[string]{}
	for _, n := range all {
		if wanted[n.recording] == nil {
			wanted[n.recording] = sets.New[string]()
		}
		if n.isAccepted() {
			wanted[n.recording].Insert(n.fileName)
		}
	}
	for recording, names := range wanted {
		last = later(last, e.awaitChange(recording, func(c change) bool {
			shown := sets.New[string]()
			for _, file := range c.recording.Status.FileList {
				shown.Insert(file.FileName)
			}
			return shown.IsSuperset(names)
		}).at)
	}
	return last
}

// writeConfigMaps creates ConfigMaps with some notifications one after another, and returns how
// long each took. It deletes them at the end.
func (e *environment) writeConfigMaps(batch []*notification) (times []time.Duration) {
	var content strings.Builder
	for _, n := range batch {
		_, _ = content.Write(n.body) // never fails
	}
	for i := range notificationFloors {
		began := time.Now()
		e.create(&corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: fmt.Sprintf("plain-%d", i)},
			Data:       map[string]string{"content": content.String()},
		})
		times = append(times, time.Since(began))
	}
	check(e.Client.DeleteAllOf(e.ctx, &corev1.ConfigMap{}, client.InNamespace(e.namespace)))
	return times
}

// awaitJournal waits until the operator has deleted the ConfigMaps with accepted notifications.
// It returns how many remain after journalTimeout.
func (e *environment) awaitJournal() (left int) {
	deadline := time.Now().Add(journalTimeout)
	e.await("the journal is empty", journalInterval, func() bool {
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("ConfigMapList"))
		check(e.Client.List(e.ctx, list, client.InNamespace(e.namespace), client.HasLabels{v1alpha1.NotificationsLabel}))
		left = len(list.Items)
		return left == 0 || time.Now().After(deadline)
	})
	return left
}
