// SPDX-License-Identifier: Apache-2.0

package record

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/campaign/plan"
	"cloudrecording.dev/operator/hack/testenv"
)

// WatchLog records every version of the relevant objects, as etcd shows them.
type WatchLog struct {
	// isComplete reports whether all files of a recording are in the bucket, as far as the
	// bucket can show.
	isComplete func(sid string) bool

	stop     context.CancelFunc
	watching sync.WaitGroup

	mu        sync.Mutex
	file      *os.File
	histories map[types.UID]*History
	order     []*History
	schedules []ScheduleVersion
	err       error
}

// ObjectsFile is the name of the log of objects.
const ObjectsFile = "objects.jsonl"

// watchedKeys are the key prefixes in etcd of the recorded kinds.
func watchedKeys() map[string]string {
	return map[string]string{
		"CloudRecording":         "/registry/" + v1alpha1.GroupVersion.Group + "/cloudrecordings/",
		"CloudRecordingProfile":  "/registry/" + v1alpha1.GroupVersion.Group + "/cloudrecordingprofiles/",
		"CloudRecordingSchedule": "/registry/" + v1alpha1.GroupVersion.Group + "/cloudrecordingschedules/",
		"Event":                  "/registry/events/",
		"ConfigMap":              "/registry/configmaps/",
	}
}

// NewWatchLog starts to watch.
func NewWatchLog(ctx context.Context, etcd, folder string, isComplete func(string) bool) (_ *WatchLog, err error) {
	scheme, err := testenv.NewScheme()
	if err != nil {
		return nil, err
	}
	w := &WatchLog{isComplete: isComplete, histories: map[types.UID]*History{}}
	if w.file, err = os.Create(filepath.Join(folder, ObjectsFile)); err != nil {
		return nil, fmt.Errorf("create the log of objects: %w", err)
	}
	ctx, w.stop = context.WithCancel(context.WithoutCancel(ctx))
	for kind, prefix := range watchedKeys() {
		f := &follower{
			etcd: etcd, prefix: prefix, known: map[string]client.Object{},
			decoder: serializer.NewCodecFactory(scheme).UniversalDeserializer(),
			note:    func(shown client.Object, deleted bool) error { return w.note(kind, shown, deleted) },
		}
		w.watching.Go(func() {
			// Only the context may end the watch, because etcd never restarts.
			if err := f.follow(ctx); ctx.Err() == nil {
				w.fail(fmt.Errorf("watch every %s: %w", kind, err))
			}
		})
	}
	return w, nil
}

// note keeps a version of an object. For a deleted object, it keeps the last version.
func (w *WatchLog) note(kind string, shown client.Object, deleted bool) error {
	seen := time.Now()
	line, err := json.Marshal(struct {
		Seen    time.Time `json:"seen"`
		Deleted bool      `json:"deleted"`
		Kind    string    `json:"kind"`
		Object  any       `json:"object"`
	}{seen, deleted, kind, shown})
	if err != nil {
		return fmt.Errorf("write an object as JSON: %w", err)
	}
	recording, isRecording := shown.(*v1alpha1.CloudRecording)
	complete := isRecording && Condition(recording, v1alpha1.UploadedCondition).Reason == v1alpha1.VerifiedInStorageReason &&
		w.isComplete(SIDOf(recording))
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write the log of objects: %w", err)
	}
	if schedule, isSchedule := shown.(*v1alpha1.CloudRecordingSchedule); isSchedule {
		w.schedules = append(w.schedules, ScheduleVersion{Seen: seen, Gone: deleted, Schedule: schedule})
	}
	if !isRecording {
		return nil
	}
	known, ok := w.histories[shown.GetUID()]
	if !ok {
		known = &History{Object: plan.Object{Namespace: shown.GetNamespace(), Name: shown.GetName()}, UID: string(shown.GetUID())}
		w.histories[shown.GetUID()] = known
		w.order = append(w.order, known)
	}
	if deleted {
		known.Gone = seen
	}
	known.Versions = append(known.Versions, Version{Seen: seen, Recording: recording, Complete: complete})
	return nil
}

func (w *WatchLog) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = errors.Join(w.err, err)
}

// Current returns the histories of all objects so far, in the order of their creation, and an
// error if they are incomplete.
func (w *WatchLog) Current() ([]History, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make([]History, 0, len(w.order))
	for _, known := range w.order {
		// Later versions are appended beyond the length of this copy.
		all = append(all, *known)
	}
	return all, w.err
}

// Schedules returns the versions of all schedules so far.
func (w *WatchLog) Schedules() []ScheduleVersion {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.schedules)
}

// Close ends the watch.
func (w *WatchLog) Close() error {
	w.stop()
	w.watching.Wait()
	return w.file.Close()
}
