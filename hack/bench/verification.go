// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/agorasim"
)

const (
	verificationSlices = 10_000

	// verificationFloors is how often the files are read plainly: the fastest
	// time counts.
	verificationFloors = 3

	verificationFolder = "lessons"
	storageSecretName  = "bucket-reader"
	s3Compatible       = 11
	writtenInterval    = 100 * time.Millisecond
)

// measureVerification measures what it costs to find a long recording in the
// bucket, of whose upload Agora knows nothing. The floor is a plain reading.
func measureVerification(ctx context.Context, l *laboratory) (rows []row, err error) {
	store, err := startStore(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, store.stop()) }()
	s, err := l.open(ctx, schoolOptions{bucket: store.bucket, arguments: []string{
		"--allowed-storage-endpoints=" + store.gate.URL,
		// So long that Agora is not asked for the upload.
		"--upload-recheck-min=10m", "--upload-recheck-max=10m",
	}})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	lesson, err := s.upload(ctx)
	if err != nil {
		return nil, err
	}
	l.say("  the bucket holds a recording of %d slices", verificationSlices)
	floor, err := store.fastestReading(ctx, verificationFolder+"/"+lesson.Spec.SID)
	if err != nil {
		return nil, err
	}
	if err := s.createSecret(ctx, storageSecretName, map[string]string{
		v1alpha1.AccessKeyKey: store.reader.AccessKey, v1alpha1.SecretKeyKey: store.reader.SecretKey,
	}); err != nil {
		return nil, err
	}
	if rows, err = s.verify(ctx, store, lesson, floor); err != nil {
		return rows, err
	}
	// The changed spec leads to a query, too: the recorder may still answer.
	s.followUps = 1
	return rows, s.check()
}

// upload stops a recording, and returns its object once all of its files are in
// the bucket. Agora says that it does not know so.
func (s *school) upload(ctx context.Context) (*v1alpha1.CloudRecording, error) {
	options := lessonOptions("lesson", 0)
	options.Slices = verificationSlices
	options.FileNamePrefix = []string{verificationFolder}
	options.UploadingStatus = agorasim.UploadingStatusUnknow
	lessons, err := s.adopt(ctx, s.accounts[0], []agorasim.RecordingOptions{options})
	if err != nil {
		return nil, err
	}
	lesson := lessons[0]
	if _, err := s.stop(ctx, lesson); err != nil {
		return nil, err
	}
	if _, err := s.changes.await(ctx, lesson.Name, "stopped", isStopped); err != nil {
		return nil, err
	}
	return lesson, s.awaitWritten(ctx, lesson.Spec.SID)
}

func isStopped(c change) bool {
	return meta.IsStatusConditionTrue(c.recording.Status.Conditions, v1alpha1.StoppedCondition)
}

// awaitWritten waits until the files of a recording are in the bucket.
func (s *school) awaitWritten(ctx context.Context, sid string) error {
	for {
		recording, _ := s.agora.Recording(sid)
		if recording.Written {
			return nil
		}
		if recording.StorageProblem != "" {
			return fmt.Errorf("the recording is not written to the bucket: %s", recording.StorageProblem)
		}
		if err := sleep(ctx, writtenInterval); err != nil {
			return fmt.Errorf("wait until the recording is written to the bucket: %w", err)
		}
	}
}

// fastestReading returns the fastest of some plain readings.
func (s *store) fastestReading(ctx context.Context, prefix string) (plainReading, error) {
	var fastest plainReading
	for i := range verificationFloors {
		reading, err := s.readPlainly(ctx, prefix)
		if err != nil {
			return plainReading{}, err
		}
		if i == 0 || reading.took < fastest.took {
			fastest = reading
		}
	}
	if expected := verificationSlices + fastest.indexes; fastest.keys != expected || fastest.indexes != 1 {
		return plainReading{}, fmt.Errorf("the bucket holds %d files of the recording, %d of them indexes", fastest.keys, fastest.indexes)
	}
	return fastest, nil
}

// verify tells the operator where the files are, and measures until it says
// that they are all there.
func (s *school) verify(ctx context.Context, store *store, lesson *v1alpha1.CloudRecording, floor plainReading) ([]row, error) {
	memory, err := watchMemory(s.operator.PID())
	if err != nil {
		return nil, err
	}
	store.gate.take()
	began := time.Now()
	if err := s.addStorage(ctx, lesson, store.gate.URL); err != nil {
		return nil, err
	}
	looked, err := s.changes.await(ctx, lesson.Name, "looked for in the bucket", isLookedFor)
	if err != nil {
		return nil, err
	}
	passed := store.gate.take()
	peak, err := memory.peak()
	if err != nil {
		return nil, err
	}
	return verificationRows(looked.at.Sub(began), passed, peak, floor), checkVerified(looked.recording)
}

func (s *school) addStorage(ctx context.Context, lesson *v1alpha1.CloudRecording, endpoint string) error {
	target := lesson.DeepCopy()
	target.Spec.Storage = &v1alpha1.StorageSpec{
		Vendor: s3Compatible, Bucket: bucketName, FileNamePrefix: []string{verificationFolder}, Endpoint: endpoint,
		ReadCredentialsSecretRef: &v1alpha1.StorageSecretReference{Name: storageSecretName},
	}
	if err := s.client.Patch(ctx, target, client.MergeFrom(lesson)); err != nil {
		return fmt.Errorf("add spec.storage to %s: %w", lesson.Name, err)
	}
	return nil
}

func isLookedFor(c change) bool {
	return meta.FindStatusCondition(c.recording.Status.Conditions, v1alpha1.VerifiedCondition) != nil
}

// checkVerified fails unless the bucket is taken as the evidence that it is.
func checkVerified(recording *v1alpha1.CloudRecording) error {
	conditions := recording.Status.Conditions
	verified := meta.FindStatusCondition(conditions, v1alpha1.VerifiedCondition)
	if verified.Status != metav1.ConditionTrue || !meta.IsStatusConditionTrue(conditions, v1alpha1.UploadedCondition) {
		return fmt.Errorf("the recording was not found in the bucket: %s", verified.Message)
	}
	if found := recording.Status.Verification.Slices; found != verificationSlices {
		return fmt.Errorf("%d slices were found in the bucket, not %d", found, verificationSlices)
	}
	return nil
}

func verificationRows(took time.Duration, passed traffic, peak int64, floor plainReading) []row {
	what := fmt.Sprintf("%d slices in S3", verificationSlices)
	return []row{
		countRow(what+": listings of its files", passed.listings, floor.pages, fmt.Sprint(floor.pages)),
		countRow(what+": listings for a moved recorder's files", passed.movedListings, 0, "3"),
		countRow(what+": reads of indexes", passed.indexReads, floor.indexes, fmt.Sprint(floor.indexes)),
		countRow(what+": other requests", passed.others, 0, "0"),
		durationRow(what+": patch to spec.storage until Uploaded", took, floor.took, "-"),
		sizeRow(what+": peak memory above idle", peak, "< 64 MiB"),
	}
}
