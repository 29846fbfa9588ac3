// SPDX-License-Identifier: Apache-2.0

package controlplane

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// processTimeout limits the start and the stop of each process. A busy machine needs more than
// envtest's default of 20 seconds.
const processTimeout = time.Minute

// Options configures a control plane. The zero value is a usable default.
type Options struct {
	// Kubernetes is the version to run, such as 1.32. If it is empty, the control plane runs
	// the newest version, or the one in the folder that [Binaries] was told to use.
	Kubernetes string
	// CRDPaths lists files and folders with CustomResourceDefinitions to install. Each must
	// exist.
	CRDPaths []string
	// Dir is the data folder. Stop keeps it, and a later control plane with the same folder
	// finds the objects again. If it is empty, a temporary folder is used, which Stop removes.
	Dir string
	// Output receives the logs of both processes. If it is nil, the logs are discarded.
	Output io.Writer
}

// ControlPlane is a running API server with its etcd. Both listen on the loopback interface
// only. RBAC and admission work as in a real cluster.
type ControlPlane struct {
	// Config connects to the API server as an administrator, who may also impersonate any user.
	Config *rest.Config
	// Kubeconfig is the path of a kubeconfig with the same access. Only its owner can read it.
	Kubeconfig string
	// Kubectl is the path of a kubectl of the same version.
	Kubectl string
	// EtcdURL is the URL of etcd, which requires no credentials.
	EtcdURL string

	environment *envtest.Environment
	guard       *Guard
	logs        *Logs
	// temporary is the folder that Stop removes, if any.
	temporary string
}

// Start gets the binaries (see [Binaries]), starts a control plane, and installs the CRDs. The
// context limits the start only. A started control plane runs until Stop, or until this process
// ends in any way.
func Start(ctx context.Context, options Options) (_ *ControlPlane, err error) {
	binaries, err := Binaries(ctx, options.Kubernetes)
	if err != nil {
		return nil, err
	}
	plane := &ControlPlane{Kubectl: filepath.Join(binaries, kubectlBinary)}
	defer func() {
		if err != nil {
			err = errors.Join(err, plane.Stop())
		}
	}()

	run, err := plane.prepareFolders(&options)
	if err != nil {
		return nil, err
	}
	if plane.guard, err = NewGuard(run); err != nil {
		return nil, err
	}
	plane.logs = NewLogs(options.Output)
	if err := plane.configure(binaries, run, options); err != nil {
		return nil, err
	}
	if err := plane.start(ctx); err != nil {
		return nil, fmt.Errorf("starting the control plane: %w", err)
	}
	plane.EtcdURL = plane.environment.ControlPlane.Etcd.URL.String()
	plane.Kubeconfig = filepath.Join(run, "kubeconfig")
	if err := os.WriteFile(plane.Kubeconfig, plane.environment.KubeConfig, 0o600); err != nil {
		return nil, fmt.Errorf("writing the kubeconfig: %w", err)
	}
	return plane, nil
}

// prepareFolders sets the data folder. It returns an empty folder in it for the files of this
// run: certificates, kubeconfig, and the guard.
func (c *ControlPlane) prepareFolders(options *Options) (run string, err error) {
	if options.Dir == "" {
		if c.temporary, err = os.MkdirTemp("", "controlplane-"); err != nil {
			return "", fmt.Errorf("creating a data folder: %w", err)
		}
		options.Dir = c.temporary
	}
	if options.Dir, err = filepath.Abs(options.Dir); err != nil {
		return "", fmt.Errorf("resolving the data folder: %w", err)
	}
	run = filepath.Join(options.Dir, "run")
	if err := os.RemoveAll(run); err != nil {
		return "", fmt.Errorf("emptying the data folder of an earlier run: %w", err)
	}
	for _, dir := range []string{filepath.Join(options.Dir, "etcd"), filepath.Join(run, "apiserver")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return "", fmt.Errorf("creating a data folder: %w", err)
		}
	}
	return run, nil
}

// configure describes the processes to envtest, which allocates ports, certificates and the
// admin user.
func (c *ControlPlane) configure(binaries, run string, options Options) error {
	etcd, err := c.guard.Wrap(filepath.Join(binaries, etcdBinary))
	if err != nil {
		return err
	}
	apiServer, err := c.guard.Wrap(filepath.Join(binaries, apiServerBinary))
	if err != nil {
		return err
	}
	existing := false
	c.environment = &envtest.Environment{
		UseExistingCluster:       &existing,
		CRDDirectoryPaths:        options.CRDPaths,
		ErrorIfCRDPathMissing:    true,
		ControlPlaneStartTimeout: processTimeout,
		ControlPlaneStopTimeout:  processTimeout,
	}
	c.environment.ControlPlane = envtest.ControlPlane{
		KubectlPath: c.Kubectl,
		Etcd: &envtest.Etcd{
			Path: etcd, DataDir: filepath.Join(options.Dir, "etcd"),
			Out: c.logs.Process(etcdBinary), Err: c.logs.Process(etcdBinary),
		},
		APIServer: &envtest.APIServer{
			Path: apiServer, CertDir: filepath.Join(run, "apiserver"),
			Out: c.logs.Process(apiServerBinary), Err: c.logs.Process(apiServerBinary),
		},
	}
	c.setFlags()
	return nil
}

// setFlags adds flags to those of envtest.
func (c *ControlPlane) setFlags() {
	// Benchmarks with large objects, each written several times, exceed the default of 2 GiB.
	c.environment.ControlPlane.Etcd.Configure().Set("log-level", "warn").Set("quota-backend-bytes", "8589934592")
	flags := c.environment.ControlPlane.APIServer.Configure()
	// By default, the API server looks for a non-loopback address to advertise, and does not
	// start on a machine without a network. It would write that address to Endpoints, which
	// must not be loopback.
	flags.Set("advertise-address", "127.0.0.1").Set("endpoint-reconciler-type", "none")
	// Otherwise an open watch delays its end for a minute.
	flags.Set("shutdown-watch-termination-grace-period", "1s")
}

// start calls envtest's start, which takes no context. If the context ends, it kills the
// processes instead.
func (c *ControlPlane) start(ctx context.Context) error {
	release := context.AfterFunc(ctx, func() { _ = c.guard.Release() })
	defer release()
	config, err := c.environment.Start()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%w\nend of etcd's log:\n%s\nend of kube-apiserver's log:\n%s",
			err, c.logs.Tail(etcdBinary), c.logs.Tail(apiServerBinary))
	}
	c.Config = config
	return nil
}

// Stop stops both processes and removes a temporary data folder. Further calls do nothing.
func (c *ControlPlane) Stop() error {
	var stopped, released, removed error
	if c.environment != nil {
		stopped = c.environment.Stop()
		c.environment = nil
	}
	if c.guard != nil {
		released = c.guard.Release()
		c.guard = nil
	}
	if c.temporary != "" {
		removed = os.RemoveAll(c.temporary)
		c.temporary = ""
	}
	if err := errors.Join(stopped, released, removed); err != nil {
		return fmt.Errorf("stopping the control plane: %w", err)
	}
	return nil
}
