// SPDX-License-Identifier: Apache-2.0

// Package lease knows whether this process still leads.
//
// A process that was frozen for longer than its lease, with its container or its machine,
// continues where it stopped. Until it notices that it has lost the lease, it would send
// requests at the same time as its successor.
package lease

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
	coordinationv1 "k8s.io/client-go/kubernetes/typed/coordination/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/utils/clock"
)

// Operator is the operator's name in events, and the prefix of the names of its leases.
const Operator = "cloudrecording-operator"

// NameOf returns the name of the lease for which the operators of a shard compete. The
// shard of an operator that watches everything is empty.
func NameOf(shard string) string {
	if shard == "" {
		return Operator
	}
	return Operator + "-" + shard
}

// Options describe a lease.
type Options struct {
	// Namespace and Name identify the Lease object.
	Namespace string
	Name      string

	// Duration is how long others wait after a renewal before they take the lease.
	Duration time.Duration

	// RenewDeadline is how long the leader tries to renew the lease.
	RenewDeadline time.Duration

	// Clock tells the time. Defaults to the real clock.
	Clock clock.PassiveClock
}

// Lock is the lease that a leader holds. It notes when it was last renewed.
type Lock struct {
	*resourcelock.LeaseLock
	clock    clock.PassiveClock
	duration time.Duration

	mu      sync.Mutex
	renewed time.Time
	// holder is who held the lease when it was last read or written.
	holder string
}

var _ resourcelock.Interface = (*Lock)(nil)

// NewLock returns the lock for a lease in the configured cluster.
func NewLock(config *rest.Config, options Options) (*Lock, error) {
	if options.Clock == nil {
		options.Clock = clock.RealClock{}
	}
	config = rest.AddUserAgent(rest.CopyConfig(config), "leader-election")
	// A request that hangs must not use up the whole time for renewing.
	config.Timeout = max(options.RenewDeadline/2, time.Second)
	client, err := coordinationv1.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("set up the client of the lease: %w", err)
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("name this process: %w", err)
	}
	return &Lock{
		LeaseLock: &resourcelock.LeaseLock{
			LeaseMeta: metav1.ObjectMeta{Namespace: options.Namespace, Name: options.Name},
			Client:    client,
			LockConfig: resourcelock.ResourceLockConfig{
				// Two processes on one host must not mistake each other for themselves.
				Identity: host + "_" + string(uuid.NewUUID()),
			},
		},
		clock:    options.Clock,
		duration: options.Duration,
	}, nil
}

// RecordTo sends events about the leader to a recorder. It must be called before the
// election begins.
func (l *Lock) RecordTo(recorder resourcelock.EventRecorder) {
	l.LockConfig.EventRecorder = recorder
}

// Get reads the lease and notes who holds it.
func (l *Lock) Get(ctx context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	record, raw, err := l.LeaseLock.Get(ctx)
	if err != nil {
		return nil, nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.holder = record.HolderIdentity
	return record, raw, nil
}

// Create takes the lease for the first time.
func (l *Lock) Create(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	return l.renew(record, func() error { return l.LeaseLock.Create(ctx, record) })
}

// Update takes, renews or releases the lease. It does not release the lease of a successor:
// client-go reads the lease before it releases it, but does not check who holds it. A
// process that was frozen and then told to end would give away a lease that is not its own.
func (l *Lock) Update(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	return l.renew(record, func() error {
		if record.HolderIdentity == "" && !l.isOwn() {
			return nil
		}
		return l.LeaseLock.Update(ctx, record)
	})
}

// isOwn reports whether this process held the lease when it was last read or written.
func (l *Lock) isOwn() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.holder == l.Identity()
}

// renew notes when a successful write began: nobody else can count the lease's duration
// from an earlier time.
func (l *Lock) renew(record resourcelock.LeaderElectionRecord, write func() error) error {
	begun := l.clock.Now()
	if err := write(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.renewed, l.holder = begun, record.HolderIdentity
	if record.HolderIdentity != l.Identity() {
		l.renewed = time.Time{}
	}
	return nil
}

// IsHeld reports whether nobody else can take the lease for the given time, so that what
// begins under the lease ends within it. A lease that is too short for that counts as held
// for a third of its duration. A nil Lock is always held: there is no election.
func (l *Lock) IsHeld(takes time.Duration) bool {
	if l == nil {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.renewed.IsZero() && l.clock.Since(l.renewed) < l.duration-min(takes, l.duration*2/3)
}
