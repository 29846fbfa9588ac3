// SPDX-License-Identifier: Apache-2.0

package controllers

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/onsi/gomega/types"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	eventsv1 "k8s.io/api/events/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/rest"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"cloudrecording.dev/operator/api/v1alpha1"
	agorarest "cloudrecording.dev/operator/controllers/agora/rest"
	"cloudrecording.dev/operator/controllers/internal/decision"
	"cloudrecording.dev/operator/controllers/metrics"
	"cloudrecording.dev/operator/controllers/notifications/journal"
	"cloudrecording.dev/operator/controllers/notifications/receiver"
	"cloudrecording.dev/operator/controllers/profiles"
	"cloudrecording.dev/operator/controllers/recipients"
	"cloudrecording.dev/operator/controllers/schedules"
	"cloudrecording.dev/operator/controllers/shard"
	"cloudrecording.dev/operator/controllers/storage"
	"cloudrecording.dev/operator/controllers/storage/verify"
	"cloudrecording.dev/operator/hack/agorasim"
	"cloudrecording.dev/operator/hack/agorasim/notify"
	"cloudrecording.dev/operator/hack/agorasim/recorder"
)

const (
	customerID     = "customer-1"
	customerSecret = "s3cr3t-of-customer-1"

	notificationSecret = "s3cr3t-of-notifications"

	// streamKey stands in the path of a CDN address.
	streamKey = "s3cr3t-stream-key"
)

// environment is what a spec works in: a namespace, a simulated Agora, and the
// operator, which watches the namespace alone.
type environment struct {
	namespace string
	agora     *agorasim.Simulator
	server    *agorasim.Server
	settings  Settings

	// endpoint is preferred to the simulator's; empty for none.
	endpoint string

	logs     *gbytes.Buffer
	registry *prometheus.Registry

	// neighbors are further namespaces that the operator watches.
	neighbors []string

	// selector restricts what the operator looks after; nil for nothing.
	selector labels.Selector

	// clock is what the operator takes for the time.
	clock *leapingClock

	// receives makes the operator receive notifications, and receiver is where.
	receives bool
	receiver string

	// keepsUnowned makes the operator keep the recordings that no object has.
	keepsUnowned bool

	// giveUpAfter is for how long a notification is tried to be recorded; the default
	// if zero.
	giveUpAfter time.Duration

	// maxJournalBytes bounds the journal of notifications; the default if zero.
	maxJournalBytes int

	// through changes what the operator reads and writes through; nil for nothing.
	through func(client.Client) client.Client

	// leads says whether the operator leads; nil if it always does.
	leads func(takes time.Duration) bool

	// callLog notes when requests to Agora leave; nil for nothing.
	callLog *callLog

	// callsThrough changes what the operator calls Agora through; nil for nothing.
	callsThrough func(Agora) Agora

	// writes are the operator's writes to the API server, events aside.
	writes *writeLog

	stop func()
}

// newEnvironment returns an environment whose operator does not run yet.
func newEnvironment(ctx context.Context, options agorasim.Options) *environment {
	GinkgoHelper()
	return newEnvironmentIn(createNamespace(ctx), options)
}

func createNamespace(ctx context.Context) string {
	GinkgoHelper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "school-"}}
	Expect(k8sClient.Create(ctx, namespace)).To(Succeed())
	return namespace.Name
}

func newEnvironmentIn(namespace string, options agorasim.Options) *environment {
	GinkgoHelper()
	options.Credentials = map[string]string{customerID: customerSecret}
	if options.RequestsPerSecond == 0 {
		options.RequestsPerSecond = -1
	}
	e := &environment{
		namespace: namespace,
		agora:     agorasim.New(options),
		settings: Settings{
			Settings: decision.Settings{
				PollInterval:     400 * time.Millisecond,
				NotFoundGrace:    time.Second,
				UploadRecheckMin: 200 * time.Millisecond,
				UploadRecheckMax: 500 * time.Millisecond,
				UploadSettleTime: 3 * time.Second,
			},
			RequestsPerSecond:       500,
			MaxConcurrentReconciles: 8,
		},
		logs:   gbytes.NewBuffer(),
		clock:  &leapingClock{},
		writes: &writeLog{},
		stop:   func() {},
	}
	var err error
	e.server, err = e.agora.Listen("127.0.0.1:0")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() {
		e.stop()
		e.agora.Close()
		Expect(e.server.Close()).To(Succeed())
		e.expectNoSecrets()
		if CurrentSpecReport().Failed() {
			GinkgoWriter.Printf("the operator's log:\n%s", e.logs.Contents())
		}
	})
	return e
}

// begin returns an environment whose operator runs, with a Secret.
func begin(ctx context.Context, options agorasim.Options) *environment {
	GinkgoHelper()
	e := newEnvironment(ctx, options)
	e.createSecret(ctx, customerSecret)
	e.run()
	return e
}

func (e *environment) createSecret(ctx context.Context, secret string) *corev1.Secret {
	GinkgoHelper()
	object := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "agora"},
		StringData: map[string]string{
			v1alpha1.CustomerIDKey:         customerID,
			v1alpha1.CustomerSecretKey:     secret,
			v1alpha1.NotificationSecretKey: notificationSecret,
		},
	}
	Expect(k8sClient.Create(ctx, object)).To(Succeed())
	return object
}

// run starts the operator. It ends with the spec, or by stop.
func (e *environment) run() {
	GinkgoHelper()
	cacheOptions := CacheOptions(shard.Shard{})
	cacheOptions.DefaultNamespaces = map[string]cache.Config{e.namespace: {}}
	for _, neighbor := range e.neighbors {
		cacheOptions.DefaultNamespaces[neighbor] = cache.Config{}
	}
	if e.selector != nil {
		cacheOptions.ByObject = map[client.Object]cache.ByObject{&v1alpha1.CloudRecording{}: {Label: e.selector}}
	}
	if e.receives {
		if cacheOptions.ByObject == nil {
			cacheOptions.ByObject = map[client.Object]cache.ByObject{}
		}
		cacheOptions.ByObject[&corev1.ConfigMap{}] = journal.CacheByObject(e.namespace, "")
	}
	restConfig := rest.CopyConfig(clusterConfig)
	restConfig.QPS = -1
	restConfig.Wrap(e.writes.wrap)
	mgr, err := ctrl.NewManager(restConfig, ctrl.Options{
		Scheme:                  scheme,
		Cache:                   cacheOptions,
		Logger:                  e.logger(),
		Metrics:                 metricsserver.Options{BindAddress: "0"},
		HealthProbeBindAddress:  "0",
		GracefulShutdownTimeout: ptr.To(ShutdownTimeout()),
		Controller:              config.Controller{SkipNameValidation: ptr.To(true)},
	})
	Expect(err).NotTo(HaveOccurred())

	e.registry = prometheus.NewRegistry()
	metrics, err := metrics.NewMetrics(e.registry)
	Expect(err).NotTo(HaveOccurred())
	agoraEndpoints := []string{e.server.URL}
	if e.endpoint != "" {
		agoraEndpoints = []string{e.endpoint, e.server.URL}
	}
	agoraClient, err := agorarest.NewClient(agorarest.Options{Endpoints: agoraEndpoints, Observe: metrics.Called})
	Expect(err).NotTo(HaveOccurred())

	endpoints, err := storage.ParseEndpoints([]string{bucketServer.Endpoint})
	Expect(err).NotTo(HaveOccurred())

	ctx, cancel := context.WithCancel(context.Background())
	through := mgr.GetClient()
	if e.through != nil {
		through = e.through(through)
	}
	var calls Agora = agoraClient
	if e.callLog != nil {
		e.callLog.Agora = agoraClient
		calls = e.callLog
	}
	if e.callsThrough != nil {
		calls = e.callsThrough(calls)
	}
	reconciler := &CloudRecordingReconciler{
		Client: through, APIReader: mgr.GetAPIReader(), Recorder: mgr.GetEventRecorder("cloudrecording-operator"),
		Agora: calls, Storage: verify.New(verify.Options{Endpoints: endpoints}),
		Settings: e.settings, Metrics: metrics, Clock: e.clock, Leads: e.leads, Shard: e.shard(),
	}
	if e.receives {
		reconciler.Inbox = e.receive(ctx, mgr)
	}
	Expect(reconciler.SetupWithManager(ctx, mgr)).To(Succeed())
	scheduled := &schedules.Reconciler{
		Client: mgr.GetClient(), APIReader: mgr.GetAPIReader(), Recorder: mgr.GetEventRecorder("cloudrecording-operator"),
		Clock: e.clock, Shard: e.shard(), Metrics: metrics,
	}
	Expect(scheduled.SetupWithManager(ctx, mgr)).To(Succeed())

	ended := make(chan error, 1)
	go func() { ended <- mgr.Start(ctx) }()
	var once sync.Once
	e.stop = func() {
		once.Do(func() {
			cancel()
			var err error
			Eventually(ended).WithTimeout(2 * ShutdownTimeout()).Should(Receive(&err))
			Expect(err).NotTo(HaveOccurred())
			agoraClient.Close()
		})
	}
}

// shard is the part of all recordings that the operator looks after.
func (e *environment) shard() shard.Shard {
	return shard.New(append([]string{e.namespace}, e.neighbors...), e.selector)
}

// receive adds a receiver of notifications to the operator, to which the
// simulator sends them from now on.
func (e *environment) receive(ctx context.Context, mgr ctrl.Manager) Inbox {
	GinkgoHelper()
	measured, err := receiver.NewMetrics(e.registry)
	Expect(err).NotTo(HaveOccurred())
	kept, err := journal.NewMetrics(e.registry)
	Expect(err).NotTo(HaveOccurred())
	finder, err := recipients.NewFinder(ctx, mgr.GetCache(), profiles.NewReader(mgr.GetAPIReader()), e.shard())
	Expect(err).NotTo(HaveOccurred())
	Expect(mgr.Add(finder)).To(Succeed())
	inbox := journal.NewInbox(journal.InboxOptions{
		Client: mgr.GetClient(), Reader: mgr.GetAPIReader(), Recorder: mgr.GetEventRecorder("cloudrecording-operator"),
		Namespace: e.namespace, GiveUpAfter: e.giveUpAfter, MaxBytes: e.maxJournalBytes, Metrics: kept, Logger: mgr.GetLogger(),
	})
	Expect(inbox.SetupWithManager(ctx, mgr)).To(Succeed())
	accepted := journal.New(journal.Options{Client: mgr.GetClient(), Namespace: e.namespace, Backlog: inbox})
	options := receiver.Options{Finder: finder, Journal: accepted, Metrics: measured, Logger: mgr.GetLogger()}
	if e.keepsUnowned {
		options.Unowned = e.keepUnowned(ctx, mgr, finder)
	}
	server, err := receiver.Listen(ctx, "127.0.0.1:0", receiver.New(options), mgr.GetLogger())
	Expect(err).NotTo(HaveOccurred())
	Expect(mgr.Add(server)).To(Succeed())
	e.receiver = "http://" + server.Address()
	Expect(e.agora.SetNotifications(notify.Settings{
		Receiver: notify.Receiver{URL: e.receiver, Secret: notificationSecret},
	})).To(Succeed())
	return inbox
}

func (e *environment) logger() logr.Logger {
	return zap.New(zap.WriteTo(e.logs), zap.UseDevMode(true))
}

// expectNoSecrets checks all that the operator said.
func (e *environment) expectNoSecrets() {
	GinkgoHelper()
	ctx := context.Background()
	secrets := []string{
		customerSecret, notificationSecret, bucketServer.SecretKey, streamKey, channelToken, stsToken,
		appCertificate, malformedCertificate, mintedToken,
	}
	expectNone := func(text string) {
		GinkgoHelper()
		for _, secret := range secrets {
			Expect(text).NotTo(ContainSubstring(secret))
		}
	}
	expectNone(string(e.logs.Contents()))
	events := &eventsv1.EventList{}
	Expect(k8sClient.List(ctx, events, client.InNamespace(e.namespace))).To(Succeed())
	for _, event := range events.Items {
		expectNone(event.Note)
	}
	recordings := &v1alpha1.CloudRecordingList{}
	Expect(k8sClient.List(ctx, recordings, client.InNamespace(e.namespace))).To(Succeed())
	for _, recording := range recordings.Items {
		content, err := json.Marshal(recording.Status)
		Expect(err).NotTo(HaveOccurred())
		expectNone(string(content))
	}
}

// record adds a recording that runs at Agora, and returns an object for it.
func (e *environment) record(name string, change func(*agorasim.RecordingOptions)) *v1alpha1.CloudRecording {
	GinkgoHelper()
	options := agorasim.RecordingOptions{
		AppID: "0123456789abcdef0123456789abcdef", CName: name, UID: "527841", Mode: recorder.ModeMix,
		Scenario: agorasim.Scenario{UploadDuration: &metav1.Duration{}, ExitAfter: &metav1.Duration{Duration: 300 * time.Millisecond}},
	}
	if change != nil {
		change(&options)
	}
	recording, err := e.agora.AddRecording(options)
	Expect(err).NotTo(HaveOccurred())
	return e.objectFor(name, recording)
}

func (e *environment) objectFor(name string, recording agorasim.Recording) *v1alpha1.CloudRecording {
	return &v1alpha1.CloudRecording{
		ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: name},
		Spec: v1alpha1.CloudRecordingSpec{
			AppID: recording.AppID, CName: recording.CName, UID: recording.UID, Mode: v1alpha1.RecordingMode(recording.Mode),
			ResourceID: recording.ResourceID, SID: recording.SID,
			CredentialsSecretRef: v1alpha1.CredentialsSecretReference{Name: "agora"},
		},
	}
}

// adopt creates the object and waits until its recording is watched over.
func (e *environment) adopt(ctx context.Context, recording *v1alpha1.CloudRecording) {
	GinkgoHelper()
	Expect(k8sClient.Create(ctx, recording)).To(Succeed())
	Eventually(observe(ctx, recording)).Should(haveReady(metav1.ConditionTrue, v1alpha1.RecordingReason))
}

// observe returns a function that reads the object.
func observe(ctx context.Context, recording *v1alpha1.CloudRecording) func(Gomega) *v1alpha1.CloudRecording {
	return func(g Gomega) *v1alpha1.CloudRecording {
		current := &v1alpha1.CloudRecording{}
		g.Expect(k8sClient.Get(ctx, client.ObjectKeyFromObject(recording), current)).To(Succeed())
		return current
	}
}

// patch changes an object as a user does.
func patch(ctx context.Context, object client.Object, change string) {
	GinkgoHelper()
	target, ok := object.DeepCopyObject().(client.Object)
	Expect(ok).To(BeTrue())
	Expect(k8sClient.Patch(ctx, target, client.RawPatch("application/merge-patch+json", []byte(change)))).To(Succeed())
}

const (
	wantStopped = `{"spec":{"state":"Stopped"}}`
	wantOrphan  = `{"spec":{"deletionPolicy":"Orphan"}}`
)

// simulated returns a function that tells how the recording is at Agora.
func (e *environment) simulated(recording *v1alpha1.CloudRecording) func() agorasim.Recording {
	return func() agorasim.Recording {
		sid := cmp.Or(recording.Status.SID, recording.Spec.SID)
		simulated, ok := e.agora.Recording(sid)
		Expect(ok).To(BeTrue(), "the simulator knows no recording %q", sid)
		return simulated
	}
}

// requests counts the requests of a method for a recording.
func (e *environment) requests(method string, recording *v1alpha1.CloudRecording) func() int {
	return func() int {
		count := 0
		for _, request := range e.agora.Requests() {
			if request.Method == method && request.SID == recording.Spec.SID {
				count++
			}
		}
		return count
	}
}

// events returns a function that tells the reasons of an object's events.
func (e *environment) events(ctx context.Context, recording *v1alpha1.CloudRecording) func(Gomega) []string {
	return func(g Gomega) []string {
		events := &eventsv1.EventList{}
		g.Expect(k8sClient.List(ctx, events, client.InNamespace(e.namespace))).To(Succeed())
		var reasons []string
		for _, event := range events.Items {
			if event.Regarding.Name == recording.Name {
				reasons = append(reasons, event.Reason+": "+event.Note)
			}
		}
		return reasons
	}
}

func haveReady(status metav1.ConditionStatus, reason string) types.GomegaMatcher {
	return haveCondition(v1alpha1.ReadyCondition, status, reason)
}

func haveCondition(conditionType string, status metav1.ConditionStatus, reason string) types.GomegaMatcher {
	return WithTransform(func(recording *v1alpha1.CloudRecording) string {
		condition := meta.FindStatusCondition(recording.Status.Conditions, conditionType)
		if condition == nil {
			return "absent"
		}
		return string(condition.Status) + " " + condition.Reason + ": " + condition.Message
	}, HavePrefix(string(status)+" "+reason+": "))
}

func havePhase(phase v1alpha1.RecordingPhase) types.GomegaMatcher {
	return HaveField("Status.Phase", phase)
}

func message(recording *v1alpha1.CloudRecording) string {
	if ready := meta.FindStatusCondition(recording.Status.Conditions, v1alpha1.ReadyCondition); ready != nil {
		return ready.Message
	}
	return ""
}

// lease says whether a process leads.
type fakeLease struct{ held atomic.Bool }

func (l *fakeLease) set(held bool)            { l.held.Store(held) }
func (l *fakeLease) holds(time.Duration) bool { return l.held.Load() }

// writeLog notes the writes that pass through a client, but for those that come too late: somebody
// else has written first.
type writeLog struct {
	mu     sync.Mutex
	writes []*notedWrite
	// refuse makes writes of statuses fail while it is true.
	refuse bool
	// ofSecrets is called before each write of a Secret, which fails if it returns
	// false; nil for nothing. It is set before the operator runs.
	ofSecrets func(context.Context) bool
}

// notedWrite is a request that changes something: "PATCH /api/…".
type notedWrite struct{ request string }

func (l *writeLog) wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(request *http.Request) (*http.Response, error) {
		if request.Method == http.MethodGet || strings.Contains(request.URL.Path, "/events") {
			return next.RoundTrip(request)
		}
		ofSecret := l.ofSecrets != nil && strings.Contains(request.URL.Path, "/secrets/")
		refusesSecret := ofSecret && !l.ofSecrets(request.Context())
		l.mu.Lock()
		refuse := refusesSecret || (l.refuse && strings.HasSuffix(request.URL.Path, "/status"))
		noted := &notedWrite{request.Method + " " + request.URL.Path}
		if !refuse {
			l.writes = append(l.writes, noted)
		}
		l.mu.Unlock()
		if refuse {
			request.URL.Host = "127.0.0.1:1"
		}
		response, err := next.RoundTrip(request)
		if err == nil && response.StatusCode == http.StatusConflict {
			l.forget(noted)
		}
		return response, err
	})
}

// forget drops a write that was not taken. It was noted before it left, so that whoever sees what
// it has changed finds it here.
func (l *writeLog) forget(late *notedWrite) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes = slices.DeleteFunc(l.writes, func(noted *notedWrite) bool { return noted == late })
}

func (l *writeLog) setRefuse(refuse bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refuse = refuse
}

// of returns the writes to objects of a kind that are there.
func (l *writeLog) of(resource string) []string {
	return l.those(func(write string) bool { return strings.Contains(write, "/"+resource+"/") })
}

// creations returns the writes that create objects of a kind.
func (l *writeLog) creations(resource string) []string {
	return l.those(func(write string) bool { return strings.HasSuffix(write, "/"+resource) })
}

func (l *writeLog) those(are func(write string) bool) (writes []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, noted := range l.writes {
		if are(noted.request) {
			writes = append(writes, noted.request)
		}
	}
	return writes
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

// metric returns a function that reads a gauge or counter without labels.
func (e *environment) metric(name string) func(Gomega) float64 {
	return func(g Gomega) float64 {
		families, err := e.registry.Gather()
		g.Expect(err).NotTo(HaveOccurred())
		for _, family := range families {
			if family.GetName() == name {
				return family.GetMetric()[0].GetGauge().GetValue() + family.GetMetric()[0].GetCounter().GetValue()
			}
		}
		return -1
	}
}
