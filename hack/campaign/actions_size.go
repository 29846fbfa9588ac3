// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/hack/agorasim/notify"
)

const (
	// bulkBytes is nearly all that the annotations of an object may have.
	bulkBytes = 250 << 10

	// largestObject is what etcd takes of one: of its 1.5 MiB, what encloses it needs
	// some 700 bytes. A write that it does not take keeps the API server for a minute,
	// so it is not tried.
	largestObject = 1536<<10 - 1000
)

// bulk is what large tools write into annotations.
func bulk() map[string]string {
	return map[string]string{"campaign.cloudrecording.dev/bulk": strings.Repeat("x", bulkBytes)}
}

// fillObject makes a recording's object as large as etcd takes, so that its status
// cannot grow, does something then, and makes it smaller again after a while.
type fillObject struct {
	recording recordingPlan
	then      action
	lasts     time.Duration
}

func (a fillObject) kind() string { return "object filled up to etcd's limit, and " + a.then.kind() }

func (a fillObject) do(ctx context.Context, e *environment) error {
	begin := time.Now()
	whole := context.WithoutCancel(ctx)
	if err := e.fill(whole, a.recording); err != nil {
		return fmt.Errorf("fill %s: %w", a.recording.object(), err)
	}
	err := a.then.do(whole, e)
	sleep(ctx, a.lasts)
	err = errors.Join(err, e.patch(whole, a.recording, `{"metadata":{"ownerReferences":null}}`))
	e.unwritable.add(ofObject{a.recording.object(), span{begin, time.Now().Add(troubleAfter)}})
	return err
}

// fill grows an object until hardly anything more fits: by ownerReferences, whose
// names have no limit. No garbage collector runs.
func (e *environment) fill(ctx context.Context, r recordingPlan) error {
	// With the first, what is added is known to the byte.
	if err := e.patch(ctx, r, ownedBy(1)); err != nil {
		return err
	}
	shown := r.reference()
	err := e.persist(ctx, func(ctx context.Context) error { return e.Client.Get(ctx, client.ObjectKeyFromObject(shown), shown) })
	if err != nil {
		return err
	}
	encoded, err := json.Marshal(shown)
	if err != nil {
		return err
	}
	return e.patch(ctx, r, ownedBy(1+largestObject-len(encoded)))
}

// ownedBy is a change that makes an object so many bytes larger, and some for itself.
func ownedBy(bytes int) string {
	owner := metav1.OwnerReference{APIVersion: "v1", Kind: "ConfigMap", UID: "campaign", Name: strings.Repeat("x", max(1, bytes))}
	// Such a value always encodes.
	encoded, _ := json.Marshal([]metav1.OwnerReference{owner})
	return fmt.Sprintf(`{"metadata":{"ownerReferences":%s}}`, encoded)
}

// floodObject has Agora send many notifications of a recording, of other uids and of other addresses that it is pushed to.
type floodObject struct {
	recording recordingPlan
	// each is how many of either kind there are.
	each int
}

func (floodObject) kind() string { return "notifications of many uids and push addresses" }

// longNameBytes is the length of what no user ID is, and of the names of hosts.
const longNameBytes = 3000

func (a floodObject) do(ctx context.Context, e *environment) error {
	recording, ok := e.recordingOf(a.recording)
	if !ok {
		return nil
	}
	long := strings.Repeat("u", longNameBytes)
	for i := range a.each {
		if ctx.Err() != nil {
			return nil
		}
		for _, uid := range []string{fmt.Sprint(7_000_000 + i), fmt.Sprintf("%d%s", i, long)} {
			if _, err := e.agora.SendNotificationAs(recording.SID, notify.EventWebReload, uid, nil); err != nil {
				return err
			}
		}
		pushed := notify.Details{"rtmpUrl": fmt.Sprintf("rtmp://h%d-%s.example.com/live/stream", i, long), "status": "publishing"}
		if _, err := e.agora.SendNotification(recording.SID, notify.EventRTMPPublishStatus, pushed); err != nil {
			return err
		}
	}
	return nil
}
