// SPDX-License-Identifier: Apache-2.0

package recipients

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
	"cloudrecording.dev/operator/controllers/internal/lifecycle"
	"cloudrecording.dev/operator/controllers/notifications"
	"cloudrecording.dev/operator/controllers/shard"
)

const (
	// ChannelField selects recordings by channel at the API server.
	ChannelField = "spec.cname"

	// UncachedBurst bounds what a namespace can have the API server do that signs
	// notifications about recordings that there are not, and what all others can together.
	UncachedBurst = 20
	// UncachedRate is how much more they can in each second that passes.
	UncachedRate = 5.0

	// uncachedAtOnce bounds how much of that goes on at a time, and allUncachedAtOnce how
	// much for all.
	uncachedAtOnce    = 2
	allUncachedAtOnce = 16

	// UncachedPage is how many recordings of a channel are read at a time, and
	// maxOfChannel how many for one notification: any of them may be as large as the
	// API server allows.
	UncachedPage = 10
	maxOfChannel = 1000

	// unownedFor is how long a sid counts as nobody's, and maxUnowned how many do.
	unownedFor = 10 * time.Second
	maxUnowned = 1 << 12

	// maxLimitedNamespaces is how many namespaces have a limit of their own.
	maxLimitedNamespaces = 4096
)

// errTooManyOfChannel says that the recordings of a channel cannot all be looked at.
var errTooManyOfChannel = errors.New("too many recordings have the notification's channel: give recordings channels of their own")

// unownedSID is a sid that no recording of a channel has. Whoever knows a sid can name
// another channel.
type unownedSID struct{ cname, sid string }

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
		name: client.ObjectKeyFromObject(recording), uid: recording.UID, secret: lifecycle.SecretName(recording),
		standing: standingOf(recording, sid), starting: lifecycle.AwaitsStart(recording) && !lifecycle.IsSuspended(recording),
	}
}

// uncachedFinder asks the API server for recordings that a cache does not show: one that
// has lost its watch knows nothing of what was created or started since.
type uncachedFinder struct {
	current   client.Reader
	shard     shard.Shard
	unrelated *utilcache.LRUExpireCache

	mu sync.Mutex
	// limits are those of namespaces, and the one of all others has no name.
	limits  *lru.Cache
	atOnce  map[string]int
	running int
}

func newUncachedFinder(current client.Reader, shard shard.Shard) *uncachedFinder {
	return &uncachedFinder{
		current:   current,
		shard:     shard,
		unrelated: utilcache.NewLRUExpireCache(maxUnowned),
		limits:    lru.New(maxLimitedNamespaces),
		atOnce:    map[string]int{},
	}
}

// find returns the recordings of a channel that have a sid, or may get it. What
// somebody known has signed is looked for in their namespaces first.
func (u *uncachedFinder) find(ctx context.Context, cname, sid string, signers []string) ([]claim, error) {
	asked := unownedSID{cname: cname, sid: sid}
	if _, isUnrelated := u.unrelated.Get(asked); isUnrelated {
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
	for _, scopes := range [][][]client.ListOption{u.shard.ScopesIn(signers), u.shard.Scopes()} {
		if found, err := u.findIn(ctx, scopes, cname, sid); len(found) > 0 || err != nil {
			return found, err
		}
	}
	u.unrelated.Add(asked, nil, unownedFor)
	return nil, nil
}

// begin says whether the API server may be asked.
func (u *uncachedFinder) begin(asker string) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	known, _ := u.limits.Get(asker)
	limit, ok := known.(*rate.Limiter)
	if !ok {
		limit = rate.NewLimiter(UncachedRate, UncachedBurst)
		u.limits.Add(asker, limit)
	}
	if u.running >= allUncachedAtOnce || u.atOnce[asker] >= uncachedAtOnce || !limit.Allow() {
		return false
	}
	u.running++
	u.atOnce[asker]++
	return true
}

func (u *uncachedFinder) end(asker string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.running--
	if u.atOnce[asker]--; u.atOnce[asker] == 0 {
		delete(u.atOnce, asker)
	}
}

// findIn looks for them in scopes, of which there may be none.
func (u *uncachedFinder) findIn(ctx context.Context, scopes [][]client.ListOption, cname, sid string) (found []claim, err error) {
	examined := 0
	for _, scope := range scopes {
		list := &v1alpha1.CloudRecordingList{}
		for {
			options := append([]client.ListOption{
				client.MatchingFields{ChannelField: cname}, client.Limit(UncachedPage), client.Continue(list.Continue),
			}, scope...)
			if err := u.current.List(ctx, list, options...); err != nil {
				return nil, fmt.Errorf("list the recordings of a notification's channel: %w", err)
			}
			for i := range list.Items {
				if claim := claimOf(&list.Items[i], sid); claim.standing != notifications.Unrelated {
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
