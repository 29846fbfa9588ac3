// SPDX-License-Identifier: Apache-2.0

// Package check compares the CustomResourceDefinitions in the cluster with the fields that the
// operator writes.
package check

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"cloudrecording.dev/operator/controllers/definitions"
)

// +kubebuilder:rbac:groups=apiextensions.k8s.io,resources=customresourcedefinitions,resourceNames=cloudrecordings.cloudrecording.dev;cloudrecordingprofiles.cloudrecording.dev;cloudrecordingschedules.cloudrecording.dev,verbs=get,roleName=cloudrecording-definition-reader

// timeout bounds how long reading the definitions may take.
const timeout = 30 * time.Second

// messageMissing says what happens if a definition lacks fields.
const messageMissing = "The CustomResourceDefinition in the cluster lacks fields that this operator writes: the API server drops them, and what they hold is lost." +
	" Apply the one that belongs to this version of the operator."

// Check logs, once at the start, if a definition in the cluster lacks fields that the operator
// writes. It does not keep the operator from working.
type Check struct {
	// Reader reads from the API server.
	Reader client.Reader

	Logger logr.Logger

	// kinds holds the type of each kind, by the name of its definition.
	kinds   map[string]reflect.Type
	missing prometheus.Gauge
}

var _ manager.LeaderElectionRunnable = (*Check)(nil)

// SetupWithManager adds the check to a manager.
func (c *Check) SetupWithManager(mgr manager.Manager, registerer prometheus.Registerer) error {
	c.kinds = map[string]reflect.Type{}
	for kind, of := range definitions.Kinds(mgr.GetScheme()) {
		c.kinds[definitions.NameOf(kind)] = of
	}
	c.missing = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "cloudrecording_definition_missing_fields",
		Help: "Fields that the operator writes and that the CustomResourceDefinitions lacked at its start.",
	})
	if err := registerer.Register(c.missing); err != nil {
		return fmt.Errorf("register the metric of the definitions: %w", err)
	}
	if err := mgr.Add(c); err != nil {
		return fmt.Errorf("add the check of the definitions to the manager: %w", err)
	}
	return nil
}

// NeedLeaderElection returns false, since every replica checks.
func (c *Check) NeedLeaderElection() bool { return false }

// Start checks the definitions once.
func (c *Check) Start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	total := 0
	for _, name := range slices.Sorted(maps.Keys(c.kinds)) {
		missing, err := c.missingFields(ctx, name)
		switch {
		case err != nil:
			// The operator may have no rights outside its namespaces.
			c.Logger.V(1).Info("The CustomResourceDefinition cannot be checked", "definition", name, "cause", err.Error(), "forbidden", apierrors.IsForbidden(err))
		case len(missing) > 0:
			c.Logger.Error(nil, messageMissing, "definition", name, "fields", missing)
		}
		total += len(missing)
	}
	c.missing.Set(float64(total))
	return nil
}

// missingFields returns the fields that the operator writes and that a definition lacks.
func (c *Check) missingFields(ctx context.Context, name string) ([]string, error) {
	definition := &unstructured.Unstructured{}
	definition.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"})
	if err := c.Reader.Get(ctx, types.NamespacedName{Name: name}, definition); err != nil {
		return nil, fmt.Errorf("read the CustomResourceDefinition: %w", err)
	}
	var all []string
	written := definitions.WrittenFields(c.kinds[name])
	for _, field := range slices.Sorted(maps.Keys(written)) {
		missing, err := definitions.MissingFields(definition, field, written[field])
		if err != nil {
			return nil, err //nolint:wrapcheck // it says what it is about
		}
		all = append(all, missing...)
	}
	return all, nil
}
