// SPDX-License-Identifier: Apache-2.0

// The manager runs the cloud recording operator.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"
	_ "time/tzdata" // embeds the time zones of schedules, so that the operator knows them wherever it runs

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	ctrlmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"cloudrecording.dev/operator/api/v1alpha1"
	"cloudrecording.dev/operator/controllers"
	agorarest "cloudrecording.dev/operator/controllers/agora/rest"
	"cloudrecording.dev/operator/controllers/budget"
	"cloudrecording.dev/operator/controllers/definitions/check"
	"cloudrecording.dev/operator/controllers/health"
	"cloudrecording.dev/operator/controllers/lease"
	"cloudrecording.dev/operator/controllers/memory"
	"cloudrecording.dev/operator/controllers/metrics"
	"cloudrecording.dev/operator/controllers/notifications/journal"
	"cloudrecording.dev/operator/controllers/notifications/receiver"
	"cloudrecording.dev/operator/controllers/notifications/unowned"
	"cloudrecording.dev/operator/controllers/policies"
	"cloudrecording.dev/operator/controllers/profiles"
	"cloudrecording.dev/operator/controllers/recipients"
	"cloudrecording.dev/operator/controllers/removal"
	"cloudrecording.dev/operator/controllers/schedules"
	"cloudrecording.dev/operator/controllers/shard"
	"cloudrecording.dev/operator/controllers/storage"
	"cloudrecording.dev/operator/controllers/storage/verify"
)

// version is set when the binary is built.
var version = "dev"

// The lease lasts longer than a call to Agora. A call begins only if it will end before
// another process can take the lease.
const (
	defaultLeaseDuration = 60 * time.Second
	defaultRenewDeadline = 45 * time.Second
	defaultRetryPeriod   = 2 * time.Second
)

// shortestNotFoundGrace is the longest time that Agora takes to move a recorder to
// another server. Agora cannot find the recorder during the move.
const shortestNotFoundGrace = 90 * time.Second

// Files in the folder of --metrics-cert-path, named as in a Secret of type
// kubernetes.io/tls.
const (
	metricsCertFile = "tls.crt"
	metricsKeyFile  = "tls.key"
)

// options are the operator's flags.
type options struct {
	showVersion            bool
	agora                  agorarest.Options
	settings               controllers.Settings
	allowUnsafeTimings     bool
	shard                  shard.Shard
	leaderElection         leaderElectionOptions
	storageEndpoints       string
	storageAddresses       []netip.Prefix
	notifications          notificationOptions
	metricsBindAddress     string
	metricsSecure          bool
	metricsCertPath        string
	pprofBindAddress       string
	healthProbeBindAddress string
	zap                    zap.Options
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == removal.Command {
		os.Exit(removal.Execute(ctrl.SetupSignalHandler(), os.Args[2:], os.Stderr))
	}
	options, err := parseFlags(flag.CommandLine, os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if options.showVersion {
		fmt.Println(version)
		return
	}
	ctrl.SetLogger(zap.New(zap.UseFlagOptions(&options.zap)))
	memory.BoundGarbage()
	limit, err := memory.ApplyLimit()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if limit > 0 {
		ctrl.Log.Info("Limited Go's memory to less than the container's limit", "bytes", limit)
	}
	if err := run(ctrl.SetupSignalHandler(), options); err != nil {
		ctrl.Log.Error(err, "The operator ended with an error")
		os.Exit(1)
	}
}

func parseFlags(flags *flag.FlagSet, arguments []string) (options, error) {
	o := options{
		settings:         controllers.DefaultSettings(),
		storageEndpoints: strings.Join(storage.DefaultEndpoints(), ","),
	}
	endpoints := "https://api.agora.io,https://api.sd-rtn.com"
	var watchNamespaces, watchLabelSelector, storageAddresses string

	flags.BoolVar(&o.showVersion, "version", false,
		"Print the version, and end.")
	flags.StringVar(&endpoints, "agora-endpoints", endpoints,
		"Base URLs of Agora's service, separated by commas, in the order of preference: a network failure is tried once more, then the next is used.")
	flags.BoolVar(&o.agora.AllowInsecureEndpoints, "allow-insecure-endpoints", false,
		"Allow plain http to endpoints beyond loopback, which shows the credentials to the network. For tests only.")
	flags.Float64Var(&o.settings.RequestsPerSecond, "requests-per-second", o.settings.RequestsPerSecond,
		"Requests a second that an Agora account allows, unless its Secret states another limit. At least 1.")
	flags.DurationVar(&o.settings.PollInterval, "poll-interval", o.settings.PollInterval,
		"How often a running recording is looked after. Less often where many share an account.")
	flags.DurationVar(&o.settings.NotFoundGrace, "not-found-grace", o.settings.NotFoundGrace,
		"How long Agora must find no recorder before a recording counts as ended. Moving one to another server takes up to 90s: not less.")
	flags.DurationVar(&o.settings.UploadRecheckMin, "upload-recheck-min", o.settings.UploadRecheckMin,
		"Shortest time between two looks at an upload that is not confirmed.")
	flags.DurationVar(&o.settings.UploadRecheckMax, "upload-recheck-max", o.settings.UploadRecheckMax,
		"Longest time between two looks at an upload that is not confirmed.")
	flags.DurationVar(&o.settings.UploadSettleTime, "upload-settle-time", o.settings.UploadSettleTime,
		"How long nothing may change in a bucket until files that Agora has not named count as all there are. At least 30m.")
	flags.BoolVar(&o.allowUnsafeTimings, "allow-unsafe-timings", false,
		"Allow times so short that what Agora is yet to do may be missed. For tests only.")
	flags.IntVar(&o.settings.MaxConcurrentReconciles, "max-concurrent-reconciles", o.settings.MaxConcurrentReconciles,
		"How many recordings are reconciled at once. Calls to Agora run beside and do not count.")
	flags.StringVar(&watchNamespaces, "watch-namespaces", "",
		"Namespaces to watch, separated by commas. All if empty.")
	flags.StringVar(&watchLabelSelector, "watch-label-selector", "",
		"Label selector of the recordings to look after. All if empty.")
	o.leaderElection.bind(flags)
	flags.StringVar(&o.storageEndpoints, "allowed-storage-endpoints", o.storageEndpoints,
		"Hosts of storage services that may be asked for recorded files, separated by commas. * stands for anything within a label of the name."+
			" An entry such as http://127.0.0.1:9000 allows plain http and a port.")
	flags.StringVar(&storageAddresses, "allowed-storage-addresses", "",
		"IP addresses and ranges within a cluster or a private network, such as 10.96.0.0/12, that the names of these hosts may lead to, separated by commas. None if empty.")
	flags.StringVar(&o.notifications.bindAddress, "notifications-bind-address", "",
		"Address at which Agora's notifications are received by plain http, such as :8082; a proxy before it must serve https. Off if empty.")
	flags.StringVar(&o.notifications.namespace, "notifications-namespace", "",
		"Namespace in which accepted notifications are kept until they are recorded. Needed outside a cluster; inside, the operator's own by default.")
	flags.StringVar(&o.metricsBindAddress, "metrics-bind-address", "0",
		"Address of the metrics endpoint, such as :8443. 0 turns it off.")
	flags.BoolVar(&o.metricsSecure, "metrics-secure", true,
		"Serve metrics by TLS, to those whom the cluster authenticates and authorizes. If false, by plain http to everybody.")
	flags.StringVar(&o.metricsCertPath, "metrics-cert-path", "",
		"Folder with the certificate of the metrics endpoint, tls.crt, and its key, tls.key. They are read again when they change. If empty, a certificate is made at every start.")
	flags.StringVar(&o.pprofBindAddress, "pprof-bind-address", "0",
		"Address of Go's profiling endpoint, such as localhost:6060, by plain http to everybody who can reach it. 0 turns it off.")
	flags.StringVar(&o.healthProbeBindAddress, "health-probe-bind-address", ":8081",
		"Address of the health probes. 0 turns them off.")
	o.zap.BindFlags(flags)
	if err := flags.Parse(arguments); err != nil {
		return options{}, err
	}
	if flags.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument %q: a flag and its value are one argument, such as --leader-elect=false. Nothing after it would count", flags.Arg(0))
	}
	o.agora.Endpoints = strings.Split(endpoints, ",")
	o.agora.UserAgent = "cloudrecording-operator/" + version
	var err error
	if o.shard, err = shard.Parse(watchNamespaces, watchLabelSelector); err != nil {
		return options{}, fmt.Errorf("--watch-namespaces and --watch-label-selector: %w", err)
	}
	if o.storageAddresses, err = verify.ParseAddresses(strings.Split(storageAddresses, ",")); err != nil {
		return options{}, fmt.Errorf("--allowed-storage-addresses: %w", err)
	}
	return o, o.validate()
}

// validate returns an error that names a flag with an invalid value.
func (o options) validate() error {
	positive := map[string]bool{
		"--poll-interval":             o.settings.PollInterval > 0,
		"--upload-recheck-min":        o.settings.UploadRecheckMin > 0,
		"--max-concurrent-reconciles": o.settings.MaxConcurrentReconciles > 0,
	}
	for name, ok := range positive {
		if !ok {
			return fmt.Errorf("%s must be above 0", name)
		}
	}
	if !(o.settings.RequestsPerSecond >= budget.LowestLimit) {
		return fmt.Errorf("--requests-per-second must be at least %d: with less, a recording that is to be stopped would wait, and be billed", budget.LowestLimit)
	}
	if o.settings.NotFoundGrace < 0 {
		return errors.New("--not-found-grace must not be negative")
	}
	if o.settings.NotFoundGrace < shortestNotFoundGrace && !o.allowUnsafeTimings {
		return fmt.Errorf("--not-found-grace must be at least %s: Agora takes so long to move a recorder, which would count as ended meanwhile. Tests may set --allow-unsafe-timings", shortestNotFoundGrace)
	}
	if o.settings.UploadRecheckMax < o.settings.UploadRecheckMin {
		return errors.New("--upload-recheck-max must not be below --upload-recheck-min")
	}
	if o.settings.UploadSettleTime < controllers.MinUploadSettleTime && !o.allowUnsafeTimings {
		return fmt.Errorf("--upload-settle-time must not be below %s: Agora's transfer from its backup takes up to 20m, and what it has not brought by then would never be missed."+
			" For tests, --allow-unsafe-timings allows it", controllers.MinUploadSettleTime)
	}
	return errors.Join(o.validateMetrics(), o.leaderElection.validate())
}

// validateMetrics returns an error if the configured certificate is missing. The endpoint
// would otherwise generate its own certificate, which nobody trusts.
func (o options) validateMetrics() error {
	if o.metricsCertPath == "" {
		return nil
	}
	if !o.metricsSecure {
		return errors.New("--metrics-cert-path is of use only with --metrics-secure")
	}
	for _, name := range []string{metricsCertFile, metricsKeyFile} {
		if _, err := os.Stat(filepath.Join(o.metricsCertPath, name)); err != nil {
			return fmt.Errorf("--metrics-cert-path must be a folder with %s and %s: %w", metricsCertFile, metricsKeyFile, err)
		}
	}
	return nil
}

func run(ctx context.Context, o options) error {
	registry := ctrlmetrics.Registry
	measured, err := metrics.NewMetrics(registry)
	if err != nil {
		return err
	}
	o.agora.Observe = measured.Called
	agoraClient, err := agorarest.NewClient(o.agora)
	if err != nil {
		return fmt.Errorf("--agora-endpoints: %w", err)
	}
	defer agoraClient.Close()
	endpoints, err := storage.ParseEndpoints(strings.Split(o.storageEndpoints, ","))
	if err != nil {
		return fmt.Errorf("--allowed-storage-endpoints: %w", err)
	}
	if err := errors.Join(o.notifications.complete(), o.leaderElection.complete()); err != nil {
		return err
	}

	probes, err := health.Listen(ctx, o.healthProbeBindAddress)
	if err != nil {
		return fmt.Errorf("--health-probe-bind-address: %w", err)
	}
	mgr, lock, err := newManager(o)
	if err != nil {
		return err
	}
	if err := mgr.Add(readiness{probes, mgr.GetCache()}); err != nil {
		return fmt.Errorf("add the readiness to the manager: %w", err)
	}
	if err := mgr.Add(memory.Returner{Clock: clock.RealClock{}}); err != nil {
		return fmt.Errorf("add what returns memory to the manager: %w", err)
	}
	inbox, err := addNotifications(ctx, mgr, o.notifications, o.shard)
	if err != nil {
		return err
	}
	recordings := &controllers.CloudRecordingReconciler{
		Client:    mgr.GetClient(),
		APIReader: mgr.GetAPIReader(),
		Recorder:  mgr.GetEventRecorder(lease.Operator),
		Agora:     agoraClient,
		Storage:   verify.New(verify.Options{Endpoints: endpoints, Addresses: o.storageAddresses}),
		Inbox:     inbox,
		Shard:     o.shard,
		Leads:     lock.IsHeld,
		Settings:  o.settings,
		Metrics:   measured,
	}
	if err := recordings.SetupWithManager(ctx, mgr); err != nil {
		return err
	}
	scheduled := &schedules.Reconciler{
		Client: mgr.GetClient(), APIReader: mgr.GetAPIReader(), Recorder: mgr.GetEventRecorder(lease.Operator), Shard: o.shard, Metrics: measured,
	}
	if err := scheduled.SetupWithManager(ctx, mgr); err != nil {
		return err
	}
	definitionCheck := &check.Check{Reader: mgr.GetAPIReader(), Logger: mgr.GetLogger().WithName("definition")}
	policyCheck := &policies.Check{
		Reader: mgr.GetAPIReader(), Writer: mgr.GetClient(), Namespaces: o.shard.Namespaces(), Logger: mgr.GetLogger().WithName("policies"),
	}
	if err := errors.Join(definitionCheck.SetupWithManager(mgr, registry), policyCheck.SetupWithManager(mgr, registry)); err != nil {
		return err
	}
	ctrl.Log.Info("Starting the operator", "version", version, "endpoints", o.agora.Endpoints)
	ended := mgr.Start(ctx)
	recordings.Wait()
	if ended != nil {
		ended = fmt.Errorf("run the manager: %w", ended)
	}
	return errors.Join(ended, probes.Close())
}

// readiness marks the process as ready when its caches are filled. Before that, it could
// not find the recordings of Agora's notifications.
type readiness struct {
	probes *health.Server
	cache  cache.Cache
}

// Start implements manager.Runnable.
func (r readiness) Start(ctx context.Context) error {
	r.probes.SetReady(r.cache.WaitForCacheSync(ctx))
	<-ctx.Done()
	r.probes.SetReady(false)
	return nil
}

// NeedLeaderElection returns false because every replica becomes ready.
func (readiness) NeedLeaderElection() bool { return false }

func newManager(o options) (manager.Manager, *lease.Lock, error) {
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return nil, nil, fmt.Errorf("register the types: %w", err)
	}
	config, err := ctrl.GetConfig()
	if err != nil {
		return nil, nil, fmt.Errorf("find the cluster: %w", err)
	}
	managerOptions := ctrl.Options{
		Scheme:                  scheme,
		Cache:                   newCacheOptions(o),
		Metrics:                 newMetricsOptions(o),
		HealthProbeBindAddress:  "0",
		PprofBindAddress:        o.pprofBindAddress,
		GracefulShutdownTimeout: ptr.To(controllers.ShutdownTimeout()),
	}
	lock, err := o.leaderElection.apply(config, o.shard, &managerOptions)
	if err != nil {
		return nil, nil, err
	}
	mgr, err := ctrl.NewManager(config, managerOptions)
	if err != nil {
		return nil, nil, fmt.Errorf("set up the manager: %w", err)
	}
	if lock != nil {
		lock.RecordTo(mgr.GetEventRecorderFor(lock.Identity())) //nolint:staticcheck // leader election has no other events yet
	}
	return mgr, lock, nil
}

// newCacheOptions restricts what the manager watches.
func newCacheOptions(o options) cache.Options {
	cacheOptions := controllers.CacheOptions(o.shard)
	if o.notifications.isOn() {
		cacheOptions.ByObject[&corev1.ConfigMap{}] = journal.CacheByObject(o.notifications.namespace, o.shard.Name())
	}
	return cacheOptions
}

// leaderElectionOptions are the flags for leader election.
type leaderElectionOptions struct {
	on            bool
	namespace     string
	leaseDuration time.Duration
	renewDeadline time.Duration
	retryPeriod   time.Duration
}

func (o *leaderElectionOptions) bind(flags *flag.FlagSet) {
	flags.BoolVar(&o.on, "leader-elect", false,
		"Elect a leader among several replicas; only the leader works.")
	flags.StringVar(&o.namespace, "leader-election-namespace", "",
		"Namespace of the leader's lease. Needed outside a cluster; inside, the operator's own by default.")
	flags.DurationVar(&o.leaseDuration, "leader-election-lease-duration", defaultLeaseDuration,
		"How long the others wait after the last renewal of the lease until one of them takes it.")
	flags.DurationVar(&o.renewDeadline, "leader-election-renew-deadline", defaultRenewDeadline,
		"How long the leader tries to renew the lease until it gives up and ends. A call to Agora takes up to 35s; keep it above.")
	flags.DurationVar(&o.retryPeriod, "leader-election-retry-period", defaultRetryPeriod,
		"How long to wait between two tries to take or renew the lease.")
}

// validate returns an error that names a flag with an invalid value.
func (o *leaderElectionOptions) validate() error {
	switch {
	case o.retryPeriod <= 0:
		return errors.New("--leader-election-retry-period must be above 0")
	case o.renewDeadline < 2*o.retryPeriod:
		return errors.New("--leader-election-renew-deadline must be at least twice --leader-election-retry-period")
	case o.leaseDuration <= o.renewDeadline:
		return errors.New("--leader-election-lease-duration must be above --leader-election-renew-deadline")
	}
	return nil
}

// complete defaults the namespace to the operator's own.
func (o *leaderElectionOptions) complete() (err error) {
	if !o.on || o.namespace != "" {
		return nil
	}
	if o.namespace, err = ownNamespace(); err != nil {
		return fmt.Errorf("--leader-election-namespace must be set outside a cluster: %w", err)
	}
	return nil
}

// apply makes a manager elect a leader among the replicas of its shard. The lock is nil
// without leader election.
func (o *leaderElectionOptions) apply(config *rest.Config, shard shard.Shard, options *ctrl.Options) (*lease.Lock, error) {
	if !o.on {
		return nil, nil
	}
	name := lease.NameOf(shard.Name())
	lock, err := lease.NewLock(config, lease.Options{
		Namespace: o.namespace, Name: name, Duration: o.leaseDuration, RenewDeadline: o.renewDeadline,
	})
	if err != nil {
		return nil, fmt.Errorf("set up the election of a leader: %w", err)
	}
	options.LeaderElection = true
	options.LeaderElectionID = name
	options.LeaderElectionResourceLockInterface = lock
	options.LeaderElectionReleaseOnCancel = true
	options.LeaseDuration = ptr.To(o.leaseDuration)
	options.RenewDeadline = ptr.To(o.renewDeadline)
	options.RetryPeriod = ptr.To(o.retryPeriod)
	return lock, nil
}

// namespaceFile contains the namespace of the operator's pod.
const namespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

// ownNamespace returns the namespace that the operator runs in.
func ownNamespace() (string, error) {
	namespace, err := os.ReadFile(namespaceFile)
	if err != nil {
		return "", fmt.Errorf("find the operator's own namespace: %w", err)
	}
	return strings.TrimSpace(string(namespace)), nil
}

// notificationOptions are the flags for Agora's notifications.
type notificationOptions struct {
	bindAddress string
	namespace   string
}

func (o *notificationOptions) isOn() bool { return o.bindAddress != "" }

// complete defaults the namespace to the operator's own.
func (o *notificationOptions) complete() (err error) {
	if !o.isOn() || o.namespace != "" {
		return nil
	}
	if o.namespace, err = ownNamespace(); err != nil {
		return fmt.Errorf("--notifications-namespace must be set outside a cluster: %w", err)
	}
	return nil
}

// addNotifications makes the manager receive notifications on every replica. Accepted
// events reach the inbox of the leader through the API server. The inbox is nil if
// notifications are off.
func addNotifications(ctx context.Context, mgr manager.Manager, o notificationOptions, shard shard.Shard) (controllers.Inbox, error) {
	if !o.isOn() {
		return nil, nil
	}
	measured, err := receiver.NewMetrics(ctrlmetrics.Registry)
	if err != nil {
		return nil, err
	}
	logger := mgr.GetLogger().WithName("notifications")
	finder, err := recipients.NewFinder(ctx, mgr.GetCache(), profiles.NewReader(mgr.GetAPIReader()), shard)
	if err != nil {
		return nil, err
	}
	if err := mgr.Add(finder); err != nil {
		return nil, fmt.Errorf("add the finder of recipients to the manager: %w", err)
	}
	inbox, err := addInbox(ctx, mgr, o, shard, logger)
	if err != nil {
		return nil, err
	}
	accepted := journal.New(journal.Options{
		Client: mgr.GetClient(), Namespace: o.namespace, Shard: shard.Name(), Backlog: inbox,
	})
	nobodys, err := addUnowned(ctx, mgr, o, shard, finder)
	if err != nil {
		return nil, err
	}
	handler := receiver.New(receiver.Options{
		Finder: finder, Journal: accepted, Unowned: nobodys, Metrics: measured, Logger: logger,
	})
	server, err := receiver.Listen(ctx, o.bindAddress, handler, logger)
	if err != nil {
		return nil, fmt.Errorf("--notifications-bind-address: %w", err)
	}
	if err := mgr.Add(server); err != nil {
		return nil, fmt.Errorf("add the receiver of notifications to the manager: %w", err)
	}
	return inbox, nil
}

// addUnowned makes the manager track the recordings that Agora's notifications name and
// that no object owns.
func addUnowned(ctx context.Context, mgr manager.Manager, o notificationOptions, shard shard.Shard, finder *recipients.Finder) (*unowned.Tracker, error) {
	tracker := unowned.New(unowned.Options{
		Client: mgr.GetClient(), Namespace: o.namespace, Shard: shard.Name(), HasOwner: finder.HasOwner,
		Recorder: mgr.GetEventRecorder(lease.Operator), Logger: mgr.GetLogger().WithName("unowned"),
	})
	if err := errors.Join(tracker.SetupWithManager(ctx, mgr), tracker.Register(ctrlmetrics.Registry)); err != nil {
		return nil, err
	}
	return tracker, nil
}

// addInbox makes the manager watch the journal of accepted events.
func addInbox(ctx context.Context, mgr manager.Manager, o notificationOptions, shard shard.Shard, logger logr.Logger) (*journal.Inbox, error) {
	measured, err := journal.NewMetrics(ctrlmetrics.Registry)
	if err != nil {
		return nil, err
	}
	inbox := journal.NewInbox(journal.InboxOptions{
		Client: mgr.GetClient(), Reader: mgr.GetAPIReader(), Recorder: mgr.GetEventRecorder(lease.Operator),
		Namespace: o.namespace, Shard: shard.Name(), Metrics: measured, Logger: logger,
	})
	if err := inbox.SetupWithManager(ctx, mgr); err != nil {
		return nil, err
	}
	return inbox, nil
}

func newMetricsOptions(o options) metricsserver.Options {
	options := metricsserver.Options{BindAddress: o.metricsBindAddress, CertDir: o.metricsCertPath, CertName: metricsCertFile, KeyName: metricsKeyFile}
	if o.metricsSecure {
		options.SecureServing = true
		options.FilterProvider = filters.WithAuthenticationAndAuthorization
	}
	return options
}
