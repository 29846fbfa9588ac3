// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// chronicle notes every version of the objects that may tell something, as
// watches at the API server itself show them.
type chronicle struct {
	// isComplete says whether all files of a recording are in the bucket, as far as
	// the bucket can show.
	isComplete func(sid string) bool

	// unwatched are the times of which only what was there in the end is known.
	unwatched log[span]

	stop     context.CancelFunc
	watching sync.WaitGroup

	mu        sync.Mutex
	file      *os.File
	histories map[types.UID]*history
	order     []types.UID
	err       error
}

// newChronicle begins to watch.
func newChronicle(ctx context.Context, c client.WithWatch, folder string, isComplete func(string) bool) (_ *chronicle, err error) {
	k := &chronicle{isComplete: isComplete, histories: map[types.UID]*history{}}
	if k.file, err = os.Create(filepath.Join(folder, "objects.jsonl")); err != nil {
		return nil, fmt.Errorf("create the log of objects: %w", err)
	}
	ctx, k.stop = context.WithCancel(context.WithoutCancel(ctx))
	for kind, list := range map[string]client.ObjectList{
		"CloudRecording": &v1alpha1.CloudRecordingList{}, "Event": &eventsv1.EventList{}, "ConfigMap": &corev1.ConfigMapList{},
	} {
		f := &follower{chronicle: k, client: c, kind: kind, list: list, known: map[types.UID]client.Object{}}
		k.watching.Go(func() { f.follow(ctx) })
	}
	return k, nil
}

// follower notes the objects of a kind.
type follower struct {
	chronicle *chronicle
	client    client.WithWatch
	kind      string
	list      client.ObjectList
	known     map[types.UID]client.Object
	// noted is when something was noted last.
	noted time.Time
}

// follow lists and watches until the context ends. An API server that restarts
// ends watches, and does not resume them where they ended.
func (f *follower) follow(ctx context.Context) {
	for ctx.Err() == nil {
		// What fails is tried again; what is not noted in the end is found out then.
		since := f.noted
		if err := f.relist(ctx); err == nil {
			f.missed(since)
			f.watch(ctx)
		}
		sleep(ctx, rewatchDelay)
	}
}

// missed notes since when recordings may have changed more than once.
func (f *follower) missed(since time.Time) {
	if _, ofRecordings := f.list.(*v1alpha1.CloudRecordingList); ofRecordings {
		f.chronicle.unwatched.add(span{since, time.Now()})
	}
}

const rewatchDelay = 100 * time.Millisecond

// relist notes what has changed since the last watch ended.
func (f *follower) relist(ctx context.Context) error {
	if err := f.client.List(ctx, f.list); err != nil {
		return err
	}
	there := map[types.UID]bool{}
	err := meta.EachListItem(f.list, func(item runtime.Object) error {
		shown, ok := item.DeepCopyObject().(client.Object)
		if !ok {
			return fmt.Errorf("a list of every %s holds something else", f.kind)
		}
		there[shown.GetUID()] = true
		if old, ok := f.known[shown.GetUID()]; !ok || old.GetResourceVersion() != shown.GetResourceVersion() {
			f.note(watch.Modified, shown)
		}
		return nil
	})
	for uid, old := range f.known {
		if !there[uid] {
			f.note(watch.Deleted, old)
		}
	}
	return err
}

// watch notes what changes until the watch ends.
func (f *follower) watch(ctx context.Context) {
	options := &client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: f.list.GetResourceVersion()}}
	watched, err := f.client.Watch(ctx, f.list, options)
	if err != nil {
		return
	}
	defer watched.Stop()
	for event := range watched.ResultChan() {
		shown, ok := event.Object.(client.Object)
		if !ok || event.Type == watch.Error {
			return
		}
		f.note(event.Type, shown)
	}
}

func (f *follower) note(change watch.EventType, shown client.Object) {
	f.noted = time.Now()
	f.known[shown.GetUID()] = shown
	if change == watch.Deleted {
		delete(f.known, shown.GetUID())
	}
	f.chronicle.note(f.kind, change, shown)
}

// note keeps a version of an object.
func (k *chronicle) note(kind string, change watch.EventType, shown client.Object) {
	seen := time.Now()
	line, err := json.Marshal(struct {
		Seen   time.Time `json:"seen"`
		Type   string    `json:"type"`
		Kind   string    `json:"kind"`
		Object any       `json:"object"`
	}{seen, string(change), kind, shown})
	if err != nil {
		k.fail(fmt.Errorf("write a %s as JSON: %w", kind, err))
		return
	}
	recording, isRecording := shown.(*v1alpha1.CloudRecording)
	complete := isRecording && condition(recording, v1alpha1.UploadedCondition).Reason == v1alpha1.VerifiedInStorageReason &&
		k.isComplete(sidOf(recording))
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, err := k.file.Write(append(line, '\n')); err != nil {
		k.err = errors.Join(k.err, fmt.Errorf("write the log of objects: %w", err))
	}
	if !isRecording {
		return
	}
	known, ok := k.histories[shown.GetUID()]
	if !ok {
		known = &history{object: object{shown.GetNamespace(), shown.GetName()}, uid: string(shown.GetUID())}
		k.histories[shown.GetUID()] = known
		k.order = append(k.order, shown.GetUID())
	}
	if change == watch.Deleted {
		known.gone = seen
	}
	known.versions = append(known.versions, version{seen: seen, recording: recording, complete: complete})
}

func (k *chronicle) fail(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.err = errors.Join(k.err, err)
}

// current returns what was seen of all objects so far, in the order of their
// creation.
func (k *chronicle) current() []history {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := make([]history, 0, len(k.order))
	for _, uid := range k.order {
		known := *k.histories[uid]
		known.versions = append([]version{}, known.versions...)
		all = append(all, known)
	}
	return all
}

// problem says why the chronicle is not whole.
func (k *chronicle) problem() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.err
}

func (k *chronicle) close() {
	k.stop()
	k.watching.Wait()
	_ = k.file.Close() // what could not be written was noted
}
