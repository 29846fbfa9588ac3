// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"
	"k8s.io/apimachinery/pkg/types"
	utilcache "k8s.io/apimachinery/pkg/util/cache"
	"k8s.io/utils/lru"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/notifications"
)

const (
	// cnameField selects recordings by channel at the API server.
	cnameField = "spec.cname"

	// unheardRate and unheardBurst bound what a namespace can have the API server do
	// that signs notifications about recordings that there are not, and what all others
	// can together. unheardAtOnce bounds how much of that goes on at a time, and
	// allUnheardAtOnce how much for all.
	unheardRate      = rate.Limit(5)
	unheardBurst     = 20
	unheardAtOnce    = 2
	allUnheardAtOnce = 16

	// unheardPage is how many recordings of a channel are read at a time, and
	// maxOfChannel how many for one notification: any of them may be as large as the
	// API server allows.
	unheardPage  = 10
	maxOfChannel = 1000

	// strangerFor is how long a sid counts as nobody's, and maxStrangers how many do.
	strangerFor  = 10 * time.Second
	maxStrangers = 1 << 12
)

// errTooManyOfChannel says that the recordings of a channel cannot all be looked at.
var errTooManyOfChannel = errors.New("too many recordings have the notification's channel: give recordings channels of their own")

// stranger is a sid that no recording of a channel has. Whoever knows a sid can name
// another channel.
type stranger struct{ cname, sid string }

// claim is what of a recording matters for a notification.
type claim struct {
	name     types.NamespacedName
	uid      types.UID
	secret   types.NamespacedName
	standing notifications.Standing
	// starting says that it is being started, or about to be. That the start was
	// requested may not have been heard of here.
	starting bool
}

func claimOf(recording *v1alpha1.CloudRecording, sid string) claim {
	return claim{
		name: client.ObjectKeyFromObject(recording), uid: recording.UID, secret: secretName(recording),
		standing: standingOf(recording, sid), starting: awaitsStart(recording) && !isSuspended(recording),
	}
}

// unheard asks the API server for recordings that a cache does not show: one that
// has lost its watch knows nothing of what was created or started since.
type unheard struct {
	current   client.Reader
	shard     Shard
	strangers *utilcache.LRUExpireCache

	mu sync.Mutex
	// limits are those of namespaces, and the one of all others has no name.
	limits  *lru.Cache
	atOnce  map[string]int
	running int
}

func newUnheard(current client.Reader, shard Shard) *unheard {
	return &unheard{
		current:   current,
		shard:     shard,
		strangers: utilcache.NewLRUExpireCache(maxStrangers),
		limits:    lru.New(limitedNamespaces),
		atOnce:    map[string]int{},
	}
}

// find returns the recordings of a channel that have a sid, or may get it. What
// somebody known has signed is looked for in their namespaces first.
func (u *unheard) find(ctx context.Context, cname, sid string, signers []string) ([]claim, error) {
	asked := stranger{cname: cname, sid: sid}
	if _, isStranger := u.strangers.Get(asked); isStranger {
		return nil, nil
	}
	asker := ""
	if len(signers) > 0 {
		asker = signers[0]
	}
	if !u.begin(asker) {
		return nil, notifications.ErrAskedTooOften
	}
	defer u.end(asker)
	for _, scopes := range [][][]client.ListOption{u.shard.scopesIn(signers), u.shard.scopes()} {
		if found, err := u.findIn(ctx, scopes, cname, sid); len(found) > 0 || err != nil {
			return found, err
		}
	}
	u.strangers.Add(asked, nil, strangerFor)
	return nil, nil
}

// begin says whether the API server may be asked.
func (u *unheard) begin(asker string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	known, _ := u.limits.Get(asker)
	limit, ok := known.(*rate.Limiter)
	if !ok {
		limit = rate.NewLimiter(unheardRate, unheardBurst)
		u.limits.Add(asker, limit)
	}
	if u.running >= allUnheardAtOnce || u.atOnce[asker] >= unheardAtOnce || !limit.Allow() {
		return false
	}
	u.running++
	u.atOnce[asker]++
	return true
}

func (u *unheard) end(asker string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.running--
	if u.atOnce[asker]--; u.atOnce[asker] == 0 {
		delete(u.atOnce, asker)
	}
}

// findIn looks for them in scopes, of which there may be none.
func (u *unheard) findIn(ctx context.Context, scopes [][]client.ListOption, cname, sid string) (found []claim, err error) {
	examined := 0
	for _, scope := range scopes {
		list := &v1alpha1.CloudRecordingList{}
		for {
			options := append([]client.ListOption{
				client.MatchingFields{cnameField: cname}, client.Limit(unheardPage), client.Continue(list.Continue),
			}, scope...)
			if err := u.current.List(ctx, list, options...); err != nil {
				return nil, fmt.Errorf("list the recordings of a notification's channel: %w", err)
			}
			for i := range list.Items {
				if claim := claimOf(&list.Items[i], sid); claim.standing != notifications.Stranger {
					found = append(found, claim)
				}
			}
			if list.Continue == "" {
				break
			}
			if examined += len(list.Items); examined >= maxOfChannel {
				return nil, errTooManyOfChannel
			}
		}
	}
	return found, nil
}
