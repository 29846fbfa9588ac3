// SPDX-License-Identifier: Apache-2.0

// Package cluster reads and writes recordings in the cluster that kubectl's flags select.
package cluster

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// Cluster is a namespace in a cluster.
type Cluster struct {
	client.WithWatch

	// Namespace is the namespace that the flags select.
	Namespace string

	// Config connects to the API server.
	Config *rest.Config
}

// Scheme returns the types that the plugin reads and writes.
func Scheme() (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return nil, fmt.Errorf("register the types: %w", err)
	}
	return scheme, nil
}

// Connect connects to the cluster that the flags select.
func Connect(flags *genericclioptions.ConfigFlags) (*Cluster, error) {
	namespace, _, err := flags.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return nil, fmt.Errorf("find the namespace: %w", err)
	}
	config, err := flags.ToRESTConfig()
	if err != nil {
		return nil, fmt.Errorf("find the cluster: %w", err)
	}
	scheme, err := Scheme()
	if err != nil {
		return nil, err
	}
	// One person waits for the answer, so the limit of a controller would be too low.
	config.QPS, config.Burst = 50, 300
	config.WarningHandler = rest.NoWarnings{}
	reached, err := client.NewWithWatch(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, fmt.Errorf("reach the cluster: %w", err)
	}
	return &Cluster{WithWatch: reached, Namespace: namespace, Config: config}, nil
}

// As returns the same cluster for another user. This requires permission to impersonate.
func (c *Cluster) As(user string) (*Cluster, error) {
	config := rest.CopyConfig(c.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: user}
	reached, err := client.NewWithWatch(config, client.Options{Scheme: c.Scheme()})
	if err != nil {
		return nil, fmt.Errorf("reach the cluster as %s: %w", user, err)
	}
	return &Cluster{WithWatch: reached, Namespace: c.Namespace, Config: config}, nil
}

// Recording returns a recording by name.
func (c *Cluster) Recording(ctx context.Context, name string) (*v1alpha1.CloudRecording, error) {
	recording := &v1alpha1.CloudRecording{}
	if err := c.Get(ctx, client.ObjectKey{Namespace: c.Namespace, Name: name}, recording); err != nil {
		return nil, c.Explain("read", name, err)
	}
	recording.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("CloudRecording"))
	return recording, nil
}

// Recordings returns the recordings of the namespace.
func (c *Cluster) Recordings(ctx context.Context) ([]v1alpha1.CloudRecording, error) {
	list := &v1alpha1.CloudRecordingList{}
	if err := c.List(ctx, list, client.InNamespace(c.Namespace)); err != nil {
		return nil, c.Explain("list", "", err)
	}
	return list.Items, nil
}

// Profiles returns the profiles of the namespace.
func (c *Cluster) Profiles(ctx context.Context) ([]v1alpha1.CloudRecordingProfile, error) {
	list := &v1alpha1.CloudRecordingProfileList{}
	if err := c.List(ctx, list, client.InNamespace(c.Namespace)); err != nil {
		return nil, c.Explain("list", "", err)
	}
	return list.Items, nil
}
