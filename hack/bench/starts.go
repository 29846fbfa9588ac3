// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
)

const (
	startingRecordings = 500

	// requestsPerStart are acquire and start.
	requestsPerStart = 2

	// quietTime is for how long running recordings are watched for writes.
	quietTime = 30 * time.Second
)

// measureStarts measures how long the starts of many recordings take that are
// applied together, and that nothing is written of them once they run. The floor is
// the time that the account's limit asks for two requests each. The operator has
// started one before, so that its own start is not measured.
func measureStarts(ctx context.Context, l *laboratory) (rows []row, err error) {
	s, err := l.open(ctx, schoolOptions{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	keys := map[string]string{v1alpha1.AccessKeyKey: "access-key", v1alpha1.SecretKeyKey: "secret-key"}
	if err := s.createSecret(ctx, bucketSecret, keys); err != nil {
		return nil, err
	}
	first := s.lessonToStart(s.accounts[0], "lesson-first")
	if err := s.create(ctx, []*v1alpha1.CloudRecording{first}); err != nil {
		return nil, err
	}
	if _, err := s.changes.await(ctx, first.Name, "recording", isRecording); err != nil {
		return nil, err
	}
	already := running(s.agora.Recordings())
	lessons := make([]*v1alpha1.CloudRecording, 0, l.scaled(startingRecordings))
	for i := range cap(lessons) {
		lessons = append(lessons, s.lessonToStart(s.accounts[0], fmt.Sprintf("lesson-%d", i)))
	}
	began := time.Now()
	if err := s.create(ctx, lessons); err != nil {
		return nil, err
	}
	l.say("  applied %d recordings that are to be started", len(lessons))
	for _, lesson := range lessons {
		if _, err := s.changes.await(ctx, lesson.Name, "recording", isRecording); err != nil {
			return nil, err
		}
	}
	starts := ofMethod(s.arrivals.since(began), agorasim.MethodStart)
	runs := running(s.agora.Recordings()) - already
	what := fmt.Sprintf("%d starts together, %d requests/s", len(lessons), s.limit)
	rows = []row{
		durationRow(what+": last start arrives", starts[len(starts)-1].at.Sub(began), turns(requestsPerStart*len(lessons), s.limit), "ratio <= 1.05"),
		countRow(what+": starts", len(starts), len(lessons), fmt.Sprint(len(lessons))),
		countRow(what+": recordings that run", runs, len(lessons), fmt.Sprint(len(lessons))),
		countRow(what+": most requests in any second", mostInAnySecond(s.arrivals.since(began)), s.limit, fmt.Sprintf("<= %d", s.limit)),
		countRow(what+": answered 429", s.refused(), 0, "0"),
	}
	before := s.changes.total()
	l.say("  watching them for %v", quietTime)
	if err := sleep(ctx, quietTime); err != nil {
		return rows, err
	}
	rows = append(rows, countRow(fmt.Sprintf("%d recordings that run: writes to their objects in %v", len(lessons), quietTime), s.changes.total()-before, 0, "0"))
	return rows, s.keepIf(errors.Join(s.checkRefusals(), checkStarts(len(lessons), runs, len(starts))))
}

// checkStarts fails if a recording was not started, or was more than once.
func checkStarts(wanted, runs, starts int) error {
	if runs != wanted || starts != wanted {
		return fmt.Errorf("%d recordings run after %d starts, not %d", runs, starts, wanted)
	}
	return nil
}

// bucketSecret is the Secret with the key for the bucket of recordings that are
// started. Nothing is written there.
const bucketSecret = "bucket"

// lessonToStart returns an object for a recording that is to be started.
func (s *school) lessonToStart(a account, name string) *v1alpha1.CloudRecording {
	return &v1alpha1.CloudRecording{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: name},
		Spec: v1alpha1.CloudRecordingSpec{
			AppID: "0123456789abcdef0123456789abcdef", CName: name, UID: "527841", Mode: v1alpha1.MixMode,
			CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: a.secretName},
			Start: &v1alpha1.StartSpec{
				RecordingConfig: &v1alpha1.RecordingConfig{ChannelType: 1, StreamTypes: 2, MaxIdleTime: 300},
			},
			Storage: &v1alpha1.StorageSpec{
				Vendor: 1, Bucket: "recordings", CredentialsSecretRef: &v1alpha1.StorageSecretReference{Name: bucketSecret},
			},
		},
	}
}

func isRecording(c change) bool { return c.recording.Status.Phase == v1alpha1.PhaseRecording }

func running(recordings []agorasim.Recording) int {
	count := 0
	for _, r := range recordings {
		if r.Running {
			count++
		}
	}
	return count
}
