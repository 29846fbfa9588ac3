// SPDX-License-Identifier: Apache-2.0

// Package replicatest runs replicas of the operator for the tests of notifications.
package replicatest

import (
	"context"
	"sync"

	"github.com/go-logr/logr"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"cloudrecording.dev/operator/api/v1alpha1"
)

// Process is an operator process in a namespace.
type Process struct {
	Namespace string
	Network   *Network
	Manager   manager.Manager
	Registry  *prometheus.Registry
	Logger    logr.Logger
	// Logs is the output of Logger.
	Logs *gbytes.Buffer

	stop func()
}

// New returns a Process that caches ConfigMaps. It does nothing until it is started.
func New(config *rest.Config, namespace string, configMaps cache.ByObject) *Process {
	GinkgoHelper()
	p := &Process{Namespace: namespace, Network: &Network{}, Registry: prometheus.NewRegistry(), Logs: gbytes.NewBuffer()}
	p.Logger = zap.New(zap.WriteTo(p.Logs), zap.UseDevMode(true))
	config = rest.CopyConfig(config)
	config.Wrap(p.Network.wrap)
	var err error
	p.Manager, err = ctrl.NewManager(config, ctrl.Options{
		Scheme:                 clientgoscheme.Scheme,
		Cache:                  cache.Options{ByObject: map[client.Object]cache.ByObject{&corev1.ConfigMap{}: configMaps}},
		Logger:                 p.Logger,
		Metrics:                metricsserver.Options{BindAddress: "0"},
		HealthProbeBindAddress: "0",
	})
	Expect(err).NotTo(HaveOccurred())
	return p
}

// Start starts the Process. It ends with the spec, or when Stop is called.
func (p *Process) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- p.Manager.Start(ctx) }()
	var once sync.Once
	p.stop = func() {
		once.Do(func() {
			cancel()
			var err error
			Eventually(ended).Should(Receive(&err))
			Expect(err).NotTo(HaveOccurred())
		})
	}
	DeferCleanup(p.stop)
}

// Stop ends the Process as SIGTERM does.
func (p *Process) Stop() { p.stop() }

// CreateNamespace creates a namespace for an operator and returns its name.
func CreateNamespace(ctx context.Context, writer client.Writer) string {
	GinkgoHelper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "operator-"}}
	Expect(writer.Create(ctx, namespace)).To(Succeed())
	return namespace.Name
}

// Batches returns a function that lists the journal.
func Batches(ctx context.Context, reader client.Reader, namespace string) func(Gomega) []corev1.ConfigMap {
	return func(g Gomega) []corev1.ConfigMap {
		list := &corev1.ConfigMapList{}
		g.Expect(reader.List(ctx, list, client.InNamespace(namespace), client.HasLabels{v1alpha1.NotificationsLabel})).To(Succeed())
		return list.Items
	}
}
