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

	"cloudrecording.dev/operator/hack/agorasim"
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

// fillLesson makes a lesson's object as large as etcd takes, so that its status
// cannot grow, does something then, and makes it smaller again after a while.
type fillLesson struct {
	lesson lesson
	then   action
	lasts  time.Duration
}

func (a fillLesson) kind() string { return "object filled up to etcd's limit, and " + a.then.kind() }

func (a fillLesson) do(ctx context.Context, s *stage) error {
	begin := time.Now()
	patient := context.WithoutCancel(ctx)
	if err := s.fill(patient, a.lesson); err != nil {
		return fmt.Errorf("fill %s: %w", a.lesson.object(), err)
	}
	err := a.then.do(patient, s)
	sleep(ctx, a.lasts)
	err = errors.Join(err, s.patch(patient, a.lesson, `{"metadata":{"ownerReferences":null}}`))
	s.unwritable.add(ofObject{a.lesson.object(), span{begin, time.Now().Add(troubleAfter)}})
	return err
}

// fill grows an object until hardly anything more fits: by ownerReferences, whose
// names have no limit. No garbage collector runs.
func (s *stage) fill(ctx context.Context, l lesson) error {
	// With the first, what is added is known to the byte.
	if err := s.patch(ctx, l, ownedBy(1)); err != nil {
		return err
	}
	shown := l.reference()
	err := s.persist(ctx, func(ctx context.Context) error { return s.client.Get(ctx, client.ObjectKeyFromObject(shown), shown) })
	if err != nil {
		return err
	}
	encoded, err := json.Marshal(shown)
	if err != nil {
		return err
	}
	return s.patch(ctx, l, ownedBy(1+largestObject-len(encoded)))
}

// ownedBy is a change that makes an object so many bytes larger, and some for itself.
func ownedBy(bytes int) string {
	owner := metav1.OwnerReference{APIVersion: "v1", Kind: "ConfigMap", UID: "campaign", Name: strings.Repeat("x", max(1, bytes))}
	// Such a value always encodes.
	encoded, _ := json.Marshal([]metav1.OwnerReference{owner})
	return fmt.Sprintf(`{"metadata":{"ownerReferences":%s}}`, encoded)
}

// floodLesson has Agora send many notifications of a lesson's recording, of other
// uids and of other addresses that it is pushed to.
type floodLesson struct {
	lesson lesson
	// each is how many of either kind there are.
	each int
}

func (floodLesson) kind() string { return "notifications of many uids and push addresses" }

// longNameBytes is the length of what no user ID is, and of the names of hosts.
const longNameBytes = 3000

func (a floodLesson) do(ctx context.Context, s *stage) error {
	recording, ok := s.recordingOf(a.lesson)
	if !ok {
		return nil
	}
	long := strings.Repeat("u", longNameBytes)
	for i := range a.each {
		if ctx.Err() != nil {
			return nil
		}
		for _, uid := range []string{fmt.Sprint(7_000_000 + i), fmt.Sprintf("%d%s", i, long)} {
			if _, err := s.agora.SendNotificationAs(recording.SID, agorasim.EventWebReload, uid, nil); err != nil {
				return err
			}
		}
		pushed := agorasim.Details{"rtmpUrl": fmt.Sprintf("rtmp://h%d-%s.example.com/live/stream", i, long), "status": "publishing"}
		if _, err := s.agora.SendNotification(recording.SID, agorasim.EventRTMPPublishStatus, pushed); err != nil {
			return err
		}
	}
	return nil
}
