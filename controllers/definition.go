// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers/definitions"
)

// +kubebuilder:rbac:groups=apiextensions.k8s.io,resources=customresourcedefinitions,resourceNames=cloudrecordings.cloudrecording.dev,verbs=get,roleName=cloudrecording-definition-reader

// definitionName is the name of the CustomResourceDefinition of recordings.
const definitionName = "cloudrecordings.cloudrecording.dev"

// definitionTimeout bounds how long the definition is waited for.
const definitionTimeout = 30 * time.Second

// messageDefinition says what it means that the definition lacks fields.
const messageDefinition = "The CustomResourceDefinition in the cluster lacks fields that this operator writes: the API server drops them, and what they hold is lost." +
	" Apply the one that belongs to this version of the operator."

// DefinitionCheck says, once at the start, if the definition of recordings in the
// cluster lacks fields that the operator writes. It keeps nobody from working.
type DefinitionCheck struct {
	// Reader reads from the API server.
	Reader client.Reader

	Logger logr.Logger

	name    string
	missing prometheus.Gauge
}

var _ manager.LeaderElectionRunnable = (*DefinitionCheck)(nil)

// SetupWithManager adds the check to a manager.
func (c *DefinitionCheck) SetupWithManager(mgr manager.Manager, registerer prometheus.Registerer) error {
	c.name = definitionName
	c.missing = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "cloudrecording_definition_missing_fields",
		Help: "Fields of a status that the operator writes and that the CustomResourceDefinition lacked at its start.",
	})
	if err := registerer.Register(c.missing); err != nil {
		return fmt.Errorf("register the metric of the definition: %w", err)
	}
	if err := mgr.Add(c); err != nil {
		return fmt.Errorf("add the check of the definition to the manager: %w", err)
	}
	return nil
}

// NeedLeaderElection says that every replica checks.
func (c *DefinitionCheck) NeedLeaderElection() bool { return false }

// Start checks.
func (c *DefinitionCheck) Start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, definitionTimeout)
	defer cancel()
	missing, err := c.missingFields(ctx)
	switch {
	case err != nil:
		// The operator may be allowed nothing outside its namespaces.
		c.Logger.V(1).Info("The CustomResourceDefinition cannot be checked", "definition", c.name, "cause", err.Error(), "forbidden", apierrors.IsForbidden(err))
	case len(missing) > 0:
		c.missing.Set(float64(len(missing)))
		c.Logger.Error(nil, messageDefinition, "definition", c.name, "fields", missing)
	}
	return nil
}

// missingFields returns the fields of a status that the definition lacks.
func (c *DefinitionCheck) missingFields(ctx context.Context) ([]string, error) {
	definition := &unstructured.Unstructured{}
	definition.SetGroupVersionKind(schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"})
	if err := c.Reader.Get(ctx, types.NamespacedName{Name: c.name}, definition); err != nil {
		return nil, fmt.Errorf("read the CustomResourceDefinition: %w", err)
	}
	return definitions.MissingFields(definition, "status", reflect.TypeFor[v1alpha1.CloudRecordingStatus]())
}
