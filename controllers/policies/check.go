// SPDX-License-Identifier: Apache-2.0

package policies

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// The policies recognize the operator by the right to operate, which allows nothing else.
// +kubebuilder:rbac:groups=cloudrecording.dev,resources=cloudrecordings,verbs=operate

const (
	// checkTimeout bounds how long one check waits for the API server.
	checkTimeout = 30 * time.Second

	// shortestInterval is the time between two checks at first: a new policy takes a moment to
	// come into force.
	shortestInterval = 5 * time.Second

	// patientChecks is how many checks in a row may fail at first before that is reported.
	patientChecks = 12

	// longestInterval is the time between two checks later on.
	longestInterval = 10 * time.Minute
)

const (
	messageNotInForce = "No policy keeps this operator from changing more than its finalizers, from deleting recordings that must stay, or from creating any that no schedule wants, so whoever takes it over can change these objects as well." +
		" Apply config/policy, and have the operator's role hold the right to operate cloudrecordings, by which the policies know it."
	messageInForce = "The policies keep this operator from changing more than its finalizers, from deleting recordings that must stay, and from creating any that no schedule wants."
)

// guardedKinds returns the kinds of objects in which the operator may change nothing but a
// finalizer.
func guardedKinds() []schema.GroupVersionKind {
	return []schema.GroupVersionKind{
		corev1.SchemeGroupVersion.WithKind("Secret"),
		v1alpha1.GroupVersion.WithKind("CloudRecording"),
	}
}

// Check reports, at the start and regularly after that, whether the operator can change
// what the policies must keep it from changing. It uses dry runs, which need no other
// rights than the operator's own, and it never holds up the operator.
type Check struct {
	// Reader reads from the API server.
	Reader client.Reader

	// Writer writes to the API server.
	Writer client.Writer

	// Namespaces are the namespaces that the operator watches. All if empty.
	Namespaces []string

	Logger logr.Logger

	notInForce prometheus.Gauge
	// soon and later are the times between two checks, at first and later on.
	soon, later time.Duration
}

var _ manager.LeaderElectionRunnable = (*Check)(nil)

// SetupWithManager adds the check to a manager.
func (c *Check) SetupWithManager(mgr manager.Manager, registerer prometheus.Registerer) error {
	c.soon, c.later = shortestInterval, longestInterval
	c.notInForce = newMetric()
	if err := registerer.Register(c.notInForce); err != nil {
		return fmt.Errorf("register the metric of the policies: %w", err)
	}
	if err := mgr.Add(c); err != nil {
		return fmt.Errorf("add the check of the policies to the manager: %w", err)
	}
	return nil
}

func newMetric() prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "cloudrecording_policies_not_in_force",
		Help: "Kinds of objects that the operator can change though a policy must keep it from that.",
	})
}

// NeedLeaderElection returns false: every replica checks.
func (c *Check) NeedLeaderElection() bool { return false }

// Start checks until the context ends.
func (c *Check) Start(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var told []string
	for checks := 1; ; checks++ {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		changeable := c.changeable(ctx)
		if len(changeable) > 0 && checks < patientChecks {
			timer.Reset(c.soon)
			continue
		}
		c.tell(told, changeable)
		told = changeable
		timer.Reset(c.later)
	}
}

// tell reports what can be changed if that is news.
func (c *Check) tell(before, changeable []string) {
	c.notInForce.Set(float64(len(changeable)))
	switch {
	case slices.Equal(before, changeable):
	case len(changeable) > 0:
		c.Logger.Error(nil, messageNotInForce, "kinds", changeable)
	default:
		c.Logger.Info(messageInForce)
	}
}

// changeable returns the kinds of objects that the operator can change.
func (c *Check) changeable(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	var kinds []string
	for _, tried := range c.Try(ctx) {
		if tried.Err != nil {
			c.Logger.V(1).Info("The policies cannot be checked", "kind", tried.Kind, "cause", tried.Err.Error())
		}
		if tried.Finding == Changed {
			kinds = append(kinds, tried.Kind)
		}
	}
	return kinds
}

// Tried is the outcome of an attempt, as the operator, to change objects of a kind.
type Tried struct {
	Kind    string
	Finding Finding

	// Err says why something could not be tried.
	Err error
}

// Try attempts, by dry runs, to change an object of each kind that the policies guard.
func (c *Check) Try(ctx context.Context) (all []Tried) {
	for _, kind := range guardedKinds() {
		all = append(all, c.try(ctx, kind))
	}
	return all
}

// try attempts to change an object of a kind in each namespace until an attempt succeeds.
// Nothing is known where there is no object, or where it cannot be tried.
func (c *Check) try(ctx context.Context, kind schema.GroupVersionKind) Tried {
	namespaces := c.Namespaces
	if len(namespaces) == 0 {
		namespaces = []string{""}
	}
	tried := Tried{Kind: kind.Kind}
	for _, namespace := range namespaces {
		found, err := c.tryOne(ctx, kind, namespace)
		if kind.Kind == "CloudRecording" {
			for _, try := range []func(context.Context, string) (Finding, error){c.tryDeletion, c.tryCreation} {
				if err == nil && found != Changed {
					var more Finding
					more, err = try(ctx, namespace)
					found = max(found, more)
				}
			}
		}
		if err != nil {
			tried.Err = errors.Join(tried.Err, fmt.Errorf("in namespace %q: %w", namespace, err))
		}
		if tried.Finding = max(tried.Finding, found); found == Changed {
			break
		}
	}
	return tried
}
