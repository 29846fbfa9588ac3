// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/sets"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/testenv"
)

const (
	notificationRecordings = 200
	notificationCount      = 10_000
	notificationInterval   = time.Millisecond

	// notificationRequests is a limit for the account under which adopting and
	// stopping the recordings takes no time worth mentioning.
	notificationRequests = 1000

	// notificationBatch is how many notifications arrive while the operator
	// gathers those that it writes together, and so the size of a plain write.
	notificationBatch  = 40
	notificationFloors = 200

	// notificationPatience is after how long a name that no status shows counts
	// as lost, and a ConfigMap as left.
	notificationPatience = time.Minute
)

// measureNotifications measures how notifications are taken that come faster
// than they can be recorded one by one. Each brings news, so that none can be
// taken for another. The floor of an answer is a plain write.
func measureNotifications(ctx context.Context, l *laboratory) (rows []row, err error) {
	receiver, err := testenv.FreeAddress(ctx)
	if err != nil {
		return nil, err
	}
	s, err := l.open(ctx, schoolOptions{
		requestsPerSecond: notificationRequests,
		arguments:         []string{"--notifications-bind-address=" + receiver},
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	lessons, err := s.adopt(ctx, s.accounts[0], pictured(manyLessons("lesson", notificationRecordings, 0)))
	if err != nil {
		return nil, err
	}
	l.say("  adopted %d recordings", len(lessons))
	notices, err := newNotices(lessons, notificationCount, time.Now(), notificationInterval)
	if err != nil {
		return nil, err
	}
	writes, err := s.createConfigMaps(ctx, notificationFloors, joinBodies(notices[:notificationBatch]))
	if err != nil {
		return nil, err
	}
	if rows, err = s.notify(ctx, l, notices, receiver, writes); err != nil {
		return rows, err
	}
	if err := s.stopTogether(ctx, lessons); err != nil {
		return rows, err
	}
	if _, err := s.awaitCompleted(ctx, lessons); err != nil {
		return rows, err
	}
	return rows, s.check()
}

// pictured makes the recordings take screenshots.
func pictured(recordings []agorasim.RecordingOptions) []agorasim.RecordingOptions {
	for i := range recordings {
		recordings[i].Mode, recordings[i].Snapshot = agorasim.ModeIndividual, true
	}
	return recordings
}

func joinBodies(notices []notice) string {
	var joined strings.Builder
	for _, n := range notices {
		_, _ = joined.Write(n.body) // never fails
	}
	return joined.String()
}

// notify sends the notifications, and measures until all is recorded.
func (s *school) notify(ctx context.Context, l *laboratory, notices []notice, receiver string, writes []time.Duration) ([]row, error) {
	before, err := l.served(ctx)
	if err != nil {
		return nil, err
	}
	// Nobody else watches meanwhile: what that costs this process is no figure
	// of the operator's.
	s.changes.stop()
	deliveries, err := newSender(receiver).sendAll(ctx, notices, notificationInterval)
	if err != nil {
		return nil, err
	}
	l.say("  sent %d notifications, the latest %v behind its time", len(deliveries), latestStart(deliveries).Round(time.Millisecond))
	if s.changes, err = watchChanges(ctx, s.client, s.namespace); err != nil {
		return nil, err
	}
	rows := answerRows(deliveries, writes)
	shown, err := s.awaitNames(ctx, deliveries)
	if err != nil {
		return rows, errors.Join(err, checkDeliveries(deliveries))
	}
	left, err := s.awaitNoConfigMaps(ctx, notificationPatience)
	if err != nil {
		return rows, err
	}
	after, err := l.served(ctx)
	if err != nil {
		return rows, err
	}
	recorded, err := recordRows(shown.Sub(lastSent(deliveries)), left, before, after)
	return append(rows, recorded...), errors.Join(err, checkDeliveries(deliveries))
}

// latestStart returns how late the notification was sent that had to wait longest
// for its turn in this process.
func latestStart(deliveries []delivery) time.Duration {
	var latest time.Duration
	for _, d := range deliveries {
		latest = max(latest, d.took-d.answered.Sub(d.sent))
	}
	return latest
}

func lastSent(deliveries []delivery) time.Time {
	var last time.Time
	for _, d := range deliveries {
		last = later(last, d.sent)
	}
	return last
}

// awaitNames waits until the statuses show every file that an accepted
// notification named, and returns since when.
func (s *school) awaitNames(ctx context.Context, deliveries []delivery) (time.Time, error) {
	wanted := map[string]sets.Set[string]{}
	for _, d := range deliveries {
		if !d.isAccepted() {
			continue
		}
		if wanted[d.notice.lesson] == nil {
			wanted[d.notice.lesson] = sets.New[string]()
		}
		wanted[d.notice.lesson].Insert(d.notice.fileName)
	}
	ctx, cancel := context.WithTimeout(ctx, notificationPatience)
	defer cancel()
	var last time.Time
	for lesson, names := range wanted {
		shows := func(c change) bool { return fileNames(c.recording).IsSuperset(names) }
		shown, err := s.changes.await(ctx, lesson, "told of all files", shows)
		if err != nil {
			return time.Time{}, fmt.Errorf("accepted notifications were lost: %w", err)
		}
		last = later(last, shown.at)
	}
	return last, nil
}

func fileNames(recording *v1alpha1.CloudRecording) sets.Set[string] {
	names := sets.New[string]()
	for _, file := range recording.Status.FileList {
		names.Insert(file.FileName)
	}
	return names
}

// checkDeliveries fails if a notification was not answered with 200.
func checkDeliveries(deliveries []delivery) error {
	refused := 0
	var example error
	for _, d := range deliveries {
		if d.isAccepted() {
			continue
		}
		refused++
		if example = d.err; d.err == nil {
			example = fmt.Errorf("the answer was %d", d.status)
		}
	}
	if refused == 0 {
		return nil
	}
	return fmt.Errorf("%d notifications were not accepted, the last because: %w", refused, example)
}

func describeNotifications() string {
	return fmt.Sprintf("%d notifications at %d/s", notificationCount, time.Second/notificationInterval)
}

func answerRows(deliveries []delivery, writes []time.Duration) []row {
	what := describeNotifications()
	accepted := 0
	var times []time.Duration
	for _, d := range deliveries {
		if d.isAccepted() {
			accepted++
		}
		times = append(times, d.took)
	}
	return []row{
		countRow(what+": answered 200", accepted, len(deliveries), fmt.Sprint(len(deliveries))),
		durationRow(what+": time until the answer, p50", percentile(times, 50), percentile(writes, 50), "-"),
		durationRow(what+": time until the answer, p99", percentile(times, 99), percentile(writes, 99), "< 250 ms"),
	}
}

// recordRows shows what it took to record the notifications.
func recordRows(took time.Duration, left int, before, after served) ([]row, error) {
	configMaps, err := countBetween(before, after, "POST", configMapsResource, "")
	if err != nil {
		return nil, err
	}
	statuses, err := countBetween(before, after, "PATCH", recordingsResource, statusSubresource)
	if err != nil {
		return nil, err
	}
	what := describeNotifications()
	return []row{
		timeRow(what+": last sent until all statuses show all names", took, "-"),
		{what: what + ": writes of ConfigMaps", figure: fmt.Sprint(configMaps), floor: "-", ratio: "-", aim: "-"},
		countRow(fmt.Sprintf("%s: writes of %d statuses", what, notificationRecordings), statuses, notificationRecordings, "-"),
		countRow(what+": ConfigMaps left", left, 0, "0"),
	}, nil
}
