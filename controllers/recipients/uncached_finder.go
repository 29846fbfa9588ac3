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
	// ChannelField is the field that selects recordings by channel in the API server.
	ChannelField = "spec.cname"

	// UncachedBurst limits the requests to the API server that a namespace can cause by
	// signing notifications about recordings that do not exist. The same limit applies to
	// all unknown signers together.
	UncachedBurst = 20

	// UncachedRate is how many more of these requests are allowed per second.
	UncachedRate = 5.0

	// uncachedAtOnce limits how many of these requests run at the same time, and
	// allUncachedAtOnce limits them for all namespaces together.
	uncachedAtOnce    = 2
	allUncachedAtOnce = 16

	// UncachedPage is how many recordings of a channel are read at a time, and
	// maxOfChannel how many for one notification. Each of them may be as large as the API
	// server allows.
	UncachedPage = 10
	maxOfChannel = 1000

	// unownedFor is how long a sid is remembered as unowned, and maxUnowned how many are.
	unownedFor = 10 * time.Second
	maxUnowned = 1 << 12

	// maxLimitedNamespaces is how many namespaces have their own limit.
	maxLimitedNamespaces = 4096
)

// errTooManyOfChannel means that a channel has too many recordings to read them all.
var errTooManyOfChannel = errors.New("too many recordings have the notification's channel: give recordings channels of their own")

// unownedSID is a sid that no recording of a channel has. The channel is part of the key,
// because anybody who knows a sid can name another channel.
type unownedSID struct{ cname, sid string }

// claim is the part of a recording that matters for a notification.
type claim struct {
	name     types.NamespacedName
	uid      types.UID
	secret   types.NamespacedName
	standing notifications.Standing
	// starting is true if the recording is being started or about to be. This replica may
	// not know yet that the start was requested.
	starting bool
}

func claimOf(recording *v1alpha1.CloudRecording, sid string) claim {
	return claim{
		name: client.ObjectKeyFromObject(recording), uid: recording.UID, secret: lifecycle.SecretName(recording),
		standing: standingOf(recording, sid), starting: lifecycle.AwaitsStart(recording) && !lifecycle.IsSuspended(recording),
	}
}

// uncachedFinder asks the API server for recordings that the cache does not show. A cache
// that has lost its watch does not know what was created or started since.
type uncachedFinder struct {
	current   client.Reader
	shard     shard.Shard
	unrelated *utilcache.LRUExpireCache

	mu sync.Mutex
	// limits are the limits of the namespaces. The limit of all unknown signers has an
	// empty name.
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

// find returns the recordings of a channel that have a sid or may get it. It first
// searches the namespaces of known signers.
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

// begin reports whether the API server may be asked.
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

// findIn searches scopes, which may be empty.
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
