// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// ErrTimeout means that the condition was not met in time.
var ErrTimeout = errors.New("timed out")

// ErrGone means that the object is gone.
var ErrGone = errors.New("the object is gone")

// Wait watches a recording until a condition is met or fails. It returns the last
// observed state of the recording, or nil if it was never observed.
func (c *Cluster) Wait(ctx context.Context, name string, timeout time.Duration, isMet func(*v1alpha1.CloudRecording) (bool, error)) (*v1alpha1.CloudRecording, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, ErrTimeout)
	defer cancel()
	var last *v1alpha1.CloudRecording
	_, err := watchtools.UntilWithSync(ctx, c.follow(name), &v1alpha1.CloudRecording{},
		func(store cache.Store) (bool, error) {
			if len(store.ListKeys()) == 0 {
				return true, ErrGone
			}
			return false, nil
		},
		func(event watch.Event) (bool, error) {
			recording, ok := event.Object.(*v1alpha1.CloudRecording)
			if !ok {
				return false, fmt.Errorf("watch the CloudRecording: got a %T", event.Object)
			}
			last = recording
			if event.Type == watch.Deleted {
				return true, ErrGone
			}
			return isMet(recording)
		})
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return last, err
}

// follow lists and watches one recording.
func (c *Cluster) follow(name string) cache.ListerWatcher {
	one := func(options *metav1.ListOptions) *client.ListOptions {
		options.FieldSelector = fields.OneTermEqualSelector("metadata.name", name).String()
		return &client.ListOptions{Namespace: c.Namespace, Raw: options}
	}
	return &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			list := &v1alpha1.CloudRecordingList{}
			err := c.List(ctx, list, one(&options))
			return list, err
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			return c.Watch(ctx, &v1alpha1.CloudRecordingList{}, one(&options))
		},
	}
}
