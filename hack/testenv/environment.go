// SPDX-License-Identifier: Apache-2.0

package testenv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/hack/controlplane"
)

// Options configure an environment. The zero value is usable.
type Options struct {
	// Operator is the path of an existing operator binary. If it is empty, the operator is
	// built.
	Operator string
	// WithoutOperator means that no operator is needed.
	WithoutOperator bool
	// Bucket means that the environment has an S3 server with a bucket.
	Bucket bool
	// ControlPlaneLog receives the logs of etcd and the API server. It may be nil.
	ControlPlaneLog io.Writer
	// Announce is called before every step that may take long. It may be nil.
	Announce func(step string)
}

// Environment is a control plane with the CRDs, and everything else that was requested.
// [Cleanup.Run] stops it.
type Environment struct {
	Cleanup

	ControlPlane *controlplane.ControlPlane
	// Client acts as a user does: without a cache or a rate limit.
	Client client.WithWatch
	// Bucket is nil unless it was requested.
	Bucket *Bucket
	// Operator is the path of the operator's binary.
	Operator string
}

// Start starts an environment. If it fails, it stops everything that it has started.
func Start(ctx context.Context, options Options) (_ *Environment, err error) {
	e := &Environment{Operator: options.Operator}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.Run())
		}
	}()
	announce := options.Announce
	if announce == nil {
		announce = func(string) {}
	}
	announce("A Kubernetes API server is being started. The first time, its programs are downloaded, or built where that is not possible, which takes about ten minutes on two cores.")
	if err := e.startControlPlane(ctx, options.ControlPlaneLog); err != nil {
		return nil, err
	}
	if options.Bucket {
		announce("An S3 server is being started for the recorded files. The first time, it is built, which takes about two minutes.")
		if e.Bucket, err = StartBucket(ctx, &e.Cleanup); err != nil {
			return nil, err
		}
	}
	if e.Operator != "" || options.WithoutOperator {
		return e, nil
	}
	announce("The operator is being built, which takes a few minutes the first time.")
	return e, e.buildOperator(ctx)
}

func (e *Environment) startControlPlane(ctx context.Context, log io.Writer) error {
	root, err := controlplane.ModuleRoot()
	if err != nil {
		return err
	}
	e.ControlPlane, err = controlplane.Start(ctx, controlplane.Options{
		CRDPaths: []string{filepath.Join(root, "config", "crd", "bases")}, Output: log,
	})
	if err != nil {
		return err
	}
	e.Add(e.ControlPlane.Stop)
	e.Client, err = NewClient(e.ControlPlane.Config)
	return err
}

func (e *Environment) buildOperator(ctx context.Context) error {
	folder, err := os.MkdirTemp("", "operator-")
	if err != nil {
		return fmt.Errorf("create a folder for the operator: %w", err)
	}
	e.Add(func() error { return os.RemoveAll(folder) })
	e.Operator, err = BuildOperator(ctx, folder)
	return err
}

// NewScheme returns a scheme with the types of Kubernetes and the operator's own.
func NewScheme() (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return nil, fmt.Errorf("register the types: %w", err)
	}
	return scheme, nil
}

// NewClient returns a client without a rate limit.
func NewClient(config *rest.Config) (client.WithWatch, error) {
	scheme, err := NewScheme()
	if err != nil {
		return nil, err
	}
	config = rest.CopyConfig(config)
	config.QPS = -1
	made, err := client.NewWithWatch(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, fmt.Errorf("create a client: %w", err)
	}
	return made, nil
}
