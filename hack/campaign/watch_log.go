// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/testenv"
)

// watchLog notes every version of the objects that may tell something, as etcd
// shows them.
type watchLog struct {
	// isComplete says whether all files of a recording are in the bucket, as far as
	// the bucket can show.
	isComplete func(sid string) bool

	stop     context.CancelFunc
	watching sync.WaitGroup

	mu        sync.Mutex
	file      *os.File
	histories map[types.UID]*history
	order     []types.UID
	err       error
}

// watchedKeys are the keys in etcd of what is noted, by kind.
func watchedKeys() map[string]string {
	return map[string]string{
		"CloudRecording": "/registry/" + v1alpha1.GroupVersion.Group + "/cloudrecordings/",
		"Event":          "/registry/events/",
		"ConfigMap":      "/registry/configmaps/",
	}
}

// newWatchLog begins to watch.
func newWatchLog(ctx context.Context, etcd, folder string, isComplete func(string) bool) (_ *watchLog, err error) {
	scheme, err := testenv.NewScheme()
	if err != nil {
		return nil, err
	}
	w := &watchLog{isComplete: isComplete, histories: map[types.UID]*history{}}
	if w.file, err = os.Create(filepath.Join(folder, "objects.jsonl")); err != nil {
		return nil, fmt.Errorf("create the log of objects: %w", err)
	}
	ctx, w.stop = context.WithCancel(context.WithoutCancel(ctx))
	for kind, prefix := range watchedKeys() {
		f := &follower{
			watchLog: w, kind: kind, watch: &etcdWatch{url: etcd, prefix: prefix},
			decoder: serializer.NewCodecFactory(scheme).UniversalDeserializer(), known: map[string]client.Object{},
		}
		w.watching.Go(func() { f.follow(ctx) })
	}
	return w, nil
}

// follower notes the objects of a kind.
type follower struct {
	watchLog *watchLog
	kind     string
	watch    *etcdWatch
	decoder  runtime.Decoder
	// known are the last versions, by their keys.
	known map[string]client.Object
}

// follow watches until the context ends. Nothing else may end it: etcd never restarts.
func (f *follower) follow(ctx context.Context) {
	if err := f.watch.follow(ctx, f.note); ctx.Err() == nil {
		f.watchLog.fail(fmt.Errorf("watch every %s: %w", f.kind, err))
	}
}

func (f *follower) note(changed etcdChange) {
	shown, change, err := f.read(changed)
	if err != nil {
		f.watchLog.fail(fmt.Errorf("read a %s in etcd: %w", f.kind, err))
		return
	}
	shown.SetResourceVersion(strconv.FormatInt(changed.revision, 10))
	f.known[changed.key] = shown
	if change == watch.Deleted {
		delete(f.known, changed.key)
	}
	f.watchLog.note(f.kind, change, shown)
}

// read returns the object of a change: of one that was deleted, as it was last.
func (f *follower) read(changed etcdChange) (client.Object, watch.EventType, error) {
	known, ok := f.known[changed.key]
	if changed.deleted {
		if !ok {
			return nil, watch.Error, fmt.Errorf("%s was deleted, and never shown", changed.key)
		}
		return copyOf(known), watch.Deleted, nil
	}
	decoded, _, err := f.decoder.Decode(changed.value, nil, nil)
	if err != nil {
		return nil, watch.Error, err
	}
	shown, isObject := decoded.(client.Object)
	if !isObject {
		return nil, watch.Error, fmt.Errorf("%s is not an object", changed.key)
	}
	if ok {
		return shown, watch.Modified, nil
	}
	return shown, watch.Added, nil
}

// copyOf returns a copy of an object.
func copyOf(known client.Object) client.Object {
	copied, _ := known.DeepCopyObject().(client.Object) // a copy is of the same type
	return copied
}

// note keeps a version of an object.
func (w *watchLog) note(kind string, change watch.EventType, shown client.Object) {
	seen := time.Now()
	line, err := json.Marshal(struct {
		Seen   time.Time `json:"seen"`
		Type   string    `json:"type"`
		Kind   string    `json:"kind"`
		Object any       `json:"object"`
	}{seen, string(change), kind, shown})
	if err != nil {
		w.fail(fmt.Errorf("write a %s as JSON: %w", kind, err))
		return
	}
	recording, isRecording := shown.(*v1alpha1.CloudRecording)
	complete := isRecording && condition(recording, v1alpha1.UploadedCondition).Reason == v1alpha1.VerifiedInStorageReason &&
		w.isComplete(sidOf(recording))
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, err := w.file.Write(append(line, '\n')); err != nil {
		w.err = errors.Join(w.err, fmt.Errorf("write the log of objects: %w", err))
	}
	if !isRecording {
		return
	}
	known, ok := w.histories[shown.GetUID()]
	if !ok {
		known = &history{object: object{shown.GetNamespace(), shown.GetName()}, uid: string(shown.GetUID())}
		w.histories[shown.GetUID()] = known
		w.order = append(w.order, shown.GetUID())
	}
	if change == watch.Deleted {
		known.gone = seen
	}
	known.versions = append(known.versions, version{seen: seen, recording: recording, complete: complete})
}

func (w *watchLog) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = errors.Join(w.err, err)
}

// current returns what was seen of all objects so far, in the order of their
// creation.
func (w *watchLog) current() []history {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make([]history, 0, len(w.order))
	for _, uid := range w.order {
		known := *w.histories[uid]
		known.versions = append([]version{}, known.versions...)
		all = append(all, known)
	}
	return all
}

// problem says why the watch log is not whole.
func (w *watchLog) problem() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

func (w *watchLog) close() {
	w.stop()
	w.watching.Wait()
	_ = w.file.Close() // what could not be written was noted
}
