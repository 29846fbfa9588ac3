// SPDX-License-Identifier: Apache-2.0

// The manager runs the cloud recording operator.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers"
	"cloudrecording.dev/operator/controllers/agora"
	"cloudrecording.dev/operator/controllers/notifications"
	"cloudrecording.dev/operator/controllers/storage"
)

// version is set when the binary is built.
var version = "dev"

// The lease is held longer than a call to Agora takes, so that a process that
// loses it has no call under way any more when another begins.
const (
	leaseDuration = 60 * time.Second
	renewDeadline = 45 * time.Second
	retryPeriod   = 2 * time.Second
)

// options are the operator's flags.
type options struct {
	agora                   agora.Options
	settings                controllers.Settings
	watchNamespaces         string
	watchLabelSelector      string
	leaderElect             bool
	leaderElectionNamespace string
	storageEndpoints        string
	notifications           notificationOptions
	metricsBindAddress      string
	metricsSecure           bool
	healthProbeBindAddress  string
	zap                     zap.Options
}

func main() {
	options, err := parseFlags(flag.CommandLine, os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	ctrl.SetLogger(zap.New(zap.UseFlagOptions(&options.zap)))
	if err := run(ctrl.SetupSignalHandler(), options); err != nil {
		ctrl.Log.Error(err, "The operator ends")
		os.Exit(1)
	}
}

func parseFlags(flags *flag.FlagSet, arguments []string) (options, error) {
	o := options{
		settings:         controllers.DefaultSettings(),
		storageEndpoints: strings.Join(storage.DefaultEndpoints(), ","),
	}
	endpoints := "https://api.agora.io,https://api.sd-rtn.com"

	flags.StringVar(&endpoints, "agora-endpoints", endpoints,
		"Base URLs of Agora's service, separated by commas, in the order of preference: a network failure is tried once more, then the next is used.")
	flags.BoolVar(&o.agora.AllowInsecureEndpoints, "allow-insecure-endpoints", false,
		"Allow plain http to endpoints beyond loopback, which shows the credentials to the network. For tests only.")
	flags.Float64Var(&o.settings.RequestsPerSecond, "requests-per-second", o.settings.RequestsPerSecond,
		"Requests a second that an Agora account allows, unless its Secret states another limit.")
	flags.DurationVar(&o.settings.PollInterval, "poll-interval", o.settings.PollInterval,
		"How often a running recording is looked after. Less often where many share an account.")
	flags.DurationVar(&o.settings.NotFoundGrace, "not-found-grace", o.settings.NotFoundGrace,
		"How long Agora must find no recorder before a recording counts as ended. Moving one to another server takes up to 90s.")
	flags.DurationVar(&o.settings.UploadRecheckMin, "upload-recheck-min", o.settings.UploadRecheckMin,
		"Shortest time between two looks at an upload that is not confirmed.")
	flags.DurationVar(&o.settings.UploadRecheckMax, "upload-recheck-max", o.settings.UploadRecheckMax,
		"Longest time between two looks at an upload that is not confirmed.")
	flags.IntVar(&o.settings.MaxConcurrentReconciles, "max-concurrent-reconciles", o.settings.MaxConcurrentReconciles,
		"How many recordings are reconciled at once. Calls to Agora run beside and do not count.")
	flags.StringVar(&o.watchNamespaces, "watch-namespaces", "",
		"Namespaces to watch, separated by commas. All if empty.")
	flags.StringVar(&o.watchLabelSelector, "watch-label-selector", "",
		"Label selector of the recordings to look after. All if empty.")
	flags.BoolVar(&o.leaderElect, "leader-elect", false,
		"Elect a leader among several replicas; only the leader works.")
	flags.StringVar(&o.leaderElectionNamespace, "leader-election-namespace", "",
		"Namespace of the leader's lease. Needed outside a cluster; inside, the operator's own by default.")
	flags.StringVar(&o.storageEndpoints, "allowed-storage-endpoints", o.storageEndpoints,
		"Hosts of storage services that may be asked for recorded files, separated by commas. * stands for anything within a label of the name."+
			" An entry such as http://127.0.0.1:9000 allows plain http and a port.")
	flags.StringVar(&o.notifications.bindAddress, "notifications-bind-address", "",
		"Address at which Agora's notifications are received by plain http, such as :8082; a proxy before it must serve https. Off if empty.")
	flags.StringVar(&o.notifications.namespace, "notifications-namespace", "",
		"Namespace in which accepted notifications are kept until they are recorded. Needed outside a cluster; inside, the operator's own by default.")
	flags.StringVar(&o.metricsBindAddress, "metrics-bind-address", "0",
		"Address of the metrics endpoint, such as :8443. 0 turns it off.")
	flags.BoolVar(&o.metricsSecure, "metrics-secure", true,
		"Serve metrics by TLS, to those whom the cluster authenticates and authorizes. If false, by plain http to everybody.")
	flags.StringVar(&o.healthProbeBindAddress, "health-probe-bind-address", ":8081",
		"Address of the health probes. 0 turns them off.")
	o.zap.BindFlags(flags)
	if err := flags.Parse(arguments); err != nil {
		return options{}, err
	}
	o.agora.Endpoints = strings.Split(endpoints, ",")
	o.agora.UserAgent = "cloudrecording-operator/" + version
	return o, o.validate()
}

// validate says which flag cannot be what it is.
func (o options) validate() error {
	positive := map[string]bool{
		"--requests-per-second":       o.settings.RequestsPerSecond > 0,
		"--poll-interval":             o.settings.PollInterval > 0,
		"--upload-recheck-min":        o.settings.UploadRecheckMin > 0,
		"--max-concurrent-reconciles": o.settings.MaxConcurrentReconciles > 0,
	}
	for name, ok := range positive {
		if !ok {
			return fmt.Errorf("%s must be above 0", name)
		}
	}
	if o.settings.NotFoundGrace < 0 {
		return errors.New("--not-found-grace must not be negative")
	}
	if o.settings.UploadRecheckMax < o.settings.UploadRecheckMin {
		return errors.New("--upload-recheck-max must not be below --upload-recheck-min")
	}
	return nil
}

func run(ctx context.Context, o options) error {
	registry := metrics.Registry
	measured, err := controllers.NewMetrics(registry)
	if err != nil {
		return err
	}
	o.agora.Observe = measured.Called
	agoraClient, err := agora.NewClient(o.agora)
	if err != nil {
		return fmt.Errorf("--agora-endpoints: %w", err)
	}
	defer agoraClient.Close()
	endpoints, err := storage.ParseEndpoints(strings.Split(o.storageEndpoints, ","))
	if err != nil {
		return fmt.Errorf("--allowed-storage-endpoints: %w", err)
	}
	if err := o.notifications.complete(); err != nil {
		return err
	}

	mgr, err := newManager(o)
	if err != nil {
		return err
	}
	inbox, err := addNotifications(ctx, mgr, o.notifications)
	if err != nil {
		return err
	}
	recordings := &controllers.CloudRecordingReconciler{
		Client:    mgr.GetClient(),
		APIReader: mgr.GetAPIReader(),
		Recorder:  mgr.GetEventRecorder("cloudrecording-operator"),
		Agora:     agoraClient,
		Storage:   storage.NewVerifier(storage.Options{Endpoints: endpoints}),
		Inbox:     inbox,
		Settings:  o.settings,
		Metrics:   measured,
	}
	if err := recordings.SetupWithManager(ctx, mgr); err != nil {
		return err
	}
	secrets := &controllers.SecretReconciler{Client: mgr.GetClient(), APIReader: mgr.GetAPIReader()}
	if err := secrets.SetupWithManager(mgr); err != nil {
		return err
	}
	ctrl.Log.Info("The operator begins", "version", version, "endpoints", o.agora.Endpoints)
	if err := mgr.Start(ctx); err != nil {
		return fmt.Errorf("run the manager: %w", err)
	}
	return nil
}

func newManager(o options) (manager.Manager, error) {
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return nil, fmt.Errorf("register the types: %w", err)
	}
	cacheOptions, err := newCacheOptions(o)
	if err != nil {
		return nil, err
	}
	config, err := ctrl.GetConfig()
	if err != nil {
		return nil, fmt.Errorf("find the cluster: %w", err)
	}
	mgr, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:                        scheme,
		Cache:                         cacheOptions,
		Metrics:                       newMetricsOptions(o),
		HealthProbeBindAddress:        o.healthProbeBindAddress,
		LeaderElection:                o.leaderElect,
		LeaderElectionID:              "cloudrecording-operator",
		LeaderElectionNamespace:       o.leaderElectionNamespace,
		LeaderElectionReleaseOnCancel: true,
		LeaseDuration:                 ptr.To(leaseDuration),
		RenewDeadline:                 ptr.To(renewDeadline),
		RetryPeriod:                   ptr.To(retryPeriod),
		GracefulShutdownTimeout:       ptr.To(controllers.ShutdownTimeout()),
	})
	if err != nil {
		return nil, fmt.Errorf("set up the manager: %w", err)
	}
	if err := errors.Join(
		mgr.AddHealthzCheck("healthz", healthz.Ping),
		mgr.AddReadyzCheck("readyz", healthz.Ping),
	); err != nil {
		return nil, fmt.Errorf("set up the health probes: %w", err)
	}
	return mgr, nil
}

// newCacheOptions restricts what is watched.
func newCacheOptions(o options) (cache.Options, error) {
	cacheOptions := controllers.CacheOptions()
	cacheOptions.ByObject = map[client.Object]cache.ByObject{}
	if o.notifications.isOn() {
		cacheOptions.ByObject[&corev1.ConfigMap{}] = notifications.CacheByObject(o.notifications.namespace)
	}
	if o.watchLabelSelector != "" {
		selector, err := labels.Parse(o.watchLabelSelector)
		if err != nil {
			return cache.Options{}, fmt.Errorf("--watch-label-selector: %w", err)
		}
		cacheOptions.ByObject[&v1alpha1.CloudRecording{}] = cache.ByObject{Label: selector}
	}
	for namespace := range strings.SplitSeq(o.watchNamespaces, ",") {
		namespace = strings.TrimSpace(namespace)
		if namespace == "" {
			continue
		}
		if cacheOptions.DefaultNamespaces == nil {
			cacheOptions.DefaultNamespaces = map[string]cache.Config{}
		}
		cacheOptions.DefaultNamespaces[namespace] = cache.Config{}
	}
	return cacheOptions, nil
}

// namespaceFile holds the namespace of the pod that the operator runs in.
const namespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

// notificationOptions are the flags for Agora's notifications.
type notificationOptions struct {
	bindAddress string
	namespace   string
}

func (o *notificationOptions) isOn() bool { return o.bindAddress != "" }

// complete finds the operator's own namespace.
func (o *notificationOptions) complete() error {
	if !o.isOn() || o.namespace != "" {
		return nil
	}
	namespace, err := os.ReadFile(namespaceFile)
	if err != nil {
		return fmt.Errorf("--notifications-namespace must be set outside a cluster: %w", err)
	}
	o.namespace = strings.TrimSpace(string(namespace))
	return nil
}

// addNotifications makes the manager receive notifications, on every replica.
// What is accepted goes through the API server to the inbox of whoever leads.
// The inbox is nil if notifications are off.
func addNotifications(ctx context.Context, mgr manager.Manager, o notificationOptions) (controllers.Inbox, error) {
	if !o.isOn() {
		return nil, nil
	}
	measured, err := notifications.NewMetrics(metrics.Registry)
	if err != nil {
		return nil, err
	}
	logger := mgr.GetLogger().WithName("notifications")
	directory, err := controllers.NewDirectory(ctx, mgr.GetCache(), mgr.GetAPIReader())
	if err != nil {
		return nil, err
	}
	inbox := notifications.NewInbox(notifications.InboxOptions{
		Client: mgr.GetClient(), Namespace: o.namespace, Metrics: measured, Logger: logger,
	})
	if err := inbox.SetupWithManager(ctx, mgr); err != nil {
		return nil, err
	}
	journal := notifications.NewJournal(notifications.JournalOptions{
		Client: mgr.GetClient(), Namespace: o.namespace, Backlog: inbox,
	})
	receiver := notifications.NewReceiver(notifications.Options{
		Directory: directory, Journal: journal, Metrics: measured, Logger: logger,
	})
	server, err := notifications.Listen(ctx, o.bindAddress, receiver, logger)
	if err != nil {
		return nil, fmt.Errorf("--notifications-bind-address: %w", err)
	}
	if err := mgr.Add(server); err != nil {
		return nil, fmt.Errorf("add the receiver of notifications to the manager: %w", err)
	}
	return inbox, nil
}

func newMetricsOptions(o options) metricsserver.Options {
	options := metricsserver.Options{BindAddress: o.metricsBindAddress}
	if o.metricsSecure {
		options.SecureServing = true
		options.FilterProvider = filters.WithAuthenticationAndAuthorization
	}
	return options
}
