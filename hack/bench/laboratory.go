// SPDX-License-Identifier: Apache-2.0

package main

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
	"cloudrecording.dev/operator/hack/testenv"
)

// laboratory is what benchmarks work in. Each has a control plane to itself: one
// that holds what others left is slower.
type laboratory struct {
	plane *controlplane.ControlPlane
	// client reads and writes as a user does, without a cache.
	client client.WithWatch
	// binary is the path of the operator, log that of its log.
	binary   string
	log      *os.File
	folder   string
	progress io.Writer
	settings
}

// settings are what the command line sets for all benchmarks.
type settings struct {
	// scale is what the numbers of recordings are multiplied by.
	scale float64

	// pprofAddress is where operators serve their profiles; nowhere if empty.
	pprofAddress string
}

// setUp builds the operator.
func setUp(ctx context.Context, settings settings, progress io.Writer) (_ *laboratory, err error) {
	folder, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return nil, fmt.Errorf("create a folder: %w", err)
	}
	l := &laboratory{folder: folder, progress: progress, settings: settings}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.tearDown(false))
		}
	}()
	if l.log, err = os.Create(filepath.Join(folder, "operator.log")); err != nil {
		return nil, fmt.Errorf("create the operator's log: %w", err)
	}
	l.say("building the operator")
	l.binary, err = testenv.BuildOperator(ctx, folder)
	return l, err
}

// tearDown closes the logs, and keeps them if they may be needed.
func (l *laboratory) tearDown(keepLogs bool) error {
	var err error
	if l.log != nil {
		err = l.log.Close()
	}
	if keepLogs {
		l.say("the logs are kept in %s", l.folder)
		return err
	}
	return errors.Join(err, os.RemoveAll(l.folder))
}

// run measures in a control plane of its own.
func (l *laboratory) run(ctx context.Context, b benchmark) (rows []row, err error) {
	l.plane, err = controlplane.Start(ctx, controlplane.Options{CRDPaths: []string{"config/crd/bases"}})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.plane.Stop()) }()
	if l.client, err = newClient(l.plane.Config); err != nil {
		return nil, err
	}
	return b.run(ctx, l)
}

func newClient(config *rest.Config) (client.WithWatch, error) {
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return nil, fmt.Errorf("register the types: %w", err)
	}
	config = rest.CopyConfig(config)
	// A client that limits itself would measure itself.
	config.QPS = -1
	k8sClient, err := client.NewWithWatch(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, fmt.Errorf("create a client: %w", err)
	}
	return k8sClient, nil
}

// say tells people what goes on.
func (l *laboratory) say(format string, arguments ...any) {
	_, _ = fmt.Fprintf(l.progress, format+"\n", arguments...)
}

// scaled returns how many there are of what is so many by default.
func (l *laboratory) scaled(count int) int {
	return max(int(float64(count)*l.scale), 1)
}
