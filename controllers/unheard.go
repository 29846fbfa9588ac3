// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	utilcache "k8s.io/apimachinery/pkg/util/cache"
	"k8s.io/client-go/util/flowcontrol"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/notifications"
)

const (
	// cnameField selects recordings by channel at the API server.
	cnameField = "spec.cname"

	// unheardPerSecond and unheardBurst bound what anybody can have the API server
	// do who sends notifications about recordings that there are not.
	unheardPerSecond = 5
	unheardBurst     = 20

	// strangerFor is how long a sid counts as nobody's, and maxStrangers how many do.
	strangerFor  = 10 * time.Second
	maxStrangers = 1 << 12
)

// unheard asks the API server for recordings that a cache does not show: one that
// has lost its watch knows nothing of what was created or started since.
type unheard struct {
	current   client.Reader
	scopes    [][]client.ListOption
	strangers *utilcache.LRUExpireCache
	limit     flowcontrol.PassiveRateLimiter
}

func newUnheard(current client.Reader, shard Shard) *unheard {
	return &unheard{
		current:   current,
		scopes:    shard.scopes(),
		strangers: utilcache.NewLRUExpireCache(maxStrangers),
		limit:     flowcontrol.NewTokenBucketPassiveRateLimiter(unheardPerSecond, unheardBurst),
	}
}

// find returns the recordings of a channel that have a sid, or may get it. There
// are none if it was asked too often.
func (u *unheard) find(ctx context.Context, cname, sid string) ([]v1alpha1.CloudRecording, error) {
	if _, isStranger := u.strangers.Get(sid); isStranger || !u.limit.TryAccept() {
		return nil, nil
	}
	var found []v1alpha1.CloudRecording
	for _, scope := range u.scopes {
		inScope, err := u.findIn(ctx, scope, cname, sid)
		if err != nil {
			return nil, err
		}
		found = append(found, inScope...)
	}
	if len(found) == 0 {
		u.strangers.Add(sid, nil, strangerFor)
	}
	return found, nil
}

func (u *unheard) findIn(ctx context.Context, scope []client.ListOption, cname, sid string) (found []v1alpha1.CloudRecording, err error) {
	list := &v1alpha1.CloudRecordingList{}
	for {
		options := append([]client.ListOption{client.MatchingFields{cnameField: cname}, client.Limit(listPage), client.Continue(list.Continue)}, scope...)
		switch err := u.current.List(ctx, list, options...); {
		case apierrors.IsBadRequest(err):
			// The CRD is of an older version, in which the field cannot be selected.
			return nil, nil
		case err != nil:
			return nil, fmt.Errorf("list the recordings of a notification's channel: %w", err)
		}
		for i := range list.Items {
			if standingOf(&list.Items[i], sid) != notifications.Stranger {
				found = append(found, list.Items[i])
			}
		}
		if list.Continue == "" {
			return found, nil
		}
	}
}
