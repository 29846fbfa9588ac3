// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"context"
	"fmt"

	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// followRecordings calls change for each recording in a cache that is added, changed or
// deleted, with the object before and after. Before or after is nil if the object is
// added or deleted.
func followRecordings(ctx context.Context, informers cache.Informers, change func(before, after *v1alpha1.CloudRecording)) error {
	informer, err := informers.GetInformer(ctx, &v1alpha1.CloudRecording{})
	if err != nil {
		return fmt.Errorf("watch the recordings to count them: %w", err)
	}
	_, err = informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { change(nil, recordingOf(object)) },
		UpdateFunc: func(before, after any) { change(recordingOf(before), recordingOf(after)) },
		DeleteFunc: func(object any) {
			if unknown, ok := object.(toolscache.DeletedFinalStateUnknown); ok {
				object = unknown.Obj
			}
			change(recordingOf(object), nil)
		},
	})
	if err != nil {
		return fmt.Errorf("watch the recordings to count them: %w", err)
	}
	return nil
}

// recordingOf returns an object of the cache as a recording, or nil if it is none.
func recordingOf(object any) *v1alpha1.CloudRecording {
	recording, _ := object.(*v1alpha1.CloudRecording)
	return recording
}
